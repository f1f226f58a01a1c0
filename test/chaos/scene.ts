// A deployment under fire: a real controller (or two), real agents, and a sweep of short trainings that keep a ledger,
// worked while faults are injected. It keeps agents and controllers running, tells what is at work, and hands all
// evidence to the checker at the end. What is injected is decided by the faults.
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { repositoryRoot, startCluster } from '../support/cluster.ts'
import type { Cluster } from '../support/cluster.ts'
import { startPausingProxy } from '../support/pausing-proxy.ts'
import type { PausingProxy } from '../support/pausing-proxy.ts'
import { startTestPostgres } from '../support/postgres-server.ts'
import { isAlive } from '../support/processes.ts'
import type { TestProcess } from '../support/processes.ts'
import { startTestRedis } from '../support/redis-server.ts'
import { waitFor } from '../support/wait.ts'
import { judge } from './checker.ts'
import type { Violation } from './checker.ts'
import { judgeHost, readHistory, readRuns } from './evidence.ts'
import { followLedger } from './ledger-follower.ts'
import type { LedgerFollower, StartLine } from './ledger-follower.ts'
import { cellsOf, gridOf, hurryFile, ledgerSweepFile, readLedger } from './ledger.ts'

export interface SceneOptions {
  readonly agents: number
  /** @default 1 */
  readonly slots?: number
  /** @default 5 */
  readonly leaseSeconds?: number
  /** Shortest and longest training. @default [200, 1000] */
  readonly trainingMs?: readonly [number, number]
  readonly cells: number
  readonly children?: 'none' | 'plain' | 'torture'
  /** Two share a PostgreSQL and a Redis. @default 1 */
  readonly controllers?: 1 | 2
  /** With two controllers: each reaches PostgreSQL and Redis through proxies of its own. @default false */
  readonly hasServerProxies?: boolean
  /** Each agent reaches the controller through a proxy of its own. @default false */
  readonly isProxied?: boolean
  /** The controller can be killed at named points (crash-points.mjs). @default false */
  readonly hasCrashPoints?: boolean
  readonly controllerLauncher?: (dataFolder: string) => readonly string[]
  readonly agentLauncher?: (dataFolder: string) => readonly string[]
  readonly overlapLimitMs?: number
  readonly mayDropMetrics?: boolean
}

export interface AgentWard {
  readonly name: string
  /** Its data folder. */
  readonly folder: string
  readonly proxy: PausingProxy | null
  child: TestProcess
  /** A fault ends it: that is no finding, and the fault starts it again. */
  isTaken: boolean
  /** It ended with 0 by itself: the work is done. */
  hasLeft: boolean
}

export interface ServerProxies {
  readonly database: PausingProxy
  readonly redis: PausingProxy
}

export interface Scene {
  readonly cluster: Cluster
  readonly sweepId: string
  readonly leaseMs: number
  readonly agents: readonly AgentWard[]
  readonly ledger: LedgerFollower
  readonly leaseSeconds: number
  /** Put `<run>-<attempt>` in before its process is killed. */
  readonly endedByTest: Set<string>
  /** With two controllers. */
  readonly sharedRedis: { killAndRestart(): Promise<void>; flushAll(): Promise<unknown> } | null
  /** With `hasServerProxies`: the ways of each controller. */
  readonly serverProxies: readonly ServerProxies[]
  /** Starts an agent in the ward's folder again; after its exit only. */
  startAgent(ward: AgentWard): void
  /** One more agent with a folder of its own; on a bad machine every training fails at once. */
  addAgent(options?: { readonly isBad?: boolean }): Promise<AgentWard>
  /** The fault ends this controller and starts it again. */
  takeController(index: number): TestProcess
  startController(index: number): void
  /** null while nobody leads. */
  findLeader(): Promise<number | null>
  /** The sweep has ended: there is nothing left to disturb. */
  hasEnded(): boolean
  /** Attempts at work at that agent whose processes are alive. */
  atWork(ward: AgentWard): StartLine[]
  /** How long each agent and controller has stood ready and got no processor, in ms by pid. */
  starvedMs(): Map<number, number>
  report(violation: Violation): void
  /** Works off the rest quickly, judges, and closes. */
  finish(): Promise<{ violations: readonly Violation[]; evidence: string }>
}

