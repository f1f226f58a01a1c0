import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { createApiClient } from '../../../cli/api-client.ts'
import { COMMANDS } from '../../../cli/command-list.ts'
import { HELP_TOPICS } from '../../../cli/help-topics.ts'
import { cli, runJson, serve, sweepJson, TOKEN } from './cli-world.ts'
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

const refusal = (status: number, code: string, message: string) => ({
  status,
  text: JSON.stringify({ error: { code, message, hint: null } }),
})

describe('help', () => {
  it.each(COMMANDS.map((entry) => entry.name))(
    '%s has examples before flags, and under 60 lines',
    async (name) => {
      const { code, stdout, stderr } = await cli([name, '--help'])
      expect([code, stderr]).toEqual([0, ''])
      const lines = stdout.trimEnd().split('\n')
      expect(lines.length).toBeLessThan(60)
      expect(lines[2]).toMatch(new RegExp(`^Usage {2}sweep ${name} `))
      expect(lines[4]).toBe('Examples')
      expect(lines.slice(5, 11).filter((line) => /^ {2}\S/.test(line))).toHaveLength(3)
      expect(lines.indexOf('Next')).toBeGreaterThan(lines.indexOf('Everywhere'))
    },
  )

  it('lists every command without loading one', async () => {
    const { code, stdout } = await cli([])
    expect(code).toBe(0)
    for (const { name, isHidden } of COMMANDS)
      if (isHidden !== true) expect(stdout).toMatch(new RegExp(`^  ${name} `, 'm'))
  })

  it.each(Object.keys(HELP_TOPICS))('has the topic %s in under 60 lines', async (name) => {
    const { code, stdout } = await cli(['help', name])
    expect(code).toBe(0)
    expect(stdout.split('\n').length).toBeLessThan(60)
  })
})

describe('wrong usage', () => {
  it.each([
    [['creat', 'f'], 'unknown command "creat"', 'Did you mean "sweep create"?'],
    [['export', 'k3v9', '--fromat', 'csv'], "unknown option '--fromat'", 'Did you mean "--format"?'],
    [['best'], "missing required argument 'id'", 'sweep best --help'],
    [['best', 'a', 'b'], 'too many arguments', 'sweep best --help'],
    [['best', 'k3v9', '-n', 'many'], '--count: "many" is not a whole number', '(exit 2)'],
    [['best', 'k3v9', '--args', '--yaml'], 'exclude each other', '(exit 2)'],
    [['export', 'k3v9', '-o', 'x.xlsx'], 'no format for the suffix ".xlsx"', '--format csv|json|jsonl'],
    [['runs'], 'which runs?', '--project P'],
    [['validate', 'f', '--quantiles', '0.5,2'], 'not a list of numbers from 0 to 1', '(exit 2)'],
  ])('%j ends with 2', async (words, message, hint) => {
    const { code, stdout, stderr } = await cli(words)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain(message)
    expect(stderr).toContain(hint)
  })

  it('is one JSON line under --json', async () => {
    const { code, stderr } = await cli(['bst', '--json'])
    expect(code).toBe(2)
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'USAGE', message: 'unknown command "bst"' } })
  })
})

describe('requests', () => {
  it('carry the token, the project and the flags', async () => {
    const env = await start(() => '{"sweeps":[]}')
    await cli(['--project', 'vision', 'ls', '--json'], { env })
    expect(server?.requests).toMatchObject([
      {
        method: 'GET',
        path: '/api/v1/sweeps',
        query: { project: 'vision' },
        authorization: `Bearer ${TOKEN}`,
      },
    ])
  })

  it('are tried three times while nothing listens, then end with 5', async () => {
    const gone = await serve(() => '')
    await gone.close()
    const client = createApiClient({ server: gone.url, token: null, timeoutMs: 1000, retryDelaysMs: [1, 1] })
    await expect(client.get('/sweeps')).rejects.toMatchObject({
      code: 'SERVER_UNREACHABLE',
      message: `No server at ${gone.url} (connection refused, tried 3 times in 1 s).`,
    })
  })

  it.each([
    [401, 'UNAUTHORIZED', 4],
    [404, 'NOT_FOUND', 3],
    [409, 'ILLEGAL_TRANSITION', 7],
    [503, 'STORE_UNAVAILABLE', 5],
    [422, 'CONFIG_INVALID', 6],
  ])('that are refused with %i %s end with %i', async (status, code, exit) => {
    const env = await start(() => refusal(status, code, 'no'))
    expect((await cli(['show', 'k3v9'], { env })).code).toBe(exit)
  })

  it('to something that is no sweep server say so', async () => {
    const env = await start(() => ({ status: 404, text: '<html>not here</html>' }))
    const { code, stderr } = await cli(['ls'], { env })
    expect(code).toBe(5)
    expect(stderr).toContain('it is no sweep server')
  })
})

