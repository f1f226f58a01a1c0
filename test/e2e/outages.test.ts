// A database, a Redis or a disk that fails in the middle of a run: it is named, the run goes on, nothing that was
// acknowledged is lost, and everything mends itself.
import Database from 'libsql'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { startCluster } from '../support/cluster.ts'
import type { Cluster } from '../support/cluster.ts'
import { startTestPostgres } from '../support/postgres-server.ts'
import { readReady, waitForReadiness } from '../support/readyz.ts'
import { startTestRedis } from '../support/redis-server.ts'
import { createSlowTraining, upTo } from '../support/slow-training.ts'
import type { SlowTraining } from '../support/slow-training.ts'
import { fillDisk, folderSeenBy, freeBytes, onSmallDisk, whyNoSmallDisk } from '../support/small-disk.ts'
import { waitFor } from '../support/wait.ts'

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function openCluster(options: Parameters<typeof startCluster>[0]): Promise<Cluster> {
  const cluster = await startCluster(options)
  closers.push(() => cluster.close())
  return cluster
}

/** A run that has reported at least `count` more steps than now. */
async function trainsOn(cluster: Cluster, training: SlowTraining, count: number): Promise<void> {
  const wanted = training.steps() + count
  await waitFor(`the training reports ${count} more steps`, () => training.steps() >= wanted, {
    timeoutMs: 30_000,
    details: () => cluster.logs(),
  })
}

/** Ends the training and looks at all that is left of it. */
async function expectWholeRun(cluster: Cluster, training: SlowTraining): Promise<void> {
  training.finish()
  const waited = await cluster.sweep(['wait', training.sweepId, '--timeout', '60s'], { timeoutMs: 90_000 })
  expect(waited.code, cluster.logs()).toBe(0)
  const run = await training.run()
  expect(run.state).toBe('finished')
  expect(run.attempts.map(({ outcome }) => outcome)).toEqual(['finished'])
  expect(await training.storedSteps()).toEqual(upTo(training.steps()))
}

const post = (cluster: Cluster, path: string, body: unknown) =>
  fetch(cluster.server + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${cluster.token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })

const PAUSED = { text: 'method: grid\nprogram: t.py\nparameters: {a: {values: [1]}}\n', paused: true }

test(
  'a PostgreSQL that goes away is named and comes back by itself; the run trains on and is whole',
  { timeout: 180_000 },
  async () => {
    const postgres = await startTestPostgres()
    closers.push(() => postgres.stop())
    const cluster = await openCluster({ env: { DATABASE_URL: await postgres.createDatabase() }, lease: '5s' })
    const training = await createSlowTraining(cluster)
    cluster.startAgent({ name: 'agent', sweepIds: [training.sweepId] })
    await trainsOn(cluster, training, 5)

    await postgres.halt()
    const sick = await waitForReadiness(
      cluster,
      'database and ingest fail',
      ({ components }) => components.database.status === 'failing' && components.ingest.status === 'failing',
    )
    expect(sick).toMatchObject({ httpStatus: 503, status: 'unavailable' })
    expect(sick.components.database.reason).toMatch(
      /PostgreSQL is not reachable|connection to PostgreSQL broke/,
    )
    expect(Date.parse(sick.components.database.since)).toBeGreaterThan(Date.now() - 30_000)
    expect(sick.error?.code).toBe('STORE_UNAVAILABLE')
    expect(sick.components.redis.status).toBe('ok')
    expect((await fetch(`${cluster.server}/healthz`)).status).toBe(200)
    const refused = await post(cluster, '/api/v1/sweeps', PAUSED)
    expect(refused.status).toBe(503)
    expect(await refused.json()).toMatchObject({ error: { code: 'STORE_UNAVAILABLE' } })
    await trainsOn(cluster, training, 120) // longer than the lease

    await postgres.resume()
    await waitForReadiness(cluster, 'everything works', ({ httpStatus }) => httpStatus === 200)
    await expectWholeRun(cluster, training)
  },
)

