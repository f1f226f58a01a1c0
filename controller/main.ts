// The composition root of the controller, the only place that wires: data folder, store, Redis, dispatcher, HTTP;
// and their end in the reverse order.
import { randomInt } from 'node:crypto'
import { hostname } from 'node:os'
import { resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { systemClock } from '../runtime/clock.ts'
import type { Logger } from '../runtime/logger.ts'
import { Shutdown } from '../runtime/shutdown.ts'
import type { SweepStore } from '../sweeps/store.ts'
import { createApp } from './app.ts'
import { openDataFolder } from './data-folder.ts'
import type { Dispatcher } from './dispatch-port.ts'
import { createDispatcher } from './dispatch/dispatcher.ts'
import { createChangeFeed } from './live/change-feed.ts'
import { createStandings } from './standings.ts'
import { startHttpServer } from './http-server.ts'
import { startPrivateRedis } from './private-redis.ts'
import { checkGivenRedis } from './redis-probe.ts'
import { openPostgresStore } from './store/postgres.ts'
import { openSqliteStore } from './store/sqlite.ts'
import { readPackageVersion } from './version.ts'

export interface ControllerOptions {
  /** Address to listen on; one that is not loopback needs a token chosen beforehand. */
  readonly host: string
  /** 0: a free one. */
  readonly port: number
  readonly dataDir: string
  /** Lease of an attempt, milliseconds; 5,000 at the least. */
  readonly leaseMs: number
  /** @default a private redis-server in the data folder */
  readonly redisUrl?: string | undefined
  /** Address of a PostgreSQL database. @default SQLite in the data folder */
  readonly databaseUrl?: string | undefined
  /** @default made at the first start and kept in the data folder */
  readonly adminToken?: string | undefined
  readonly log: Logger
}

export interface RunningController {
  readonly url: string
  readonly port: number
  readonly adminToken: string
  /** Absolute. */
  readonly dataDir: string
  /** Drains and closes everything, within 10 s. Never rejects. */
  stop(): Promise<void>
  /** Resolves with the error after which it cannot go on; otherwise never. */
  readonly failed: Promise<Error>
}

// Together under the 10 s in which SIGTERM must end the process.
const DRAIN_LIMIT_MS = 1500
const DISPATCHER_LIMIT_MS = 4500
const REDIS_LIMIT_MS = 3000
const STORE_LIMIT_MS = 500
const READY_LIMIT_MS = 5000

/**
 * Resolves when it answers requests.
 * @throws SweepError in words: folder, port, token, Redis or database cannot be used; then nothing is left running
 */
export async function startController(options: ControllerOptions): Promise<RunningController> {
  const shutdown = new Shutdown(options.log)
  try {
    return await openEverything(options, shutdown)
  } catch (error) {
    await shutdown.run()
    throw error
  }
}

async function openEverything(options: ControllerOptions, shutdown: Shutdown): Promise<RunningController> {
  const { host, log } = options
  const folder = await openDataFolder({
    dir: resolve(options.dataDir),
    host,
    adminToken: options.adminToken,
    log,
  })
  shutdown.add({ name: 'data folder', limitMs: STORE_LIMIT_MS, close: () => folder.release() })

  const store = await openStore(options.databaseUrl, folder.databaseFile, log)
  shutdown.add({ name: 'store', limitMs: STORE_LIMIT_MS, close: () => store.close() })

  const redisUrl = await openRedis(options.redisUrl, folder.redisDir, log, shutdown)
  const dispatcher = await createDispatcher({
    store,
    redis: { url: redisUrl },
    clock: systemClock,
    log,
    leaseMs: options.leaseMs,
    holder: `${hostname()} pid ${process.pid}`,
    isSoleController: options.databaseUrl === undefined,
  })
  shutdown.add({ name: 'dispatcher', limitMs: DISPATCHER_LIMIT_MS, close: () => dispatcher.stop() })

  const standings = createStandings(store)
  const changes = createChangeFeed({ store, standings, clock: systemClock, log })
  const app = createApp({
    store,
    dispatcher,
    standings,
    changes,
    clock: systemClock,
    log,
    randomInt: (n) => randomInt(n),
    adminToken: folder.adminToken,
    boundHost: host,
    version: await readPackageVersion(),
  })
  const server = await startHttpServer({
    app,
    handleUpgrade: (request, socket, head) => dispatcher.handleUpgrade(request, socket, head),
    host,
    port: options.port,
  })
  shutdown.add({ name: 'connections', limitMs: STORE_LIMIT_MS, close: () => server.destroy() })
  shutdown.add({ name: 'requests', limitMs: DRAIN_LIMIT_MS, close: () => server.drain() })
  shutdown.add({ name: 'streams', limitMs: DRAIN_LIMIT_MS, close: () => changes.close() })

  await dispatcher.start()
  await untilRedisAnswers(dispatcher)
  await folder.announce(server.url)
  log.info('controller.ready', { url: server.url, dataDir: folder.dir, pid: process.pid })
  return {
    url: server.url,
    port: server.port,
    adminToken: folder.adminToken,
    dataDir: folder.dir,
    async stop() {
      const { timedOut } = await shutdown.run()
      log.info('controller.stopped', { timedOut })
    },
    failed: server.failed,
  }
}

/** So that /readyz holds once the start is reported; a Redis that is slow to answer does not keep it from it. */
async function untilRedisAnswers(dispatcher: Dispatcher): Promise<void> {
  const deadline = performance.now() + READY_LIMIT_MS
  while (!dispatcher.health().redis && performance.now() < deadline) await delay(5)
}

/** @returns the address to use: the given one when it may be used, else that of a private redis-server */
async function openRedis(
  givenUrl: string | undefined,
  dir: string,
  log: Logger,
  shutdown: Shutdown,
): Promise<string> {
  if (givenUrl !== undefined) {
    await checkGivenRedis(givenUrl)
    return givenUrl
  }
  const redis = await startPrivateRedis({ dir, log })
  shutdown.add({ name: 'redis', limitMs: REDIS_LIMIT_MS, close: () => redis.stop() })
  return redis.url
}

function openStore(databaseUrl: string | undefined, file: string, log: Logger): Promise<SweepStore> {
  if (databaseUrl === undefined) return openSqliteStore({ file })
  return openPostgresStore({
    url: databaseUrl,
    onError: (error) => log.warn('store.connection_lost', { message: error.message }),
  })
}
