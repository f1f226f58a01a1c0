// Who leads: one row with an epoch, renewed every 2 s. The leader alone schedules and ingests; every transaction of
// its own checks the epoch, so a leader that was frozen and replaced changes nothing.
import { LeadershipLostError } from '../../sweeps/errors.ts'
import type { Leadership, SweepStore } from '../../sweeps/store.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { Logger } from '../../runtime/logger.ts'

const RENEW_INTERVAL_MS = 2_000
/** A standby takes over when the row has not changed for so long on its own monotonic clock. */
const TAKE_OVER_AFTER_MS = 6_000
/** The holder of a lead that was laid down (Leadership in sweeps/store.ts). */
const NOBODY = ''

/**
 * standby   watches the row; leaves it by taking over
 * leading   renews the row; leaves it when a renewal is refused
 * stopped   for good
 */
export interface LeaderElection {
  readonly epoch: number | null
  start(): Promise<void>
  /** A transaction was refused: someone else leads. */
  deposed(): void
  stop(): void
  /** After `stop`, when nothing of the reign is under way any more: the next leader need not wait. Never rejects. */
  resign(): Promise<void>
}

export interface LeaderElectionOptions {
  readonly store: SweepStore
  readonly clock: Clock
  readonly log: Logger
  readonly holder: string
  /** No other controller can be alive (a kernel lock on the data folder says so): take over at once. */
  readonly isSoleController: boolean
  /** A rejection lays the lead down again. */
  onElected(epoch: number): Promise<void>
  onDeposed(): void
  /** Another controller leads, and it is alive: at each look of a standby. */
  onOtherLeads(): Promise<void>
}

export function createLeaderElection(options: LeaderElectionOptions): LeaderElection {
  const { store, clock, log, holder } = options
  let epoch: number | null = null
  let seen: { beat: string; atMs: number; hasChanged: boolean } | null = null
  let timer: NodeJS.Timeout | null = null
  let isStopped = false

  const depose = () => {
    if (epoch === null) return
    log.warn('leader.deposed', { epoch })
    epoch = null
    seen = null
    options.onDeposed()
  }

  const watch = async () => {
    const recorded = await store.readLeadership()
    const beat = recorded === null ? 'none' : `${recorded.epoch}.${recorded.beat}`
    if (seen?.beat !== beat) seen = { beat, atMs: clock.monotonicMs(), hasChanged: seen !== null }
    const isFree = recorded === null || recorded.holder === NOBODY || options.isSoleController
    if (isFree || clock.monotonicMs() - seen.atMs >= TAKE_OVER_AFTER_MS) await take(recorded)
    else if (seen.hasChanged) await options.onOtherLeads()
  }

  const take = async (recorded: Leadership | null) => {
    const taken = await store.takeLeadership(holder, recorded)
    if (taken === null) return
    epoch = taken.epoch
    log.info('leader.elected', { epoch, holder })
    try {
      await options.onElected(taken.epoch)
    } catch (error) {
      // Without a reign the lead must not be renewed: laid down, it can be taken again by anyone, also from here.
      await resign()
      epoch = null
      seen = null
      throw error
    }
  }

  const resign = async () => {
    if (epoch === null) return
    try {
      await store.resignLeadership(epoch)
    } catch (error) {
      log.warn('leader.resigning_failed', { epoch, reason: (error as Error).message })
    }
  }

  const tick = async () => {
    try {
      if (epoch === null) await watch()
      else await store.renewLeadership(epoch)
    } catch (error) {
      if (error instanceof LeadershipLostError) depose()
      else log.warn('leader.tick_failed', { reason: (error as Error).message })
    }
    if (!isStopped)
      timer = setTimeout(() => void tick(), epoch === null ? RENEW_INTERVAL_MS / 2 : RENEW_INTERVAL_MS)
  }

  return {
    get epoch() {
      return epoch
    },
    start: tick,
    deposed: depose,
    stop() {
      isStopped = true
      if (timer !== null) clearTimeout(timer)
    },
    resign,
  }
}
