// Time as the leader counts it for leases: it stands still whenever silence could be the controller's own fault.

/** A tick never counts for more than this: a leader that was frozen takes time from no one. */
const MAX_TICK_MS = 1_000

/**
 * A clock in milliseconds that advances only by `tick`, by at most 1 s a tick, and not at all while reports cannot
 * be read or stored. All lease deadlines are readings of it.
 */
export class LeaseClock {
  #nowMs = 0
  #lastMonotonicMs: number

  constructor(monotonicMs: number) {
    this.#lastMonotonicMs = monotonicMs
  }

  get nowMs(): number {
    return this.#nowMs
  }

  /** @param isHearing false while the stream cannot be read, the store cannot be written, or agents cannot connect */
  tick(monotonicMs: number, isHearing: boolean): void {
    const elapsedMs = Math.max(0, monotonicMs - this.#lastMonotonicMs)
    this.#lastMonotonicMs = monotonicMs
    if (isHearing) this.#nowMs += Math.min(elapsedMs, MAX_TICK_MS)
  }
}

/** Numbers that follow from the lease. */
export interface LeaseTimes {
  readonly leaseMs: number
  /** Silence after which an agent is suspect: shown, offered nothing, its untaken offers recalled. */
  readonly suspectMs: number
  readonly beatIntervalMs: number
}

/** W&B's agents ask every 5 to 6 s, and are busy for a few seconds after each run. */
const POLLING_LEASE_MS = 30_000
const POLLING_SUSPECT_MS = 15_000

/** The same for an agent that polls: never so short that it could not have asked meanwhile. */
export function pollingTimes(times: LeaseTimes): LeaseTimes {
  return {
    ...times,
    leaseMs: Math.max(times.leaseMs, POLLING_LEASE_MS),
    suspectMs: Math.max(times.suspectMs, POLLING_SUSPECT_MS),
  }
}

export function leaseTimes(leaseMs: number): LeaseTimes {
  return {
    leaseMs,
    suspectMs: Math.min(30_000, leaseMs / 2),
    beatIntervalMs: Math.min(10_000, leaseMs / 5),
  }
}
