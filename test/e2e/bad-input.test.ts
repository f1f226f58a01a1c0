// What bad input gets, each against the real thing: files, commands, trainings, addresses and HTTP bodies that are
// wrong. The answer is words, an exit code or a status; never a stack trace, never a dead agent or controller.
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isolatedEnvironment, startCluster, sweepCommand } from '../support/cluster.ts'
import type { Cluster } from '../support/cluster.ts'
import { findFreePort } from '../support/ports.ts'
import { runCommand, startProcess } from '../support/processes.ts'
import type { CommandResult } from '../support/processes.ts'
import { waitFor } from '../support/wait.ts'

const STACK_TRACE = /^\s+at .+(:\d+:\d+|\(native\)|<anonymous>)\)?$/m

interface RunAnswer {
  readonly id: string
  readonly state: string
  readonly value: number | string | null
  readonly stopReason: string | null
  readonly summary: Readonly<Record<string, { readonly last: unknown; readonly steps: number }>>
}

let cluster: Cluster
beforeAll(async () => {
  cluster = await startCluster()
})
afterAll(async () => {
  expect(await cluster.close()).toEqual([])
})

async function sweep(
  args: readonly string[],
  options: Parameters<Cluster['sweep']>[1] = {},
): Promise<CommandResult> {
  const result = await cluster.sweep(args, options)
  expect(`${result.stdout}${result.stderr}`).not.toMatch(STACK_TRACE)
  return result
}

let fileCount = 0
function write(text: string): { name: string; path: string } {
  const name = `file${++fileCount}.yaml`
  return { name, path: cluster.writeFile(name, text) }
}

/** A sweep file whose command is that argv, of as many runs as asked for. */
function sweepFile(command: readonly string[], runs = 1): string {
  const values = Array.from({ length: runs }, (_, index) => index + 1)
  return JSON.stringify({
    method: 'grid',
    metric: { name: 'loss', goal: 'minimize' },
    command,
    parameters: { x: { values } },
  })
}

/** Works a sweep with an agent of its own to the end. */
async function work(text: string): Promise<{ sweepId: string; runs: RunAnswer[]; agentExit: number | null }> {
  const sweepId = await cluster.create(write(text).path)
  const agent = cluster.startAgent({ name: `agent-${sweepId}`, sweepIds: [sweepId] })
  const waited = await sweep(['wait', sweepId, '--timeout', '90s'], { timeoutMs: 100_000 })
  expect(waited.code, cluster.logs()).toBe(0)
  const { runs } = (await cluster.sweepJson(['runs', sweepId])) as { runs: RunAnswer[] }
  await waitFor('the agent leaves', () => agent.exit() !== null, { details: () => agent.stderr() })
  expect(`${agent.stdout()}${agent.stderr()}`).not.toMatch(STACK_TRACE)
  return { sweepId, runs, agentExit: agent.exit()?.code ?? null }
}

/** A command that runs this program text, which may report by `report({...})`. */
function node(program: string): string[] {
  const report = 'const report = (row) => process.stdout.write(JSON.stringify(row) + "\\n");'
  return [process.execPath, '-e', `${report}\n${program}`]
}

