// The leader hears of what people asked for by reading the change log: a request may have come through another
// controller. This controller's own requests wake it at once; others are found by looking regularly.
import { LeadershipLostError } from '../../sweeps/errors.ts'
import type { StoreReads } from '../../sweeps/store.ts'
import type { AgentId, RunId, SweepId } from '../../sweeps/sweep.ts'
import type { Logger } from '../../runtime/logger.ts'

/** How late the leader hears of a request to another controller, at the most. */
const LOOK_INTERVAL_MS = 250
const PAGE = 1000
/** Of runs whose history a request changed: erased it, or stored what a client of W&B reported. */
const REWRITING: ReadonlySet<string> = new Set(['run.removed', 'run.metrics'])

/** A person ended a run that waited for a slot; one that trains ends by its agent's report. */
const ENDED: ReadonlySet<string> = new Set(['run.cancelled', 'run.stopped'])

/** What was asked for of a sweep's runs. */
export interface RequestedChange {
  /** A history of them was changed. */
  readonly isRewritten: boolean
  readonly endedRunIds: readonly RunId[]
}

export interface ChangeFollower {
  /** A change was committed here. */
  wake(): void
  stop(): Promise<void>
}

export interface ChangeFollowerOptions {
  readonly store: Pick<StoreReads, 'readRequestedChanges'>
  /** What the leader knows already. */
  readonly since: number
  /** Another controller may commit changes. */
  readonly looksRegularly: boolean
  readonly log: Logger
  /** A rejection is tried again at the next look. */
  takeChange(sweepId: SweepId, requested: RequestedChange): Promise<void>
  /** The same of an agent. */
  takeAgentChange(agentId: AgentId): Promise<void>
  onLeadershipLost(): void
}

export function startChangeFollower(options: ChangeFollowerOptions): ChangeFollower {
  const { store, log } = options
  let since = options.since
  let looking: Promise<void> | null = null
  let isWoken = false
  let timer: NodeJS.Timeout | null = null
  let isStopped = false

  async function look(): Promise<void> {
    do {
      isWoken = false
      const { changes, next } = await store.readRequestedChanges(since, PAGE)
      for (const sweepId of new Set(changes.flatMap((change) => change.sweepId ?? []))) {
        const own = changes.filter((change) => change.sweepId === sweepId)
        const ended = own.filter(({ event }) => ENDED.has(event)).map(({ entityId }) => entityId as RunId)
        const isRewritten = own.some(({ event }) => REWRITING.has(event))
        if (!isStopped) await options.takeChange(sweepId, { isRewritten, endedRunIds: ended })
      }
      const agents = changes.filter((change) => change.entity === 'agent')
      for (const agentId of new Set(agents.map((change) => change.entityId as AgentId)))
        if (!isStopped) await options.takeAgentChange(agentId)
      since = next
      if (changes.length === PAGE) isWoken = true
    } while (isWoken && !isStopped)
  }

  function startLooking(): void {
    if (timer !== null) clearTimeout(timer)
    timer = null
    looking = look()
      .then(
        () => options.looksRegularly,
        (error: unknown) => {
          if (error instanceof LeadershipLostError) options.onLeadershipLost()
          else log.warn('changes.following_failed', { reason: (error as Error).message })
          return true
        },
      )
      .then((looksAgain) => {
        looking = null
        if (isStopped) return
        if (isWoken) startLooking()
        else if (looksAgain) timer = setTimeout(startLooking, LOOK_INTERVAL_MS)
      })
  }

  if (options.looksRegularly) startLooking()
  return {
    wake() {
      isWoken = true
      if (looking === null && !isStopped) startLooking()
    },
    async stop() {
      isStopped = true
      if (timer !== null) clearTimeout(timer)
      await looking
    },
  }
}
