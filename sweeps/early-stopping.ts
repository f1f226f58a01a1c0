// Which runs of a sweep to stop: a run's reports in order -> decisions in the metric's own sign. The one registry:
// type of early_terminate -> rule. It knows no store and no process; who carries a decision out is elsewhere.
import { createCurveStoppingRule } from '../optimizers/curve-stopping.ts'
import { createHyperbandRule } from '../optimizers/hyperband-quantile.ts'
import { createMedianStopping } from '../optimizers/median-stopping.ts'
import { createSuccessiveHalving } from '../optimizers/successive-halving.ts'
import { stableShare } from '../optimizers/stable-share.ts'
import type { BandMark, BandThreshold, StoppingRule, Verdict } from '../optimizers/stopping-rule.ts'
import { hyperbandBands } from './hyperband-bands.ts'
import { isTerminalRunState } from './run.ts'
import type { RunState } from './run.ts'
import type { MetricSpec } from './sweep.ts'
import { numberKey } from './stopping-settings.ts'
import type { StoppingSettings, StoppingType } from './stopping-settings.ts'

/** A row of a run's history as far as early stopping looks at it. */
export interface ProgressRow {
  readonly step: number
  /** Training time of the run up to here, in seconds; null: not known. */
  readonly seconds: number | null
  /** The metric `epoch`; null: not in this row. */
  readonly epoch: number | null
  /** The sweep's metric in its own sign; NaN: reported and unusable; null: not in this row, or no number. */
  readonly value: number | null
}

/**
 * kept      it may go on
 * stopped   it is to be ended
 * control   it would be ended, and lives on to show what early termination costs (audit)
 * unjudged  it passed the band together with a later one, or was ending already: its value counts for others
 */
export type StopOutcome = 'kept' | 'stopped' | 'control' | 'unjudged'

/** How a run stood at a band. Values in the metric's own sign. */
export interface StopDecision {
  readonly runId: string
  /** 0: for reports of NaN alone. */
  readonly band: number
  /** What others are compared with; NaN at band 0. */
  readonly mark: number
  /** What was compared. */
  readonly value: number
  /** null: there was nothing to compare with. */
  readonly threshold: number | null
  readonly rank: number
  readonly of: number
  readonly outcome: StopOutcome
  /** One line for people. */
  readonly reason: string
}

type RuleMaker = (settings: StoppingSettings) => StoppingRule

const RULES: Readonly<Record<StoppingType, RuleMaker>> = {
  hyperband: ({ keys }) =>
    createHyperbandRule({
      bands: hyperbandBands(keys),
      eta: numberKey(keys, 'eta', 3),
      isStrict: keys['strict'] !== false,
    }),
  asha: ({ keys }) => {
    const { factor: eta, ...common } = rungKeys(keys)
    return createSuccessiveHalving({ eta, ...common })
  },
  median: ({ keys }) => createMedianStopping(rungKeys(keys)),
  curve: ({ keys }) => createCurveStoppingRule(rungKeys(keys)),
}

/** What asha, median and curve share. */
function rungKeys(keys: StoppingSettings['keys']): { factor: number; firstRung: number; minRuns: number } {
  return {
    factor: numberKey(keys, 'reduction_factor', 3),
    firstRung: numberKey(keys, 'grace_steps', 1),
    minRuns: numberKey(keys, 'min_runs', 5),
  }
}

export function createStoppingRule(settings: StoppingSettings): StoppingRule {
  return RULES[settings.type](settings)
}

interface FollowedRun {
  /** Valid values so far. */
  valueCount: number
  /** Reports of NaN since the last valid value. */
  nanCount: number
  progress: number
  /** How many of the rule's marks were given out as decisions. */
  markCount: number
  /** Nothing more is decided of it: it ended, or is being ended. */
  isSettled: boolean
  /** It was condemned and lives on. */
  isControl: boolean
}

/**
 * All runs of a sweep under early termination. What a run's rows change depends on their order within the run alone;
 * the caller gives each row once and in order.
 * Cost of a row: that of the rule, which does not grow with the number of runs.
 */
export class EarlyStopping {
  readonly rule: StoppingRule
  readonly #runs = new Map<string, FollowedRun>()
  readonly #sign: 1 | -1

