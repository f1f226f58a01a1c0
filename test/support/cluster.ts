// A whole deployment of real processes from bin/sweep: one controller with its private Redis, agents, and the CLI,
// all in one temporary folder. Any of them can be killed and started again; `close` leaves nothing behind.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describeProcess, findProcessesOf, runCommand, startProcess } from './processes.ts'
import type { CommandResult, FoundProcess, TestProcess } from './processes.ts'
import { readRedisLogin, tryFlushRedis } from './private-redis.ts'
import type { RedisLogin } from './private-redis.ts'
import { waitFor } from './wait.ts'

export interface ClusterOptions {
  /** @default '10s' */
  readonly lease?: string
  /** Address that the controller listens on. @default '127.0.0.1' */
  readonly host?: string
  /** Chosen beforehand, as another address than loopback needs. @default made by the controller at its first start */
  readonly adminToken?: string
  /** Further options of `sweep up`. */
  readonly flags?: readonly string[]
  /** Put before the controller's command, given its data folder, e.g. a mount namespace. @default none */
  readonly controllerLauncher?: (dataFolder: string) => readonly string[]
  /** Added to the environment of every process of the cluster. */
  readonly env?: Readonly<Record<string, string>>
  /** Added to the environment of controllers alone. */
  readonly controllerEnv?: Readonly<Record<string, string>>
  /** Added to the environment of the controller in that place. @default none */
  readonly controllerEnvAt?: (index: number) => Readonly<Record<string, string>>
  /** How many; more than one need DATABASE_URL, REDIS_URL and `adminToken`. @default 1 */
  readonly controllers?: number
}

export interface AgentOptions {
  readonly name: string
  readonly sweepIds: readonly string[]
  /** @default 1 */
  readonly slots?: number
  /** Of the controller that it connects to. @default 0 */
  readonly controller?: number
  /** Put before the command, e.g. `ip netns exec NAME`. @default none */
  readonly launcher?: readonly string[]
  /** Added to its environment. */
  readonly env?: Readonly<Record<string, string>>
  /** More words of its command line. @default none */
  readonly flags?: readonly string[]
}

export interface Cluster {
  /** The temporary folder: everything of the cluster lives in it, and every process of it names it. */
  readonly folder: string
  /** The first controller's data folder. */
  readonly dataFolder: string
  /** Address of the first controller, whatever starts there. */
  readonly server: string
  /** Of every controller. */
  readonly servers: readonly string[]
  readonly token: string
  /** Starts a controller in its place and on its port; returns before it is ready. @param index @default 0 */
  startController(index?: number): TestProcess
  /** The newest one in that place, running or not. @param index @default 0 */
  controller(index?: number): TestProcess
  /** Every controller is ready. */
  waitUntilReady(timeoutMs?: number): Promise<void>
  /** All agents share one data folder: a new one takes the first free place. */
  startAgent(options: AgentOptions): TestProcess
  /** Writes a file into the cluster's folder and gives its path. */
  writeFile(name: string, text: string | Buffer): string
  /** Runs `sweep ...` against the controller, to its end. */
  sweep(args: readonly string[], options?: SweepCommandOptions): Promise<CommandResult>
  /** `sweep ... --json`, parsed. @throws Error with the output when it does not exit 0 */
  sweepJson(args: readonly string[], options?: SweepCommandOptions): Promise<unknown>
  /** `sweep create FILE -q`: the id. */
  create(file: string): Promise<string>
  /** The private Redis, when it runs now. */
  redisPid(): number | null
  /** Where the private Redis listens and its password, from the controller's data folder. */
  redisLogin(): RedisLogin
  /** Erases everything in Redis, retrying until it is done. */
  flushRedis(timeoutMs?: number): Promise<void>
  /** Living processes of this cluster, except this one. */
  processes(): FoundProcess[]
  /** The last lines of every log, for a failing test. */
  logs(linesEach?: number): string
  /**
   * Ends agents, then the controller, politely first; kills what is left and removes the folder.
   * @returns what was still there after everything had been asked to end: a clean cluster gives []
   */
  close(): Promise<string[]>
}

export interface SweepCommandOptions {
  readonly stdin?: string | Buffer
  readonly timeoutMs?: number
  readonly env?: Readonly<Record<string, string>>
}