const STEPS = 4
/** Cells beyond run_cap: that a cap holds can only be seen where there is more to do. */
const BEYOND_CAP = 2

export async function startScene(options: SceneOptions): Promise<Scene> {
  const { leaseSeconds = 5, trainingMs = [200, 1000], controllers = 1 } = options
  const postgres = controllers > 1 ? await startTestPostgres() : null
  const redis = controllers > 1 ? await startTestRedis({ isPersistent: true }) : null
  const databaseUrl = postgres === null ? null : await postgres.createDatabase()
  const serverProxies: ServerProxies[] = []
  if (options.hasServerProxies === true && databaseUrl !== null && redis !== null) {
    for (let index = 0; index < controllers; index += 1)
      serverProxies.push({ database: await proxyTo(databaseUrl), redis: await proxyTo(redis.url) })
  }
  const preload = pathToFileURL(join(repositoryRoot, 'test', 'chaos', 'crash-points.mjs')).href
  const cluster = await startCluster({
    lease: `${leaseSeconds}s`,
    controllers,
    controllerEnv: {
      ...(databaseUrl === null ? {} : { DATABASE_URL: databaseUrl }),
      ...(redis === null ? {} : { REDIS_URL: redis.url }),
      ...(options.hasCrashPoints === true ? { NODE_OPTIONS: `--import=${preload}` } : {}),
    },
    controllerEnvAt(index) {
      const proxies = serverProxies[index]
      if (proxies === undefined || databaseUrl === null || redis === null) return {}
      return {
        DATABASE_URL: throughProxy(databaseUrl, proxies.database),
        REDIS_URL: throughProxy(redis.url, proxies.redis),
      }
    },
    // Of a data folder in another mount namespace the token could not be read.
    ...(controllers > 1 || options.controllerLauncher !== undefined
      ? { adminToken: 'chaos'.repeat(10) }
      : {}),
    ...(options.controllerLauncher === undefined ? {} : { controllerLauncher: options.controllerLauncher }),
  })
  const closeServers = async () => {
    for (const { database, redis: toRedis } of serverProxies) {
      await database.close()
      await toRedis.close()
    }
    await redis?.stop()
    await postgres?.stop()
  }
  try {
    return await buildScene()
  } catch (error) {
    await cluster.close()
    await closeServers()
    throw error
  }

  async function buildScene(): Promise<Scene> {
    const ledgerPath = join(cluster.folder, 'ledger.jsonl')
    const runCap = options.cells - BEYOND_CAP
    const text = ledgerSweepFile({
      grid: gridOf(options.cells),
      nodePath: process.execPath,
      scriptPath: join(repositoryRoot, 'test', 'chaos', 'ledger-train.mjs'),
      ledgerPath,
      steps: STEPS,
      minMs: trainingMs[0],
      maxMs: trainingMs[1],
      runCap,
      ...(options.children === undefined ? {} : { children: options.children }),
    })
    const sweepId = await cluster.create(cluster.writeFile('sweep.yaml', text))
    const findings: Violation[] = []
    const wards: AgentWard[] = []
    const proxies: PausingProxy[] = []
    const endedByTest = new Set<string>()
    const badAgents = new Set<string>()
    const takenControllers = new Set<TestProcess>()
    const ledger = followLedger(ledgerPath)
    let isOver = false
    let isFinishing = false

    const startIn = (ward: Pick<AgentWard, 'name' | 'folder' | 'proxy'>, index: number) =>
      cluster.startAgent({
        name: ward.name,
        sweepIds: [sweepId],
        slots: options.slots ?? 1,
        flags: ['--debug'], // an error shows where it comes from
        controller: index % controllers,
        ...(options.agentLauncher === undefined ? {} : { launcher: options.agentLauncher(ward.folder) }),
        env: {
          SWEEP_DATA: ward.folder,
          CHAOS_AGENT: ward.name,
          ...(badAgents.has(ward.name) ? { CHAOS_BAD_MACHINE: 'yes' } : {}),
          ...(ward.proxy === null ? {} : { SWEEP_SERVER: `http://127.0.0.1:${ward.proxy.port}` }),
        },
      })

    function watch(ward: AgentWard): void {
      const { child } = ward
      void child.exited.then((exit) => {
        if (ward.isTaken || isFinishing) return
        if (exit.code === 0) {
          ward.hasLeft = true
          return
        }
        // 5: it found no server; whoever looks after it starts it again.
        if (exit.code !== 5) {
          const words = child.stderr().trim().split('\n').slice(-3).join(' | ')
          const message = `${ward.name} ended by itself with ${exit.code ?? exit.signal}: ${words}`
          findings.push({ invariant: 'I11', runId: null, message })
        }
        setTimeout(() => {
          if (!isFinishing && !ward.isTaken) scene.startAgent(ward)
        }, 300)
      })
    }

    function watchController(index: number): void {
      const child = cluster.controller(index)
      void child.exited.then((exit) => {
        if (takenControllers.has(child) || isFinishing) return
        const words = child.stderr().trim().split('\n').slice(-3).join(' | ')
        const message = `controller ${index} ended by itself with ${exit.code ?? exit.signal}: ${words}`
        findings.push({ invariant: 'I11', runId: null, message })
        scene.startController(index)
      })
    }

    const scene: Scene = {
      cluster,
      sweepId,
      leaseMs: leaseSeconds * 1000,
      leaseSeconds,
      agents: wards,
      ledger,
      endedByTest,
      sharedRedis:
        redis === null
          ? null
          : { killAndRestart: () => redis.killAndRestart(), flushAll: () => redis.client.flushall() },
      serverProxies,
      startAgent(ward) {
        ward.isTaken = false
        ward.child = startIn(ward, wards.indexOf(ward))
        watch(ward)
      },
      async addAgent({ isBad = false } = {}) {
        const name = `agent${wards.length}`
        if (isBad) badAgents.add(name)
        const folder = join(cluster.folder, 'agents', name)
        mkdirSync(folder, { recursive: true })
        const server = new URL(cluster.servers[wards.length % controllers] ?? cluster.server)
        const proxy =
          options.isProxied === true
            ? await startPausingProxy(() => ({ host: server.hostname, port: Number(server.port) }))
            : null
        if (proxy !== null) proxies.push(proxy)
        const facts = { name, folder, proxy }
        const ward = { ...facts, child: startIn(facts, wards.length), isTaken: isBad, hasLeft: false }
        wards.push(ward)
        watch(ward)
        return ward
      },
      takeController(index) {
        const child = cluster.controller(index)
        takenControllers.add(child)
        return child
      },
      startController(index) {
        cluster.startController(index)
        watchController(index)
      },
      async findLeader() {
        for (const [index, server] of cluster.servers.entries()) {
          const answer = await fetch(`${server}/readyz`, { signal: AbortSignal.timeout(1000) })
            .then((response) => response.json() as Promise<{ leader?: boolean }>)
            .catch(() => ({ leader: false })) // it is down just now
          if (answer.leader === true) return index
        }
        return null
      },
      hasEnded: () => isOver,
      atWork: (ward) => {
        ledger.look()
        const isEnded = (start: StartLine) => endedByTest.has(`${start.runId}-${start.attempt}`)
        return ledger.open(ward.name).filter((start) => !isEnded(start) && isAlive(start.pid))
      },
      starvedMs: () =>
        new Map(
          [
            ...wards.map((ward) => ward.child.pid),
            ...cluster.servers.map((_, i) => cluster.controller(i).pid),
          ].map((pid) => [pid, readStarvedMs(pid)]),
        ),
      report: (violation) => void findings.push(violation),
      async finish() {
        writeFileSync(hurryFile(ledgerPath), '')
        try {
          await waitFor('every controller answers', () => allAnswer(cluster), { timeoutMs: 30_000 })
          await waitFor('the sweep has ended', () => isOver, { timeoutMs: 150_000 })
        } catch (error) {
          findings.push({ invariant: 'I6', runId: null, message: String(error) })
        }
        const stays = () => wards.filter((ward) => !ward.hasLeft && !ward.isTaken)
        await waitFor('every agent leaves', () => stays().length === 0, { timeoutMs: 30_000 }).catch(() => {
          const names = stays().map((ward) => ward.name)
          findings.push({
            invariant: 'I11',
            runId: null,
            message: `stayed after the end: ${names.join(', ')}`,
          })
        })
        clearInterval(watchingSweep)
        isFinishing = true
        const runs = await readRuns(cluster, sweepId, options.cells)
        const history = await readHistory(cluster, sweepId)
        const full = readLedger(ledgerPath)
        const verdict = judge({
          cells: cellsOf(gridOf(options.cells)),
          steps: STEPS,
          leaseMs: leaseSeconds * 1000,
          runs,
          history,
          ledger: full,
          endedByTest,
          badAgents,
          runCap,
          ...(options.overlapLimitMs === undefined ? {} : { overlapLimitMs: options.overlapLimitMs }),
          mayDropMetrics: options.mayDropMetrics ?? false,
        })
        const secrets = judgeSecrets(cluster)
        const found = [...findings, ...verdict.violations, ...secrets]
        const logs = cluster.logs(150)
        const all = [...found, ...(await judgeHost(cluster))]
        await Promise.all(proxies.map((proxy) => proxy.close()))
        await closeServers()
        const evidence = all.length === 0 ? '' : JSON.stringify({ violations: all, runs, ledger: full, logs })
        return { violations: all, evidence }
      },
    }

    for (let index = 0; index < controllers; index += 1) watchController(index)
    for (let index = 0; index < options.agents; index += 1) await scene.addAgent()
    const watchingSweep = setInterval(() => {
      void readState(cluster, sweepId, controllers).then((state) => {
        if (state === 'finished') isOver = true
      })
    }, 400)
    return scene
  }
}

