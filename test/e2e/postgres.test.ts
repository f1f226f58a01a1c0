// The controller on PostgreSQL: the short kill test of chaos.test.ts, and what is said when the database is away.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { formatKill, formatReport } from '../chaos/chaos-table.ts'
import { runChaos } from '../chaos/chaos-run.ts'
import { findFreePort } from '../support/ports.ts'
import { startTestPostgres } from '../support/postgres-server.ts'
import type { TestPostgres } from '../support/postgres-server.ts'
import { startCluster } from '../support/cluster.ts'
import { waitFor } from '../support/wait.ts'

let postgres: TestPostgres
beforeAll(async () => {
  postgres = await startTestPostgres()
}, 60_000)
afterAll(() => postgres.stop())

test('a sweep on PostgreSQL is complete and correct after 5 kills', { timeout: 240_000 }, async () => {
  const report = await runChaos({
    cells: 24,
    agents: 3,
    kills: 5,
    seed: 3,
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
})

test(
  'so it is with two controllers, of which the leader is killed 3 times',
  { timeout: 240_000 },
  async () => {
    const report = await runChaos({
      cells: 24,
      agents: 4,
      kills: 5,
      controllerKills: 3,
      controllers: 2,
      seed: 2,
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
