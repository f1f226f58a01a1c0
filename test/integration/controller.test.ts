import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startController, type ControllerOptions, type RunningController } from '../../controller/main.ts'
import { silentLogger } from '../../runtime/logger.ts'

let dir: string
const running: RunningController[] = []
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sweep-controller-'))
})
afterEach(async () => {
  for (const controller of running.splice(0)) await controller.stop()
  await rm(dir, { recursive: true })
})

async function start(options: Partial<ControllerOptions> = {}): Promise<RunningController> {
  const controller = await startController({
    host: '127.0.0.1',
    port: 0,
    dataDir: join(dir, 'data'),
    leaseMs: 180_000,
    log: silentLogger,
    ...options,
  })
  running.push(controller)
  return controller
}

const statusOf = async (controller: RunningController, path: string) =>
  (await fetch(controller.url + path, { headers: { authorization: `Bearer ${controller.adminToken}` } }))
    .status

describe('controller', () => {
  it('answers when it has started, leaves its address and token for this user only, and takes them back', async () => {
    const controller = await start()
    expect(await statusOf(controller, '/healthz')).toBe(200)
    expect(await statusOf(controller, '/readyz')).toBe(200)
    expect(await statusOf(controller, '/api/v1/sweeps')).toBe(200)
    const tokenFile = join(controller.dataDir, 'admin-token')
    expect(await readFile(tokenFile, 'utf8')).toBe(controller.adminToken)
    expect(controller.adminToken).toMatch(/^[A-Za-z0-9_]{48,}$/)
    expect((await stat(tokenFile)).mode & 0o777).toBe(0o600)
    expect((await stat(controller.dataDir)).mode & 0o777).toBe(0o700)
    const announcement = join(controller.dataDir, 'controller.json')
    expect(JSON.parse(await readFile(announcement, 'utf8'))).toMatchObject({
      url: controller.url,
      pid: process.pid,
    })
    await controller.stop()
    expect(existsSync(announcement)).toBe(false)
    await expect(fetch(`${controller.url}/healthz`)).rejects.toThrow()
  })

  it('keeps its token and its sweeps over a restart', async () => {
    const first = await start()
    const made = await fetch(`${first.url}/api/v1/sweeps`, {
      method: 'POST',
      headers: { authorization: `Bearer ${first.adminToken}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        text: 'method: grid\nprogram: t.py\nparameters: {a: {values: [1, 2]}}\n',
        paused: true,
      }),
    })
    const { id } = (await made.json()) as { id: string }
    await first.stop()
    const second = await start()
    expect(second.adminToken).toBe(first.adminToken)
    expect(await statusOf(second, `/api/v1/sweeps/${id}`)).toBe(200)
  })

  it('ends within 10 s although a client keeps its connection open', async () => {
    const controller = await start()
    expect(await statusOf(controller, '/healthz')).toBe(200) // fetch keeps the connection
    const startedAt = performance.now()
    await controller.stop()
    expect(performance.now() - startedAt).toBeLessThan(10_000)
  })

  it('refuses a second controller on its folder and names the first', async () => {
    const controller = await start()
    await expect(start()).rejects.toMatchObject({
      code: 'DATA_FOLDER_IN_USE',
      message: expect.stringMatching(new RegExp(`pid ${process.pid} .*${controller.url}`)) as string,
    })
    expect(await statusOf(controller, '/readyz')).toBe(200)
  })

  it('leaves nothing running when the port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => other.once('listening', resolve))
    const address = other.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    try {
      await expect(start({ port })).rejects.toMatchObject({
        code: 'ADDRESS_IN_USE',
        hint: expect.stringContaining('--port 0') as string,
      })
      await start() // the folder is free again
    } finally {
      other.close()
    }
  })

  it.each([
    ['another address without a token', { host: '0.0.0.0' }, /no token yet/],
    ['a token that is none', { adminToken: 'short' }, /SWEEP_ADMIN_TOKEN is not a token/],
  ])('refuses %s in words', async (_what, options, message) => {
    await expect(start(options)).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringMatching(message) as string,
      hint: expect.any(String) as string,
    })
    expect(existsSync(join(dir, 'data'))).toBe(false)
  })

  it('names a Redis that does not answer', async () => {
    await expect(start({ redisUrl: 'redis://127.0.0.1:1' })).rejects.toMatchObject({
      code: 'REDIS_UNAVAILABLE',
      message: expect.stringContaining('redis://127.0.0.1:1') as string,
    })
  })

  it('takes the given token instead of the file, and refuses a spoilt file', async () => {
    const adminToken = 'g'.repeat(48)
    const controller = await start({ adminToken })
    expect(controller.adminToken).toBe(adminToken)
    expect(existsSync(join(controller.dataDir, 'admin-token'))).toBe(false)
    await controller.stop()
    await mkdir(join(dir, 'data'), { recursive: true })
    await writeFile(join(dir, 'data', 'admin-token'), 'spoilt')
    await expect(start()).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringMatching(/admin-token/) as string,
    })
  })
})
