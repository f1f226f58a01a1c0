// `sweep doctor` against real faults: each is made here, found by name, and gone when it is mended.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createServer as createTcpServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isolatedEnvironment, startCluster, sweepCommand } from '../support/cluster.ts'
import type { Cluster } from '../support/cluster.ts'
import { findFreePort } from '../support/ports.ts'
import { runCommand } from '../support/processes.ts'
import { startTestRedis } from '../support/redis-server.ts'

interface Check {
  readonly name: string
  readonly status: 'ok' | 'warn' | 'fail'
  readonly found: string
  readonly hint: string | null
}

let folder: string
let cluster: Cluster

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sweep-doctor-'))
  mkdirSync(join(folder, 'home'))
  cluster = await startCluster()
})

afterAll(async () => {
  expect(await cluster.close()).toEqual([])
  rmSync(folder, { recursive: true, force: true })
})

/** Where the controller is, with its token. */
const reachable = () => ({ SWEEP_SERVER: cluster.server, SWEEP_TOKEN: cluster.token })

async function doctor(env: Record<string, string>, words: readonly string[] = []) {
  const result = await runCommand([...sweepCommand, 'doctor', '--json', ...words], {
    env: { ...isolatedEnvironment(folder), ...env },
    cwd: folder,
  })
  const { schema, checks } = JSON.parse(result.stdout) as { schema: string; checks: Check[] }
  expect(schema).toBe('sweep.doctor/1')
  for (const check of checks) expect(check.status === 'ok', check.found).toBe(check.hint === null)
  const check = (name: string) => checks.find((one) => one.name === name)
  return { code: result.code, checks, check }
}

/** A folder with links to these programs and no others, as a PATH. */
function pathWith(...programs: string[]): string {
  const place = mkdtempSync(join(folder, 'path-'))
  for (const program of programs) {
    const found = execFileSync('/bin/sh', ['-c', `command -v ${program}`], { encoding: 'utf8' }).trim()
    symlinkSync(found, join(place, program))
  }
  return place
}

