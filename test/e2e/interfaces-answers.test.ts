// What the commands answer about one worked sweep, member by member: sweeps, runs, rankings, exports,
// events and logs. How sweeps change their state is in interfaces-commands.test.ts.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AgentEvent } from '../../agent/agent-events.ts'
import type { BestRunsResponse, RunJson } from '../../sweeps/run-schema.ts'
import type { SweepJson } from '../../sweeps/sweep-schema.ts'
import { startCluster } from '../support/cluster.ts'
import type { Cluster } from '../support/cluster.ts'
import { waitFor } from '../support/wait.ts'

const ISO_UTC = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/
const ID = /^[0-9b-df-hj-km-np-tv-z]{8}$/

/** x = 1 and 2 finish with a loss, 3 fails, 4 reports nothing. */
const TRAIN = `
import { readFileSync } from 'node:fs'
const { x } = JSON.parse(readFileSync(process.env.SWEEP_CONFIG_FILE, 'utf8'))
const report = (text) => console.log(text)
if (x === 1) ['{"loss":0.5,"aux":NaN}', '{"loss":0.4}', '{"loss":0.45}'].forEach(report)
if (x === 2) ['{"loss":0.30000000000000004}', '{"loss":0.6}'].forEach(report)
if (x === 3) { console.error('no such data'); process.exit(3) }
`

const SWEEP_MEMBERS = [
  ...[
    'id',
    'name',
    'project',
    'state',
    'method',
    'metric',
    'config',
    'specVersion',
    'createdAt',
    'startedAt',
  ],
  ...['finishedAt', 'runCap', 'counts', 'best', 'size'],
]
const COUNTS = ['queued', 'running', 'finished', 'stopped', 'failed', 'cancelled', 'lost']
const RUN_MEMBERS = [
  ...[
    'rank',
    'id',
    'name',
    'sweepId',
    'project',
    'state',
    'config',
    'value',
    'bestStep',
    'summary',
    'attempt',
  ],
  ...['attempts', 'createdAt', 'startedAt', 'finishedAt', 'stopReason', 'suggestedBy', 'tags', 'notes'],
  ...['group', 'jobType'],
]
const ATTEMPT_MEMBERS = [
  ...['attempt', 'agentId', 'host', 'pid', 'startedAt', 'endedAt', 'outcome', 'exitCode', 'signal'],
]

let cluster: Cluster
let sweepText: string
let sweepFile: string
let sweepId: string
/** Runs of x = 1, 2, 3, 4. */
let runs: RunJson[]
let agent: { readonly exitCode: number | null; readonly stdout: string }

beforeAll(async () => {
  cluster = await startCluster()
  const script = cluster.writeFile('train.mjs', TRAIN)
  sweepText = `# as written
method: grid
metric: {name: loss, goal: minimize}
command: [${JSON.stringify(process.execPath)}, ${JSON.stringify(script)}]
parameters:
  float: {value: 3.0}
  int: {value: 3}
  x: {values: [1, 2, 3, 4]}
`
  sweepFile = cluster.writeFile('sweep.yaml', sweepText)
  sweepId = (await answer<{ id: string }>(['create', sweepFile])).id
  const started = cluster.startAgent({ name: 'agent', sweepIds: [sweepId, '--json'] })
  await waitFor('the agent has worked the sweep', () => started.exit() !== null, {
    timeoutMs: 40_000,
    details: () => cluster.logs(),
  })
  agent = { exitCode: started.exit()?.code ?? null, stdout: started.stdout() }
  runs = (await answer<{ runs: RunJson[] }>(['runs', sweepId])).runs.sort(
    (a, b) => Number(a.config['x']) - Number(b.config['x']),
  )
}, 60_000)

afterAll(async () => {
  expect(await cluster.close()).toEqual([])
})

async function answer<T>(args: readonly string[]): Promise<T> {
  return (await cluster.sweepJson(args)) as T
}

const linesOf = <T>(text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as T)

const idOf = (x: number) => runs[x - 1]?.id ?? ''

