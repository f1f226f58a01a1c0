// W&B's `impute` and `impute_while_running`, for those who set them: what a learning method is told of runs without a value
// to learn from. Without them failures and open runs are told as they are. Pure; keeps what it was given.
import type { RunState } from './run.ts'

/** Which value a run gets: its own last or best one, or the worst of all runs that ended. */
export const IMPUTATIONS = ['latest', 'best', 'worst'] as const
export type Imputation = (typeof IMPUTATIONS)[number]

export interface ImputationRules {
  /** Of runs that failed, or ended without a value. */
  readonly ended: Imputation | null
  /** Of running ones: their best value so far, or this where they have none. */
  readonly running: Imputation | null
}

/** What of a run matters here: as HistoryEntry of suggest.ts has it. */
export interface ImputableRun {
  readonly runId: string
  readonly state: RunState
  readonly value: number | null
  readonly latest?: number | null
  readonly index?: number | null
  readonly endedAt?: number
}

export class Imputer<Run extends ImputableRun> {
  readonly #rules: ImputationRules
  readonly #isWorse: (a: number, b: number) => boolean
  /** Runs that may get a value, by id, as they were given. */
  readonly #imputable = new Map<string, Run>()
  /** Values by which runs that ended rank; NaN and infinite ones are left out. */
  readonly #values = new Map<string, number>()
  readonly #ends = new Map<string, number>()
  #worst: number | null = null
  #lastEnd = 0

  constructor(goal: 'minimize' | 'maximize', rules: ImputationRules) {
    this.#rules = rules
    this.#isWorse = goal === 'minimize' ? (a, b) => a > b : (a, b) => a < b
  }

  /**
   * @param entries runs that changed
   * @returns what the method is told: these runs, and earlier ones whose value follows from these
   */
  take(entries: readonly Run[]): Run[] {
    if (this.#rules.ended === null && this.#rules.running === null) return [...entries]
    for (const entry of entries) this.#remember(entry)
    const [worst, lastEnd] = [this.#worst, this.#lastEnd]
    this.#worst = this.#findWorst()
    this.#lastEnd = [...this.#ends.values()].reduce((a, b) => Math.max(a, b), 0)
    const isMoved = worst !== this.#worst || lastEnd !== this.#lastEnd
    const given = new Set(entries.map(({ runId }) => runId))
    const others = isMoved ? [...this.#imputable.values()].filter(({ runId }) => !given.has(runId)) : []
    return [...entries, ...others].map((entry) => this.#impute(entry))
  }

  /** Running runs that count with a value, by index: their own value so far, or null where they have none. */
  soFar(): [index: number, value: number | null][] {
    return [...this.#imputable.values()]
      .filter((entry) => entry.state === 'running' && this.#impute(entry) !== entry)
      .flatMap(({ index, value }): [number, number | null][] =>
        typeof index === 'number' ? [[index, usable(value)]] : [],
      )
      .sort(([a], [b]) => a - b)
  }

  #remember(entry: Run): void {
    const { runId, state, value } = entry
    const hasEnded = state === 'finished' || state === 'stopped' || state === 'failed'
    this.#imputable.delete(runId)
    this.#values.delete(runId)
    this.#ends.delete(runId)
    if (hasEnded) this.#ends.set(runId, entry.endedAt ?? 0)
    const own = usable(value)
    if (hasEnded && own !== null) this.#values.set(runId, own)
    const isWithout = hasEnded && (state === 'failed' || own === null)
    if (isWithout || state === 'running') this.#imputable.set(runId, entry)
  }

  #findWorst(): number | null {
    let worst: number | null = null
    for (const value of this.#values.values())
      if (worst === null || this.#isWorse(value, worst)) worst = value
    return worst
  }

  /** Unchanged where the rule has no value for it: W&B takes 0 then, which makes a crash look like a record. */
  #impute(entry: Run): Run {
    const { runId, state } = entry
    if (!this.#imputable.has(runId)) return entry
    const isRunning = state === 'running'
    const rule = isRunning ? this.#rules.running : this.#rules.ended
    if (rule === null) return entry
    const value = this.#valueBy(rule, entry, isRunning)
    if (value === null) return entry
    // Of what runs now nobody knows a better place than beside the last end
    return { ...entry, state: 'finished', value, endedAt: isRunning ? this.#lastEnd : (entry.endedAt ?? 0) }
  }

  #valueBy(rule: Imputation, entry: Run, isRunning: boolean): number | null {
    const own = usable(entry.value)
    if (isRunning) return own ?? (rule === 'worst' ? this.#worst : null)
    if (rule === 'worst') return this.#worst
    return rule === 'latest' ? usable(entry.latest ?? null) : own
  }
}

function usable(value: number | null): number | null {
  return value !== null && Number.isFinite(value) ? value : null
}
