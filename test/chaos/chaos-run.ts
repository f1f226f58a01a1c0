// One kill test from start to verdict: a cluster, a grid whose scripts keep a ledger, a plan of kills carried out
// while the sweep runs, a supervisor that starts again what died, and the judge at the end.
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { repositoryRoot, startCluster } from '../support/cluster.ts'
import type { Cluster } from '../support/cluster.ts'
import { startTestRedis } from '../support/redis-server.ts'
import type { TestRedis } from '../support/redis-server.ts'
import { pause, waitFor } from '../support/wait.ts'
import { judge } from './checker.ts'
import type { Overlap, Violation } from './checker.ts'
import { judgeHost, readHistory, readRuns } from './evidence.ts'
import { planKills } from './kill-plan.ts'
import type { PlannedKill } from './kill-plan.ts'
import { cellsOf, countStartedRuns, gridOf, ledgerSweepFile, readLedger } from './ledger.ts'
import { createSupervisor } from './supervisor.ts'
import type { Supervisor } from './supervisor.ts'

export interface ChaosOptions {
  readonly cells: number
  readonly agents: number
  /** 0: nothing is killed. */
  readonly kills: number
  readonly seed: number
  readonly withFlushAll: boolean
  /** In seconds. @default 10 */
  readonly leaseSeconds?: number
  /** Shortest and longest training. @default [200, 2000] */
  readonly trainingMs?: readonly [number, number]
  /** Longest delay of a kill after its mark. @default 1500 */
  readonly maxDelayMs?: number
  /** Of a PostgreSQL database for the controller. @default SQLite */
  readonly databaseUrl?: string
  /** More than one need `databaseUrl`; they share a Redis. @default 1 */
  readonly controllers?: number
  /** So many of the kills hit the controller that leads. @default as the plan draws them */
  readonly controllerKills?: number
  /** The sweep must be finished within this time. @default 600_000 */
  readonly deadlineMs?: number
  /** Told of each kill as it happens. */
  readonly onKill?: (kill: CarriedOutKill) => void
}

export interface CarriedOutKill {
  readonly atMs: number
  /** What was killed, e.g. `agent 3`. */
  readonly what: string
  readonly planned: PlannedKill
}

export interface ChaosReport {
  readonly seed: number
  readonly cells: number
  readonly durationMs: number
  readonly kills: readonly CarriedOutKill[]
  /** Planned, and nothing to kill was there before the sweep had ended. */
  readonly missedKills: number
  readonly attemptsPerRun: ReadonlyMap<number, number>
  /** Number of attempts by outcome. */
  readonly outcomes: ReadonlyMap<string, number>
  readonly overlaps: readonly Overlap[]
  /** Exits that no kill explains, by `agent 5` or `controller 1` (name and exit code); those with 5 are no violation. */
  readonly unexpectedExits: ReadonlyMap<string, number>
  readonly violations: readonly Violation[]
  /** The last lines of every process, when something is wrong. */
  readonly logs: string
}

const STEPS = 4