describe('a sweep file that is wrong', () => {
  test.each([
    ['invalid YAML', 'method: grid\nparameters:\n  x: {values: [1, 2\n', /:[34]:\d+/],
    [
      'an unknown method',
      'method: bayesian\nparameters:\n  x: {values: [1]}\n',
      /:1:9.*bayesian[\s\S]*bayes/,
    ],
    [
      'an unknown key',
      'method: grid\nparameterz:\n  x: {values: [1]}\n',
      /:2:1.*parameterz[\s\S]*parameters/,
    ],
    [
      'a bound of the wrong kind',
      'method: random\nparameters:\n  lr:\n    min: low\n    max: 1\n',
      /:4:\d+.*low/,
    ],
    [
      'a prototype name as a parameter',
      'method: grid\nparameters:\n  __proto__: {values: [1]}\n',
      /:3:\d+.*__proto__/,
    ],
    ['nothing at all', '', /./],
  ])('%s exits 6 and says where and what', async (_what, text, wanted) => {
    const { name, path } = write(text)
    for (const command of ['create', 'validate']) {
      const result = await sweep([command, path])
      expect(result.code, `${command}: ${result.stdout}${result.stderr}`).toBe(6)
      expect(`${result.stdout}${result.stderr}`).toMatch(wanted)
      expect(`${result.stdout}${result.stderr}`).toContain(name)
    }
    const validated = await sweep(['validate', path, '--json'])
    const answer = JSON.parse(validated.stdout) as { valid: boolean; errors: { message: string }[] }
    expect(answer.valid).toBe(false)
    expect(answer.errors.map((error) => error.message)).toContainEqual(expect.stringMatching(/./))
  })

  test('bytes that are no text exit 6', async () => {
    const path = cluster.writeFile('bytes.yaml', Buffer.from([0xff, 0xfe, 0x00, 0x80, 0x1b, 0x5b]))
    expect((await sweep(['create', path])).code).toBe(6)
  })

  test('a file that does not exist is named', async () => {
    const result = await sweep(['create', 'nowhere.yaml'])
    expect([2, 3]).toContain(result.code)
    expect(result.stderr).toContain('nowhere.yaml')
  })
})

describe('a command that cannot start', () => {
  test('fails its run with the reason, and the agent goes on to the next sweep', async () => {
    const script = cluster.writeFile('not-executable.sh', '#!/bin/sh\nexit 0\n')
    const broken = [await cluster.create(write(sweepFile(['no-such-program-here'])).path)]
    broken.push(await cluster.create(write(sweepFile([script])).path))
    const good = await cluster.create(write(sweepFile(node('report({ loss: 1 })'))).path)
    const agent = cluster.startAgent({ name: 'goes-on', sweepIds: [...broken, good] })

    for (const sweepId of [...broken, good]) {
      const waited = await sweep(['wait', sweepId, '--timeout', '60s'], { timeoutMs: 70_000 })
      expect(waited.code, cluster.logs()).toBe(0)
    }

    const reasons = []
    for (const sweepId of broken) {
      const { runs } = (await cluster.sweepJson(['runs', sweepId])) as { runs: RunAnswer[] }
      expect(runs.map((run) => run.state)).toEqual(['failed'])
      reasons.push(runs[0]?.stopReason)
    }
    expect(reasons).toEqual([
      expect.stringMatching(
        /no-such-program-here.*(not found|no such|does not exist|ENOENT)|(not found|no such|does not exist|ENOENT).*no-such-program-here/i,
      ),
      expect.stringMatching(
        /not-executable\.sh.*(permission|executable|EACCES)|(permission|executable|EACCES).*not-executable\.sh/i,
      ),
    ])
    const { runs } = (await cluster.sweepJson(['runs', good])) as { runs: RunAnswer[] }
    expect(runs).toMatchObject([{ state: 'finished', value: 1 }])
    await waitFor('the agent leaves', () => agent.exit() !== null, { details: () => agent.stderr() })
    expect(agent.exit()?.code).toBe(0)
  })
})