describe('SWEEP', () => {
  test('has its members in show and ls, with the text of the file', async () => {
    const { schema, sweep } = await answer<{ schema: string; sweep: SweepJson }>(['show', sweepId])
    expect(schema).toBe('sweep.show/1')
    expect(Object.keys(sweep)).toEqual(expect.arrayContaining(SWEEP_MEMBERS))
    expect(Object.keys(sweep.counts).sort()).toEqual([...COUNTS].sort())
    expect(sweep).toMatchObject({
      id: sweepId,
      project: 'default',
      state: 'finished',
      method: 'grid',
      metric: { name: 'loss', goal: 'minimize' },
      config: sweepText,
      specVersion: 1,
      runCap: null,
      size: 4,
      counts: { queued: 0, running: 0, finished: 3, stopped: 0, failed: 1, cancelled: 0, lost: 0 },
      best: { runId: idOf(2), value: 0.30000000000000004 },
    })
    for (const time of [sweep.createdAt, sweep.startedAt, sweep.finishedAt]) expect(time).toMatch(ISO_UTC)
    const listed = await answer<{ schema: string; sweeps: SweepJson[] }>(['ls'])
    expect(listed.schema).toBe('sweep.ls/1')
    expect(listed.sweeps.find((one) => one.id === sweepId)).toEqual(sweep)
  })
})

describe('RUN', () => {
  test('has its members, with the facts of its attempt', async () => {
    const shown = await answer<{ schema: string; run: RunJson }>(['show', idOf(3)])
    expect(shown.schema).toBe('sweep.show/1')
    for (const run of [shown.run, ...runs]) {
      expect(Object.keys(run)).toEqual(expect.arrayContaining(RUN_MEMBERS))
      expect(run.id).toMatch(ID)
      for (const time of [run.createdAt, run.startedAt, run.finishedAt]) expect(time).toMatch(ISO_UTC)
    }
    expect(Object.keys(shown.run.attempts[0] ?? {})).toEqual(expect.arrayContaining(ATTEMPT_MEMBERS))
    const attempt = { attempt: 1, agentId: expect.stringMatching(ID), host: expect.any(String) }
    expect(shown.run).toMatchObject({
      rank: null,
      sweepId,
      project: 'default',
      state: 'failed',
      value: null,
      attempt: 1,
      attempts: [{ ...attempt, pid: expect.any(Number), outcome: 'failed', exitCode: 3, signal: null }],
    })
  })

  test('keeps int and float apart in the text, full precision, and non-finite numbers as strings', async () => {
    for (const args of [
      ['show', idOf(1)],
      ['runs', sweepId],
      ['best', sweepId],
    ]) {
      const { stdout } = await cluster.sweep([...args, '--json'])
      expect(stdout).toContain('"config":{"float":3.0,"int":3,"x":1}')
    }
    expect(runs[0]?.summary['aux']?.last).toBe('NaN')
    expect(runs[0]?.summary['loss']).toEqual({ last: 0.45, min: 0.4, max: 0.5, best: 0.4, steps: 3 })
    expect(runs[1]).toMatchObject({ value: 0.30000000000000004, rank: 1 })
    const steps = linesOf<Record<string, unknown>>((await exported('history', 'jsonl')).stdout).filter(
      (row) => row['runId'] === idOf(1) && row['metric'] === 'loss',
    )
    expect(runs[0]?.bestStep).toBe(steps[1]?.['step'])
  })

  test('is filtered, sorted and limited by runs', async () => {
    const list = async (...flags: string[]) =>
      (await answer<{ runs: RunJson[] }>(['runs', ...flags])).runs.map((run) => run.id)
    expect(await list(sweepId, '-w', 'state:failed')).toEqual([idOf(3)])
    expect(await list(sweepId, '-w', 'x>=2 loss<1')).toEqual([idOf(2)])
    expect(await list(sweepId, '--sort', 'rank', '--limit', '2')).toEqual([idOf(2), idOf(1)])
    expect(await list(sweepId, '--sort', '-x')).toEqual([4, 3, 2, 1].map(idOf))
    expect(await list('--project', 'default', '-w', 'state:failed')).toEqual([idOf(3)])
  })
})

describe('best', () => {
  const ranking = (...flags: string[]) =>
    answer<BestRunsResponse & { schema: string }>(['best', sweepId, ...flags])

  test('ranks, and counts what is not in the ranking', async () => {
    const best = await ranking()
    expect(best).toMatchObject({
      schema: 'sweep.best/1',
      sweep: { id: sweepId, name: expect.any(String), metric: { name: 'loss', goal: 'minimize' } },
      notCounted: { noMetric: 1, failed: 1 },
    })
    expect(best.runs.map((run) => [run.rank, run.id])).toEqual([
      [1, idOf(2)],
      [2, idOf(1)],
    ])
    expect((await ranking('-n', '1')).runs.map((run) => run.id)).toEqual([idOf(2)])
  })

  test.each([
    ['best', 2, 0.30000000000000004],
    ['last', 1, 0.45],
    ['min', 2, 0.30000000000000004],
    ['max', 1, 0.5],
  ])('--summary %s ranks the run of x = %i first', async (summary, x, value) => {
    const { runs: ranked } = await ranking('--summary', summary, '-n', '1')
    expect(ranked).toMatchObject([{ rank: 1, id: idOf(x) }])
    const shown = ranked[0]?.summary['loss']
    expect(summary === 'best' ? shown?.best : shown?.[summary as 'last']).toBe(value)
  })

  test('gives the best config as arguments, variables and YAML', async () => {
    const outputOf = async (flag: string) => (await cluster.sweep(['best', sweepId, flag])).stdout
    expect(await outputOf('--args')).toBe('--float=3.0 --int=3 --x=2\n')
    expect(await outputOf('--env')).toMatch(/float=.?3\.0[\s\S]*int=.?3\b[\s\S]*x=.?2\b/)
    expect(await outputOf('--yaml')).toBe('float: 3.0\nint: 3\nx: 2\n')
  })
})

