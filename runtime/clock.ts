// Time as an argument: wall clock for people, monotonic clock for deadlines, timers that tests can move.

export interface Clock {
  /** Epoch milliseconds, UTC; may jump. For display and records only. */
  now(): number
  /** Milliseconds from an arbitrary start; never jumps backwards. For deadlines. */
  monotonicMs(): number
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
}