describe('a training with bad output', () => {
  test('binary rubbish is stored or refused, and the metrics beside it count', async () => {
    const { sweepId, runs, agentExit } = await work(
      sweepFile(
        node(`
          const { randomBytes } = require('node:crypto')
          report({ loss: 3, step: 1 })
          for (let i = 0; i < 64; i++) process.stdout.write(randomBytes(4096))
          process.stdout.write('\\0\\x1b[2J\\ud800\\n')
          process.stderr.write(randomBytes(65536))
          report({ loss: 2, step: 2 })`),
      ),
    )
    expect(runs).toMatchObject([{ state: 'finished', value: 2, summary: { loss: { last: 2, steps: 2 } } }])
    expect(agentExit).toBe(0)
    const logs = await sweep(['logs', runs[0]?.id ?? sweepId])
    expect(logs.code).toBe(0)
  })

  test('100 MB of log is cut with a marker', { timeout: 150_000 }, async () => {
    const before = folderBytes(cluster.folder)
    const { runs, agentExit } = await work(
      sweepFile(
        node(`
          report({ loss: 3, step: 1 })
          const { writeSync } = require('node:fs')
          const block = Buffer.from(('x'.repeat(99) + '\\n').repeat(10000))
          const put = (fd, bytes) => { for (let at = 0; at < bytes.length; ) {
            try { at += writeSync(fd, bytes, at) } catch (error) { if (error.code !== 'EAGAIN') throw error } } }
          for (let i = 0; i < 100; i++) put(1, block)
          put(1, Buffer.from(JSON.stringify({ loss: 1, step: 2 }) + '\\n'))`),
      ),
    )
    expect(runs).toMatchObject([{ state: 'finished', value: 1, summary: { loss: { last: 1, steps: 2 } } }])
    expect(agentExit).toBe(0)
    const logs = await sweep(['logs', runs[0]?.id ?? ''])
    expect(logs.code).toBe(0)
    expect(markersIn(logs)).not.toEqual([])
    expect(folderBytes(cluster.folder) - before).toBeLessThan(60 * 2 ** 20)
  })

  test('a line of 10 MB is cut with a marker', async () => {
    const { runs, agentExit } = await work(
      sweepFile(
        node(`
          report({ loss: 3, step: 1 })
          process.stdout.write('y'.repeat(10 * 2 ** 20) + '\\n')
          process.stdout.write('{"loss": 0, "text": "' + 'z'.repeat(10 * 2 ** 20) + '"}\\n')
          report({ loss: 2, step: 2 })`),
      ),
    )
    expect(runs).toMatchObject([{ state: 'finished', summary: { loss: { last: 2 } } }])
    expect(agentExit).toBe(0)
    const logs = await sweep(['logs', runs[0]?.id ?? ''])
    expect(logs.code).toBe(0)
    expect(markersIn(logs)).not.toEqual([])
    expect(logs.stdout.length).toBeLessThan(5 * 2 ** 20)
  })

  test('metrics that are NaN, infinite or text are stored as such', async () => {
    const { runs } = await work(
      sweepFile(
        node(`
          process.stdout.write('{"loss": NaN, "step": 1}\\n{"loss": Infinity, "step": 2}\\n')
          report({ loss: 0.5, step: 3, note: 'fine', list: [1, 'a'] })
          process.stdout.write('{"loss": NaN, "step": 4}\\n')
          report({ loss: 'low', step: 5 })`),
      ),
    )
    expect(runs).toMatchObject([{ state: 'finished', value: 0.5, summary: { loss: { last: 'NaN' } } }])
    const exported = await sweep(['export', runs[0]?.id ?? '', '--what', 'history', '--format', 'jsonl'])
    if (exported.code === 0) expect(exported.stdout).toContain('"NaN"')
  })

  test('a metric that is only ever text or NaN leaves the run finished without a rank', async () => {
    const { sweepId, runs } = await work(sweepFile(node(`report({ loss: 'none', step: 1 })`)))
    expect(runs).toMatchObject([{ state: 'finished', value: null }])
    const best = await sweep(['best', sweepId])
    expect(best.code).toBe(8)
  })

  test('prototype names as metrics change nothing but themselves', async () => {
    const { runs } = await work(
      sweepFile(
        node(
          `process.stdout.write('{"__proto__": 1, "constructor": 2, "toString": 3, "loss": 4, "step": 1}\\n')`,
        ),
      ),
    )
    expect(runs).toMatchObject([{ state: 'finished', value: 4 }])
  })
})

