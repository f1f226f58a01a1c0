// An agent in a network namespace of its own, from which one address of the controller's machine can be reached:
// it works a sweep through the controller's port, and finds no Redis.
import { randomBytes } from 'node:crypto'
import { afterEach, describe, expect, test } from 'vitest'
import { repositoryRoot, startCluster } from '../support/cluster.ts'
import type { Cluster } from '../support/cluster.ts'
import { createNetworkNamespace, whyNoNamespaces } from '../support/network-namespace.ts'
import type { NetworkNamespace } from '../support/network-namespace.ts'
import { runCommand } from '../support/processes.ts'
import { waitFor } from '../support/wait.ts'

const obstacle = whyNoNamespaces()

describe('an agent that reaches only the controller', () => {
  let namespace: NetworkNamespace | null = null
  let cluster: Cluster | null = null
  afterEach(async () => {
    await cluster?.close()
    namespace?.remove()
    cluster = null
    namespace = null
  })

  test(
    'works a sweep through the one port, and cannot connect to Redis',
    { timeout: 120_000 },
    async ({ skip }) => {
      if (obstacle !== null) skip(`network namespaces need root and iproute2 (${obstacle})`)
      namespace = createNetworkNamespace()
      cluster = await startCluster({
        host: namespace.hostAddress,
        lease: '30s',
        adminToken: randomBytes(32).toString('hex'),
      })
      const inNamespace = ['ip', 'netns', 'exec', namespace.name]
      const { hostAddress } = namespace
      const { port: redisPort } = cluster.redisLogin()
      const connectFromInside = async (host: string, port: number) => {
        const program = `import('node:net').then(({connect})=>{const s=connect({host:${JSON.stringify(host)},port:${port},timeout:3000});
        const say=(t)=>{console.log(t);process.exit()};s.on('connect',()=>say('connected'));s.on('timeout',()=>say('timeout'));s.on('error',(e)=>say(e.code))})`
        const result = await runCommand([...inNamespace, process.execPath, '-e', program], {
          env: { PATH: process.env['PATH'] ?? '' },
          cwd: repositoryRoot,
        })
        return result.stdout.trim()
      }

      expect(await connectFromInside(hostAddress, Number(new URL(cluster.server).port))).toBe('connected')
      expect(await connectFromInside(hostAddress, redisPort)).toBe('ECONNREFUSED')
      expect(await connectFromInside('127.0.0.1', redisPort)).toBe('ECONNREFUSED')
      expect(await connectFromInside('192.0.2.1', 80)).toBe('ENETUNREACH')

      const program = `console.log(JSON.stringify({ loss: Number(process.argv[2].split('=')[1]) * 2 }))\n`
      const script = cluster.writeFile('train.mjs', program)
      const file = cluster.writeFile(
        'sweep.yaml',
        `method: grid
metric: {name: loss, goal: minimize}
command: [${JSON.stringify(process.execPath)}, ${JSON.stringify(script)}, "\${args_no_hyphens}"]
parameters:
  x: {values: [1, 2, 3]}
`,
      )
      const sweepId = await cluster.create(file)
      const agent = cluster.startAgent({ name: 'inside', sweepIds: [sweepId], launcher: inNamespace })
      const finished = await cluster.sweep(['wait', sweepId, '--timeout', '60s'], { timeoutMs: 90_000 })
      expect(finished.code, cluster.logs()).toBe(0)
      const { runs } = (await cluster.sweepJson(['runs', sweepId])) as {
        runs: { state: string; value: number }[]
      }
      expect(runs.map((run) => run.state)).toEqual(['finished', 'finished', 'finished'])
      expect(runs.map((run) => run.value).sort()).toEqual([2, 4, 6])
      await waitFor('the agent leaves', () => agent.exit() !== null, { details: () => agent.stderr() })
      expect(agent.exit()).toEqual({ code: 0, signal: null })
    },
  )
})
