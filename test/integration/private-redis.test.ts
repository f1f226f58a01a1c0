import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startPrivateRedis, type PrivateRedis } from '../../controller/private-redis.ts'
import { silentLogger } from '../../runtime/logger.ts'

let dir: string
const started: PrivateRedis[] = []
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sweep private redis '))
})
afterEach(async () => {
  for (const redis of started.splice(0)) await redis.stop()
  await rm(dir, { recursive: true })
})

async function start(folder = dir): Promise<PrivateRedis> {
  const redis = await startPrivateRedis({ dir: folder, log: silentLogger })
  started.push(redis)
  return redis
}

async function ask<T>(
  place: string | { path: string; password: string },
  question: (redis: Redis) => Promise<T>,
): Promise<T> {
  const once = { lazyConnect: true, retryStrategy: () => null, maxRetriesPerRequest: 0 }
  const redis = typeof place === 'string' ? new Redis(place, once) : new Redis({ ...place, ...once })
  redis.on('error', () => {})
  try {
    await redis.connect()
    return await question(redis)
  } finally {
    redis.disconnect()
  }
}

describe('the socket', () => {
  it('leads to the same server, for this user alone, also after the server was killed', async () => {
    const redis = await start()
    await ask(redis.url, (client) => client.set('seen', 'both ways'))
    const socket = { path: redis.socketPath ?? 'none', password: new URL(redis.url).password }
    const overSocket = () => ask(socket, (client) => client.get('seen'))
    expect(await overSocket()).toBe('both ways')
    expect((await stat(redis.socketPath ?? 'none')).mode & 0o777).toBe(0o700)
    const restarted = new Promise<void>((resolve) => redis.onRestarted(resolve))
    process.kill(redis.pid() ?? 0, 'SIGKILL')
    await restarted
    expect(await overSocket()).toBe('both ways')
  })

  it('is left out where its path would be too long', async () => {
    expect((await start(join(dir, 'd'.repeat(100)))).socketPath).toBeNull()
  })
})

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

async function untilAnswers(url: string): Promise<void> {
  for (const end = performance.now() + 5000; performance.now() < end; await delay(5)) {
    if (await ask(url, (client) => client.ping()).catch(() => null)) return
  }
  throw new Error(`no Redis at ${new URL(url).host}`)
}

async function untilDead(pid: number): Promise<void> {
  for (const end = performance.now() + 5000; performance.now() < end && isAlive(pid);) await delay(5)
  expect(isAlive(pid)).toBe(false)
}

describe('private Redis', () => {
  it('runs with a password, append-only and without eviction, and tells nobody the password', async () => {
    const redis = await start()
    const settings = await ask(redis.url, (client) =>
      client.config('GET', 'appendonly', 'maxmemory-policy', 'bind'),
    )
    expect(JSON.stringify(settings)).toMatch(/noeviction/)
    expect(JSON.stringify(settings)).toMatch(/"yes"/)
    await expect(ask(redis.url.replace(/:[0-9a-f]{64}@/, ''), (client) => client.ping())).rejects.toThrow()
    const password = new URL(redis.url).password
    expect(await readFile(`/proc/${redis.pid()}/cmdline`, 'utf8')).not.toContain(password)
    for (const file of ['address.json', 'redis.conf']) {
      expect((await stat(join(dir, file))).mode & 0o077).toBe(0)
    }
  })

  it('comes back within a second with its data when it is killed, and says so', async () => {
    const redis = await start()
    await ask(redis.url, (client) => client.set('kept', 'yes'))
    const restarted = new Promise<void>((resolve) => redis.onRestarted(resolve))
    const killedAt = performance.now()
    const pid = redis.pid() ?? 0
    process.kill(pid, 'SIGKILL')
    await restarted
    expect(performance.now() - killedAt).toBeLessThan(1000)
    expect(redis.pid()).not.toBe(pid)
    expect(await ask(redis.url, (client) => client.get('kept'))).toBe('yes')
  })

  it('ends with its controller and starts again on the same port with the same password', async () => {
    const first = await start()
    const pid = first.pid() ?? 0
    await ask(first.url, (client) => client.set('kept', 'yes'))
    await first.stop()
    await untilDead(pid)
    const second = await start()
    expect(second.url).toBe(first.url)
    expect(await ask(second.url, (client) => client.get('kept'))).toBe('yes')
  })

  it.each(['running', 'frozen'])(
    'ends a %s Redis that a killed controller left, and takes its port',
    async (how) => {
      const first = await start()
      await first.stop()
      const orphan = spawn('redis-server', ['redis.conf'], { cwd: dir, detached: true, stdio: 'ignore' })
      const pid = orphan.pid ?? 0
      await untilAnswers(first.url)
      await ask(first.url, (client) => client.set('kept', 'yes'))
      if (how === 'frozen') process.kill(pid, 'SIGSTOP')
      const next = await start()
      await untilDead(pid)
      expect(next.url).toBe(first.url)
      expect(await ask(next.url, (client) => client.get('kept'))).toBe('yes')
    },
  )

  it('leaves its port to a stranger and keeps a new one', async () => {
    const first = await start()
    await first.stop()
    started.length = 0
    const stranger = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
    await new Promise<void>((resolve) =>
      stranger.listen(Number(new URL(first.url).port), '127.0.0.1', resolve),
    )
    try {
      const second = await start()
      expect(new URL(second.url).port).not.toBe(new URL(first.url).port)
      expect(await ask(second.url, (client) => client.ping())).toBe('PONG')
      await second.stop()
      expect((await start()).url).toBe(second.url)
    } finally {
      stranger.close()
    }
  })

  it('is started again when something kills it before it first answers', async () => {
    const program = join(dir, 'killed-once.sh')
    const script = '#!/bin/sh\n[ -e was-killed ] && exec redis-server "$@"\ntouch was-killed\nkill -9 $$\n'
    await writeFile(program, script, { mode: 0o755 })
    const redis = await startPrivateRedis({ dir, log: silentLogger, program })
    started.push(redis)
    expect(await ask(redis.url, (client) => client.ping())).toBe('PONG')
  })

  it('says how to install it when it is missing', async () => {
    await expect(
      startPrivateRedis({ dir, log: silentLogger, program: 'no-redis-server-here' }),
    ).rejects.toMatchObject({
      code: 'REDIS_MISSING',
      hint: expect.stringMatching(/apt-get install redis-server.*brew install redis/) as string,
    })
  })

  it('shows what redis-server said when it does not come up', async () => {
    await writeFile(join(dir, 'appendonlydir'), 'a file where its folder should be')
    await expect(startPrivateRedis({ dir, log: silentLogger })).rejects.toMatchObject({
      code: 'REDIS_UNAVAILABLE',
      hint: expect.stringMatching(/It said: /) as string,
    })
  })
})
