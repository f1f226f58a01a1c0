// The controller's own redis-server: a child process with its own folder, port and password, kept in the data
// folder. It is started, restarted within a second when it dies, and stopped here; what it holds is no concern.
import { spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdir, open, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from '../runtime/logger.ts'
import { SweepError } from '../sweeps/errors.ts'
import { endPredecessor } from './redis-predecessor.ts'
import { isRedisReady, probeRedis, requestRedisShutdown, type LoopbackAddress } from './redis-probe.ts'

export interface PrivateRedisOptions {
  /** Its own folder; made when missing (0700). */
  readonly dir: string
  readonly log: Logger
  /** @default 'redis-server', looked for in PATH */
  readonly program?: string
}

export interface PrivateRedis {
  /** With the password: for clients in this process only, never for logs. */
  readonly url: string
  /** A quicker way to the same server, for programs of this user on this machine; null: its path would be too long. */
  readonly socketPath: string | null
  /** Of the process that runs now; null while it is being restarted. */
  pid(): number | null
  /** Called each time it answers again after it had died: users and scripts in its memory are gone. */
  onRestarted(callback: () => void): void
  /** Within 3 s, by force if need be. Its port and password stay for the next start. */
  stop(): Promise<void>
}

// An append-only file of a few GB loads at about 100 MB/s.
const READY_LIMIT_MS = 120_000
/** Starts tried when a signal (of an administrator, of the kernel short of memory) ends the child before it answers. */
const FIRST_START_TRIES = 5
const STOP_LIMIT_MS = 2000
const SOCKET_NAME = 'redis.sock'
/** What every system that Redis runs on takes. */
const MAX_SOCKET_PATH_BYTES = 100
const FIRST_RESTART_DELAY_MS = 50
const LONGEST_RESTART_DELAY_MS = 800
/** A child that lived this long starts the restart delays anew. */
const STEADY_AFTER_MS = 5000

/** @throws SweepError REDIS_MISSING without a redis-server, REDIS_UNAVAILABLE when it does not come up */
export async function startPrivateRedis(options: PrivateRedisOptions): Promise<PrivateRedis> {
  await mkdir(options.dir, { recursive: true, mode: 0o700 })
  const address = await prepareAddress(options.dir, options.log)
  const socketPath = resolve(options.dir, SOCKET_NAME)
  const hasSocket = Buffer.byteLength(socketPath) <= MAX_SOCKET_PATH_BYTES
  await writeSecret(join(options.dir, 'redis.conf'), redisConfig(address, hasSocket))
  const supervisor = new RedisSupervisor(options, address)
  await supervisor.start()
  return {
    url: `redis://:${address.password}@127.0.0.1:${address.port}`,
    socketPath: hasSocket ? socketPath : null,
    pid: () => supervisor.pid(),
    onRestarted: (callback) => supervisor.onRestarted(callback),
    stop: () => supervisor.stop(),
  }
}

/** Starts the child and keeps one alive until `stop`. */
class RedisSupervisor {
  private child: ChildProcess | null = null
  private startedAt = 0
  private restartDelayMs = FIRST_RESTART_DELAY_MS
  private stopping = false
  private restarting: Promise<void> = Promise.resolve()
  private readonly listeners: (() => void)[] = []

  constructor(
    private readonly options: PrivateRedisOptions,
    private readonly address: LoopbackAddress,
  ) {}

  pid(): number | null {
    return this.child?.pid ?? null
  }

  onRestarted(callback: () => void): void {
    this.listeners.push(callback)
  }

  /** The first start: one that a signal cut short is tried again, one that redis-server itself gave up is not. */
  async start(): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      const failure = await this.startOnce()
      if (failure === null) return
      if (failure.signal === null || tries === FIRST_START_TRIES) throw failure.error
      this.options.log.warn('redis.died', { exitCode: null, signal: failure.signal })
      await delay(FIRST_RESTART_DELAY_MS)
    }
  }

  /** @returns null when it answers, else why it does not, and the signal that ended it, if one did */
  private async startOnce(): Promise<{ error: SweepError; signal: string | null } | null> {
    const logSizeBefore = await sizeOf(join(this.options.dir, 'redis.log'))
    const child = await this.spawnChild()
    if (await this.becomesReady(child)) {
      child.once('exit', () => this.restartLater())
      // It may have died between its answer and the listener.
      if (hasExited(child)) this.restartLater()
      return null
    }
    const signal = child.signalCode
    child.kill('SIGKILL')
    const said = await lastLogLine(this.options.dir, logSizeBefore)
    const error = new SweepError('REDIS_UNAVAILABLE', 'the private redis-server did not come up', {
      at: join(this.options.dir, 'redis.log'),
      hint: said ?? 'Look into its log.',
    })
    return { error, signal }
  }

  async stop(): Promise<void> {
    this.stopping = true
    await this.endChild()
    await this.restarting
  }

  private async endChild(): Promise<void> {
    const child = this.child
    if (child === null || hasExited(child)) return
    const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
    const kill = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS)
    await requestRedisShutdown(this.address)
    await exited
    clearTimeout(kill)
  }

  private restartLater(): void {
    if (this.stopping) return
    const exited = this.child
    this.child = null
    if (performance.now() - this.startedAt > STEADY_AFTER_MS) this.restartDelayMs = FIRST_RESTART_DELAY_MS
    this.options.log.warn('redis.died', { exitCode: exited?.exitCode, signal: exited?.signalCode })
    this.restarting = this.restart()
  }

  private async restart(): Promise<void> {
    while (!this.stopping) {
      await delay(this.restartDelayMs)
      this.restartDelayMs = Math.min(LONGEST_RESTART_DELAY_MS, this.restartDelayMs * 2)
      if (this.stopping) return
      try {
        const failure = await this.startOnce()
        if (failure !== null) throw failure.error
      } catch (error) {
        this.options.log.error('redis.restart_failed', { reason: describe(error) })
        continue
      }
      this.options.log.info('redis.restarted', { pid: this.pid() })
      for (const listener of this.listeners) listener()
      return
    }
  }

  private async spawnChild(): Promise<ChildProcess> {
    // Its own process group: Ctrl-C in the terminal must reach the controller alone, which then stops it in order.
    const child = spawn(this.options.program ?? 'redis-server', ['redis.conf'], {
      cwd: this.options.dir,
      detached: true,
      stdio: 'ignore',
    })
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve)
      child.once('error', (error: NodeJS.ErrnoException) =>
        reject(error.code === 'ENOENT' || error.code === 'EACCES' ? missingRedis(error) : error),
      )
    })
    child.on('error', (error) => this.options.log.warn('redis.signal_failed', { reason: error.message }))
    this.child = child
    this.startedAt = performance.now()
    if (this.stopping) child.kill('SIGTERM')
    return child
  }

  private async becomesReady(child: ChildProcess): Promise<boolean> {
    const deadline = performance.now() + READY_LIMIT_MS
    while (performance.now() < deadline && !hasExited(child)) {
      if (await isRedisReady(this.address)) return !hasExited(child)
      await delay(10)
    }
    return false
  }
}

