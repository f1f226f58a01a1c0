// What lists of sweeps, agents and projects read of many runs at once. A part of store.ts, with the same promises.
import type { AttemptRecord } from './run.ts'
import type { AgentId, RunId, SweepId } from './sweep.ts'

/** A ranked run, in the order of time. */
export interface EndedValue {
  readonly finishedAt: number
  readonly value: number
}

/** An attempt as a piece of a lane. */
export interface AttemptSpan extends Pick<
  AttemptRecord,
  'runId' | 'attempt' | 'agentId' | 'host' | 'slot' | 'outcome'
> {
  readonly runName: string
  readonly sweepId: SweepId | null
  /** Epoch ms; when it was offered, where its start is not known. */
  readonly startedAt: number
  readonly endedAt: number | null
}

export interface SpanQuery {
  /** Attempts of these agents. */
  readonly agentIds: readonly AgentId[]
  /** Of this sweep alone. */
  readonly sweepId?: SweepId
  /** Those that had not ended before, and had begun by `until`; epoch ms. */
  readonly since: number
  readonly until: number
  /** The newest so many. */
  readonly limit: number
}

export interface ProjectCounts {
  readonly project: string
  readonly runs: number
  /** Outside sweeps. */
  readonly ownRuns: number
  readonly newestAt: number | null
}

export interface FleetReads {
  /** Finished and stopped runs that have a value, in the order in which they ended. */
  listEndedValues(sweepId: SweepId): Promise<EndedValue[]>
  /**
   * How long the runs of the sweep have taken together, from start to end or, while they run, to now: as outlook.ts
   * counts it. Cost O(runs of the sweep).
   */
  sumRunTime(sweepId: SweepId, now: number): Promise<number>
  /** The newest runs that began, the newest first. */
  listNewestStarted(sweepId: SweepId, limit: number): Promise<RunId[]>
  /** In order of start. */
  listSpans(query: SpanQuery): Promise<AttemptSpan[]>
  /** Projects without a run are left out. */
  countByProject(): Promise<ProjectCounts[]>
}