describe('answers for programs', () => {
  it('pass the text of the server on: 1 and 1.0 stay apart', async () => {
    const env = await start(() => '{"runs":[{"id":"q8x2m4kd","config":{"a":1,"b":1.0,"c":1e-05}}],"total":1}')
    const { stdout } = await cli(['runs', 'k3v9', '--json'], { env })
    expect(stdout).toBe(
      '{"schema":"sweep.runs/1","runs":[{"id":"q8x2m4kd","config":{"a":1,"b":1.0,"c":1e-05}}],"total":1}\n',
    )
  })

  it('of best: exit 8 when nothing is ranked, with the document all the same', async () => {
    const empty = { sweep: { id: 'k3v9r2td', name: 'x', metric: null }, runs: [], notCounted: { running: 2 } }
    const env = await start(() => JSON.stringify(empty))
    const { code, stdout, stderr } = await cli(['best', 'k3v9', '--json'], { env })
    expect(code).toBe(8)
    expect(JSON.parse(stdout)).toEqual({ schema: 'sweep.best/1', ...empty })
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'NOTHING_YET' } })
  })

  it('of show hold a sweep or a run, by what the id names', async () => {
    const env = await start(({ path }) =>
      path.startsWith('/api/v1/resolve/')
        ? JSON.stringify({ kind: 'run', id: 'q8x2m4kd', name: 'r' })
        : JSON.stringify({ run: runJson() }),
    )
    const { stdout } = await cli(['show', 'q8x', '--json'], { env })
    expect(JSON.parse(stdout)).toMatchObject({ schema: 'sweep.show/1', run: { id: 'q8x2m4kd' } })
    expect(server?.requests.map(({ path }) => path)).toEqual(['/api/v1/resolve/q8x', '/api/v1/runs/q8x2m4kd'])
  })
})

describe('create', () => {
  const created = {
    id: 'k3v9r2td',
    name: 'vit-small lr',
    url: 'http://gpu-head:8765/s/k3v9r2td',
    agentCommand: 'sweep agent k3v9r2td',
    sweep: sweepJson(),
    warnings: [],
  }
  const answer = () => ({ status: 201, text: JSON.stringify(created) })

  it('prints the id and what to start', async () => {
    const env = await start(answer)
    const words = ['create', '-', '--set', 'run_cap=5', '--set', 'seed=1', '--name', 'n', '--paused']
    const { code, stdout } = await cli(words, { env, stdin: 'method: grid\n' })
    expect(code).toBe(0)
    expect(stdout).toBe(
      [
        'Created sweep k3v9r2td  "vit-small lr"   http://gpu-head:8765/s/k3v9r2td',
        'Start workers, on each machine:',
        '',
        '    sweep agent k3v9r2td',
        '',
      ].join('\n'),
    )
    expect(JSON.parse(server?.requests[0]?.body ?? '')).toEqual({
      text: 'method: grid\n',
      source: '<stdin>',
      name: 'n',
      set: ['run_cap=5', 'seed=1'],
      paused: true,
    })
  })

  it('prints the id alone with -q', async () => {
    const env = await start(answer)
    expect((await cli(['create', '-', '-q'], { env, stdin: 'x: 1' })).stdout).toBe('k3v9r2td\n')
  })

  it('shows the line that the server refused', async () => {
    const problem = {
      path: 'method',
      line: 1,
      column: 9,
      code: 'bad',
      message: 'unknown method "bayesian".',
      hint: '',
    }
    const text = JSON.stringify({
      error: { code: 'CONFIG_INVALID', message: 'x', hint: null, details: { problems: [problem] } },
    })
    const env = await start(() => ({ status: 422, text }))
    const { code, stderr } = await cli(['create', '-'], { env, stdin: 'method: bayesian\n' })
    expect(code).toBe(6)
    expect(stderr).toContain('   1 | method: bayesian\n     |         ^^^^^^^^\n')
  })

  it('ends with 3 when the file is missing', async () => {
    const { code, stderr } = await cli(['create', 'absent.yaml'])
    expect(code).toBe(3)
    expect(stderr).toContain('cannot read absent.yaml: no such file')
  })
})

