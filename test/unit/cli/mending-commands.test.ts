// `edit`, `extend`, `enqueue` and `retry`: what they send, in which order, and what they say.
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { cli, runJson, serve, sweepJson } from './cli-world.ts'
import type { FakeServer, Recorded } from './cli-world.ts'

let server: FakeServer | undefined
afterEach(async () => {
  await server?.close()
  server = undefined
})

async function start(answer: Parameters<typeof serve>[0]): Promise<{ SWEEP_SERVER: string }> {
  server = await serve(answer)
  return { SWEEP_SERVER: server.url }
}
const bodies = () =>
  (server?.requests ?? []).map(({ body }) => (body === '' ? null : (JSON.parse(body) as object)))

const CHANGES = [{ path: 'run_cap', from: '200', to: '300' }]
const edited = (facts: object = {}) =>
  JSON.stringify({
    sweep: sweepJson({ specVersion: 2, runCap: 300 }),
    changed: true,
    changes: CHANGES,
    notes: ['176 more runs may be proposed.'],
    warnings: [],
    ...facts,
  })

describe('edit', () => {
  it('shows the difference first, then edits the version that it showed', async () => {
    const env = await start(() => edited())
    const { code, stdout } = await cli(['edit', 'k3v9', '--set', 'run_cap=300', 'max_parallel=4'], { env })
    expect([code, stdout]).toEqual([
      0,
      'k3v9r2td "vit-small lr"  version 1 → 2\n  run_cap  200  →  300\n  176 more runs may be proposed.\nEdited k3v9r2td "vit-small lr": version 2, running.\n',
    ])
    const set = ['run_cap=300', 'max_parallel=4']
    expect(bodies()).toEqual([
      { set, unset: [], dryRun: true },
      { set, unset: [], expectedVersion: 1 },
    ])
  })

  it('only shows it with --dry-run, and where nothing differs', async () => {
    const env = await start(() => edited())
    expect((await cli(['edit', 'k3v9', '--unset', 'run_cap', '--dry-run'], { env })).stdout).toContain('→')
    await server?.close()
    const same = await start(() => edited({ changed: false, changes: [], notes: [] }))
    const { stdout } = await cli(['edit', 'k3v9', '--set', 'run_cap=200'], { env: same })
    expect(stdout).toContain('nothing to change')
    expect(bodies()).toHaveLength(1)
  })

  it.each([
    [['edit', 'k3v9'], 'nothing to change is given'],
    [['edit', 'k3v9', 'run_cap'], 'is not key=value'],
    [['extend', 'k3v9'], 'how many more runs'],
    [['extend', 'k3v9', '--runs', '50'], 'a plus sign'],
    [['extend', 'k3v9', '--runs', '+0'], 'a plus sign'],
    [['enqueue', 'k3v9'], 'no configuration is given'],
    [['enqueue', 'k3v9', 'lr'], 'is not key=value'],
    [['enqueue', 'k3v9', 'lr=1', '-f', 'x'], 'not both'],
  ])('%j is refused before anything is sent', async (words, message) => {
    expect(await cli(words)).toMatchObject({ code: 2, stderr: expect.stringContaining(message) as string })
  })
})

it('extend sends how many more, and says what became of the cap', async () => {
  const env = await start(() => edited())
  const { code, stdout } = await cli(['extend', 'k3v9', '--runs', '+100'], { env })
  expect([code, stdout]).toEqual([0, expect.stringContaining('run_cap  200  →  300')])
  expect(bodies()).toEqual([{ addRuns: 100, dryRun: false }])
  const json = await cli(['extend', 'k3v9', '--runs', '+100', '--json'], { env })
  expect(JSON.parse(json.stdout)).toMatchObject({ schema: 'sweep.extend/1', changes: CHANGES })
})

describe('enqueue', () => {
  const answer = JSON.stringify({
    sweep: sweepJson({
      counts: { queued: 1, running: 0, finished: 1, stopped: 0, failed: 0, cancelled: 0, lost: 0 },
    }),
    enqueued: [{ runId: 'q8x2m4kd', configText: '{"lr":1e-3}' }],
    known: [{ runId: 'm2v7c0tr', state: 'finished', configText: '{"lr":1.0}' }],
    warnings: [],
  })

  it('makes one configuration of key=value words, nested by their dots, numbers as written', async () => {
    const env = await start(() => answer)
    const { code, stdout, stderr } = await cli(['enqueue', 'k3v9', 'lr=1e-3', 'opt.name=adam'], { env })
    expect([code, stdout]).toEqual([0, 'q8x2m4kd  lr=0.001\nEnqueued 1 run in k3v9r2td "vit-small lr".\n'])
    expect(stderr).toContain('m2v7c0tr is finished with lr=1.0: left out.')
    expect(stderr).toContain('sweep agent k3v9r2td')
    const [body] = bodies() as { text: string }[]
    expect(body?.text.replaceAll(/\s+/g, ' ')).toContain('lr: 1e-3')
    expect(body?.text).toContain('name: adam')
  })

  it('sends a file or standard input as it is', async () => {
    const env = await start(() => answer)
    const folder = mkdtempSync(join(tmpdir(), 'sweep-enqueue-'))
    const file = join(folder, 'configs.jsonl')
    writeFileSync(file, '{"lr":1.0}\n{"lr":2}\n')
    await cli(['enqueue', 'k3v9', '-f', file, '--repeat'], { env })
    await cli(['enqueue', 'k3v9', '-f', '-'], { env, stdin: '{"lr":3.0}\n' })
    expect(bodies()).toEqual([
      { text: '{"lr":1.0}\n{"lr":2}\n', repeat: true, dryRun: false },
      { text: '{"lr":3.0}\n', repeat: false, dryRun: false },
    ])
  })
})

describe('retry', () => {
  const world = ({ path }: Recorded) => {
    const id = path.split('/').at(-1) ?? ''
    if (path.includes('/resolve/'))
      return JSON.stringify({ kind: id.startsWith('s') ? 'sweep' : 'run', id, name: id })
    if (path.includes('/runs/'))
      return JSON.stringify({ run: runJson({ id, sweepId: id === 'r9' ? 'other' : 's1' }) })
    return JSON.stringify({
      sweep: sweepJson(),
      retried: ['r1'],
      notRetried: [{ runId: 'r2', state: 'finished' }],
    })
  }

  it('retries a sweep by a filter, and runs by their ids', async () => {
    const env = await start(world)
    const { code, stdout, stderr } = await cli(['retry', 's1', '-w', 'host:gpu-3', '--max', '5'], { env })
    expect([code, stdout]).toEqual([0, 'Retrying 1 run of k3v9r2td "vit-small lr": r1\n'])
    expect(stderr).toContain('r2 is finished: it is not retried.')
    expect(bodies().at(-1)).toEqual({ dryRun: false, where: 'host:gpu-3', max: 5 })
    await cli(['retry', 'r1', 'r2'], { env })
    expect(server?.requests.at(-1)?.path).toBe('/api/v1/sweeps/s1/retry')
    expect(bodies().at(-1)).toEqual({ dryRun: false, runIds: ['r1', 'r2'] })
  })

  it('refuses runs of several sweeps', async () => {
    const env = await start(world)
    expect((await cli(['retry', 'r1', 'r9'], { env })).code).toBe(2)
  })
})
