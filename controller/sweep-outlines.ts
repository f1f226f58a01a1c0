// Sweeps as a list shows them: how each goes, and what is wrong with it. What follows from ended runs is kept between
// requests as long as their number stays the same; what follows from time, for a few seconds.
import type { Clock } from '../runtime/clock.ts'
import type { SweepOutlineJson } from '../sweeps/fleet-schema.ts'
import type { EndedValue } from '../sweeps/fleet-store.ts'
import type { RunState } from '../sweeps/run.ts'
import type { AgentRecord, StoreReads } from '../sweeps/store.ts'
import { isTerminalSweepState } from '../sweeps/sweep.ts'
import type { AgentId, MetricSpec, SweepId, SweepRecord } from '../sweeps/sweep.ts'
import { readGpusPerRun, TELLING_RUNS } from './analysis/gpus-per-run.ts'
import { isoTime, presentNumber, presentSweep } from './present.ts'
import { readRequiresNotices } from './requires-notice.ts'
import type { StopService } from './stop-service.ts'

export interface SweepOutlines {
  /** The newest first. */
  list(query: { readonly project?: string }): Promise<SweepOutlineJson[]>
}

export interface SweepOutlineDeps {
  readonly store: StoreReads
  readonly stops: Pick<StopService, 'noticesOf'>
  readonly clock: Clock
}

type Warning = SweepOutlineJson['warnings'][number]

const TREND_POINTS = 20
const WORK_IS_GOOD_FOR_MS = 10_000
const MAX_KEPT_SWEEPS = 1_000
/** Fewer failed runs, or a smaller share of the ended ones, are nothing to warn of. */
const MIN_FAILED = 3
const MIN_FAILED_SHARE = 0.2

/** What follows from the runs that have ended. */
interface EndedFacts {
  readonly key: string
  readonly best: SweepOutlineJson['best']
  readonly trend: SweepOutlineJson['trend']
  readonly improvedAt: string | null
  readonly notices: readonly Warning[]
}
interface Work {
  readonly key: string
  readonly readAt: number
  readonly slotHours: number
  readonly gpuHours: number | null
}
interface KeptSweep {
  /** As of the sweep's newest change. */
  counts: { readonly seq: number; readonly counts: Readonly<Record<RunState, number>> } | null
  ended: EndedFacts | null
  work: Work | null
}

export function createSweepOutlines({ store, stops, clock }: SweepOutlineDeps): SweepOutlines {
  const kept = new Map<SweepId, KeptSweep>()

  async function outlineOf(sweep: SweepRecord, fleet: Fleet): Promise<SweepOutlineJson> {
    const known = keptOf(sweep.id)
    const counts = await readCounts(sweep.id, known)
    const [ended, work, requires] = await Promise.all([
      readEnded(sweep, counts, known),
      readWork(sweep, counts, known),
      // Reading a file takes milliseconds, of hundreds of sweeps too many; few require anything.
      sweep.configText.includes('requires') ? readRequiresNotices(store, sweep) : [],
    ])
    const {
      config: _file,
      url: _url,
      commits: _commits,
      ...shown
    } = presentSweep({ sweep, counts, best: null, commits: [] }, '')
    const agents = fleet.of(sweep.id)
    return {
      ...shown,
      best: ended.best,
      trend: ended.trend,
      improvedAt: ended.improvedAt,
      slotHours: work.slotHours,
      gpuHours: work.gpuHours,
      agents: agents.counts,
      warnings: [...ended.notices, ...requires, ...warnOf(sweep, counts, agents)],
    }
  }

  function keptOf(id: SweepId): KeptSweep {
    const found = kept.get(id) ?? { counts: null, ended: null, work: null }
    kept.delete(id)
    kept.set(id, found)
    const [oldest] = kept.keys()
    if (kept.size > MAX_KEPT_SWEEPS && oldest !== undefined) kept.delete(oldest)
    return found
  }

  async function readCounts(id: SweepId, known: KeptSweep): Promise<Readonly<Record<RunState, number>>> {
    // Asked first: whatever commits from now on has a higher seq.
    const seq = await store.lastSeqOfSweep(id)
    if (known.counts?.seq !== seq) known.counts = { seq, counts: await store.countRunsByState(id) }
    return known.counts.counts
  }

  async function readEnded(
    sweep: SweepRecord,
    counts: Readonly<Record<RunState, number>>,
    known: KeptSweep,
  ): Promise<EndedFacts> {
    // Finished and stopped are final, and such a run's value changes no more (standings.ts).
    const key = `${sweep.specVersion}:${counts.finished}:${counts.stopped}`
    if (known.ended?.key === key) return known.ended
    const { metric } = sweep
    const hasEnded = metric !== null && counts.finished + counts.stopped > 0
    const [values, [best], notices] = await Promise.all([
      hasEnded ? store.fleet.listEndedValues(sweep.id) : [],
      hasEnded ? store.listRanked(sweep.id, metric.goal, 1) : [],
      stops.noticesOf(sweep),
    ])
    const trend = trendOf(values, metric?.goal ?? 'minimize')
    known.ended = {
      key,
      best: best === undefined ? null : { runId: best.id, value: presentNumber(best.value) },
      trend: trend.values.map(presentNumber),
      improvedAt: trend.improvedAt === null ? null : isoTime(trend.improvedAt),
      notices: notices.map(({ code, text }) => ({ code, text })),
    }
    return known.ended
  }

  async function readWork(
    sweep: SweepRecord,
    counts: Readonly<Record<RunState, number>>,
    known: KeptSweep,
  ): Promise<Work> {
    const key = JSON.stringify(counts)
    const now = clock.now()
    const { work } = known
    const isStill = work?.key === key && counts.running === 0
    if (work !== null && (isStill || now - work.readAt < WORK_IS_GOOD_FOR_MS)) return work
    const [busyMs, newest] = await Promise.all([
      store.fleet.sumRunTime(sweep.id, now),
      store.fleet.listNewestStarted(sweep.id, TELLING_RUNS),
    ])
    const gpus = await readGpusPerRun(store, newest)
    known.work = {
      key,
      readAt: now,
      slotHours: hoursOf(busyMs),
      gpuHours: gpus === null ? null : hoursOf(busyMs * gpus),
    }
    return known.work
  }

  return {
    async list(query) {
      const [sweeps, agents, open] = await Promise.all([
        store.listSweeps(query),
        store.listAgents(),
        store.listOpenAttempts(),
      ])
      const fleet = createFleet(
        agents,
        open.map(({ agentId }) => agentId),
      )
      return Promise.all(sweeps.reverse().map((sweep) => outlineOf(sweep, fleet)))
    },
  }
}

