// The controller on PostgreSQL: the short kill test of chaos.test.ts, and what is said when the database is away.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { formatKill, formatReport } from '../chaos/chaos-table.ts'
import { runChaos } from '../chaos/chaos-run.ts'
import type { ChaosOptions } from '../chaos/chaos-run.ts'
import { findFreePort } from '../support/ports.ts'
import { startTestPostgres } from '../support/postgres-server.ts'
import type { TestPostgres } from '../support/postgres-server.ts'
import { startCluster } from '../support/cluster.ts'
import { startTestRedis } from '../support/redis-server.ts'
import { waitFor } from '../support/wait.ts'

let postgres: TestPostgres
beforeAll(async () => {
  postgres = await startTestPostgres()
}, 60_000)
afterAll(() => postgres.stop())

test('a sweep on PostgreSQL is complete and correct after 5 kills', { timeout: 240_000 }, () =>
  expectRightAfterKills({ agents: 3, kills: 5, seed: 3 }),
)

test('so it is with two controllers, of which the leader is killed 3 times', { timeout: 240_000 }, () =>
  expectRightAfterKills({ agents: 4, kills: 5, controllerKills: 3, controllers: 2, seed: 2 }),
)

async function expectRightAfterKills(
  plan: Pick<ChaosOptions, 'agents' | 'kills' | 'seed' | 'controllerKills' | 'controllers'>,
): Promise<void> {
  const report = await runChaos({
    ...plan,
    cells: 24,
    withFlushAll: false,
    leaseSeconds: 5,
    trainingMs: [200, 1500],
    maxDelayMs: 800,
    deadlineMs: 180_000,
    databaseUrl: await postgres.createDatabase(),
  })
  process.stdout.write(`${report.kills.map(formatKill).join('\n')}\n${formatReport(report)}\n`)
  expect(report.violations, report.logs).toEqual([])
  expect(report.missedKills).toBe(0)
}

test(
  'a frozen leader is replaced within 10 s, and changes nothing when it wakes',
  { timeout: 90_000 },
  async () => {
    const redis = await startTestRedis()
    const cluster = await startCluster({
      controllerEnv: { DATABASE_URL: await postgres.createDatabase(), REDIS_URL: redis.url },
      controllers: 2,
      adminToken: 'a'.repeat(48),
      lease: '5s',
    })
    const leaders = async () => {
      const answers = cluster.servers.map(
        (server) =>
          fetch(`${server}/readyz`, { signal: AbortSignal.timeout(500) })
            .then((response) => response.json() as Promise<{ leader?: boolean }>)
            .catch(() => ({ leader: false })), // frozen
      )
      return (await Promise.all(answers)).map((answer) => answer.leader === true)
    }
    try {
      const first = await waitFor('somebody leads', async () => {
        const index = (await leaders()).indexOf(true)
        return index === -1 ? null : String(index)
      }).then(Number)
      const other = 1 - first
      const sweepFile = cluster.writeFile(
        'sweep.yaml',
        `method: grid\nparameters: { x: { values: [${Array.from({ length: 24 }, (_, x) => x).join(', ')}] } }\ncommand: [sleep, "0.5"]\n`,
      )
      const sweepId = await cluster.create(sweepFile)
      cluster.startAgent({ name: 'agent', sweepIds: [sweepId], controller: other })
      cluster.controller(first).signal('SIGSTOP')
      await waitFor('the other one leads', async () => (await leaders())[other] === true, {
        timeoutMs: 10_000,
      })
      cluster.controller(first).signal('SIGCONT')
      await waitFor(
        'the first one stands by',
        async () => (await leaders()).join() === `${first === 1},${first === 0}`,
      )

      const waited = await cluster.sweep(['wait', sweepId, '--timeout', '60s'], { timeoutMs: 70_000 })
      expect(waited.code, cluster.logs()).toBe(0)
      const { runs } = (await cluster.sweepJson(['runs', sweepId])) as { runs: { attempts: unknown[] }[] }
      expect(runs.map((run) => run.attempts.length)).toEqual(new Array(24).fill(1))
    } finally {
      for (const index of [0, 1]) cluster.controller(index).signal('SIGCONT')
      await cluster.close()
      await redis.stop()
    }
  },
)

test('a second controller with a Redis of its own is told so and ends', { timeout: 60_000 }, async () => {
  const env = { DATABASE_URL: await postgres.createDatabase() }
  const cluster = await startCluster({ controllerEnv: env, controllers: 2, adminToken: 'a'.repeat(48) })
  try {
    const exits = () => [0, 1].map((index) => cluster.controller(index).exit()?.code ?? null)
    await waitFor('one of them has ended', () => exits().includes(7), {
      timeoutMs: 30_000,
      details: () => cluster.logs(),
    })
    expect(exits()).toContain(null)
    const ended = cluster.controller(exits().indexOf(7))
    expect(ended.stderr()).toMatch(/another Redis than the one that leads[^]*the same REDIS_URL/)
  } finally {
    await cluster.close()
  }
})

test('a database that is away is named without its password, with exit code 5', async () => {
  const url = `postgres://somebody:hunter2@127.0.0.1:${await findFreePort()}/sweeps`
  await expect(startCluster({ env: { DATABASE_URL: url } })).rejects.toThrow(
    /ended with 5:\n[^]*PostgreSQL at 127\.0\.0\.1:\d+\/sweeps: PostgreSQL is not reachable \(ECONNREFUSED\)/,
  )
  await expect(startCluster({ env: { DATABASE_URL: url } })).rejects.not.toThrow(/hunter2/)
})