test(
  'a Redis that goes away is named and comes back empty; the run trains on and is whole',
  { timeout: 120_000 },
  async () => {
    const redis = await startTestRedis()
    closers.push(() => redis.stop())
    const cluster = await openCluster({ env: { REDIS_URL: redis.url }, lease: '5s' })
    const training = await createSlowTraining(cluster)
    cluster.startAgent({ name: 'agent', sweepIds: [training.sweepId], env: { REDIS_URL: '' } })
    await trainsOn(cluster, training, 5)

    await redis.halt()
    const sick = await waitForReadiness(
      cluster,
      'Redis and ingest fail',
      ({ components }) => components.redis.status === 'failing' && components.ingest.status === 'failing',
    )
    expect(sick).toMatchObject({ httpStatus: 503, error: { code: 'REDIS_UNAVAILABLE' } })
    expect(sick.components.redis.reason).toBe(`Redis does not answer at redis://127.0.0.1:${redis.port}`)
    expect(sick.components.database.status).toBe('ok')
    expect((await post(cluster, '/api/v1/sweeps', PAUSED)).status).toBe(201)
    await trainsOn(cluster, training, 120)

    await redis.resume()
    await waitForReadiness(cluster, 'everything works', ({ httpStatus }) => httpStatus === 200)
    await expectWholeRun(cluster, training)
  },
)

const obstacle = whyNoSmallDisk()

