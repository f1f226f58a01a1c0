// A private redis-server on a free loopback port for the agent's tests.
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { findFreePort } from './ports.ts'
import { waitFor } from './wait.ts'

export interface TestRedis {
  readonly port: number
  readonly url: string
  readonly client: Redis
  /** kill -9, and gone when it resolves. */
  kill(): Promise<void>
  /** Starts it again on the same port, empty. */
  restart(): Promise<void>
  close(): Promise<void>
}

export async function startTestRedis(): Promise<TestRedis> {
  const folder = mkdtempSync(join(tmpdir(), 'sweep-agent-redis-'))
  const port = await findFreePort()
  let server = spawnServer(port, folder)
  const client = new Redis({ port, host: '127.0.0.1', retryStrategy: () => 50, maxRetriesPerRequest: null })
  client.on('error', () => {}) // tests kill it
  await waitFor('redis answers', () => answers(client))
  const kill = async () => {
    const exited = new Promise<void>((resolve) => server.once('exit', () => resolve()))
    server.kill('SIGKILL')
    await exited
  }
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    client,
    kill,
    async restart() {
      server = spawnServer(port, folder)
      await waitFor('redis answers again', () => answers(client))
    },
    async close() {
      client.disconnect()
      if (server.exitCode === null && server.signalCode === null) await kill()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function spawnServer(port: number, folder: string): ChildProcess {
  const options = [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--dir',
    folder,
    '--save',
    '',
    '--appendonly',
    'no',
  ]
  return spawn('redis-server', options, { stdio: 'ignore' })
}

async function answers(client: Redis): Promise<boolean> {
  return client.status === 'ready' && (await client.ping()) === 'PONG'
}