/** The folder of package.json, from the sources and from dist/ alike. */
export const repositoryRoot = findRepositoryRoot()
export const sweepCommand: readonly string[] = [process.execPath, join(repositoryRoot, 'bin', 'sweep')]

/** Environment of a process that shall find nothing of this machine's user: no credentials, no state, no colour. */
export function isolatedEnvironment(folder: string): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '/usr/bin:/bin',
    HOME: join(folder, 'home'),
    XDG_STATE_HOME: join(folder, 'state'),
    XDG_CONFIG_HOME: join(folder, 'home', '.config'),
    LANG: 'C.UTF-8',
    NO_COLOR: '1',
    SWEEP_GPU_LOCKS: join(folder, 'gpu-locks'),
    SWEEP_TEST_CLUSTER: folder,
  }
}

interface Place {
  readonly dataFolder: string
  /** Empty before the first start. */
  server: string
  child: TestProcess | null
}

/** Starts a controller with its private Redis (or several with a shared one) and waits until it is ready. */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const folder = mkdtempSync(join(tmpdir(), 'sweep-cluster-'))
  const dataFolder = join(folder, 'controller')
  const logFolder = join(folder, 'logs')
  const places: Place[] = Array.from({ length: options.controllers ?? 1 }, (_, index) => ({
    dataFolder: index === 0 ? dataFolder : `${dataFolder}-${index}`,
    server: '',
    child: null,
  }))
  const placeOf = (index: number): Place => {
    const place = places[index]
    if (place === undefined) throw new Error(`there is no controller ${index}`)
    return place
  }
  for (const path of [
    ...places.map((place) => place.dataFolder),
    logFolder,
    join(folder, 'home'),
    join(folder, 'agents'),
    join(folder, 'work'),
  ]) {
    mkdirSync(path)
  }
  const host = options.host ?? '127.0.0.1'
  const baseEnvironment = { ...isolatedEnvironment(folder), ...options.env }
  const controllerEnvironment = {
    ...baseEnvironment,
    ...options.controllerEnv,
    ...(options.adminToken === undefined ? {} : { SWEEP_ADMIN_TOKEN: options.adminToken }),
  }
  const readToken = () => options.adminToken ?? readTokenFile(dataFolder)
  const started: TestProcess[] = []

  const start = (name: string, argv: readonly string[], env: Record<string, string>) => {
    const number = started.filter((other) => other.name.startsWith(`${name}-`)).length + 1
    const child = startProcess({ name: `${name}-${number}`, argv, env, cwd: join(folder, 'work'), logFolder })
    started.push(child)
    return child
  }
  const clientEnvironment = (index = 0) => ({
    ...baseEnvironment,
    SWEEP_SERVER: placeOf(index).server,
    SWEEP_TOKEN: readToken(),
    SWEEP_DATA: join(folder, 'agents'),
  })

  const cluster: Cluster = {
    folder,
    dataFolder,
    get server() {
      return placeOf(0).server
    },
    get servers() {
      return places.map((place) => place.server)
    },
    get token() {
      return readToken()
    },
    startController(index = 0) {
      const place = placeOf(index)
      const port = place.server === '' ? '0' : new URL(place.server).port
      const address = ['--host', host, '--port', port]
      const flags = [...address, '--data', place.dataFolder, '--lease', options.lease ?? '10s']
      flags.push(...(options.flags ?? []))
      const launcher = options.controllerLauncher?.(place.dataFolder) ?? []
      const env = { ...controllerEnvironment, ...options.controllerEnvAt?.(index) }
      place.child = start('controller', [...launcher, ...sweepCommand, 'up', ...flags], env)
      return place.child
    },
    controller(index = 0) {
      const { child } = placeOf(index)
      if (child === null) throw new Error('no controller was started')
      return child
    },
    async waitUntilReady(timeoutMs = 30_000) {
      for (const [index, place] of places.entries()) {
        const current = cluster.controller(index)
        place.server = await waitFor('the controller prints its ready line', () => readReadyLine(current), {
          timeoutMs,
          details: () => cluster.logs(),
        })
      }
    },
    startAgent({ name, sweepIds, slots = 1, controller = 0, launcher = [], env = {}, flags = [] }) {
      const argv = [...launcher, ...sweepCommand, 'agent', ...sweepIds, '--slots', String(slots), ...flags]
      return start(name, argv, { ...clientEnvironment(controller), ...env })
    },
    writeFile(name, text) {
      const path = join(folder, name)
      writeFileSync(path, text)
      return path
    },
    sweep(args, { env, ...rest } = {}) {
      const environment = { ...clientEnvironment(), ...env }
      return runCommand([...sweepCommand, ...args], { env: environment, cwd: join(folder, 'work'), ...rest })
    },
    async sweepJson(args, commandOptions) {
      const result = await cluster.sweep([...args, '--json'], commandOptions)
      if (result.code !== 0) {
        throw new Error(
          `sweep ${args.join(' ')} ended with ${result.code}: ${result.stderr || result.stdout}`,
        )
      }
      return JSON.parse(result.stdout) as unknown
    },
    async create(file) {
      const result = await cluster.sweep(['create', file, '-q'])
      if (result.code !== 0) throw new Error(`sweep create ended with ${result.code}: ${result.stderr}`)
      return result.stdout.trim()
    },
    redisPid() {
      return cluster.processes().find((found) => found.command === 'redis-server')?.pid ?? null
    },
    redisLogin: () => readRedisLogin(join(dataFolder, 'redis')),
    async flushRedis(timeoutMs = 20_000) {
      await waitFor('FLUSHALL is answered', () => tryFlushRedis(cluster.redisLogin()), {
        timeoutMs,
        details: () => cluster.logs(),
      })
    },
    processes: () => findProcessesOf(folder),
    logs: (linesEach = 25) => readLogs(logFolder, linesEach),
    async close() {
      const controllers = started.filter((child) => child.name.startsWith('controller-'))
      const others = started.filter((child) => !child.name.startsWith('controller-'))
      const stubborn = [...(await end(others)), ...(await end(controllers))]
      await waitFor('every process of the cluster ends', () => findProcessesOf(folder).length === 0).catch(
        () => {},
      )
      const left = findProcessesOf(folder)
      for (const found of left) killQuietly(found.pid)
      await waitFor('killed processes are gone', () => findProcessesOf(folder).length === 0)
      rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
      return [...stubborn, ...left.map(describeProcess)]
    },
  }

  for (const index of places.keys()) cluster.startController(index)
  try {
    await cluster.waitUntilReady()
  } catch (error) {
    await cluster.close()
    throw error
  }
  return cluster
}

