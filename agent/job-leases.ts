// Until when a job that has not started is surely still this agent's. Job and beats travel on connections of their own: an
// answer of Redis that is delivered late brings a job whose lease ran out meanwhile, and whose run another agent has.
//
// A job names the beat that its leader had read when the lease began. That beat was sent before it was read, so the
// lease lasts at least until the moment of sending plus its length, by this machine's own clock: no clocks are compared.
// From then on each beat that lists the job renews the lease, counted in the same way from the moment it was sent, if
// it stood in the stream while the lease was sure. A lease that was unsure once stays so. On a machine that slept the
// clock may have stood still: what starts then is told better by the next beat, as it would be without all this.
import type { JobLease } from '../sweeps/protocol.ts'
import type { Clock } from '../runtime/clock.ts'

export interface JobLeasesOptions {
  /** Of this start of the agent. */
  readonly incarnation: number
  /** As registered: what was sent longer ago is not remembered. */
  readonly leaseMs: number
  readonly clock: Clock
}

interface SentBeat {
  /** Monotonic ms, before it was written. */
  readonly atMs: number
  readonly keys: readonly string[]
}

interface HeldLease {
  readonly lengthMs: number
  /** Monotonic ms. */
  sureUntilMs: number
}

export class JobLeases {
  /** By number; of this incarnation. */
  private readonly sent = new Map<number, SentBeat>()
  /** By attempt that has not started. */
  private readonly held = new Map<string, HeldLease>()

  constructor(private readonly options: JobLeasesOptions) {}

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
    if (beat === undefined) return
    for (const key of beat.keys) {
      const lease = this.held.get(key)
      if (lease !== undefined && this.isSure(key)) lease.sureUntilMs = beat.atMs + lease.lengthMs
    }
  }

  /** A job came. @param lease undefined: a leader that does not tell, which is believed @returns whether it is sure */
  take(key: string, lease: JobLease | undefined): boolean {
    if (lease === undefined) return true
    const isOwn = lease.incarnation === this.options.incarnation
    const beat = isOwn ? this.sent.get(lease.heardBeat) : undefined
    if (beat === undefined) return false
    this.held.set(key, { lengthMs: lease.lengthMs, sureUntilMs: beat.atMs + lease.lengthMs })
    return this.isSure(key)
  }

  /** Whether a job that was taken may start. */
  isSure(key: string): boolean {
    return this.options.clock.monotonicMs() < (this.held.get(key)?.sureUntilMs ?? Infinity)
  }

  /** It is over, or was not taken. */
  forget(key: string): void {
    this.held.delete(key)
  }
}