/** @throws Error with the logs when the sweep does not finish before the deadline */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const leaseSeconds = options.leaseSeconds ?? 10
  const { databaseUrl, controllers = 1 } = options
  const sharedRedis = controllers > 1 ? await startTestRedis({ isPersistent: true }) : null
  const cluster = await startCluster({
    lease: `${leaseSeconds}s`,
    controllers,
    controllerEnv: {
      ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }),
      ...(sharedRedis === null ? {} : { REDIS_URL: sharedRedis.url }),
    },
    ...(sharedRedis === null ? {} : { adminToken: createToken() }),
  })
  const startedAt = performance.now()
  let supervisor: Supervisor | null = null
  try {
    const ledgerPath = join(cluster.folder, 'ledger.jsonl')
    const sweepId = await cluster.create(writeSweepFile(cluster, options, ledgerPath))
    supervisor = createSupervisor({ cluster, sweepId, agents: options.agents })
    const hasEnded = watchSweep(cluster, sweepId, options.deadlineMs ?? 600_000)
    const kills = await carryOut({
      cluster,
      supervisor,
      sharedRedis,
      ledgerPath,
      options,
      startedAt,
      hasEnded: hasEnded.isOver,
    })
    await hasEnded.promise
    const durationMs = performance.now() - startedAt
    await supervisor.settle()
    const runs = await readRuns(cluster, sweepId, options.cells)
    const verdict = judge({
      cells: cellsOf(gridOf(options.cells)),
      steps: STEPS,
      leaseMs: leaseSeconds * 1000,
      runs,
      history: await readHistory(cluster, sweepId),
      ledger: readLedger(ledgerPath),
    })
    const logs = cluster.logs(40)
    const violations = [...verdict.violations, ...supervisor.violations(), ...(await judgeHost(cluster))]
    return {
      seed: options.seed,
      cells: options.cells,
      durationMs,
      kills,
      missedKills: options.kills + (options.withFlushAll ? 1 : 0) - kills.length,
      attemptsPerRun: countBy(runs.map((run) => run.attempts.length)),
      outcomes: countBy(runs.flatMap((run) => run.attempts.map((attempt) => attempt.outcome ?? 'open'))),
      overlaps: verdict.overlaps,
      unexpectedExits: supervisor.unexpectedExits(),
      violations,
      logs: violations.length > 0 ? logs : '',
    }
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : String(error)}\n${cluster.logs(40)}`, {
      cause: error,
    })
  } finally {
    supervisor?.stop()
    await cluster.close()
    await sharedRedis?.stop()
  }
}

/** All controllers of a deployment know the same one. */
function createToken(): string {
  return randomBytes(32).toString('hex')
}

function writeSweepFile(cluster: Cluster, options: ChaosOptions, ledgerPath: string): string {
  const [minMs, maxMs] = options.trainingMs ?? [200, 2000]
  const text = ledgerSweepFile({
    grid: gridOf(options.cells),
    nodePath: process.execPath,
    scriptPath: join(repositoryRoot, 'test', 'chaos', 'ledger-train.mjs'),
    ledgerPath,
    steps: STEPS,
    minMs,
    maxMs,
  })
  return cluster.writeFile('sweep.yaml', text)
}

/** Asks `sweep wait` again and again while the controller comes and goes, until the sweep has ended. */
function watchSweep(cluster: Cluster, sweepId: string, deadlineMs: number) {
  let over = false
  const ask = async () => {
    const result = await cluster.sweep(['wait', sweepId, '--timeout', '20s'], { timeoutMs: 60_000 })
    if (result.code === 0) return true
    const mayAskAgain = result.code === 5 || result.code === 8
    if (!mayAskAgain)
      throw new Error(`sweep wait ended with ${result.code ?? result.signal}: ${result.stderr}`)
    return false
  }
  const promise = waitFor('the sweep is finished', ask, { timeoutMs: deadlineMs, intervalMs: 500 }).finally(
    () => {
      over = true
    },
  )
  promise.catch(() => {}) // awaited by the caller after the kills; it must not count as unhandled until then
  return { promise, isOver: () => over }
}

interface KillScene {
  readonly cluster: Cluster
  readonly supervisor: Supervisor
  /** Of several controllers; null: the private one of the only controller. */
  readonly sharedRedis: TestRedis | null
  readonly ledgerPath: string
  readonly options: ChaosOptions
  readonly startedAt: number
  readonly hasEnded: () => boolean
}

/** Carries out the plan; ends when every kill is done or the sweep has ended. */
async function carryOut(scene: KillScene): Promise<CarriedOutKill[]> {
  const { options } = scene
  const { kills, cells, agents, seed, withFlushAll, maxDelayMs = 1500, controllerKills = 0 } = options
  const plan = planKills({ kills, cells, agents, seed, withFlushAll, maxDelayMs, controllerKills })
  let waiting = plan.map((planned) => ({
    planned,
    dueAt: Infinity,
  }))
  const done: CarriedOutKill[] = []
  while (waiting.length > 0 && !scene.hasEnded()) {
    const starts = countStartedRuns(readLedger(scene.ledgerPath))
    const now = performance.now()
    for (const kill of waiting) {
      if (kill.dueAt === Infinity && starts >= kill.planned.afterStarts)
        kill.dueAt = now + kill.planned.delayMs
    }
    const due = waiting.filter((kill) => kill.dueAt <= now).sort((left, right) => left.dueAt - right.dueAt)
    for (const kill of due) {
      // A target that is down just now stays due: it is killed as soon as it is back.
      const what = await carryOutOne(kill.planned, scene)
      if (what === null) continue
      const carriedOut = {
        atMs: Math.round(performance.now() - scene.startedAt),
        what,
        planned: kill.planned,
      }
      done.push(carriedOut)
      options.onKill?.(carriedOut)
      waiting = waiting.filter((other) => other !== kill)
    }
    await pause(40)
  }
  return done
}

async function carryOutOne(
  planned: PlannedKill,
  { cluster, supervisor, sharedRedis }: KillScene,
): Promise<string | null> {
  switch (planned.target) {
    case 'controller':
      return supervisor.killController(planned.restartAfterMs)
    case 'agent':
      return supervisor.killAgent(planned.agentIndex, planned.restartAfterMs)
    case 'redis': {
      if (sharedRedis !== null) {
        await sharedRedis.killAndRestart()
        return 'redis'
      }
      const pid = cluster.redisPid()
      if (pid === null) return null
      process.kill(pid, 'SIGKILL')
      return 'redis'
    }
    case 'flushall':
      await (sharedRedis === null ? cluster.flushRedis() : sharedRedis.client.flushall())
      return 'FLUSHALL'
  }
}

function countBy<T>(items: readonly T[]): Map<T, number> {
  const counts = new Map<T, number>()
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1)
  return counts
}
