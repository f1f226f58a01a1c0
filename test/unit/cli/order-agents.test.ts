// `drain`, `undrain` and `quarantine`, and what `agents` shows of them.
import { afterEach, describe, expect, it } from 'vitest'
import type { AgentJson } from '../../../sweeps/agent-schema.ts'
import { cli, serve } from './cli-world.ts'
import type { FakeServer } from './cli-world.ts'

let server: FakeServer | undefined
afterEach(async () => {
  await server?.close()
  server = undefined
})

function agentJson(facts: Partial<AgentJson> = {}): AgentJson {
  return {
    id: 'b2x8kd5t',
    host: 'gpu-07',
    state: 'alive',
    slots: 8,
    busy: 2,
    sweepIds: [],
    labels: {},
    lastSeenAt: '2026-11-20T14:09:52.000Z',
    silentMs: 4_000,
    suspect: false,
    runs: { finished: 5, failed: 0 },
    now: ['q8x2m4kd', 'm2v7c0tr'],
    ...facts,
  }
}

async function start(answer: (path: string) => object): Promise<{ SWEEP_SERVER: string }> {
  server = await serve(({ path }) => JSON.stringify(answer(path)))
  return { SWEEP_SERVER: server.url }
}

describe('orders to agents', () => {
  it.each([
    ['drain', 'finishes 2 runs, then leaves.'],
    ['undrain', 'works again.'],
    ['quarantine', 'finishes 2 runs, then gets none.'],
  ])('%s says what becomes of each agent', async (order, words) => {
    const env = await start(() => ({ agents: [agentJson()], changed: true }))
    const { code, stdout } = await cli([order, 'gpu-07', '--reason', 'new driver'], { env })
    expect([code, stdout]).toEqual([0, `b2x8kd5t on gpu-07: ${words}\n`])
    expect(server?.requests).toMatchObject([
      { method: 'POST', path: `/api/v1/agents/gpu-07/${order}`, body: '{"reason":"new driver"}' },
    ])
  })

  it('takes several names, one document each under --json', async () => {
    const env = await start(() => ({ agents: [agentJson()], changed: false }))
    const { stdout } = await cli(['drain', 'b2x', 'c9r', '--json'], { env })
    const documents = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object)
    expect(documents).toMatchObject([
      { schema: 'sweep.drain/1', changed: false },
      { schema: 'sweep.drain/1' },
    ])
    expect((await cli(['drain', 'b2x'], { env })).stdout).toContain('so already')
  })
})

it('agents shows utilisation, why one gets no work, and the last error of one with failures', async () => {
  const quarantine = { by: 'rule' as const, at: '2026-11-20T14:09:52.000Z', reason: 'runs keep failing' }
  const env = await start(() => ({
    agents: [
      agentJson({ utilization: { gpuPercent: 91, cpuPercent: 5 } }),
      agentJson({ id: 'c9r3vt00', quarantine, busy: 0, now: [] }),
      agentJson({
        id: 'd0s4wx11',
        runs: { finished: 1, failed: 2 },
        lastError: { runId: 'q8x2m4kd', at: null, text: 'CUDA\u001b out of memory' },
      }),
    ],
  }))
  const { stdout } = await cli(['agents'], { env })
  expect(stdout).toMatch(/b2x8kd5t +gpu-07 +2\/8 +91% +5\/0 +2 runs/)
  expect(stdout).toMatch(/c9r3vt00 .*quarantined/)
  expect(stdout).toContain('c9r3vt00: runs keep failing  sweep undrain c9r3vt00')
  expect(stdout).toContain('d0s4wx11: last error of q8x2m4kd: CUDA\ufffd out of memory')
})

describe('agents --watch', () => {
  it('writes the list anew when something but ages has changed, and ends after --timeout', async () => {
    let looks = 0
    const env = await start(() => {
      looks += 1
      return { agents: [agentJson({ silentMs: looks * 1000, now: looks < 2 ? ['q8x2m4kd'] : [], busy: 0 })] }
    })
    const { code, stdout } = await cli(['agents', 'k3v9', '--watch', '--timeout', '2500ms'], { env })
    expect(code).toBe(0)
    expect(looks).toBeGreaterThanOrEqual(2)
    expect(stdout.match(/ 1 run /g)).toHaveLength(1)
    expect(stdout.match(/ idle /g)).toHaveLength(1)
    expect(server?.requests[0]?.query).toEqual({ sweep: 'k3v9' })
  })

  it('gives programs a document a line', async () => {
    const env = await start(() => ({ agents: [agentJson()] }))
    const { stdout } = await cli(['agents', '--watch', '--json', '--timeout', '500ms'], { env })
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual([{ schema: 'sweep.agents/1', agents: [agentJson()] }])
  })

  it('on a terminal leaves the last list behind, cut to its height while it is redrawn', async () => {
    const agents = Array.from({ length: 40 }, (_, i) => agentJson({ id: `agent${i}` }))
    const env = await start(() => ({ agents }))
    const { stdout } = await cli(['agents', '--watch', '--timeout', '900ms'], { env, isTerminal: true })
    expect(stdout).toContain('... 20 more lines')
    expect(stdout.match(/agent39 /g)).toHaveLength(1)
  })

  it('says when there is no agent, and takes those that left with --all', async () => {
    const env = await start(() => ({ agents: [agentJson({ state: 'left' })] }))
    expect((await cli(['agents', '--watch', '--timeout', '500ms'], { env })).stdout).toContain('No agents.')
    expect((await cli(['agents', '--all', '--watch', '--timeout', '500ms'], { env })).stdout).toContain(
      'b2x8kd5t',
    )
  })
})