const exported = (what: string, format: string) =>
  cluster.sweep(['export', sweepId, '--what', what, '--format', format])

describe('export', () => {
  test('of runs gives the lines of RUN', async () => {
    const text = (await exported('runs', 'jsonl')).stdout
    const lines = linesOf<RunJson>(text)
    expect(lines.map((run) => run.id).sort()).toEqual(runs.map((run) => run.id).sort())
    for (const run of lines) expect(Object.keys(run)).toEqual(expect.arrayContaining(RUN_MEMBERS))
    expect(text).toContain('"config":{"float":3.0,"int":3,"x":1}')
    expect(JSON.parse((await exported('runs', 'json')).stdout)).toEqual(lines)
  })

  test('of history gives a line per run, step and metric', async () => {
    const rows = linesOf<Record<string, unknown>>((await exported('history', 'jsonl')).stdout)
    expect(rows).toHaveLength(6)
    for (const row of rows) {
      expect(Object.keys(row)).toEqual(['runId', 'attempt', 'step', 'time', 'metric', 'value'])
      expect(row['time']).toMatch(ISO_UTC)
    }
    const valuesOf = (x: number, metric: string) =>
      rows.filter((row) => row['runId'] === idOf(x) && row['metric'] === metric).map((row) => row['value'])
    expect(valuesOf(1, 'loss')).toEqual([0.5, 0.4, 0.45])
    expect(valuesOf(1, 'aux')).toEqual(['NaN'])
  })

  test('of all has runs with their history, and CSV has a header', async () => {
    const all = JSON.parse((await exported('all', 'json')).stdout) as { id: string; history: unknown[] }[]
    expect(all.find((run) => run.id === idOf(2))?.history).toHaveLength(2)
    const heads: Record<string, RegExp> = {
      runs: /^id,name,state,rank,value,/,
      history: /^runId,attempt,step,time,metric,value\n/,
      all: /^runId,state,config\.float,/,
    }
    for (const [what, head] of Object.entries(heads)) {
      const { code, stdout, stderr } = await exported(what, 'csv')
      expect([code, stderr]).toEqual([0, ''])
      expect(stdout).toMatch(head)
    }
    expect((await exported('runs', 'csv')).stdout).toMatch(/,3\.0,3,1,/)
  })

  test('writes the file of -o, in the format of its suffix, and nothing to stdout', async () => {
    const file = join(cluster.folder, 'history.jsonl')
    expect(await cluster.sweep(['export', sweepId, '--what', 'history', '-o', file])).toMatchObject({
      code: 0,
      stdout: '',
    })
    expect(readFileSync(file, 'utf8')).toBe((await exported('history', 'jsonl')).stdout)
  })
})

describe('agent and logs', () => {
  test('the agent gives one JSON line per event and leaves with 0', () => {
    expect(agent.exitCode).toBe(0)
    const events = linesOf<AgentEvent>(agent.stdout)
    for (const event of events) expect(event.time).toMatch(ISO_UTC)
    const startedRuns = events.filter((event) => event.event === 'run.started')
    expect(startedRuns.map((event) => event.runId).sort()).toEqual(runs.map((run) => run.id).sort())
    for (const event of startedRuns)
      expect(event).toMatchObject({ attempt: 1, slot: 0, pid: expect.any(Number) })
  })

  test('logs gives what the run printed, and JSON Lines with --json', async () => {
    expect(await cluster.sweep(['logs', idOf(3), '--stderr'])).toMatchObject({
      code: 0,
      stdout: 'no such data\n',
      stderr: '',
    })
    const [line = ''] = (await cluster.sweep(['logs', idOf(3), '--json'])).stdout.split('\n')
    expect(JSON.parse(line)).toMatchObject({ attempt: 1, stream: 'stderr', text: 'no such data\n' })
  })
})
