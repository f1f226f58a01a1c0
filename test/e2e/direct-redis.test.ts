// An agent with REDIS_URL connects to Redis itself, as its own user, and comes back after Redis lost all its users.
import { afterEach, describe, expect, test } from 'vitest'
import { startCluster } from '../support/cluster.ts'
import type { Cluster } from '../support/cluster.ts'
import { waitFor } from '../support/wait.ts'

let cluster: Cluster
afterEach(async () => {
  await cluster.close()
})

async function createSweep(): Promise<string> {
  const file = cluster.writeFile(
    'sweep.yaml',
    [
      'method: grid',
      'parameters: { x: { values: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] } }',
      'command: [sleep, "0.3"]',
    ].join('\n'),
  )
  return cluster.create(file)
}

describe('an agent with REDIS_URL', () => {
  test('works a sweep to its end, although Redis is killed meanwhile', { timeout: 60_000 }, async () => {
    cluster = await startCluster()
    const sweepId = await createSweep()
    const url = `redis://127.0.0.1:${cluster.redisLogin().port}`
    const agent = cluster.startAgent({ name: 'direct', sweepIds: [sweepId], env: { REDIS_URL: url } })
    await waitFor('two runs have ended', () => agent.stdout().match(/ finished /g)?.length === 2, {
      timeoutMs: 20_000,
      details: () => cluster.logs(),
    })
    process.kill(cluster.redisPid() ?? NaN, 'SIGKILL')
    const waited = await cluster.sweep(['wait', sweepId, '--timeout', '40s'], { timeoutMs: 50_000 })
    expect(waited.code, cluster.logs()).toBe(0)
    expect(agent.stdout().match(/ finished /g)).toHaveLength(10)
  })

  test('tells when nobody answers there, tunnel or not', { timeout: 30_000 }, async () => {
    cluster = await startCluster()
    const sweepId = await createSweep()
    const agent = cluster.startAgent({
      name: 'astray',
      sweepIds: [sweepId],
      env: { REDIS_URL: 'redis://127.0.0.1:1' },
    })
    await waitFor('the notice', () => agent.stdout().includes('connect ECONNREFUSED 127.0.0.1:1'), {
      timeoutMs: 20_000,
      details: () => cluster.logs(),
    })
  })
})