describe('pause, resume, stop, cancel', () => {
  const change =
    (changes: Parameters<typeof sweepJson>[0], changed = true) =>
    ({ path }: Recorded) =>
      JSON.stringify(
        /\/(pause|cancel)$/.test(path) ? { sweep: sweepJson(changes), changed } : { sweep: sweepJson() },
      )

  it('says what becomes of the runs', async () => {
    const env = await start(change({ state: 'paused' }))
    const { stdout } = await cli(['pause', 'k3v9r2td', '--reason', 'disk'], { env })
    expect(stdout).toBe('Paused k3v9r2td "vit-small lr". 6 running runs will go on.\n')
    expect(server?.requests[0]).toMatchObject({ method: 'POST', body: '{"reason":"disk"}' })
  })

  it('is no failure when there was nothing to do', async () => {
    const env = await start(change({ state: 'paused' }, false))
    const { code, stdout } = await cli(['pause', 'k3v9r2td'], { env })
    expect([code, stdout]).toEqual([0, 'k3v9r2td "vit-small lr" is paused already: nothing to do.\n'])
  })

  it('cancels running runs only with --yes where nobody can be asked', async () => {
    const env = await start(change({ state: 'cancelled' }))
    const refused = await cli(['cancel', 'k3v9r2td'], { env })
    expect(refused.code).toBe(2)
    expect(refused.stderr).toContain('ends 6 running runs')
    expect(server?.requests.map(({ method }) => method)).toEqual(['GET'])
    expect((await cli(['cancel', 'k3v9r2td', '--yes'], { env })).code).toBe(0)
    expect(server?.requests.at(-1)).toMatchObject({ method: 'POST', path: '/api/v1/sweeps/k3v9r2td/cancel' })
  })

  it('changes nothing with --dry-run', async () => {
    const env = await start(change({}))
    await cli(['pause', 'k3v9r2td', '--dry-run'], { env })
    expect(server?.requests.map(({ method }) => method)).toEqual(['GET'])
  })
})

describe('wait', () => {
  it.each([
    ['finished', 0],
    ['stopped', 0],
    ['failed', 7],
    ['cancelled', 7],
  ] as const)('ends with the code of %s', async (state, exit) => {
    let asked = 0
    const env = await start(() =>
      JSON.stringify({ sweep: sweepJson({ state: ++asked < 2 ? 'running' : state }) }),
    )
    const { code, stdout } = await cli(['wait', 'k3v9'], { env })
    expect(code).toBe(exit)
    expect(stdout).toContain(`is ${state}`)
  })

  it('ends with 8 when the time is over', async () => {
    const env = await start(() => JSON.stringify({ sweep: sweepJson() }))
    const { code, stderr } = await cli(['wait', 'k3v9', '--timeout', '50ms', '--json'], { env })
    expect(code).toBe(8)
    expect(JSON.parse(stderr.trim().split('\n').at(-1) ?? '')).toMatchObject({ error: { code: 'TIMED_OUT' } })
  })
})

