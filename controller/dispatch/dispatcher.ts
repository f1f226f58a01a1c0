// The dispatcher as a whole: leads when elected (reign.ts), and serves agents' registration and tunnels whether it
// leads or not.
import type { IncomingMessage } from 'node:http'
import type { SweepStore } from '../../sweeps/store.ts'
import type { Clock } from '../../runtime/clock.ts'
import { Condition } from '../../runtime/condition.ts'
import type { Logger } from '../../runtime/logger.ts'
import type { Dispatcher } from '../dispatch-port.ts'
import { silentMeter } from '../meter.ts'
import type { DispatchMeter } from '../meter.ts'
import { createAgentRegistry } from './agent-registry.ts'
import { createAgentTunnel } from './agent-tunnel.ts'
import { createLeaderElection } from './leader.ts'
import { leaseTimes } from './leases.ts'
import { createPolledAgents } from './polled-agents.ts'
import { createMailboxes } from './mailboxes.ts'
import { createRedisClients } from './redis-clients.ts'
import type { RedisPlace } from './redis-clients.ts'
import { beginReign } from './reign.ts'
import type { Reign } from './reign.ts'
import { createRedisComparison } from './same-redis.ts'

/** `worker.close()` and its kin hang while Redis is away. */
const CLOSE_LIMIT_MS = 2_000

export interface DispatcherOptions {
  readonly store: SweepStore
  readonly redis: RedisPlace
  readonly clock: Clock
  readonly log: Logger
  /** Lease of an attempt in milliseconds. @default 180_000 at the command line; 5_000 at the least */
  readonly leaseMs: number
  /** Who leads, for people: host and pid. */
  readonly holder: string
  /**
   * No other controller can share this store (SQLite behind the data folder's kernel lock): lead at once, without
   * waiting for a silent predecessor. @default true
   */
  readonly isSoleController?: boolean
  /**
   * Told of each upgrade with a wrong key. @throws SweepError TOO_MANY_REQUESTS to answer that instead
   * @default nobody counts
   */
  readonly countWrongKey?: (request: IncomingMessage) => Promise<void>
  /** @default silentMeter */
  readonly meter?: DispatchMeter
}

/** @throws StoreUnavailableError when the deployment's id cannot be read */
export async function createDispatcher(options: DispatcherOptions): Promise<Dispatcher> {
  const { store, clock, log, meter = silentMeter, isSoleController = true } = options
  const deployment = await store.deployment()
  const times = leaseTimes(options.leaseMs)
  const redis = createRedisClients(options.redis.url, log)
  const mailboxes = createMailboxes(redis.queues, redis.control, deployment)
  const registry = createAgentRegistry({ store, control: redis.control, deployment, times, clock })
  const tunnel = createAgentTunnel({
    registry,
    redis: options.redis,
    log,
    countWrongKey: options.countWrongKey,
    meter,
  })
  const comparison = createRedisComparison({ store, control: redis.control, deployment, clock })
  let fail: (error: Error) => void = () => {}
  const failed = new Promise<Error>((resolve) => {
    fail = resolve
  })
  const leading = new Condition({ clock })
  leading.fails('this controller does not lead yet')
  const redisAnswers = new Condition({ clock })
  redisAnswers.fails(`Redis does not answer at ${withoutUser(options.redis.url)}`)
  let reign: Reign | null = null
  let isStopped = false

  const onLeadershipLost = () => election.deposed()
  const election = createLeaderElection({
    store,
    clock,
    log,
    holder: options.holder,
    isSoleController,
    onElected: async (epoch) => {
      const next = await beginReign(epoch, {
        store,
        redis,
        mailboxes,
        deployment,
        times,
        clock,
        log,
        isSoleController,
        meter,
        onLeadershipLost,
      })
      if (isStopped) return next.end()
      reign = next
      leading.works()
    },
    async onOtherLeads() {
      const error = await comparison.check()
      if (error !== null) fail(error)
    },
    onDeposed: () => {
      const last = reign
      reign = null
      leading.fails('another controller took the lead')
      void last?.end()
    },
  })

  async function restoreRedisUsers(): Promise<void> {
    try {
      await registry.restoreRedisUsers()
    } catch (error) {
      log.warn('redis.users_restore_failed', { reason: (error as Error).message })
    }
  }

  return {
    async start() {
      redis.control.on('ready', () => {
        redisAnswers.works()
        void restoreRedisUsers()
      })
      redis.control.on('close', () =>
        redisAnswers.fails(`Redis does not answer at ${withoutUser(options.redis.url)}`),
      )
      redis.connect()
      await election.start()
    },

    async stop() {
      isStopped = true
      election.stop()
      tunnel.close()
      const last = reign
      reign = null
      await last?.end()
      await election.resign()
      await Promise.race([
        mailboxes.close(),
        new Promise((resolve) => setTimeout(resolve, CLOSE_LIMIT_MS).unref()),
      ])
      redis.close()
    },

    lookForChanges: () => reign?.lookForChanges(),

    leadEpoch: () => reign?.epoch ?? null,

    async takeClientReports(applied) {
      await reign?.takeClientReports(applied)
    },

    registerAgent: (request) => registry.register(request),

    polled: createPolledAgents({ registry, control: redis.control, deployment }),

    handleUpgrade: (request, socket, head) => tunnel.handleUpgrade(request, socket, head),

    agentStatus: (agentId) => reign?.agentStatus(agentId) ?? null,

    failed,

    health() {
      const isReady = redis.control.status === 'ready'
      const { problem } = redisAnswers.state
      const elsewhere = { problem: null, since: leading.state.since }
      const parts = {
        redis: redisAnswers.state,
        leader: isSoleController ? leading.state : elsewhere, // a standby waits for its turn
        ingest: reign?.ingestCondition() ?? elsewhere,
      }
      return { leader: reign !== null, redis: isReady, problem: isReady ? null : problem, parts }
    },

    figures: async () => (await reign?.figures()) ?? null,
  }
}

function withoutUser(url: string): string {
  const { protocol, host } = new URL(url)
  return `${protocol}//${host}`
}