/** A server of Node's own that answers as told. */
async function withServer(
  answer: { readonly date: Date; readonly body: string },
  use: (url: string) => Promise<void>,
): Promise<void> {
  const server = createServer((_request, response) => {
    response
      .writeHead(200, { date: answer.date.toUTCString(), 'content-type': 'application/json' })
      .end(answer.body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`) // listening on TCP
  } finally {
    await new Promise((resolve) => server.close(resolve))
  }
}

describe('a machine on which everything is in order', () => {
  test('gets no fail, and exit code 0', async () => {
    const traces = { XDG_STATE_HOME: join(cluster.folder, 'state') }
    const { code, checks, check } = await doctor({ ...reachable(), ...traces })
    expect(checks.filter(({ status }) => status === 'fail')).toEqual([])
    expect(code).toBe(0)
    for (const name of [
      'server',
      'token',
      'clock',
      'versions',
      'redis',
      'port',
      'data folder',
      'state folder',
    ])
      expect(check(name)?.status, name).toBe('ok')
    expect(check('port')?.found).toContain(`pid ${cluster.controller().pid}, data ${cluster.dataFolder}`)
  })

  test('reads as one line a check, with marks', async () => {
    const result = await cluster.sweep(['doctor', '--agent'])
    expect(result.code).toBe(0)
    expect(result.stdout).toMatch(/^✓ server {8}http:/m)
    expect(result.stdout).not.toMatch(/^. (?:redis|port) /m)
  })
})

describe('each fault is found by name', () => {
  test('no redis-server on PATH', async () => {
    const { code, check } = await doctor({ ...reachable(), PATH: pathWith('node', 'python3') })
    expect([code, check('redis')?.status]).toEqual([7, 'fail'])
    expect(check('redis')?.found).toContain('no redis-server on PATH')
    expect(check('redis')?.hint).toContain('apt-get install redis-server')
  })

  test('a REDIS_URL behind which nothing answers, or a Redis that may throw data away', async () => {
    const nobody = await doctor({
      ...reachable(),
      REDIS_URL: `redis://:secret1@127.0.0.1:${await findFreePort()}`,
    })
    expect([nobody.code, nobody.check('redis')?.status]).toEqual([7, 'fail'])
    expect(nobody.check('redis')?.found).toContain('does not answer (ECONNREFUSED)')
    expect(JSON.stringify(nobody.checks)).not.toContain('secret1')

    const redis = await startTestRedis()
    try {
      expect((await doctor({ ...reachable(), REDIS_URL: redis.url })).check('redis')?.status).toBe('ok')
      await redis.client.config('SET', 'maxmemory-policy', 'allkeys-lru')
      const evicting = await doctor({ ...reachable(), REDIS_URL: redis.url })
      expect(evicting.check('redis')).toMatchObject({ status: 'fail' })
      expect(evicting.check('redis')?.found).toContain('maxmemory-policy allkeys-lru')
      const wrongPassword = redis.url.replace('onlyForThisTest', 'another')
      expect((await doctor({ ...reachable(), REDIS_URL: wrongPassword })).check('redis')?.found).toContain(
        'WRONGPASS',
      )
    } finally {
      await redis.stop()
    }
  })

  test('a token that the server does not know, and none at all', async () => {
    const wrong = await doctor({ ...reachable(), SWEEP_TOKEN: 'w'.repeat(48) })
    expect([wrong.code, wrong.check('token')?.status, wrong.check('server')?.status]).toEqual([
      4,
      'fail',
      'ok',
    ])
    expect(wrong.check('token')?.found).toContain('SWEEP_TOKEN')
    const none = await doctor({ SWEEP_SERVER: cluster.server, XDG_STATE_HOME: join(folder, 'none') })
    expect([none.code, none.check('token')?.found]).toEqual([4, 'none was found'])
    const cut = await doctor({ ...reachable(), SWEEP_TOKEN: 'abc' })
    expect([cut.code, cut.check('token')?.status]).toEqual([4, 'fail'])
  })

  test('a clock that is an hour off, and by how much', async () => {
    const body = JSON.stringify({ status: 'ok', version: '0.1.0' })
    await withServer({ date: new Date(Date.now() - 3_600_000), body }, async (url) => {
      const { code, check } = await doctor({ SWEEP_SERVER: url, SWEEP_TOKEN: 't'.repeat(48) })
      expect([code, check('clock')?.status]).toEqual([7, 'fail'])
      expect(check('clock')?.found).toMatch(/this machine is (?:1h00m|59m\d+s) ahead of the server/)
    })
  })

  test('a port that is taken by a sweep of another address', async () => {
    // Asked for by a name that is loopback too, so that the port is this machine's, and no sweep is in use there.
    const { port } = new URL(cluster.server)
    const traces = { XDG_STATE_HOME: join(cluster.folder, 'state') }
    const { check } = await doctor({ ...traces, SWEEP_SERVER: `https://127.0.0.1:${port}` })
    expect(check('port')?.status).toBe('warn')
    expect(check('port')?.found).toContain(`${port} is taken by a sweep controller`)
    expect(check('port')?.found).toContain(`pid ${cluster.controller().pid}, data ${cluster.dataFolder}`)
  })

  test('a port that is taken by another program', async () => {
    const server = createTcpServer((socket) => {
      socket.on('error', () => {}) // the doctor hangs up
      socket.resume()
      socket.end('hello\r\n')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    try {
      const { port } = server.address() as AddressInfo // listening on TCP
      const { code, check } = await doctor({ SWEEP_SERVER: `http://127.0.0.1:${port}` })
      expect([code, check('port')?.status]).toEqual([5, 'fail'])
      expect(check('port')?.found).toBe(`${port} is taken by another program`)
      expect(check('server')?.found).toContain('HTTP:')
    } finally {
      await new Promise((resolve) => server.close(resolve))
    }
  })

  test('neither python nor python3', async () => {
    const { code, check } = await doctor({ ...reachable(), PATH: pathWith('node', 'redis-server') })
    expect([code, check('python')?.status]).toEqual([7, 'fail'])
    expect(check('python')?.hint).toContain('apt-get install python3')
  })

  const obstacle = whyNoMount()
  test.skipIf(obstacle !== null)('a disk that is nearly full', async () => {
    const place = mkdtempSync(join(folder, 'disk-'))
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', place])
    try {
      const { code, check } = await doctor({ ...reachable(), SWEEP_DATA: join(place, 'data') })
      expect([code, check('disk')?.status]).toEqual([7, 'fail'])
      expect(check('disk')?.found).toMatch(/^nearly full: 1\.0 MiB free of 1\.0 MiB/)
    } finally {
      execFileSync('umount', [place])
    }
  })

  test.skipIf(process.getuid?.() === 0)('a data folder that cannot be written', async () => {
    const { check } = await doctor({ ...reachable(), SWEEP_DATA: '/proc/sweep' })
    expect(check('data folder')?.status).toBe('fail')
  })
})