describe('an address or a name that leads nowhere', () => {
  test('an unknown sweep exits 3, with near names', async () => {
    const created = await cluster.sweepJson([
      'create',
      write(sweepFile(['true'])).path,
      '--name',
      'warmup-grid',
      '--paused',
    ])
    const { id } = created as { id: string }
    const byId = await sweep(['show', `${id.slice(0, 7)}${id.endsWith('b') ? 'c' : 'b'}`])
    expect(byId.code).toBe(3)
    expect(byId.stderr).toContain(id)
    const byName = await sweep(['show', 'warmup-gird'])
    expect(byName.code).toBe(3)
    expect(byName.stderr).toContain('warmup-grid')
    for (const command of ['best', 'runs', 'pause', 'wait', 'logs']) {
      expect((await sweep([command, 'zzzzzzzz'])).code, command).toBe(3)
    }
    expect((await sweep(['agent', 'zzzzzzzz'])).code).toBe(3)
  })

  test('a server that is away exits 5 and is named', async () => {
    const address = `http://127.0.0.1:${await findFreePort()}`
    const { path } = write(sweepFile(['true']))
    for (const args of [['ls'], ['create', path], ['show', 'bcdfghjk'], ['agent', 'bcdfghjk']]) {
      const result = await sweep(args, { env: { SWEEP_SERVER: address } })
      expect(result.code, args.join(' ')).toBe(5)
      expect(result.stderr).toContain(address)
    }
  })

  test('a wrong token exits 4', async () => {
    expect((await sweep(['ls'], { env: { SWEEP_TOKEN: 'x'.repeat(48) } })).code).toBe(4)
  })

  test('an unknown command or option exits 2 with the nearest', async () => {
    const command = await sweep(['craete'])
    expect(command).toMatchObject({ code: 2, stderr: expect.stringContaining('create') })
    const option = await sweep(['ls', '--jsno'])
    expect(option).toMatchObject({ code: 2, stderr: expect.stringContaining('--json') })
  })

  test('a controller whose Redis is away says so', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sweep-no-redis-'))
    try {
      const port = await findFreePort()
      const controller = startProcess({
        name: 'controller',
        argv: [...sweepCommand, 'up', '--port', '0', '--data', join(folder, 'data')],
        env: { ...isolatedEnvironment(folder), REDIS_URL: `redis://127.0.0.1:${port}` },
        cwd: folder,
        logFolder: folder,
      })
      const says = () => /redis/i.test(controller.stderr()) && controller.stderr().includes(String(port))
      await waitFor('it names Redis and its address', says, {
        timeoutMs: 20_000,
        details: () => controller.stderr(),
      })
      controller.signal('SIGTERM')
      await waitFor('it ends', () => controller.exit() !== null, { timeoutMs: 15_000 })
      expect([0, 5]).toContain(controller.exit()?.code)
      expect(controller.stderr()).not.toMatch(STACK_TRACE)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })

  test(
    'while Redis is frozen a sweep is created or refused in words, and nothing is lost',
    { timeout: 120_000 },
    async () => {
      const pid = cluster.redisPid()
      if (pid === null) throw new Error('the private Redis does not run')
      process.kill(pid, 'SIGSTOP')
      let created: CommandResult
      try {
        created = await sweep(['create', write(sweepFile(node('report({ loss: 1 })'))).path, '-q'])
      } finally {
        process.kill(pid, 'SIGCONT')
      }
      if (created.code !== 0) {
        expect(created).toMatchObject({ code: 5, stderr: expect.stringMatching(/redis/i) })
        return
      }
      const sweepId = created.stdout.trim()
      cluster.startAgent({ name: 'after-freeze', sweepIds: [sweepId] })
      const waited = await sweep(['wait', sweepId, '--timeout', '60s'], { timeoutMs: 70_000 })
      expect(waited.code, cluster.logs()).toBe(0)
    },
  )
})

