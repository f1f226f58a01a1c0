// Counts what becomes of attempts while this controller leads, and times how long free slots wait for work and offers
// for their agent. Nothing is decided by it.
import type { AgentId } from '../../sweeps/sweep.ts'
import { isTerminalRunState } from '../../sweeps/run.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { DispatchMeter } from '../meter.ts'
import type { Ended } from './attempt-endings.ts'

export class AttemptTally {
  readonly #meter: DispatchMeter
  readonly #clock: Clock
  /** Monotonic times at which slots of an agent fell free, earliest first. */
  readonly #freedAtMs = new Map<AgentId, number[]>()

  constructor(meter: DispatchMeter, clock: Clock) {
    this.#meter = meter
    this.#clock = clock
  }

  /** Their end is stored. */
  ended(ended: readonly Ended[]): void {
    const nowMs = this.#clock.monotonicMs()
    for (const { run, attempt } of ended) {
      if (attempt.outcome === null) continue
      this.#meter.attemptEnded(attempt.outcome)
      if (isTerminalRunState(run.state)) this.#meter.runEnded(run.state)
      const freed = this.#freedAtMs.get(attempt.agentId)
      if (freed === undefined) this.#freedAtMs.set(attempt.agentId, [nowMs])
      else freed.push(nowMs)
    }
  }

  /** An attempt for this agent is committed. */
  offered(agentId: AgentId): void {
    const freedAtMs = this.#freedAtMs.get(agentId)?.shift()
    if (freedAtMs !== undefined) this.#meter.slotOffered((this.#clock.monotonicMs() - freedAtMs) / 1000)
  }

  /** Slots that are free now find no work: how long they wait from here on is not the dispatcher's doing. */
  foundNoWork(): void {
    this.#freedAtMs.clear()
  }

  /** @param addedAtMs when the job was put into its mailbox; null when that was another leader's doing */
  accepted(addedAtMs: number | null): void {
    if (addedAtMs !== null) this.#meter.offerAccepted((this.#clock.monotonicMs() - addedAtMs) / 1000)
  }

  revived(): void {
    this.#meter.attemptRevived()
  }
}
