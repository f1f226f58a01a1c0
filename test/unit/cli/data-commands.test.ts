// `runs`, `export` and `logs`: what they ask the server for, and what they make of its answers.
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { isOfFile } from '../../../cli/commands/export.ts'
import { groupFailures } from '../../../cli/failure-groups.ts'
import { createLineSearch, createTail, parseSince } from '../../../cli/log-pieces.ts'
import type { LogPiece } from '../../../cli/log-pieces.ts'
import type { RunJson } from '../../../sweeps/run-schema.ts'
import { cli, runJson, serve } from './cli-world.ts'
import type { FakeServer, Recorded } from './cli-world.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

let server: FakeServer | undefined

afterEach(async () => {
  await server?.close()
  server = undefined
})

async function start(answer: Parameters<typeof serve>[0]): Promise<{ SWEEP_SERVER: string }> {
  server = await serve(answer)
  return { SWEEP_SERVER: server.url }
}

const summary = (last: number | 'NaN', best: number | null = null) => ({
  last,
  min: null,
  max: null,
  best,
  steps: 3,
})

const RUNS = [
  runJson({
    id: 'q8x2m4kd',
    configText: '{"lr":0.00012345678,"bs":64,"wd":1.0,"opt":{"name":"=cmd()"}}',
    summary: { loss: summary(0.5, 0.2814), acc: summary(0.87654321) },
    tags: ['a b', 'c'],
    notes: 'tab\there',
  }),
  runJson({
    id: 'r5t0w1bz',
    rank: null,
    state: 'failed',
    value: null,
    bestStep: null,
    configText: '{"lr":1e-05,"bs":128}',
    summary: { acc: summary('NaN') },
    finishedAt: null,
  }),
]

const listOf = (runs: readonly RunJson[]) => () => JSON.stringify({ runs, total: runs.length })

describe('runs', () => {
  it('shows parameters, metrics and facts as columns, missing ones as -', async () => {
    const env = await start(listOf(RUNS))
    const { stdout, stderr } = await cli(
      ['runs', 'k3v9', '--columns', 'run,lr,c.opt.name,loss,m.acc,took,state'],
      { env },
    )
    expect([stdout, stderr]).toEqual([
      [
        '  run                  lr  c.opt.name    loss       m.acc   took  state',
        '  q8x2m4kd  0.00012345678  =cmd()      0.2814  0.87654321  7m41s  ✓ finished',
        '  r5t0w1bz          1e-05  -                -         NaN      -  ✗ failed',
        '',
      ].join('\n'),
      '',
    ])
  })

  it('says which column no run has, with the nearest name', async () => {
    const env = await start(listOf(RUNS))
    const { stdout, stderr } = await cli(['runs', 'k3v9', '--columns', 'run,los'], { env })
    expect(stdout.split('\n')[1]).toBe('  q8x2m4kd  -')
    expect(stderr).toBe('! No run here has "los". Did you mean "loss"?\n')
  })

  it('fits a terminal of 80 columns, and cuts nothing with --no-trunc', async () => {
    const env = await start(listOf(RUNS))
    const fitted = await cli(['runs', 'k3v9', '--color', 'never'], { env, isTerminal: true })
    const lines = fitted.stdout.trimEnd().split('\n')
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80)
    expect(lines[0]).toMatch(/^ +# {2}run {7}value {3}state {7}params .*step/)
    expect(lines[1]).toContain('lr=0.0001235')
    const whole = await cli(['runs', 'k3v9', '--color', 'never', '--no-trunc'], { env, isTerminal: true })
    expect(whole.stdout).toContain('lr=0.00012345678 bs=64 wd=1.0 opt.name==cmd()')
    expect(whole.stdout.split('\n')[0]).toMatch(/host +attempt$/)
  })

  it('writes CSV for a spreadsheet: every parameter, numbers as written, no formula', async () => {
    const env = await start(listOf(RUNS))
    const { stdout } = await cli(['runs', 'k3v9', '--format', 'csv'], { env })
    expect(stdout).toBe(
      [
        'rank,run,name,state,value,c.lr,c.bs,c.wd,c.opt.name,step,took,attempt,host',
        "1,q8x2m4kd,run-1,finished,0.2814,0.00012345678,64,1.0,'=cmd(),9,461,1,",
        ',r5t0w1bz,run-1,failed,,1e-05,128,,,,,1,',
        '',
      ].join('\n'),
    )
  })

  it('writes TSV in which a tab is no column', async () => {
    const env = await start(listOf(RUNS))
    const { stdout } = await cli(['runs', 'k3v9', '--format', 'tsv', '--columns', 'run,note,tags'], { env })
    expect(stdout).toBe('run\tnote\ttags\nq8x2m4kd\ttab\\there\ta b c\nr5t0w1bz\t\t\n')
  })

  it('writes JSON lines: runs as they are, or the columns', async () => {
    const env = await start(listOf(RUNS))
    const whole = (await cli(['runs', 'k3v9', '--format', 'jsonl'], { env })).stdout
    expect(whole.split('\n')[0]).toContain('"config":{"lr":0.00012345678,"bs":64,"wd":1.0,')
    expect(
      whole
        .trimEnd()
        .split('\n')
        .map((line) => (JSON.parse(line) as RunJson).id),
    ).toEqual(['q8x2m4kd', 'r5t0w1bz'])
    const some = await cli(['runs', 'k3v9', '--format', 'jsonl', '--columns', 'run,lr,acc,rank'], { env })
    expect(some.stdout).toBe(
      '{"run":"q8x2m4kd","lr":0.00012345678,"acc":0.87654321,"rank":1}\n' +
        '{"run":"r5t0w1bz","lr":0.00001,"acc":"NaN","rank":null}\n',
    )
  })

  it('fetches every page for a program, and no more than the limit', async () => {
    const all = Array.from({ length: 5 }, (_, index) => runJson({ id: `run0000${index}` }))
    const env = await start(({ query }) => {
      const offset = Number(query['offset'])
      const runs = all.slice(offset, offset + Math.min(2, Number(query['limit'])))
      return JSON.stringify({ runs, total: all.length })
    })
    const words = ['runs', 'k3v9', '--format', 'csv', '--columns', 'run']
    expect((await cli(words, { env })).stdout.trimEnd().split('\n').slice(1)).toEqual(all.map(({ id }) => id))
    expect((await cli([...words, '--limit', '3'], { env })).stdout.trimEnd().split('\n')).toHaveLength(4)
  })

  it('points at the place in a filter that cannot be read', async () => {
    const error = { code: 'REQUEST_INVALID', message: 'filter: no number', hint: 'Write one.', at: 'where:5' }
    const env = await start(() => ({ status: 400, text: JSON.stringify({ error }) }))
    const { code, stderr } = await cli(['runs', 'k3v9', '-w', 'a:1 lr>x'], { env })
    expect(code).toBe(2)
    expect(stderr).toBe('✗ filter: no number   (exit 2)\n  a:1 lr>x\n      ^\n  Write one.\n')
    const long = await cli(['runs', 'k3v9', '-w', `${'é'.repeat(8000)}`], { env })
    expect(Math.max(...long.stderr.split('\n').map((line) => line.length))).toBeLessThan(80)
    const json = await cli(['runs', 'k3v9', '-w', 'a:1 lr>x', '--json'], { env })
    expect(JSON.parse(json.stderr)).toMatchObject({ error: { at: 'where:5' } })
  })

  it.each([
    [['--columns', 'run,,lr'], 'names an empty column'],
    [['--json', '--format', 'csv'], '--json goes with neither'],
  ])('refuses %j', async (words, message) => {
    const { code, stderr } = await cli(['runs', 'k3v9', ...words])
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)])
  })
})

