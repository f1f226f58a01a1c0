// Whether one thing works, why not, and since when: set by whoever uses it, read by whoever is asked.
import type { Clock } from './clock.ts'

export interface ConditionState {
  /** In words; null while it works. */
  readonly problem: string | null
  /** Epoch milliseconds at which it began to work, or ceased to. */
  readonly since: number
}

export interface ConditionOptions {
  readonly clock: Clock
  /** A failure that is over sooner than this is not shown, milliseconds. @default 0 */
  readonly patienceMs?: number
}

/** Works from the start. `since` moves when working turns into failing or back, not with each new reason. */
export class Condition {
  readonly #clock: Clock
  readonly #patienceMs: number
  #worksSince: number
  #failure: { problem: string; readonly since: number; readonly sinceMs: number } | null = null

  constructor(options: ConditionOptions) {
    this.#clock = options.clock
    this.#patienceMs = options.patienceMs ?? 0
    this.#worksSince = options.clock.now()
  }

  get state(): ConditionState {
    const failure = this.#failure
    if (failure === null || !this.#isOldEnough(failure.sinceMs))
      return { problem: null, since: this.#worksSince }
    return { problem: failure.problem, since: failure.since }
  }

  works(): void {
    if (this.#failure !== null && this.#isOldEnough(this.#failure.sinceMs))
      this.#worksSince = this.#clock.now()
    this.#failure = null
  }

  fails(problem: string): void {
    this.#failure ??= { problem, since: this.#clock.now(), sinceMs: this.#clock.monotonicMs() }
    this.#failure.problem = problem
  }

  #isOldEnough(sinceMs: number): boolean {
    return this.#clock.monotonicMs() - sinceMs >= this.#patienceMs
  }
}