describe('an HTTP request that is wrong', () => {
  const send = async (
    method: string,
    path: string,
    body: string | undefined,
    headers: Record<string, string> = {},
  ) => {
    const response = await fetch(`${cluster.server}${path}`, {
      method,
      headers: { authorization: `Bearer ${cluster.token}`, 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body }),
    })
    const text = await response.text()
    expect(text).not.toMatch(STACK_TRACE)
    expect(text).not.toContain('node_modules')
    return { status: response.status, text }
  }

  /** Every operation with a body, from the service's own description. */
  async function operationsWithBody(): Promise<{ method: string; path: string; isBodyNeeded: boolean }[]> {
    const { text } = await send('GET', '/api/v1/openapi.json', undefined)
    const { paths } = JSON.parse(text) as {
      paths: Record<string, Record<string, { requestBody?: { required?: boolean } }>>
    }
    return Object.entries(paths).flatMap(([path, operations]) =>
      Object.entries(operations)
        .filter(([, operation]) => operation.requestBody !== undefined)
        .map(([method, { requestBody }]) => ({
          method: method.toUpperCase(),
          path: path.replace(/\{[^}]+\}/g, 'bcdfghjk'),
          isBodyNeeded: requestBody?.required === true,
        })),
    )
  }

  const expectRefusal = (answer: { status: number; text: string }, what: string) => {
    expect(answer.status, `${what}: ${answer.text}`).toBeGreaterThanOrEqual(400)
    expect(answer.status, `${what}: ${answer.text}`).toBeLessThan(500)
    const { error } = JSON.parse(answer.text) as { error: { code: string; message: string } }
    expect(error, what).toMatchObject({
      code: expect.stringMatching(/^[A-Z_]+$/),
      message: expect.stringMatching(/\w/),
    })
  }

  test('is answered with 4xx in words, whatever the operation', async () => {
    const operations = await operationsWithBody()
    expect(operations.length).toBeGreaterThan(1)
    expect(operations.some(({ isBodyNeeded }) => isBodyNeeded)).toBe(true)
    for (const { method, path, isBodyNeeded } of operations) {
      for (const body of [
        '{"noSuchField":1}',
        '{"__proto__":{"polluted":1}}',
        '{"constructor":1}',
        '[]',
        'null',
        '{',
        ...(isBodyNeeded ? [''] : []),
      ]) {
        expectRefusal(await send(method, path, body), `${method} ${path} ${body}`)
      }
    }
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })

  test('with a body over 1 MiB is refused as too large', async () => {
    const body = JSON.stringify({ config: 'x'.repeat(2 ** 20 + 1) })
    const answer = await send('POST', '/api/v1/sweeps', body)
    expectRefusal(answer, 'POST /api/v1/sweeps')
    expect(answer).toMatchObject({ status: 413, text: expect.stringContaining('BODY_TOO_LARGE') })
  })

  test('with text that is no JSON, or to no such route, is answered in words', async () => {
    expectRefusal(await send('POST', '/api/v1/sweeps', 'x=1', { 'content-type': 'text/plain' }), 'text/plain')
    expectRefusal(await send('GET', '/api/v1/nothing-here', undefined), 'no such route')
    expectRefusal(await send('GET', '/api/v1/sweeps/%E0%A4%A', undefined), 'a broken escape')
    expectRefusal(await send('GET', '/api/v1/sweeps/__proto__', undefined), 'a prototype name')
  })

  test('leaves the controller answering', async () => {
    expect((await send('GET', '/healthz', undefined)).status).toBe(200)
    expect((await send('GET', '/readyz', undefined)).status).toBe(200)
    expect(cluster.controller().exit()).toBeNull()
  })
})

/** Lines that tell people of something that was not kept; never the flood itself. */
function markersIn({ stdout, stderr }: CommandResult): string[] {
  return `${stdout}\n${stderr}`
    .split('\n')
    .filter((line) => line.length < 500 && /truncat|\bcut\b|dropped|too long|not kept|are kept/i.test(line))
}

/** Bytes of all files below a folder. */
function folderBytes(folder: string): number {
  return readdirSync(folder, { withFileTypes: true }).reduce((sum, entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return sum + folderBytes(path)
    return sum + (entry.isFile() ? (statSync(path, { throwIfNoEntry: false })?.size ?? 0) : 0)
  }, 0)
}

test('an address outside loopback without a token is refused in words', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sweep-open-'))
  try {
    const result = await runCommand(
      [...sweepCommand, 'up', '--host', '203.0.113.1', '--port', '0', '--data', join(folder, 'd')],
      {
        env: isolatedEnvironment(folder),
        cwd: folder,
        timeoutMs: 20_000,
      },
    )
    expect(result.code).not.toBe(0)
    expect(result.signal).toBeNull()
    expect(result.stderr).toMatch(/203\.0\.113\.1/)
    expect(result.stderr).not.toMatch(STACK_TRACE)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
