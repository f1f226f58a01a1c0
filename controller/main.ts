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
import { createAccess } from './access/access.ts'
import { createApp } from './app.ts'
import { startBlobCleaner } from './blobs/blob-cleaner.ts'
import { createBlobStore, DEFAULT_MAX_FILE_BYTES } from './blobs/blob-store.ts'
import { openDataFolder } from './data-folder.ts'
import type { Dispatcher } from './dispatch-port.ts'
import { startSilentKeeper } from './client-runs/silent-keeper.ts'
import { createDispatcher } from './dispatch/dispatcher.ts'
import type { RedisPlace } from './dispatch/redis-clients.ts'
import { checkGivenRedis } from './given-redis.ts'
import { createChangeFeed } from './live/change-feed.ts'
import { createStandings } from './standings.ts'
import { startHttpServer } from './http-server.ts'
import type { TlsFiles } from './http-server.ts'
import { clientAddress, isLoopbackHost } from './middleware/host-check.ts'
import type { HostRules } from './middleware/host-check.ts'
import { pageLink } from './routes/access.ts'
import { startPrivateRedis } from './private-redis.ts'
import type { StoreMeter } from './meter.ts'
import { createFigures } from './prometheus.ts'
import { StoreCondition } from './readiness.ts'
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
  /** @default plain HTTP */
  readonly tls?: TlsFiles | undefined
  /** Names besides its own that it may be called by. @default none */
  readonly allowedHosts?: readonly string[]
  /** A reverse proxy on this machine passes requests on. @default false */
  readonly isBehindProxy?: boolean
  /** The most that one file of a run or an artifact may have. @default 5 GiB */
  readonly maxFileBytes?: number | undefined
  /** Folder of files' content; several controllers of a database share one. @default `blobs` in the data folder */
  readonly filesDir?: string | undefined
  readonly log: Logger
}

export interface RunningController {
  readonly url: string
  readonly port: number
  readonly adminToken: string
  /** Absolute. */
  readonly dataDir: string
  /** A link that logs a page in as admin: good once, for five minutes. @throws StoreUnavailableError */
  makePageLink(): Promise<string>
  /** Shows another certificate from now on. @throws Error when the pair is none; the old one stays */
  changeCertificate(tls: TlsFiles): void
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
  const version = await readPackageVersion()
  const figures = createFigures(version)
  const storeCondition = new StoreCondition(systemClock)
  const folder = await openDataFolder({
    dir: resolve(options.dataDir),
    host,
    adminToken: options.adminToken,
    log,
  })
  shutdown.add({ name: 'data folder', limitMs: STORE_LIMIT_MS, close: () => folder.release() })

  const store = await openStore(options.databaseUrl, folder.databaseFile, log, [
    figures.meter,
    storeCondition,
  ])
  shutdown.add({ name: 'store', limitMs: STORE_LIMIT_MS, close: () => store.close() })

  const access = createAccess({
    store,
    clock: systemClock,
    randomInt: (n) => randomInt(n),
    adminToken: folder.adminToken,
  })
  const hostRules: HostRules = {
    boundHost: host,
    allowedHosts: options.allowedHosts ?? [],
    isBehindProxy: options.isBehindProxy ?? false,
  }
  if (!isLoopbackHost(host) && options.tls === undefined && !hostRules.isBehindProxy)
    log.warn('controller.unencrypted', {
      host,
      hint: 'tokens travel readable: --tls-cert, or --behind-proxy',
    })

  const redis = await openRedis(options.redisUrl, folder.redisDir, log, shutdown)
  const dispatcher = await createDispatcher({
    store,
    redis,
    clock: systemClock,
    log,
    leaseMs: options.leaseMs,
    holder: `${hostname()} pid ${process.pid}`,
    isSoleController: options.databaseUrl === undefined,
    countWrongKey: (request) => access.guesses.countWrong(clientAddress(request, hostRules)),
    meter: figures.meter,
  })
  shutdown.add({ name: 'dispatcher', limitMs: DISPATCHER_LIMIT_MS, close: () => dispatcher.stop() })