function proxyTo(address: string): Promise<PausingProxy> {
  const { hostname, port } = new URL(address)
  return startPausingProxy(() => ({ host: hostname, port: Number(port) }))
}

function throughProxy(address: string, { port }: PausingProxy): string {
  const url = new URL(address)
  url.port = String(port)
  return url.href
}

/** From the kernel's account of the main thread; 0 when it has ended, or where the kernel keeps none. */
function readStarvedMs(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[1]) / 1e6
  } catch {
    return 0
  }
}

async function allAnswer(cluster: Cluster): Promise<boolean> {
  const answers = cluster.servers.map((server) =>
    fetch(`${server}/readyz`, { signal: AbortSignal.timeout(1000) })
      .then((response) => response.ok)
      .catch(() => false),
  )
  return (await Promise.all(answers)).every(Boolean)
}

async function readState(cluster: Cluster, sweepId: string, controllers: number): Promise<string | null> {
  const server = cluster.servers[Math.floor(Math.random() * controllers)] ?? cluster.server
  try {
    const response = await fetch(`${server}/api/v1/sweeps/${sweepId}`, {
      headers: { authorization: `Bearer ${cluster.token}` },
      signal: AbortSignal.timeout(2000),
    })
    return response.ok ? ((await response.json()) as { sweep: { state: string } }).sweep.state : null
  } catch {
    return null // it is down just now
  }
}

/** I13: the token is in no log and on no command line. */
function judgeSecrets(cluster: Cluster): Violation[] {
  const folder = join(cluster.folder, 'logs')
  const inLogs = readdirSync(folder)
    .filter((name) => readFileSync(join(folder, name), 'utf8').includes(cluster.token))
    .map((name) => `the token is in ${name}`)
  const onCommandLines = cluster
    .processes()
    .filter((found) => found.commandLine.includes(cluster.token))
    .map((found) => `the token is on the command line of ${found.command}`)
  return [...inLogs, ...onCommandLines].map((message) => ({ invariant: 'I13', runId: null, message }))
}
