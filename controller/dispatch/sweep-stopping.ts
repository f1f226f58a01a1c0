// Early termination of one sweep, kept beside what is stored: filled from the store when it begins, then fed with what
// reports add. It decides nothing of its own and writes nothing (stop-judge.ts does).
import { EarlyStopping } from '../../sweeps/early-stopping.ts'
import type { StopDecision } from '../../sweeps/early-stopping.ts'
import { countedRows } from '../../sweeps/run-history.ts'
import { isTerminalRunState } from '../../sweeps/run.ts'
import type { RunRecord } from '../../sweeps/run.ts'
import type { StopCheck, SweepStore } from '../../sweeps/store.ts'
import type { StoppingSettings } from '../../sweeps/stopping-settings.ts'
import type { MetricSpec, RunId, SweepId, SweepRecord } from '../../sweeps/sweep.ts'
import type { GrownHistory } from '../credit/attempt-work.ts'
import { TrainingTime, progressRow } from './run-progress.ts'
import type { CountedRow } from './run-progress.ts'

/** Which checks may be compared with which: `hyperband/report`. */
export function ruleName(settings: StoppingSettings): string {
  return `${settings.type}/${settings.resource}`
}

export class SweepStopping {
  readonly rules: EarlyStopping
  readonly #times = new Map<RunId, TrainingTime>()

  constructor(
    readonly sweepId: SweepId,
    readonly specVersion: number,
    readonly settings: StoppingSettings,
    private readonly metric: MetricSpec,
  ) {
    this.rules = new EarlyStopping(settings, metric)
  }

  get metricName(): string {
    return this.metric.name
  }

  /** What a stored batch added to a run. @returns what was decided */
  take({ run, attempt, rows, isRewritten }: GrownHistory, startedAtOf: StartedAtOf): StopDecision[] {
    if (isRewritten) {
      this.rules.restart(run.id)
      this.#times.delete(run.id)
      this.follow(run) // an earlier attempt may have ended it
    }
    return this.#takeRows(run.id, rows, (number) =>
      number === attempt.attempt ? attempt.startedAt : startedAtOf(number),
    )
  }

  follow(run: Pick<RunRecord, 'id' | 'state' | 'wish'>): void {
    this.rules.follow(run.id, run.state, run.wish !== null)
    if (isTerminalRunState(run.state)) this.#times.delete(run.id)
  }

  /** A run that ended, by its checks. */
  recall(run: RunRecord, checks: readonly StopCheck[]): void {
    const marks = checks.flatMap(({ band, mark }) =>
      band > 0 && mark !== null ? [{ band, value: mark }] : [],
    )
    this.rules.recall(run.id, marks)
    this.follow(run)
  }

  /** A run whose history is read again; what comes of it is asked by `rejudge`. */
  retake(run: RunRecord, rows: readonly CountedRow[], startedAtOf: StartedAtOf): void {
    this.#takeRows(run.id, rows, startedAtOf)
    this.follow(run)
  }

  #takeRows(runId: RunId, rows: readonly CountedRow[], startedAtOf: StartedAtOf): StopDecision[] {
    let time = this.#times.get(runId)
    if (time === undefined) this.#times.set(runId, (time = new TrainingTime()))
    const clock = time
    return this.rules.take(
      runId,
      rows.map((counted) => progressRow(counted, this.metric.name, clock.at(counted, startedAtOf))),
    )
  }
}

type StartedAtOf = (attempt: number) => number | null

/**
 * Early termination of a sweep as its stored history leaves it, with what is not decided yet.
 * Cost: the checks of ended runs, and the histories of open ones; of ended ones too where the rule needs them, or their
 * checks are those of another rule.
 */
export async function loadSweepStopping(
  store: SweepStore,
  sweep: Pick<SweepRecord, 'id' | 'specVersion'>,
  settings: StoppingSettings,
  metric: MetricSpec,
): Promise<{ readonly stopping: SweepStopping; readonly decisions: StopDecision[] }> {
  const sweepId = sweep.id
  const stopping = new SweepStopping(sweepId, sweep.specVersion, settings, metric)
  const checks = checksByRun(await store.listStopChecks({ sweepId }), ruleName(settings))
  const runs = await store.listRuns({ sweepId })
  const open = runs.filter((run) => !isTerminalRunState(run.state))
  const toRead = new Set(await runsToRead(store, stopping, runs, checks))
  for (const run of runs) {
    const known = checks.get(run.id)
    if (toRead.has(run.id)) await readAgain(store, stopping, run)
    else if (known !== undefined && isTerminalRunState(run.state)) stopping.recall(run, known)
    else stopping.follow(run)
  }
  const decisions = open.flatMap((run) => stopping.rules.rejudge(run.id, checks.get(run.id) ?? []))
  return { stopping, decisions }
}

function checksByRun(checks: readonly StopCheck[], rule: string): Map<RunId, StopCheck[]> {
  const byRun = new Map<RunId, StopCheck[]>()
  for (const check of checks) {
    if (check.rule !== rule) continue
    const list = byRun.get(check.runId)
    if (list === undefined) byRun.set(check.runId, [check])
    else list.push(check)
  }
  return byRun
}

/** Ids of the runs whose checks do not say all that the rule needs. */
async function runsToRead(
  store: SweepStore,
  stopping: SweepStopping,
  runs: readonly RunRecord[],
  checks: ReadonlyMap<RunId, readonly StopCheck[]>,
): Promise<RunId[]> {
  const { rule, settings } = stopping.rules
  const reported = runs.filter((run) => run.attemptCount > 0)
  const unsure = reported.filter(
    (run) => rule.memory === 'curves' || !isTerminalRunState(run.state) || !checks.has(run.id),
  )
  const [firstBand = Infinity] = rule.bands
  if (rule.memory === 'curves' || settings.resource !== 'report') return unsure.map((run) => run.id)
  const summaries = await store.listSummaries(unsure.map((run) => run.id))
  // An ended run without a check that reported less often than the first check needs has none to say
  return unsure
    .filter((run) => {
      const steps = summaries.get(run.id)?.find(({ key }) => key === stopping.metricName)?.steps ?? 0
      return steps > 0 && (!isTerminalRunState(run.state) || steps >= firstBand)
    })
    .map((run) => run.id)
}

async function readAgain(store: SweepStore, stopping: SweepStopping, run: RunRecord): Promise<void> {
  const rows = countedRows(await store.readMetrics(run.id))
  const attempts = await store.listAttempts([run.id])
  const startedAt = new Map(attempts.map((attempt) => [attempt.attempt, attempt.startedAt]))
  stopping.retake(run, rows, (attempt) => startedAt.get(attempt) ?? null)
}