  const silentKeeper = startSilentKeeper({ store, clock: systemClock, log })
  shutdown.add({ name: 'silent runs', limitMs: STORE_LIMIT_MS, close: () => silentKeeper.stop() })
  const blobs = createBlobStore({
    folder: options.filesDir === undefined ? folder.blobDir : resolve(options.filesDir),
    maxBytes: options.maxFileBytes ?? DEFAULT_MAX_FILE_BYTES,
  })
  const cleaner = startBlobCleaner({ blobs, store, clock: systemClock, log })
  shutdown.add({ name: 'blobs', limitMs: STORE_LIMIT_MS, close: () => cleaner.close() })

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
    access,
    hostRules,
    isTls: options.tls !== undefined,
    version,
    figures,
    storeCondition,
    dataDir: folder.dir,
    blobs,
    cleaner,
  })
  const server = await startHttpServer({
    app,
    handleUpgrade: (request, socket, head) => dispatcher.handleUpgrade(request, socket, head),
    host,
    port: options.port,
    hostRules,
    ...(options.tls === undefined ? {} : { tls: options.tls }),
  })
  shutdown.add({ name: 'connections', limitMs: STORE_LIMIT_MS, close: () => server.destroy() })
  shutdown.add({ name: 'requests', limitMs: DRAIN_LIMIT_MS, close: () => server.drain() })
  shutdown.add({ name: 'streams', limitMs: DRAIN_LIMIT_MS, close: () => changes.close() })

  await dispatcher.start()
  await untilRedisAnswers(dispatcher)
  await folder.announce(server.url)
  log.info('controller.started', { url: server.url, dataDir: folder.dir, pid: process.pid })
  return {
    url: server.url,
    port: server.port,
    adminToken: folder.adminToken,
    dataDir: folder.dir,
    async makePageLink() {
      const admin = await access.authenticator.byToken(folder.adminToken)
      return pageLink(`${server.url}/`, (await access.sessions.makeTicket(admin)).ticket)
    },
    changeCertificate: (tls) => server.changeCertificate(tls),
    async stop() {
      const { timedOut } = await shutdown.run()
      log.info('controller.stopped', { timedOut })
    },
    failed: Promise.race([server.failed, dispatcher.failed]),
  }
}

/** So that /readyz holds once the start is reported; a Redis that is slow to answer does not keep it from it. */
async function untilRedisAnswers(dispatcher: Dispatcher): Promise<void> {
  const deadline = performance.now() + READY_LIMIT_MS
  while (!dispatcher.health().redis && performance.now() < deadline) await delay(5)
}

/** @returns where it is: at the given address when that may be used, else a private redis-server */
async function openRedis(
  givenUrl: string | undefined,
  dir: string,
  log: Logger,
  shutdown: Shutdown,
): Promise<RedisPlace> {
  if (givenUrl !== undefined) {
    await checkGivenRedis(givenUrl)
    return { url: givenUrl, socketPath: null }
  }
  const redis = await startPrivateRedis({ dir, log })
  shutdown.add({ name: 'redis', limitMs: REDIS_LIMIT_MS, close: () => redis.stop() })
  return redis
}

function openStore(
  databaseUrl: string | undefined,
  file: string,
  log: Logger,
  meters: readonly StoreMeter[],
): Promise<SweepStore> {
  const meter: StoreMeter = {
    committed: (facts) => meters.forEach((one) => one.committed(facts)),
    storeFailed: (reason) => meters.forEach((one) => one.storeFailed(reason)),
  }
  if (databaseUrl === undefined) return openSqliteStore({ file, meter })
  return openPostgresStore({
    url: databaseUrl,
    meter,
    onError: (error) => log.warn('store.connection_lost', { reason: error.message }),
  })
}