describe('a full disk', () => {
  test(
    'of the controller is named, writes are refused in words, the run trains on, and nothing acknowledged is lost',
    { timeout: 180_000 },
    async ({ skip }) => {
      if (obstacle !== null) skip(`a disk of its own needs root and unshare (${obstacle})`)
      const cluster = await openCluster({
        lease: '5s',
        adminToken: 'a'.repeat(48),
        controllerLauncher: (dataFolder) => onSmallDisk(dataFolder, 48),
      })
      const disk = folderSeenBy(cluster.controller().pid, cluster.dataFolder)
      const training = await createSlowTraining(cluster)
      cluster.startAgent({ name: 'agent', sweepIds: [training.sweepId] })
      await trainsOn(cluster, training, 5)
      expect((await readReady(cluster)).httpStatus).toBe(200)

      const ballast = fillDisk(disk)
      const sick = await waitForReadiness(
        cluster,
        'the disk is full',
        ({ components }) => components.disk.status === 'failing',
      )
      expect(sick.httpStatus).toBe(503)
      expect(sick.components.disk.reason).toMatch(
        new RegExp(`^the disk that holds ${cluster.dataFolder} is full: \\d+ KiB are left$`),
      )
      const acknowledged: string[] = []
      const refusal = await waitFor(
        'a write is refused',
        async () => {
          ballast.fill() // what a checkpoint gave back
          const response = await post(cluster, '/api/v1/sweeps', PAUSED)
          const answer = (await response.json()) as { id: string; error: { code: string; message: string } }
          if (response.status !== 201) return { status: response.status, ...answer.error }
          acknowledged.push(answer.id)
          return null
        },
        { timeoutMs: 60_000, intervalMs: 1, details: () => cluster.logs() },
      )
      expect(refusal).toMatchObject({ status: 503, code: 'STORE_UNAVAILABLE' })
      expect(refusal.message).toBe(
        `the disk that holds ${join(cluster.dataFolder, 'sweep.db')} is full (SQLITE_FULL)`,
      )
      await trainsOn(cluster, training, 120) // longer than the lease
      expect((await fetch(`${cluster.server}/healthz`)).status).toBe(200)

      ballast.free()
      expect(freeBytes(disk)).toBeGreaterThan(1024 * 1024)
      await waitForReadiness(cluster, 'everything works', ({ httpStatus }) => httpStatus === 200)
      await expectWholeRun(cluster, training)
      const { sweeps } = (await cluster.sweepJson(['ls'])) as { sweeps: { id: string }[] }
      expect(sweeps.map(({ id }) => id)).toEqual(expect.arrayContaining(acknowledged))
      const database = new Database(join(disk, 'sweep.db'))
      expect(database.pragma('integrity_check', { simple: true })).toMatchObject({ integrity_check: 'ok' })
      database.close()
    },
  )

  test(
    'of an agent costs metrics, which a notice counts, and neither start nor end',
    { timeout: 120_000 },
    async ({ skip }) => {
      if (obstacle !== null) skip(`a disk of its own needs root and unshare (${obstacle})`)
      const cluster = await openCluster({ lease: '5s' })
      const training = await createSlowTraining(cluster)
      const folder = join(cluster.folder, 'agents')
      const agent = cluster.startAgent({
        name: 'agent',
        sweepIds: [training.sweepId],
        launcher: onSmallDisk(folder, 16),
      })
      await trainsOn(cluster, training, 5)

      const ballast = fillDisk(folderSeenBy(agent.pid, folder))
      await trainsOn(cluster, training, 120) // longer than the lease
      ballast.free()
      const before = training.steps()
      await waitFor(
        'a later step is stored',
        async () => ((await training.storedSteps()).at(-1) ?? 0) > before,
        {
          timeoutMs: 30_000,
          details: () => cluster.logs(),
        },
      )

      training.finish()
      const waited = await cluster.sweep(['wait', training.sweepId, '--timeout', '60s'])
      expect(waited.code, cluster.logs()).toBe(0)
      const run = await training.run()
      expect(run.attempts.map(({ outcome }) => outcome)).toEqual(['finished'])
      const stored = await training.storedSteps()
      const missingCount = training.steps() - stored.length
      expect(missingCount).toBeGreaterThan(0)
      const notices = (await training.log()).filter(({ stream }) => stream === 'notice')
      const counts = notices.map(({ text }) =>
        Number(/^(\d+) metric rows and other reports were dropped/.exec(text)?.[1]),
      )
      // The log of that time is missing too, in chunks of unknown number.
      expect(counts.reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(missingCount)
    },
  )

  test(
    'of an agent refuses a job or keeps it away, and it runs once there is room',
    { timeout: 120_000 },
    async ({ skip }) => {
      if (obstacle !== null) skip(`a disk of its own needs root and unshare (${obstacle})`)
      const cluster = await openCluster({ lease: '5s' })
      const training = await createSlowTraining(cluster)
      await cluster.sweepJson(['pause', training.sweepId])
      const folder = join(cluster.folder, 'agents')
      const launcher = onSmallDisk(folder, 16)
      const agent = cluster.startAgent({ name: 'agent', sweepIds: [training.sweepId], launcher })
      await waitFor('the agent has started', () => / started$/m.test(agent.stdout()))

      const ballast = fillDisk(folderSeenBy(agent.pid, folder))
      await cluster.sweepJson(['resume', training.sweepId])
      // Whichever comes first: a job that cannot be journaled, or the agent's own look at its disk, after which it is
      // offered none.
      await waitFor(
        'the first attempt is given back, or none is taken',
        async () =>
          agent.stdout().includes('No run starts before there is room') ||
          (await training.runs()).some(({ attempts }) => attempts[0]?.outcome === 'recalled'),
        { timeoutMs: 30_000, details: () => cluster.logs() },
      )
      expect(training.steps()).toBe(0)
      ballast.free()
      await trainsOn(cluster, training, 5)
      training.finish()
      expect((await cluster.sweep(['wait', training.sweepId, '--timeout', '60s'])).code, cluster.logs()).toBe(
        0,
      )
      const { attempts } = await training.run()
      expect(attempts.at(-1)?.outcome).toBe('finished')
      for (const { outcome } of attempts.slice(0, -1)) expect(outcome).toBe('recalled')
      expect(await training.storedSteps()).toEqual(upTo(training.steps()))
    },
  )

  test('keeps an agent from starting, in words', { timeout: 60_000 }, async ({ skip }) => {
    if (obstacle !== null) skip(`a disk of its own needs root and unshare (${obstacle})`)
    const cluster = await openCluster({})
    const training = await createSlowTraining(cluster)
    const folder = join(cluster.folder, 'agents')
    const filled = ['sh', '-c', 'cat /dev/zero >"$0/ballast" 2>/dev/null; exec "$@"', folder]
    const agent = cluster.startAgent({
      name: 'agent',
      sweepIds: [training.sweepId],
      launcher: [...onSmallDisk(folder, 2), ...filled],
    })
    expect((await agent.exited).code).toBe(2)
    expect(agent.stderr()).toContain(`the disk that holds ${folder} is full`)
    expect(agent.stderr()).toContain('Free some space')
  })
})