describe('the layer on the way to the server is named', () => {
  test.each([
    ['http://no-such-host.invalid:8765', 'DNS: the name no-such-host.invalid is not known here'],
    ['http://127.0.0.1:1', 'port: nothing listens on port 1'],
  ])('%s', async (server, found) => {
    const { code, check } = await doctor({ SWEEP_SERVER: server })
    expect([code, check('server')?.status]).toEqual([5, 'fail'])
    expect(check('server')?.found).toContain(found)
  })

  test('TLS, where the server speaks plain HTTP', async () => {
    const { code, check } = await doctor({
      ...reachable(),
      SWEEP_SERVER: cluster.server.replace('http:', 'https:'),
    })
    expect(code).toBe(5)
    expect(check('server')?.found).toMatch(/^TLS: /)
  })

  test('another program’s web server', async () => {
    await withServer({ date: new Date(), body: '{"hello":1}' }, async (url) => {
      const { code, check } = await doctor({ SWEEP_SERVER: url })
      expect(code).toBe(5)
      expect(check('server')?.found).toContain('it is no sweep server')
    })
  })
})

describe('the dry run of a file', () => {
  const write = (name: string, text: string) => {
    const path = join(folder, name)
    writeFileSync(path, text)
    return path
  }

  test('names the fault of an invalid one, and ends with 6', async () => {
    const { code, check } = await doctor(reachable(), [
      write('bad.yaml', 'method: gird\nparameters: {lr: {value: 1}}\n'),
    ])
    expect([code, check('file')?.status]).toEqual([6, 'fail'])
    expect(check('file')?.found).toMatch(/bad\.yaml:1:\d+/)
  })

  test('looks for the program and the script of the first command', async () => {
    const file = (command: string) =>
      write(
        'f.yaml',
        `program: train.py\ncommand: ${command}\nmethod: random\nparameters: {lr: {min: 0.1, max: 0.2}}\n`,
      )
    const missing = await doctor(reachable(), [file('["no-such-program", "${args}"]')])
    expect([missing.code, missing.check('file')?.found]).toEqual([
      6,
      expect.stringContaining('"no-such-program" is not there'),
    ])
    const script = await doctor(reachable(), [file('["${env}", node, "${program}", "${args}"]')])
    expect(script.check('file')?.found).toContain('there is no train.py in')
    write('train.py', '')
    const sound = await doctor({ ...reachable(), PATH: `${dirname(process.execPath)}:/usr/bin:/bin` }, [
      file('["${env}", node, "${program}", "${args}"]'),
    ])
    expect(sound.check('file')).toMatchObject({ status: 'ok' })
    expect(sound.check('file')?.found).toContain('first command: /usr/bin/env node train.py --lr=0.1')
    expect(sound.check('python')).toBeUndefined()
  })
})

/** Why this user cannot mount a small disk, or null. */
function whyNoMount(): string | null {
  const place = mkdtempSync(join(tmpdir(), 'sweep-mount-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', place], { stdio: 'pipe' })
    execFileSync('umount', [place])
    return null
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  } finally {
    rmSync(place, { recursive: true, force: true })
  }
}