  constructor(
    readonly settings: StoppingSettings,
    metric: Pick<MetricSpec, 'goal'>,
    rule: StoppingRule = createStoppingRule(settings),
  ) {
    this.rule = rule
    this.#sign = metric.goal === 'maximize' ? -1 : 1
  }

  /** The next rows of a run. @returns what was decided of it and of others, newest last */
  take(runId: string, rows: readonly ProgressRow[]): StopDecision[] {
    const run = this.#runOf(runId)
    const decisions: StopDecision[] = []
    for (const row of rows) {
      if (row.value === null) {
        if (this.settings.resource === 'epoch') run.progress = Math.max(run.progress, row.epoch ?? 0)
        continue
      }
      if (!Number.isFinite(row.value)) {
        decisions.push(...this.#countNan(runId, run))
        continue
      }
      run.nanCount = 0
      run.valueCount++
      run.progress = progressAt(row, this.settings.resource, run)
      const verdicts = this.rule.report(runId, { progress: run.progress, value: this.#sign * row.value })
      decisions.push(...this.#decide(runId, run, verdicts))
    }
    return decisions
  }

  /** A run's history was written anew, by a later attempt: what was known of it is forgotten. */
  restart(runId: string): void {
    const isSettled = this.#runs.get(runId)?.isSettled ?? false
    this.forget(runId)
    this.#runOf(runId).isSettled = isSettled
  }

  /**
   * The run's state, whenever it may have changed.
   * @param isBeingEnded it was asked to end: nothing more is decided of it
   */
  follow(runId: string, state: RunState, isBeingEnded: boolean): void {
    const run = this.#runOf(runId)
    const hasEnded = isTerminalRunState(state)
    run.isSettled = hasEnded || isBeingEnded
    if (hasEnded) this.rule.end(runId, state === 'finished' || state === 'stopped' ? state : 'other')
  }

  forget(runId: string): void {
    this.rule.forget(runId)
    this.#runs.delete(runId)
  }

  /** A run that ended before a restart, by the marks of its decisions. Only for rules whose memory is 'marks'. */
  recall(runId: string, marks: readonly BandMark[]): void {
    const run = this.#runOf(runId)
    run.isSettled = true
    run.markCount = marks.length
    this.rule.recall(
      runId,
      marks.map(({ band, value }) => ({ band, value: this.#sign * value })),
    )
  }

  /**
   * After a restart: an open run whose rows were taken again, with what was decided of it before.
   * @returns what was not decided yet, or is to be decided otherwise now
   */
  rejudge(runId: string, before: readonly Pick<StopDecision, 'band' | 'outcome'>[]): StopDecision[] {
    const run = this.#runOf(runId)
    const isKnown = (band: number) => before.some((known) => known.band === band)
    run.isControl = before.some(({ outcome }) => outcome === 'control')
    const verdict = this.rule.judge(runId)
    const decisions = this.rule
      .marksOf(runId)
      .filter(({ band }) => band !== verdict?.band && !isKnown(band))
      .map(({ band, value }) => this.#unjudged(runId, band, value))
    if (!run.isSettled && run.nanCount >= this.settings.nanPatience)
      return [...decisions, this.#nanDecision(runId, run)]
    if (verdict === null) return decisions
    const isNews = this.rule.isRejudging && verdict.stop && !run.isSettled && !run.isControl
    if (!isKnown(verdict.band) || isNews)
      decisions.push(this.#decisionOf(verdict, this.#outcomeOf(runId, run, verdict)))
    return decisions
  }

  /** How a run stands now at its last band; null: it reached none. */
  judge(runId: string): StopDecision | null {
    const verdict = this.rule.judge(runId)
    if (verdict === null) return null
    return this.#decisionOf(verdict, verdict.stop ? 'stopped' : 'kept')
  }

  /** Valid values of a run, and its progress in the unit of `resource`. */
  progressOf(runId: string): {
    readonly valueCount: number
    readonly nanCount: number
    readonly progress: number
  } {
    return this.#runs.get(runId) ?? { valueCount: 0, nanCount: 0, progress: 0 }
  }

  /** In the metric's own sign. */
  thresholds(): BandThreshold[] {
    return this.rule.thresholds().map((found) => ({ ...found, threshold: this.#own(found.threshold) }))
  }

  /** Would this run live on if it were condemned? The same for ever. */
  isControl(runId: string): boolean {
    return stableShare(runId, 'audit') < this.settings.audit
  }

  #countNan(runId: string, run: FollowedRun): StopDecision[] {
    run.nanCount++
    if (run.isSettled || run.nanCount < this.settings.nanPatience) return []
    run.isSettled = true
    return [this.#nanDecision(runId, run)]
  }

  #nanDecision(runId: string, run: FollowedRun): StopDecision {
    const count = run.nanCount
    const reason = `${count} reports of the metric in a row were NaN (nan_patience ${this.settings.nanPatience})`
    const facts = { band: 0, mark: NaN, value: NaN, threshold: null, rank: 0, of: 0 }
    run.isSettled = true
    return { runId, ...facts, outcome: 'stopped', reason }
  }

  /** Verdicts of one row: on the run itself at the band it reached, and on others that are above now. */
  #decide(runId: string, run: FollowedRun, verdicts: readonly Verdict[]): StopDecision[] {
    if (verdicts.length === 0) return []
    const decisions: StopDecision[] = []
    const marks = this.rule.marksOf(runId)
    const own = verdicts.find((verdict) => verdict.id === runId)
    for (const { band, value } of marks.slice(run.markCount)) {
      if (band !== own?.band) decisions.push(this.#unjudged(runId, band, value))
    }
    run.markCount = marks.length
    for (const verdict of verdicts) {
      const judged = this.#runOf(verdict.id)
      if (verdict.id !== runId && (judged.isSettled || judged.isControl)) continue
      decisions.push(this.#decisionOf(verdict, this.#outcomeOf(verdict.id, judged, verdict)))
    }
    return decisions
  }

  #outcomeOf(runId: string, run: FollowedRun, verdict: Verdict): StopOutcome {
    if (run.isSettled) return 'unjudged'
    if (!verdict.stop) return 'kept'
    if (run.isControl || this.isControl(runId)) {
      run.isControl = true
      return 'control'
    }
    run.isSettled = true
    return 'stopped'
  }

  #unjudged(runId: string, band: number, value: number): StopDecision {
    const own = this.#own(value)
    const facts = { runId, band, mark: own, value: own, threshold: null, rank: 0, of: 0 }
    return { ...facts, outcome: 'unjudged', reason: 'passed together with a later check' }
  }

  #decisionOf(verdict: Verdict, outcome: StopOutcome): StopDecision {
    const { id, band, rank, of } = verdict
    const mark = this.rule.marksOf(id).find((known) => known.band === band)?.value ?? verdict.value
    const value = this.#own(verdict.value)
    const threshold = Number.isFinite(verdict.threshold) ? this.#own(verdict.threshold) : null
    const decision = { runId: id, band, mark: this.#own(mark), value, threshold, rank, of, outcome }
    return { ...decision, reason: this.#reasonOf(verdict, value, threshold) }
  }

  #reasonOf(verdict: Verdict, value: number, threshold: number | null): string {
    const { band, rank, of, detail } = verdict
    const cut = threshold === null ? 'no cut yet' : `cut ${shortNumber(threshold)}`
    const facts = `${this.settings.resource} ${band}: ${shortNumber(value)}, ${cut}, rank ${rank}/${of}`
    return detail === undefined ? facts : `${facts}, ${detail}`
  }

  /** In the metric's own sign; 0 is never -0. */
  #own(value: number): number {
    return this.#sign * value + 0
  }

  #runOf(runId: string): FollowedRun {
    let run = this.#runs.get(runId)
    if (run === undefined) {
      run = { valueCount: 0, nanCount: 0, progress: 0, markCount: 0, isSettled: false, isControl: false }
      this.#runs.set(runId, run)
    }
    return run
  }
}

/** How far a run is with a row that has a value. Never below where it was. @param run before the row, but for valueCount */
export function progressAt(
  row: ProgressRow,
  resource: StoppingSettings['resource'],
  run: { readonly valueCount: number; readonly progress: number },
): number {
  const own = { report: run.valueCount, step: row.step, epoch: row.epoch, time: row.seconds }[resource]
  return Math.max(run.progress, own ?? run.progress)
}

/** Six digits are enough for a reason; the decision has them all. */
function shortNumber(value: number): string {
  return String(Number(value.toPrecision(6)))
}
