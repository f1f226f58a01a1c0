// The commands that read and erase data, on real processes: runs, export, logs, tag, note and rm.
import { mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { parquetReadObjects } from 'hyparquet'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { ReadLogsResponse, RunJson } from '../../sweeps/run-schema.ts'
import type { SweepJson } from '../../sweeps/sweep-schema.ts'
import { isolatedEnvironment, startCluster, sweepCommand } from '../support/cluster.ts'
import type { Cluster } from '../support/cluster.ts'
import { runCommand, startProcess } from '../support/processes.ts'
import { waitFor } from '../support/wait.ts'

/** x = 1 to 3 finish, 4 and 5 fail with the same last words. */
const TRAIN = `
import { readFileSync } from 'node:fs'
const { x } = JSON.parse(readFileSync(process.env.SWEEP_CONFIG_FILE, 'utf8'))
if (x > 3) { console.error('step ' + x + '\\nCUDA out of memory'); process.exit(1) }
for (let step = 0; step < 50; step++) console.log(JSON.stringify({ step, loss: x / 10 + 1 / (step + 1) }))
console.log(JSON.stringify({ step: 50, acc: NaN }).replace('null', 'NaN'))
`

/** Prints "line N" for each N up to the number in its file, and ends with it when that is 0. */
const COUNTING = `
import { readFileSync } from 'node:fs'
let printed = 0
setInterval(() => {
  const goal = Number(readFileSync(process.argv[2], 'utf8'))
  while (printed < goal) console.log('line ' + ++printed)
  if (goal === 0) process.exit(0)
}, 20)
`

let cluster: Cluster
let sweepId: string
let runs: RunJson[]

beforeAll(async () => {
  cluster = await startCluster()
  const script = cluster.writeFile('train.mjs', TRAIN)
  const file = cluster.writeFile(
    'sweep.yaml',
    `name: worked
method: grid
metric: {name: loss, goal: minimize}
command: [${JSON.stringify(process.execPath)}, ${JSON.stringify(script)}]
parameters:
  lr: {value: 1.0}
  opt: {value: "=adam"}
  x: {values: [1, 2, 3, 4, 5]}
`,
  )
  sweepId = await cluster.create(file)
  const agent = cluster.startAgent({ name: 'agent', sweepIds: [sweepId], slots: 3 })
  await waitFor('the agent has worked the sweep', () => agent.exit() !== null, {
    timeoutMs: 60_000,
    details: () => cluster.logs(),
  })
  runs = ((await cluster.sweepJson(['runs', sweepId])) as { runs: RunJson[] }).runs
}, 90_000)

afterAll(async () => {
  expect(await cluster.close()).toEqual([])
})

const idOf = (x: number) => runs.find((run) => run.config['x'] === x)?.id ?? ''
const at = (name: string) => join(cluster.folder, name)

async function stdoutOf(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await cluster.sweep(args)
  expect(code, stderr).toBe(0)
  return stdout
}

describe('runs', () => {
  test('are filtered, sorted and shown in the columns that were asked for', async () => {
    const text = await stdoutOf(
      ...['runs', sweepId, '-w', 'state:finished x>=2', '--sort', '-x'],
      ...['--columns', 'run,rank,c.x,loss,m.acc', '--format', 'csv'],
    )
    expect(text.trimEnd().split('\n')).toEqual([
      'run,rank,c.x,loss,m.acc',
      `${idOf(3)},3,3,${String(0.3 + 0.02)},NaN`,
      `${idOf(2)},2,2,${String(0.2 + 0.02)},NaN`,
    ])
    expect(await stdoutOf('runs', sweepId, '-q', '-w', `id:${idOf(5).slice(0, 6)} host:*|x`)).toBe('')
    expect(await stdoutOf('runs', sweepId, '-q', '-w', `id:${idOf(5).slice(0, 6)} -has:loss`)).toBe(
      `${idOf(5)}\n`,
    )
  })

  test('of a filter that cannot be read show the place', async () => {
    const { code, stdout, stderr } = await cluster.sweep(['runs', sweepId, '-w', 'x>1 lr==2'])
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain('\n  x>1 lr==2\n        ^\n')
    const json = await cluster.sweep(['runs', sweepId, '-w', 'x>1 lr==2', '--json'])
    expect(JSON.parse(json.stderr)).toMatchObject({ error: { code: 'REQUEST_INVALID', at: 'where:7' } })
  })
})

describe('export', () => {
  const readParquet = async (name: string) => {
    const bytes = new Uint8Array(readFileSync(at(name)))
    return parquetReadObjects({ file: bytes.buffer })
  }

  test('writes runs and history as Parquet files that another library reads', async () => {
    await stdoutOf('export', sweepId, '-o', at('runs.parquet'))
    await stdoutOf('export', sweepId, '--what', 'history', '-w', 'x:1', '-o', at('history.parquet'))
    const rows = await readParquet('runs.parquet')
    expect(rows.map((row) => [row['config.x'] as unknown, row['state'] as unknown])).toEqual(
      runs.map((run) => [BigInt(Number(run.config['x'])), run.state]),
    )
    expect(rows[0]).toMatchObject({ 'config.lr': 1, 'config.opt': '=adam' })
    const history = await readParquet('history.parquet')
    expect(history).toHaveLength(51)
    expect(history.at(-1)).toMatchObject({ runId: idOf(1), step: 50, metric: 'acc', value: Number.NaN })
  })

  test('writes the same bytes to a pipe', async () => {
    const command = [...sweepCommand, 'export', sweepId, '--format', 'parquet']
      .map((word) => `'${word}'`)
      .join(' ')
    const { code } = await shell(`${command} > ${at('piped.parquet')}`)
    expect(code).toBe(0)
    expect(await readParquet('piped.parquet')).toHaveLength(5)
  })

  test('has no formula in CSV', async () => {
    expect(await stdoutOf('export', sweepId, '--format', 'csv')).toContain(`,1.0,'=adam,`)
  })

  test('names a disk without room, and leaves the old file as it was', async () => {
    writeFileSync(at('full.jsonl'), 'old')
    const command = [...sweepCommand, 'export', sweepId, '--what', 'history', '-o', at('full.jsonl')]
    const { code, stderr } = await shell(`ulimit -f 1; ${command.map((word) => `'${word}'`).join(' ')}`)
    expect(code).toBe(2)
    expect(stderr).toContain('cannot write')
    expect(stderr).toContain('larger than is allowed here')
    expect(readFileSync(at('full.jsonl'), 'utf8')).toBe('old')
    expect(readdirSync(cluster.folder).filter((name) => name.includes('partial'))).toEqual([])
  })

  describe('from a server that stops in the middle', () => {
    let half: Server
    let answers: ServerResponse[]
    let exportCount = 0
    let target: { file: string; folder: string; env: Record<string, string> }
    beforeEach(async () => {
      answers = []
      half = createServer((_request, response) => {
        response.writeHead(200, { 'content-type': 'text/csv' }).write('id,state\n')
        answers.push(response)
      })
      await new Promise<void>((resolve) => half.listen(0, '127.0.0.1', resolve))
      const { port } = half.address() as AddressInfo // listening on TCP
      const folder = mkdtempSync(at('half-'))
      const file = join(folder, 'runs.csv')
      target = { file, folder, env: { ...clientEnvironment(), SWEEP_SERVER: `http://127.0.0.1:${port}` } }
    })
    afterEach(() => {
      half.closeAllConnections()
      half.close()
    })
    const exportTo = (...words: string[]) =>
      startProcess({
        name: `export-${++exportCount}`,
        argv: [...sweepCommand, 'export', 'k3v9r2td', ...words],
        env: target.env,
        cwd: target.folder,
        logFolder: join(cluster.folder, 'logs'),
      })
    const partial = () => readdirSync(target.folder).find((name) => name.endsWith('.partial')) ?? null

    test('nothing is left, and the exit code is 5', async () => {
      const child = exportTo('-o', target.file)
      await waitFor('a part is there', partial)
      for (const response of answers) response.destroy()
      expect(await child.exited).toEqual({ code: 5, signal: null })
      expect(child.stderr()).toContain('broke off')
      expect(readdirSync(target.folder)).toEqual([])
    })

    test('what went to standard output is said to be cut off', async () => {
      const child = exportTo('--format', 'csv')
      await waitFor('a part is there', () => child.stdout() === 'id,state\n')
      for (const response of answers) response.destroy()
      expect(await child.exited).toEqual({ code: 5, signal: null })
      expect(child.stderr()).toContain('What was written is not whole.')
    })

    test('Ctrl-C leaves nothing', async () => {
      const child = exportTo('-o', target.file)
      await waitFor('a part is there', partial)
      child.signal('SIGINT')
      expect(await child.exited).toEqual({ code: 130, signal: null })
      expect(readdirSync(target.folder)).toEqual([])
    })
  })

  const shell = (command: string) =>
    runCommand(['bash', '-c', command], { env: clientEnvironment(), cwd: cluster.folder })
})

function clientEnvironment(): Record<string, string> {
  return {
    ...isolatedEnvironment(cluster.folder),
    SWEEP_SERVER: cluster.server,
    SWEEP_TOKEN: cluster.token,
  }
}

describe('logs', () => {
  test('group the failed runs of a sweep by their last words', async () => {
    const [line] = (await stdoutOf('logs', sweepId, '--all-failed')).split('\n')
    expect(line).toBe('2 runs: CUDA out of memory')
  })

  test('are searched line by line', async () => {
    expect(await stdoutOf('logs', idOf(4), '--grep', 'memory')).toBe('CUDA out of memory\n')
    expect(await stdoutOf('logs', idOf(4), '--stderr', '-n', '1')).toBe('CUDA out of memory\n')
    expect((await stdoutOf('logs', idOf(1), '--grep', '"step":4')).trimEnd().split('\n')).toHaveLength(11)
    expect(await stdoutOf('logs', idOf(1), '--since', '2100-01-01')).toBe('')
  })

  test('follow a run while the controller is killed and started again, without loss or repetition', async () => {
    const goal = cluster.writeFile('goal', '3')
    const script = cluster.writeFile('counting.mjs', COUNTING)
    const command = JSON.stringify([process.execPath, script, goal])
    const id = await cluster.create(
      cluster.writeFile('one.yaml', `method: grid\ncommand: ${command}\nparameters: {x: {values: [1]}}\n`),
    )
    cluster.startAgent({ name: 'counting', sweepIds: [id] })
    const run = await waitFor(
      'the run has started',
      async () =>
        ((await cluster.sweepJson(['runs', id, '-w', 'state:running'])) as { runs: RunJson[] }).runs[0] ??
        null,
    )
    const follower = startProcess({
      name: 'follower',
      argv: [...sweepCommand, 'logs', run.id, '-f', '--json'],
      env: clientEnvironment(),
      cwd: cluster.folder,
      logFolder: join(cluster.folder, 'logs'),
    })
    const followed = () =>
      follower
        .stdout()
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => (JSON.parse(line) as ReadLogsResponse['chunks'][number]).text)
        .join('')
    const shows = (line: string) =>
      waitFor(`"${line}" is shown`, () => followed().includes(`${line}\n`), {
        details: () => follower.stderr(),
      })
    await shows('line 3')

    cluster.controller().signal('SIGKILL')
    writeFileSync(goal, '6')
    await waitFor('the follower has noticed', () => follower.stderr().includes('Waiting for it'))
    cluster.startController()
    await cluster.waitUntilReady()
    await shows('line 6')
    writeFileSync(goal, '0')

    expect(await follower.exited).toEqual({ code: 0, signal: null })
    expect(followed()).toBe(Array.from({ length: 6 }, (_, index) => `line ${index + 1}\n`).join(''))
  }, 90_000)
})