/** Port and password of the last start, with whoever sits on the port dealt with. */
async function prepareAddress(dir: string, log: Logger): Promise<LoopbackAddress> {
  const file = join(dir, 'address.json')
  const kept = await readAddress(file)
  if (kept !== null) {
    await endPredecessor(dir, kept, log)
    if ((await probeRedis(kept)) === 'nobody') return kept
    log.warn('redis.port_taken', { port: kept.port })
  }
  const made = { port: await findFreePort(), password: kept?.password ?? randomBytes(32).toString('hex') }
  await writeSecret(file, JSON.stringify(made))
  return made
}

function redisConfig(address: LoopbackAddress, hasSocket: boolean): string {
  return [
    `port ${address.port}`,
    'bind 127.0.0.1',
    ...(hasSocket ? [`unixsocket ./${SOCKET_NAME}`, 'unixsocketperm 700'] : []),
    'protected-mode yes',
    `requirepass ${address.password}`,
    'dir ./',
    'pidfile redis.pid',
    'logfile redis.log',
    'loglevel warning',
    'daemonize no',
    'save ""',
    'appendonly yes',
    'appendfsync everysec',
    'maxmemory-policy noeviction',
    'tcp-keepalive 60',
    '',
  ].join('\n')
}

async function readAddress(file: string): Promise<LoopbackAddress | null> {
  try {
    const { port, password } = JSON.parse(await readFile(file, 'utf8')) as Partial<LoopbackAddress>
    const isWhole = Number.isInteger(port) && typeof password === 'string' && /^[0-9a-f]{64}$/.test(password)
    return isWhole ? ({ port, password } as LoopbackAddress) : null
  } catch {
    return null
  }
}

/** Writes whole or not at all, readable by this user only. */
async function writeSecret(file: string, text: string): Promise<void> {
  const temporary = `${file}.new`
  await writeFile(temporary, text, { mode: 0o600 })
  await rename(temporary, file)
}

export function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() =>
        typeof address === 'object' && address !== null
          ? resolve(address.port)
          : reject(new Error('no port')),
      )
    })
  })
}

function missingRedis(cause: Error): SweepError {
  return new SweepError('REDIS_MISSING', 'redis-server was not found in PATH', {
    hint:
      'Install it: `sudo apt-get install redis-server` (Debian, Ubuntu) or `brew install redis` (macOS). ' +
      'Or set REDIS_URL to a Redis that runs already.',
    cause,
  })
}

async function lastLogLine(dir: string, from: number): Promise<string | null> {
  const file = await open(join(dir, 'redis.log')).catch(() => null)
  if (file === null) return null
  try {
    const { size } = await file.stat()
    const start = Math.max(from, size - 4096)
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4096), 0, Math.max(0, size - start), start)
    const line = buffer.toString('utf8', 0, bytesRead).trimEnd().split('\n').at(-1)
    return line ? `It said: ${line}` : null
  } finally {
    await file.close()
  }
}

async function sizeOf(file: string): Promise<number> {
  return stat(file).then(
    (facts) => facts.size,
    () => 0,
  )
}

function hasExited(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null
}

function describe(error: unknown): string {
  return error instanceof SweepError ? `${error.message} (${error.hint ?? ''})` : String(error)
}