describe('export', () => {
  it('asks for the filter and the format of the suffix', async () => {
    const cwd = temporaryFolder('sweep-export-')
    const env = await start(() => 'PAR1')
    const words = ['export', 'k3v9', '-o', 'h.parquet', '--what', 'history', '-w', 'state:failed']
    const { code } = await cli(words, { env, cwd })
    expect(code).toBe(0)
    expect(server?.requests[0]?.query).toEqual({ what: 'history', format: 'parquet', where: 'state:failed' })
    expect(readFileSync(join(cwd, 'h.parquet'), 'utf8')).toBe('PAR1')
    expect(readdirSync(cwd)).toEqual(['h.parquet'])
  })

  it('refuses both tables in one Parquet file, and Parquet on a terminal, before it asks', async () => {
    const all = await cli(['export', 'k3v9', '-o', 'x.parquet', '--what', 'all'])
    expect([all.code, all.stderr]).toEqual([2, expect.stringContaining('--what history -o history.parquet')])
    const shown = await cli(['export', 'k3v9', '--format', 'parquet'], { isTerminal: true })
    expect([shown.code, shown.stderr]).toEqual([2, expect.stringContaining('-o runs.parquet')])
  })

  it('tells a full disk from a server that is gone', () => {
    const failure = (code: string, syscall: string) => Object.assign(new Error(code), { code, syscall })
    expect(isOfFile(failure('ENOSPC', 'write'))).toBe(true)
    expect(isOfFile(failure('EACCES', 'open'))).toBe(true)
    expect(isOfFile(failure('ECONNRESET', 'read'))).toBe(false)
    expect(isOfFile(failure('EPIPE', 'write'))).toBe(false)
    expect(isOfFile(new Error('aborted'))).toBe(false)
  })
})

const piece = (seq: number, text: string, facts: Partial<LogPiece> = {}): LogPiece => ({
  attempt: 1,
  seq,
  at: `2026-11-20T14:00:0${seq}.000Z`,
  stream: 'stdout',
  text,
  ...facts,
})

