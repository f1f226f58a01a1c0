// The command itself: how it is started, `up` and its addresses, where a token is found, `create`, `run`, ids, exit
// codes, and what goes to which stream. Answers and states are in the two files beside this one.
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { BestRunsResponse, RunJson } from '../../sweeps/run-schema.ts'
import type { SweepJson } from '../../sweeps/sweep-schema.ts'
import { isolatedEnvironment, repositoryRoot, startCluster, sweepCommand } from '../support/cluster.ts'
import type { Cluster } from '../support/cluster.ts'
import { findProcessesOf, runCommand, startProcess } from '../support/processes.ts'
import type { CommandResult } from '../support/processes.ts'
import { waitFor } from '../support/wait.ts'

/** Consonants without look-alikes, and digits. */
const ID = /^[0-9bcdfghjkmnpqrstvwxyz]{8}$/
const TOKEN = /^[A-Za-z0-9_]{48,}$/
const WRONG_TOKEN = 'w'.repeat(48)

let cluster: Cluster
let sweepFile: string
/** A sweep that waits, paused. */
let sweepId: string

beforeAll(async () => {
  cluster = await startCluster()
  const train = `const { x } = require(process.env.SWEEP_CONFIG_FILE); if (x > 2) process.exit(1); console.log(JSON.stringify({ loss: x }))`
  sweepFile = cluster.writeFile('sweep.yaml', sweepYaml(train, [1, 2, 3]))
  sweepId = (await answer<{ id: string }>(['create', sweepFile, '--paused'])).id
}, 60_000)

afterAll(async () => {
  expect(await cluster.close()).toEqual([])
})

function sweepYaml(train: string, values: readonly number[]): string {
  const command = JSON.stringify([process.execPath, '-e', train])
  return `method: grid\nmetric: {name: loss, goal: minimize}\ncommand: ${command}\nparameters: {x: {values: ${JSON.stringify(values)}}}\n`
}

async function answer<T>(args: readonly string[]): Promise<T> {
  return (await cluster.sweepJson(args)) as T
}

/** A command that is told nothing by its environment but what is given here. */
function sweepAlone(args: readonly string[], env: Record<string, string>, cwd = cluster.folder) {
  const environment = { ...isolatedEnvironment(cluster.folder), ...env }
  return runCommand([...sweepCommand, ...args], { env: environment, cwd, timeoutMs: 60_000 })
}

