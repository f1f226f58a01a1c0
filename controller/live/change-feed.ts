// Tells listeners what enters the change log: one loop per controller reads the log for all of them. Commits of this
// process wake it; what other controllers write is found by looking, and only while somebody listens.
//
// A listener is
//   joining    its first message is being made
//   listening  the loop tells it, at most every 250 ms
//   gone       it left, was told `reset`, or the feed closed
import type { Clock } from '../../runtime/clock.ts'
import type { Logger } from '../../runtime/logger.ts'
import type { SweepStore } from '../../sweeps/store.ts'
import type { SweepId } from '../../sweeps/sweep.ts'
import type { Standings } from '../standings.ts'
import { writeChangeMessage } from './change-messages.ts'
import type { ChangeMessageDeps } from './change-messages.ts'

/** Between two messages to one listener, and between two looks at the log. */
const INTERVAL_MS = 250
const HEARTBEAT_MS = 15_000

export type ResetReason = 'expired' | 'foreign'

/** Who is told. Its functions must not throw. */
export interface ChangeListener {
  /** null: everything. */
  readonly sweepId: SweepId | null
  send(message: { readonly seq: number; readonly text: string }): void
  /** Nothing to tell for 15 s: every entry up to `seq` was told. */
  beat(seq: number): void
  /**
   * It cannot go on from where it stands, and is told nothing more.
   * expired: the entries after it are no longer kept. foreign: no such place, it is of another database.
   */
  reset(reason: ResetReason): void
  /** The controller ends: it may come again elsewhere. */
  end(): void
}

export interface ChangeFeed {
  /**
   * @param since the last seq that the listener knows; null: the newest
   * @returns a function that ends it
   */
  listen(listener: ChangeListener, since: number | null): Promise<() => void>
  /** Ends every listener. */
  close(): void
}

export interface ChangeFeedDeps extends ChangeMessageDeps {
  readonly store: SweepStore
  readonly standings: Standings
  readonly clock: Clock
  readonly log: Logger
}

interface Place {
  readonly listener: ChangeListener
  seq: number
  toldAtMs: number
}

export function createChangeFeed(deps: ChangeFeedDeps): ChangeFeed {
  const { store, clock, log } = deps
  const places = new Set<Place>()
  let timer: NodeJS.Timeout | null = null
  let timerAtMs = Infinity
  let lastLookMs = -Infinity
  let isLooking = false
  let isClosed = false
  let isFailing = false
  const unsubscribe = store.onCommit(wake)

  function arm(atMs: number): void {
    if (isClosed || isLooking || places.size === 0 || atMs >= timerAtMs) return
    if (timer !== null) clearTimeout(timer)
    timerAtMs = atMs
    timer = setTimeout(() => void look(), Math.max(0, atMs - clock.monotonicMs()))
  }

  /** A commit is told at once, unless the last look was a moment ago. */
  function wake(): void {
    arm(lastLookMs + INTERVAL_MS)
  }

  async function look(): Promise<void> {
    timer = null
    timerAtMs = Infinity
    if (places.size === 0) return
    isLooking = true
    try {
      if (await tell([...places])) lastLookMs = clock.monotonicMs()
      isFailing = false
    } catch (error) {
      // The places stay where they are, and the next look tries again.
      if (!isFailing && !isClosed) log.warn('changes.telling_failed', { reason: (error as Error).message })
      isFailing = true
    }
    for (const place of places) beatWhenSilent(place)
    isLooking = false
    arm(clock.monotonicMs() + INTERVAL_MS)
  }

  /** Tells what is new after each place; those at the same place share one message. @returns whether anything was new */
  async function tell(asked: readonly Place[]): Promise<boolean> {
    const newest = await store.lastSeq()
    const behind = asked.filter((place) => place.seq !== newest)
    if (behind.length === 0) return false
    for (const group of groupsOf(behind)) {
      const [{ seq, listener }] = group
      const message =
        seq > newest ? 'foreign' : await writeChangeMessage(deps, seq, newest, scopeOf(listener.sweepId))
      for (const place of group) {
        if (typeof message === 'string') drop(place, () => place.listener.reset(message))
        else advance(place, message)
      }
    }
    return true
  }

  function advance(
    place: Place,
    { seq, text }: { readonly seq: number; readonly text: string | null },
  ): void {
    place.seq = seq
    if (text === null || !places.has(place)) return
    place.toldAtMs = clock.monotonicMs()
    place.listener.send({ seq, text })
  }

  function beatWhenSilent(place: Place): void {
    const now = clock.monotonicMs()
    if (now - place.toldAtMs < HEARTBEAT_MS) return
    place.toldAtMs = now
    place.listener.beat(place.seq)
  }

  function drop(place: Place, tellIt: () => void): void {
    if (places.delete(place)) tellIt()
  }

  return {
    async listen(listener, since) {
      const place: Place = { listener, seq: since ?? (await store.lastSeq()), toldAtMs: clock.monotonicMs() }
      places.add(place)
      if (isClosed) drop(place, () => listener.end())
      wake()
      return () => void places.delete(place)
    },

    close() {
      if (isClosed) return
      isClosed = true
      unsubscribe()
      if (timer !== null) clearTimeout(timer)
      for (const place of [...places]) drop(place, () => place.listener.end())
    },
  }
}

function scopeOf(sweepId: SweepId | null): { sweepId?: SweepId; withAgents: true } {
  return sweepId === null ? { withAgents: true } : { sweepId, withAgents: true }
}

function groupsOf(places: readonly Place[]): (readonly [Place, ...Place[]])[] {
  const groups = new Map<string, [Place, ...Place[]]>()
  for (const place of places) {
    const key = `${place.seq} ${place.listener.sweepId ?? '*'}`
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [place])
    else group.push(place)
  }
  return [...groups.values()]
}
