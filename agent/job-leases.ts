// Until when a job that has not started is surely still this agent's. Job and beats travel on connections of their own: an
// answer of Redis that is delivered late brings a job whose lease ran out meanwhile, and whose run another agent has.
//
// A job names the beat that its leader had read when the lease began. That beat was sent before it was read, so the
// lease lasts at least until the moment of sending plus its length, by this machine's own clock: no clocks are compared.
// From then on each beat that lists the job renews the lease, counted in the same way from the moment it was sent, if
// it stood in the stream while the lease was sure. A lease that was unsure once stays so.
import type { BeatName } from '../sweeps/protocol.ts'
import type { Clock } from '../runtime/clock.ts'

export interface JobLeasesOptions {
  /** Of this start of the agent. */
  readonly incarnation: number
  /** As registered. */
  leaseMs: number
  readonly clock: Clock
}

interface SentBeat {
  /** Monotonic ms, before it was written. */
  readonly atMs: number
  readonly keys: readonly string[]
}

export class JobLeases {
  /** Those of the last lease; what is older proves nothing any more. */
  private readonly sent = new Map<number, SentBeat>()
  /** By attempt: monotonic ms. */
  private readonly sureUntilMs = new Map<string, number>()

  constructor(private readonly options: JobLeasesOptions) {}

  /** A new registration may tell another length: good for leases that begin or are renewed from now on. */
  setLength(leaseMs: number): void {
    this.options.leaseMs = leaseMs
  }

  /** A beat is about to be written, listing these attempts. One that is written again counts as it was at first. */
  sending(number: number, keys: readonly string[]): void {
    const nowMs = this.options.clock.monotonicMs()
    for (const [old, beat] of this.sent) {
      if (beat.atMs + this.options.leaseMs > nowMs) break
      this.sent.delete(old)
    }
    if (!this.sent.has(number)) this.sent.set(number, { atMs: nowMs, keys })
  }

  /** The beat stands in the stream. */
  arrived(number: number): void {
    const beat = this.sent.get(number)
    for (const key of beat?.keys ?? []) {
      if (this.isSure(key) && this.sureUntilMs.has(key))
        this.sureUntilMs.set(key, (beat?.atMs ?? 0) + this.options.leaseMs)
    }
  }

  /** A job came. @param heard what its leader had read; undefined: a leader that does not say, which is believed */
  take(key: string, heard: BeatName | undefined): void {
    if (heard === undefined) return
    const beat = heard.incarnation === this.options.incarnation ? this.sent.get(heard.number) : undefined
    this.sureUntilMs.set(key, beat === undefined ? -Infinity : beat.atMs + this.options.leaseMs)
  }

  /** Whether it may start. */
  isSure(key: string): boolean {
    return this.options.clock.monotonicMs() < (this.sureUntilMs.get(key) ?? Infinity)
  }

  /** It started, or never will. */
  forget(key: string): void {
    this.sureUntilMs.delete(key)
  }
}