/** Asks each to end and waits; kills and names those that did not within the time a drain may take. */
async function end(children: readonly TestProcess[]): Promise<string[]> {
  const running = children.filter((child) => child.exit() === null)
  for (const child of running) child.signal('SIGTERM')
  const stubborn: string[] = []
  await waitFor('they end after SIGTERM', () => running.every((child) => child.exit() !== null), {
    timeoutMs: 15_000,
  }).catch(() => {
    for (const child of running.filter((other) => other.exit() === null)) {
      stubborn.push(`${child.name} (pid ${child.pid}) did not end within 15 s of SIGTERM`)
      child.signal('SIGKILL')
    }
  })
  await Promise.all(running.map((child) => child.exited))
  return stubborn
}

function readReadyLine(controller: TestProcess): string | null {
  const exit = controller.exit()
  if (exit !== null)
    throw new Error(`the controller ended with ${exit.code ?? exit.signal}:\n${controller.stderr()}`)
  return /^ready (https?:\/\/\S+?)\/?$/m.exec(controller.stdout())?.[1] ?? null
}

function readTokenFile(dataFolder: string): string {
  const path = join(dataFolder, 'admin-token')
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : ''
}

function readLogs(logFolder: string, linesEach: number): string {
  return readdirSync(logFolder)
    .sort()
    .map((name) => {
      const lines = readFileSync(join(logFolder, name), 'utf8').trimEnd().split('\n')
      return `--- ${name}\n${lines.slice(-linesEach).join('\n')}`
    })
    .join('\n')
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // it ended meanwhile
  }
}

function findRepositoryRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(folder, 'bin', 'sweep'))) {
    if (folder === dirname(folder)) throw new Error('no bin/sweep above the test folder')
    folder = dirname(folder)
  }
  return folder
}