interface FleetOfSweep {
  readonly counts: SweepOutlineJson['agents']
  readonly quarantined: readonly AgentRecord[]
}
interface Fleet {
  of(sweepId: SweepId): FleetOfSweep
}

function createFleet(agents: readonly AgentRecord[], busy: readonly AgentId[]): Fleet {
  const busyOf = new Map<AgentId, number>()
  for (const id of busy) busyOf.set(id, (busyOf.get(id) ?? 0) + 1)
  return {
    of(sweepId) {
      const present = agents.filter(
        ({ state, sweepIds }) => (state === 'alive' || state === 'draining') && sweepIds.includes(sweepId),
      )
      const sum = (of: (agent: AgentRecord) => number) =>
        present.reduce((total, agent) => total + of(agent), 0)
      return {
        counts: {
          alive: present.length,
          slots: sum(({ slots }) => slots),
          busy: sum(({ id }) => busyOf.get(id) ?? 0),
        },
        quarantined: present.filter(({ quarantine }) => quarantine !== null),
      }
    },
  }
}

function warnOf(
  sweep: SweepRecord,
  counts: Readonly<Record<RunState, number>>,
  { counts: agents, quarantined }: FleetOfSweep,
): Warning[] {
  const warnings: Warning[] = []
  if (!isTerminalSweepState(sweep.state)) {
    for (const { host, quarantine } of quarantined)
      warnings.push({ code: 'quarantine', text: `${host} is in quarantine: ${quarantine?.reason ?? ''}` })
    if (agents.alive === 0 && sweep.state === 'running')
      warnings.push({ code: 'no_agent', text: `no agent works it: sweep agent ${sweep.id}` })
  }
  const ended = counts.finished + counts.stopped + counts.failed
  if (counts.failed >= MIN_FAILED && counts.failed >= ended * MIN_FAILED_SHARE)
    warnings.push({ code: 'failing', text: `${counts.failed} of ${ended} runs failed` })
  return warnings
}

/** The best so far at evenly spaced runs, the last one included. @param values in order of time */
export function trendOf(
  values: readonly EndedValue[],
  goal: MetricSpec['goal'],
): { values: number[]; improvedAt: number | null } {
  const bests: number[] = []
  let best: number | null = null
  let improvedAt: number | null = null
  for (const { value, finishedAt } of values) {
    if (best === null || (goal === 'minimize' ? value < best : value > best)) {
      best = value
      improvedAt = finishedAt
    }
    bests.push(best)
  }
  if (bests.length <= TREND_POINTS) return { values: bests, improvedAt }
  const step = (bests.length - 1) / (TREND_POINTS - 1)
  const sampled = Array.from({ length: TREND_POINTS }, (_, index) => bests[Math.round(index * step)] ?? NaN)
  return { values: sampled, improvedAt }
}

function hoursOf(ms: number): number {
  return Math.round(ms / 360) / 10_000
}