describe('logs', () => {
  /** A server with these pieces, two a page, of a run that has ended. */
  const logOf = (pieces: readonly LogPiece[]) => (request: Recorded) => {
    if (!request.path.endsWith('/logs')) return JSON.stringify({ run: runJson() })
    const from = Number(request.query['after']?.split('.')[1] ?? 0)
    const chunks = pieces.filter(({ seq }) => seq > from).slice(0, 2)
    return JSON.stringify({
      chunks,
      next: chunks.length > 0 ? `1.${chunks.at(-1)?.seq}` : request.query['after'],
    })
  }
  const PIECES = [
    piece(1, 'epoch 1 lo'),
    piece(2, 'warning: a.b\n', { stream: 'stderr' }),
    piece(3, 'ss 0.5\nepoch 2 loss 0.4\n'),
    piece(4, 'done', { attempt: 2 }),
  ]

  it('puts lines together before it searches, and takes the text literally', async () => {
    const env = await start(logOf(PIECES))
    const grep = async (text: string) => (await cli(['logs', 'q8x', '--grep', text], { env })).stdout
    expect(await grep('loss')).toBe('epoch 1 loss 0.5\nepoch 2 loss 0.4\n')
    expect(await grep('a.b')).toBe('warning: a.b\n')
    expect(await grep('a.*b')).toBe('')
    expect(await grep('done')).toBe('done\n')
    expect((await cli(['logs', 'q8x', '--grep', 'loss', '-n', '1'], { env })).stdout).toBe(
      'epoch 2 loss 0.4\n',
    )
  })

  it('shows what came since a time', async () => {
    const env = await start(logOf(PIECES))
    const { stdout } = await cli(['logs', 'q8x', '--since', '2026-11-20T14:00:03Z'], { env })
    expect(stdout).toBe('ss 0.5\nepoch 2 loss 0.4\ndone')
    expect((await cli(['logs', 'q8x', '--since', 'soon'], { env })).code).toBe(2)
  })

  it('goes on through an outage without losing or repeating a piece', async () => {
    let asked = 0
    const answer = logOf(PIECES)
    const env = await start((request) => {
      asked += 1
      const isAway = asked === 3
      const error = { code: 'STORE_UNAVAILABLE', message: 'The database is away.', hint: null }
      return isAway ? { status: 503, text: JSON.stringify({ error }) } : answer(request)
    })
    const { code, stdout, stderr } = await cli(['logs', 'q8x', '-f', '--json'], { env })
    expect(code).toBe(0)
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => (JSON.parse(line) as LogPiece).seq),
    ).toEqual([1, 2, 3, 4])
    expect(stderr).toContain('Waiting for it.')
  })

  it('groups failed runs by their last words', async () => {
    const failed = (id: string, stderrTail: string | null) =>
      runJson({
        id,
        state: 'failed',
        attempts: [
          {
            ...{ attempt: 1, agentId: 'b2x8kd01', host: 'gpu-1', pid: 1, startedAt: null, endedAt: null },
            ...{ outcome: 'failed', exitCode: 1, signal: null, reason: null, slot: 0, stderrTail },
          },
        ],
      })
    const oom = 'Traceback:\n  CUDA out of memory\n'
    const runs = [failed('a', 'no data'), failed('b', oom), failed('c', oom), failed('d', null)]
    const env = await start(listOf(runs))
    const { stdout } = await cli(['logs', 'k3v9', '--all-failed'], { env })
    expect(stdout).toBe(
      [
        '2 runs: CUDA out of memory',
        '    b c',
        '1 run: no data',
        '    a',
        '1 run: exit code 1, nothing on stderr',
        '    d',
        '',
      ].join('\n'),
    )
    expect(server?.requests[0]?.query).toMatchObject({ where: 'state:failed|lost' })
    const json = await cli(['logs', 'k3v9', '--all-failed', '--json'], { env })
    expect(JSON.parse(json.stdout.split('\n')[0] ?? '')).toEqual({
      count: 2,
      line: 'CUDA out of memory',
      runs: ['b', 'c'],
    })
    expect((await cli(['logs', 'k3v9', '--all-failed', '-f'], { env })).code).toBe(2)
  })
})

describe('pieces of a log', () => {
  it('of two attempts and streams are never put into one line', () => {
    const search = createLineSearch('')
    const texts = [
      ...search.add(piece(1, 'a')),
      ...search.add(piece(2, 'b\n', { stream: 'stderr' })),
      ...search.add(piece(3, 'c\n', { attempt: 2 })),
      ...search.rest(),
    ].map(({ text }) => text)
    expect(texts).toEqual(['b\n', 'c\n', 'a\n'])
  })

  it('are kept as long as they hold one of the last lines', () => {
    const tail = createTail(2)
    for (const text of ['1\n2\n', '3\n', '4\n5\n']) tail.add(piece(1, text))
    expect(tail.pieces().map(({ text }) => text)).toEqual(['4\n5\n'])
  })

  it('have a time that is read from a duration or a date', () => {
    expect(parseSince('10m', '--since')).toEqual({ agoMs: 600_000 })
    expect(parseSince('2026-11-20T14:00:00Z', '--since')).toEqual({ at: Date.UTC(2026, 10, 20, 14) })
    expect(() => parseSince('2026-99-99', '--since')).toThrow('is not a time')
  })
})

it('a lost run without stderr is grouped by its reason', () => {
  const run = runJson({ state: 'lost', stopReason: '20 attempts were lost' })
  expect(groupFailures([run])).toEqual([{ line: '20 attempts were lost', runs: [run.id] }])
})
