// The controller with a REDIS_URL that speaks TLS; agents through the tunnel and directly.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { makeCertificate } from '../support/certificates.ts'
import { startCluster } from '../support/cluster.ts'
import { startTestRedis } from '../support/redis-server.ts'

test(
  'a sweep is worked over a Redis that speaks TLS, through the tunnel and directly',
  { timeout: 60_000 },
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sweep-tls-'))
    const tls = makeCertificate(folder, 'redis')
    const redis = await startTestRedis({ tls })
    const cluster = await startCluster({
      env: { NODE_EXTRA_CA_CERTS: tls.ca },
      controllerEnv: { REDIS_URL: redis.url },
    })
    try {
      const sweepId = await cluster.create(
        cluster.writeFile(
          'sweep.yaml',
          'method: grid\nparameters: { x: { values: [1, 2, 3, 4, 5, 6] } }\ncommand: [sleep, "0.5"]\n',
        ),
      )
      const direct = { REDIS_URL: `rediss://127.0.0.1:${redis.port}` }
      const agents = [
        cluster.startAgent({ name: 'tunnelled', sweepIds: [sweepId] }),
        cluster.startAgent({ name: 'direct', sweepIds: [sweepId], env: direct }),
      ]
      const waited = await cluster.sweep(['wait', sweepId, '--timeout', '40s'], { timeoutMs: 50_000 })
      expect(waited.code, cluster.logs()).toBe(0)
      for (const agent of agents) expect(agent.stdout(), cluster.logs()).toContain(' finished ')
      expect(await cluster.close()).toEqual([])
    } finally {
      await cluster.close()
      await redis.stop()
      rmSync(folder, { recursive: true })
    }
  },
)