describe('tag and note', () => {
  test('are kept, found by filters, and taken away', async () => {
    await stdoutOf('tag', idOf(1), '+base', '+debug')
    expect(await stdoutOf('tag', idOf(1), '-debug', '+paper')).toBe(`${idOf(1)}: base paper\n`)
    await stdoutOf('note', idOf(2), 'Diverged after warm-up')
    expect(await stdoutOf('runs', sweepId, '-q', '-w', 'tag:base|none')).toBe(`${idOf(1)}\n`)
    expect(await stdoutOf('runs', sweepId, '-q', '-w', 'note:diverged')).toBe(`${idOf(2)}\n`)
    expect(await stdoutOf('note', idOf(2))).toBe('Diverged after warm-up\n')
  })
})

describe('rm', () => {
  const unfinished = () =>
    cluster.create(
      cluster.writeFile('idle.yaml', 'method: grid\ncommand: ["true"]\nparameters: {x: {values: [1, 2]}}\n'),
    )

  test('refuses a sweep that has not ended, and a run of it, with 7', async () => {
    const id = await unfinished()
    const refused = await cluster.sweep(['rm', id, '--yes'])
    expect([refused.code, refused.stderr]).toEqual([7, expect.stringContaining(`sweep cancel ${id} --wait`)])
    const cancelled = await cluster.sweep(['cancel', id])
    expect(cancelled.code).toBe(0)
    expect(JSON.parse(await stdoutOf('rm', id, '--yes', '--json'))).toMatchObject({
      schema: 'sweep.rm/1',
      removed: [{ kind: 'sweep', id, runs: 0 }],
    })
    expect((await cluster.sweep(['show', id])).code).toBe(3)
  })

  test('asks nobody: without --yes nothing is erased', async () => {
    const { code, stderr } = await cluster.sweep(['rm', sweepId])
    expect([code, stderr]).toEqual([2, expect.stringContaining('5 runs with their metrics and logs')])
    expect(await stdoutOf('rm', sweepId, '--dry-run')).toContain(`Would remove sweep ${sweepId} "worked"`)
    expect((await cluster.sweep(['show', sweepId])).code).toBe(0)
  })

  test('erases a run, and the ranking goes on without it; then the sweep with everything', async () => {
    await stdoutOf('rm', idOf(1), '--yes')
    expect((await cluster.sweep(['logs', idOf(1)])).code).toBe(3)
    const { sweep } = (await cluster.sweepJson(['show', sweepId])) as { sweep: SweepJson }
    expect(sweep).toMatchObject({ best: { runId: idOf(2) }, counts: { finished: 2, failed: 2 } })
    await stdoutOf('rm', sweepId, '--yes')
    for (const x of [2, 3, 4, 5]) expect((await cluster.sweep(['show', idOf(x)])).code).toBe(3)
  })
})