describe('logs', () => {
  const chunk = (seq: number, text: string, stream = 'stdout') => ({
    attempt: 1,
    seq,
    at: '2026-11-20T14:00:00.000Z',
    stream,
    text,
  })
  const pages = ({ path, query }: Recorded) => {
    if (!path.endsWith('/logs')) return JSON.stringify({ run: runJson() })
    if (query['after'] === undefined) {
      return JSON.stringify({ chunks: [chunk(1, 'one\ntwo\n'), chunk(2, 'oops\n', 'stderr')], next: '1.2' })
    }
    return JSON.stringify({
      chunks: query['after'] === '1.2' ? [chunk(3, 'three\nfour\n')] : [],
      next: '1.3',
    })
  }

  it('prints every page, or only the last lines', async () => {
    const env = await start(pages)
    expect((await cli(['logs', 'q8x'], { env })).stdout).toBe('one\ntwo\noops\nthree\nfour\n')
    expect((await cli(['logs', 'q8x', '-n', '3'], { env })).stdout).toBe('oops\nthree\nfour\n')
    expect((await cli(['logs', 'q8x', '-n', '1'], { env })).stdout).toBe('four\n')
    expect((await cli(['logs', 'q8x', '-n', '0'], { env })).stdout).toBe('')
    expect((await cli(['logs', 'q8x', '--stderr'], { env })).stdout).toBe('oops\n')
  })

  it('follows until the run has ended', async () => {
    const env = await start(pages)
    expect((await cli(['logs', 'q8x', '-f'], { env })).stdout).toBe('one\ntwo\noops\nthree\nfour\n')
  })

  it('does not let a log steer the terminal', async () => {
    const env = await start(({ path, query }) => {
      if (!path.endsWith('/logs')) return JSON.stringify({ run: runJson() })
      return JSON.stringify({
        chunks: query['after'] ? [] : [chunk(1, '\u001b[31mred\u001b[0m \u001b]0;title\u0007\n')],
        next: '1.1',
      })
    })
    const onTerminal = await cli(['logs', 'q8x'], { env, isTerminal: true })
    expect(onTerminal.stdout).toBe('red \ufffd]0;title\ufffd\n')
    expect((await cli(['logs', 'q8x'], { env })).stdout).toContain('\u001b[31m')
  })
})

describe('export', () => {
  it('takes the format from the suffix and writes the file whole', async () => {
    const env = await start(() => 'id,value\nq8x2m4kd,0.1\n')
    const cwd = temporaryFolder('sweep-export-')
    const { code, stdout } = await cli(['export', 'k3v9', '-o', 'runs.csv', '--what', 'history'], {
      env,
      cwd,
    })
    expect([code, stdout]).toEqual([0, ''])
    expect(server?.requests[0]?.query).toEqual({ what: 'history', format: 'csv' })
    expect(readdirSync(cwd)).toEqual(['runs.csv'])
    expect(readFileSync(join(cwd, 'runs.csv'), 'utf8')).toBe('id,value\nq8x2m4kd,0.1\n')
  })

  it('streams to stdout without a file', async () => {
    const env = await start(() => '{"id":"a"}\n')
    expect((await cli(['export', 'k3v9'], { env })).stdout).toBe('{"id":"a"}\n')
    expect(server?.requests[0]?.query).toEqual({ what: 'runs', format: 'jsonl' })
  })
})

describe('best for other programs', () => {
  it('prints the best config as arguments, with the numbers as written', async () => {
    const best = { sweep: { id: 'k3v9r2td', name: 'x', metric: null }, runs: [runJson()], notCounted: {} }
    const env = await start(({ path }) =>
      JSON.stringify(path.endsWith('/best') ? best : { sweep: sweepJson() }),
    )
    expect((await cli(['best', 'k3v9', '--args'], { env })).stdout).toBe('--lr=0.00073 --bs=64 --wd=1.0\n')
    expect((await cli(['best', 'k3v9', '--yaml'], { env })).stdout).toBe('lr: 0.00073\nbs: 64\nwd: 1.0\n')
  })
})

describe('best for people', () => {
  const best = {
    sweep: { id: 'k3v9r2td', name: 'x', metric: { name: 'val_loss', goal: 'minimize' } },
    runs: [runJson()],
    notCounted: {},
  }
  const noise = { text: '1–3 are within the noise of its repeats (sd 0.0021): treat them as equal.' }

  it('says which runs equal the best within the noise of repeats', async () => {
    const env = await start(({ path }) =>
      JSON.stringify(
        path.endsWith('/best') ? best : path.endsWith('/outlook') ? { noise } : { sweep: sweepJson() },
      ),
    )
    const { stdout } = await cli(['best', 'k3v9'], { env })
    expect(stdout).toContain(`\n≈ ${noise.text}\n`)
    // The noise is of the sweep's own ranking
    expect((await cli(['best', 'k3v9', '--summary', 'last'], { env })).stdout).not.toContain('≈')
  })
})

