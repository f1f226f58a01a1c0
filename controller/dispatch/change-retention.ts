// How much of the change log is kept. The leader forgets the oldest entries in small steps; a reader who stands before
// the oldest kept one is told `reset` and reads a snapshot.
import { LeadershipLostError } from '../../sweeps/errors.ts'
import type { SweepStore } from '../../sweeps/store.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { Logger } from '../../runtime/logger.ts'

export interface ChangeLimits {
  /** So many of the newest entries are kept at the least. */
  readonly keptEntries: number
  /** Younger ones are kept too ... */
  readonly keptMs: number
  /** ... but never more than this in all: every report is an entry, and 500 a second make 300 million in 7 days. */
  readonly maxEntries: number
}

/** 2,000,000 entries take some 400 MB. */
export const CHANGE_LIMITS: ChangeLimits = {
  keptEntries: 100_000,
  keptMs: 7 * 24 * 60 * 60 * 1000,
  maxEntries: 2_000_000,
}

const INTERVAL_MS = 60_000
/** A step holds the writer for some 10 ms; others write between two steps. */
const STEP = 1_000
const STEP_PAUSE_MS = 50

export interface ChangeRetentionOptions {
  readonly store: SweepStore
  readonly epoch: number
  readonly clock: Clock
  readonly log: Logger
  onLeadershipLost(): void
}

export interface ChangeRetention {
  start(): void
  stop(): Promise<void>
}

export function createChangeRetention(options: ChangeRetentionOptions): ChangeRetention {
  const { log } = options
  let timer: NodeJS.Timeout | null = null
  let running: Promise<void> = Promise.resolve()
  let isStopped = false

  async function step(): Promise<void> {
    let delayMs = INTERVAL_MS
    try {
      if ((await pruneOnce(options)) === STEP) delayMs = STEP_PAUSE_MS
    } catch (error) {
      if (error instanceof LeadershipLostError) return options.onLeadershipLost()
      log.debug('changes.pruning_failed', { reason: (error as Error).message })
    }
    schedule(delayMs)
  }

  function schedule(delayMs: number): void {
    if (isStopped) return
    timer = setTimeout(() => (running = step()), delayMs)
  }

  return {
    start: () => schedule(INTERVAL_MS),
    async stop() {
      isStopped = true
      if (timer !== null) clearTimeout(timer)
      await running
    },
  }
}

/** One step. @returns how many entries were forgotten: STEP when there may be more */
export async function pruneOnce(
  { store, epoch, clock }: Pick<ChangeRetentionOptions, 'store' | 'epoch' | 'clock'>,
  { keptEntries, keptMs, maxEntries }: ChangeLimits = CHANGE_LIMITS,
): Promise<number> {
  const newest = await store.lastSeq()
  if ((await store.oldestSeq()) > newest - keptEntries) return 0 // without a transaction: the usual case
  const belowSeqAndAt = { seq: newest - keptEntries + 1, at: clock.now() - keptMs }
  const belowSeq = newest - maxEntries + 1
  return store.write((tx) => tx.pruneChanges({ belowSeq, belowSeqAndAt, limit: STEP }), { epoch })
}