describe('up', () => {
  test('prints its ready line alone on stdout, and leaves its tokens to this user only', () => {
    expect(cluster.controller().stdout()).toBe(`ready ${cluster.server}\n`)
    expect(Number(new URL(cluster.server).port)).toBeGreaterThan(0)
    const tokenFile = join(cluster.dataFolder, 'admin-token')
    expect(readFileSync(tokenFile, 'utf8')).toMatch(TOKEN)
    expect(statSync(tokenFile).mode & 0o777).toBe(0o600)
    const stateFolder = join(cluster.folder, 'state', 'sweep')
    for (const name of readdirSync(stateFolder)) {
      expect(statSync(join(stateFolder, name)).mode & 0o777).toBe(0o600)
    }
  })

  test.each([
    ['/healthz', 200],
    ['/readyz', 200],
    ['/metrics', 401],
    ['/api/v1/openapi.json', 401],
    ['/api/v1/sweeps', 401],
  ])('answers %s without a token with %i, and with one with 200', async (path, status) => {
    expect((await fetch(cluster.server + path)).status).toBe(status)
    const headers = { authorization: `Bearer ${cluster.token}` }
    const response = await fetch(cluster.server + path, { headers })
    expect(response.status).toBe(200)
    const text = await response.text()
    if (path === '/metrics') expect(text).toMatch(/^# HELP \w+ /m)
    if (path.endsWith('openapi.json')) expect(JSON.parse(text)).toHaveProperty('openapi')
  })

  test('is the process of bin/sweep itself, and ends with 0 after SIGTERM', async () => {
    const data = join(cluster.folder, 'other')
    const bin = join(repositoryRoot, 'bin', 'sweep')
    const base = isolatedEnvironment(cluster.folder)
    const up = startProcess({
      name: 'direct',
      argv: [bin, 'up', '--port', '0', '--data', data, '--lease', '180s', '--json'],
      env: { ...base, PATH: `${dirname(process.execPath)}:${base['PATH']}` },
      cwd: cluster.folder,
      logFolder: join(cluster.folder, 'logs'),
    })
    const line = await waitFor('it is ready', () => /^.+\n/.exec(up.stdout())?.[0], { timeoutMs: 20_000 })
    const ready = JSON.parse(line) as { url: string }
    expect(ready).toMatchObject({ schema: 'sweep.up/1', event: 'ready', pid: up.pid })
    const trace = join(cluster.folder, 'state', 'sweep', `up-${new URL(ready.url).port}.json`)
    expect(existsSync(trace)).toBe(true)

    const second = await sweepAlone(['up', '--port', '0', '--data', data, '--json'], {})
    expect([second.code, second.stdout]).toEqual([7, ''])
    expect(lastError(second)).toMatchObject({ code: 'DATA_FOLDER_IN_USE' })

    up.signal('SIGTERM')
    expect(await up.exited).toEqual({ code: 0, signal: null })
    expect(existsSync(trace)).toBe(false)
  })

  test('--detach answers with the same line and leaves a process that SIGTERM ends', async () => {
    const data = join(cluster.folder, 'detached')
    const { code, stdout } = await sweepAlone(['up', '--detach', '--port', '0', '--json'], {
      SWEEP_DATA: data,
    })
    const ready = JSON.parse(stdout) as { url: string; pid: number }
    expect([code, ready]).toEqual([0, expect.objectContaining({ schema: 'sweep.up/1', event: 'ready' })])
    expect((await fetch(`${ready.url}/readyz`)).status).toBe(200)
    process.kill(ready.pid, 'SIGTERM')
    const isGone = () => findProcessesOf(cluster.folder).every((found) => !found.commandLine.includes(data))
    await waitFor('the detached controller has ended', isGone)
  })
})

describe('a token', () => {
  test('is taken from the first place that has one', async () => {
    const server = { SWEEP_SERVER: cluster.server }
    const tokenFile = (token: string) => cluster.writeFile(`token-${token[0] ?? ''}`, `${token}\n`)
    const deep = join(cluster.folder, 'project', 'deep', 'er')
    mkdirSync(deep, { recursive: true })
    const upward = join(cluster.folder, 'project', '.sweep')
    mkdirSync(upward)
    const wrongFolder = join(cluster.folder, 'wrong-data')
    mkdirSync(wrongFolder)
    writeFileSync(join(wrongFolder, 'admin-token'), WRONG_TOKEN)

    const codeWith = async (env: Record<string, string>) =>
      (await sweepAlone(['ls', '--json'], { ...server, ...env }, deep)).code
    // Each right one stands before a wrong one in the next place, each wrong one before a right one.
    expect(await codeWith({})).toBe(0) // the file that the running `up` left
    expect(await codeWith({ XDG_STATE_HOME: deep })).toBe(4)
    writeFileSync(join(upward, 'admin-token'), WRONG_TOKEN)
    expect(await codeWith({})).toBe(4)
    writeFileSync(join(upward, 'admin-token'), cluster.token)
    expect(await codeWith({ XDG_STATE_HOME: deep })).toBe(0)
    expect(await codeWith({ SWEEP_DATA: wrongFolder })).toBe(4)
    writeFileSync(join(upward, 'admin-token'), WRONG_TOKEN)
    expect(await codeWith({ SWEEP_DATA: cluster.dataFolder })).toBe(0)
    const wrongFile = { SWEEP_TOKEN_FILE: tokenFile(WRONG_TOKEN) }
    const rightFile = { SWEEP_TOKEN_FILE: tokenFile(cluster.token) }
    expect(await codeWith({ SWEEP_DATA: cluster.dataFolder, ...wrongFile })).toBe(4)
    expect(await codeWith({ SWEEP_DATA: wrongFolder, ...rightFile })).toBe(0)
    expect(await codeWith({ ...rightFile, SWEEP_TOKEN: WRONG_TOKEN })).toBe(4)
    expect(await codeWith({ ...wrongFile, SWEEP_TOKEN: cluster.token })).toBe(0)
  })
})

describe('create', () => {
  test('answers id, name, url and agentCommand, and the id alone with -q', async () => {
    const flags = ['--name', 'twin', '--paused', '--json']
    const { stdout, stderr } = await cluster.sweep(['create', sweepFile, ...flags])
    const created = JSON.parse(stdout) as Record<string, unknown>
    expect(stderr).toBe('')
    expect(created).toMatchObject({ schema: 'sweep.create/1', id: expect.stringMatching(ID), name: 'twin' })
    expect(created['url']).toContain(cluster.server)
    expect(created['agentCommand']).toBe(`sweep agent ${String(created['id'])}`)
    const quiet = await cluster.sweep(['create', sweepFile, '-q', '--paused'])
    expect(quiet).toMatchObject({ code: 0, stderr: '' })
    expect(quiet.stdout).toMatch(/^[0-9a-z]{8}\n$/)
  })

  test('takes --project, --set, --seed and --paused, and SWEEP_PROJECT', async () => {
    const flags = ['--project', 'vision', '--set', 'run_cap=2', '--seed', '7', '--paused']
    const { id } = await answer<{ id: string }>(['create', sweepFile, ...flags])
    const { sweep } = await answer<{ sweep: SweepJson }>(['show', id])
    expect(sweep).toMatchObject({ project: 'vision', runCap: 2, seed: 7, state: 'paused' })
    expect(sweep.config).toContain('run_cap: 2')
    const listed = await cluster.sweep(['ls', '--json'], { env: { SWEEP_PROJECT: 'vision' } })
    expect((JSON.parse(listed.stdout) as { sweeps: SweepJson[] }).sweeps.map((one) => one.id)).toEqual([id])
  })

  test('without --paused gives a running sweep, which @last names', async () => {
    const id = await cluster.create(sweepFile)
    expect(await answer(['show', '@last'])).toMatchObject({ sweep: { id, state: 'running' } })
    await cluster.sweepJson(['cancel', id])
  })
})

describe('run', () => {
  const isRanking = (best: BestRunsResponse) =>
    expect(best).toMatchObject({
      schema: 'sweep.run/1',
      runs: [
        { rank: 1, value: 1 },
        { rank: 2, value: 2 },
      ],
    })
  const sweepCount = async () => (await answer<{ sweeps: SweepJson[] }>(['ls'])).sweeps.length

  test('uses the configured server, prints the ranking, and ends with 0 although a run failed', async () => {
    const before = await sweepCount()
    const { code, stdout } = await cluster.sweep(['run', sweepFile, '--agents', '2', '--slots', '1'])
    expect(code, stdout).toBe(0)
    expect(stdout).toMatch(/^\s*1\s+[0-9a-z]{8}\b/m)
    expect(stdout).toMatch(/^\s*2\s+[0-9a-z]{8}\b/m)
    expect(await sweepCount()).toBe(before + 1)
  })

  test('else uses the server that holds its data folder', async () => {
    const before = await sweepCount()
    const env = { SWEEP_DATA: cluster.dataFolder }
    isRanking(JSON.parse((await sweepAlone(['run', sweepFile, '--json'], env)).stdout) as BestRunsResponse)
    expect(await sweepCount()).toBe(before + 1)
  })

  test('else starts its own, and ends it', async () => {
    const before = await sweepCount()
    const data = join(cluster.folder, 'own')
    const result = await sweepAlone(['run', sweepFile, '--slots', '2', '--json'], { SWEEP_DATA: data })
    isRanking(JSON.parse(result.stdout) as BestRunsResponse)
    expect(await sweepCount()).toBe(before)
    expect(findProcessesOf(data)).toEqual([])
  })

  test('ends with another code when no run finished; failed runs count against run_cap', async () => {
    const file = cluster.writeFile('fails.yaml', sweepYaml('process.exit(1)', [1, 2, 3]))
    const result = await cluster.sweep(['run', file, '--set', 'run_cap=2', '--json'])
    expect(result.code).toBe(8)
    expect(lastError(result)).toMatchObject({ code: 'NOTHING_YET' })
    expect(await answer(['wait', '@last'])).toMatchObject({
      schema: 'sweep.wait/1',
      sweep: { state: 'finished', runCap: 2, counts: { failed: 2 } },
    })
  })
})

describe('ids and errors', () => {
  test('a unique prefix of three characters or more is enough for sweeps and runs', async () => {
    const { runs } = await answer<{ runs: RunJson[] }>(['runs', '--project', 'default'])
    const { sweeps } = await answer<{ sweeps: SweepJson[] }>(['ls'])
    const ids = [...sweeps, ...runs].map((one) => one.id)
    const prefixOf = (id: string) =>
      [3, 4, 5, 6, 7]
        .map((length) => id.slice(0, length))
        .find((start) => ids.filter((other) => other.startsWith(start)).length === 1) ?? id
    const runId = runs[0]?.id ?? ''
    expect(await answer(['show', prefixOf(sweepId)])).toMatchObject({ sweep: { id: sweepId } })
    expect(await answer(['show', prefixOf(runId)])).toMatchObject({ run: { id: runId } })
    expect((await cluster.sweep(['show', sweepId.slice(0, 2)])).code).toBe(3)
  })

  test.each([
    [2, 'USAGE', () => ['runs']],
    [2, 'USAGE', () => ['validate', sweepFile, '--sample', 'many']],
    [3, 'NOT_FOUND', () => ['show', 'zzzzzzzz']],
    [3, 'NOT_FOUND', () => ['plan', 'nowhere.yaml']],
    [6, 'CONFIG_INVALID', () => ['create', cluster.writeFile('bad.yaml', 'method: gird\nparameters: {}\n')]],
    [7, 'ILLEGAL_TRANSITION', () => ['resume', '@last']],
    [8, 'TIMED_OUT', () => ['wait', sweepId, '--timeout', '100ms']],
  ])('exit %i under --json is one line on stderr: %s', async (exitCode, code, args) => {
    const result = await cluster.sweep([...args(), '--json'])
    expect([result.code, result.stdout]).toEqual([exitCode, ''])
    expect(result.stderr).toMatch(/^[^\n]+\n$/)
    const error = lastError(result)
    expect(error).toMatchObject({ code, message: expect.any(String) })
    expect(Object.keys(error)).toContain('hint')
    if (exitCode === 6) expect(error['at']).toMatch(/bad\.yaml:1:\d+$/)
  })
})

function lastError(result: CommandResult): Record<string, unknown> {
  const line = result.stderr.trimEnd().split('\n').at(-1) ?? ''
  return (JSON.parse(line) as { error: Record<string, unknown> }).error
}