describe('without a server', () => {
  it('plans from recorded runs, one JSON line each', async () => {
    const cwd = temporaryFolder('sweep-plan-')
    writeFileSync(join(cwd, 'grid.yaml'), 'method: grid\nparameters: {a: {values: [1, 1.5, 3]}}\n')
    writeFileSync(join(cwd, 'runs.jsonl'), '{"name":"r1","state":"finished","config":{"a":1}}\n')
    const { stdout } = await cli(['plan', 'grid.yaml', '--json'], { cwd })
    expect(stdout.trimEnd().split('\n')).toEqual([
      '{"index":0,"config":{"a":1}}',
      '{"index":1,"config":{"a":1.5}}',
      '{"index":2,"config":{"a":3}}',
    ])
    const after = await cli(['plan', 'grid.yaml', '--json', '--runs', 'runs.jsonl', '-n', '1'], { cwd })
    expect(JSON.parse(after.stdout)).toMatchObject({ config: { a: 1.5 } })
  })

  it('suggests after recorded runs, each with its reason', async () => {
    const cwd = temporaryFolder('sweep-suggest-')
    writeFileSync(
      join(cwd, 'sweep.yaml'),
      'method: bayes\nmetric: {name: loss}\nparameters: {lr: {min: 0.0, max: 1.0}}\n',
    )
    const runs = Array.from({ length: 8 }, (_, i) => {
      const lr = 0.05 + i / 10
      return JSON.stringify({
        name: `near-${i}`,
        config: { lr },
        state: 'finished',
        history: [{ loss: (lr - 0.3) ** 2 }],
      })
    })
    writeFileSync(join(cwd, 'runs.jsonl'), runs.join('\n'))
    const words = ['suggest', 'sweep.yaml', '--runs', 'runs.jsonl', '-n', '3']
    const { code, stdout } = await cli([...words, '--json'], { cwd })
    const suggestions = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { config: { lr: number }; explain: object })
    expect(code).toBe(0)
    expect(new Set(suggestions.map(({ config }) => config.lr)).size).toBe(3)
    expect(suggestions[0]?.explain).toMatchObject({ method: 'bayes', source: 'model', n: 8, pending: 0 })
    expect(suggestions[2]?.explain).toMatchObject({ pending: 2 })
    const { nearest } = suggestions[0]!.explain as { nearest: { run: string; distance: number }[] }
    expect(nearest.map(({ run }) => run).sort()).toEqual(['near-1', 'near-2', 'near-3'])
    expect(nearest[0]!.distance).toBeLessThanOrEqual(nearest[1]!.distance)
    expect((await cli(words, { cwd })).stdout.trimEnd().split('\n')).toHaveLength(3)
    expect((await cli(['suggest'], { cwd })).stderr).toContain('no sweep file is given')
  })

  it('answers a driver line by line, and goes on after a line that it cannot answer', async () => {
    const lines = [
      '{"cmd":"ask","id":0}',
      '{"cmd":"init","seed":1,"problem":{"metric":"m","goal":"minimize","parameters":{"x":{"min":0.0,"max":1.0}}}}',
      '{"cmd":"ask","id":0}',
      '{"cmd":"close"}',
      '{"cmd":"ask","id":1}',
    ]
    const { code, stdout } = await cli(['suggest', '--stdio'], { stdin: lines.join('\n') })
    const answers = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as object)
    expect(code).toBe(0)
    expect(answers).toHaveLength(3)
    expect(answers[0]).toHaveProperty('error.code', 'REQUEST_INVALID')
    expect(answers[1]).toMatchObject({ ok: true })
    expect(answers[2]).toEqual({ id: 0, params: { x: 0.5 } })
  })

  it('tells a driver by the rule that is forced which runs to stop', async () => {
    const report = (id: number, value: number) => `{"cmd":"report","id":${id},"step":1,"value":${value}}`
    const lines = [
      '{"cmd":"init","early_terminate":{"type":"hyperband","min_iter":1},"problem":{"metric":"m","goal":"minimize","parameters":{"x":{"min":0.0,"max":1.0}}}}',
      ...[report(0, 1), report(1, 2), report(2, 0.5)],
    ]
    const words = ['suggest', '--stdio', '--rule', 'hyperband']
    const { stdout } = await cli(words, { stdin: lines.join('\n') })
    expect(stdout.trimEnd().split('\n').slice(1)).toEqual([
      '{"stop":false}',
      '{"stop":true}',
      '{"stop":false}',
    ])
    const refused = await cli(['suggest', '--stdio', '--rule', 'best'], { stdin: '' })
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('curve')])
  })
})
