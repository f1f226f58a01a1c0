// A redis-server of a test's own: free port, password, empty temporary folder, loopback only.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import type { TestCertificate } from './certificates.ts'
import { findFreePort } from './ports.ts'
import { waitFor } from './wait.ts'

export interface TestRedis {
  readonly url: string
  readonly port: number
  /** A connection as the default user, for looking inside. */
  readonly client: Redis
  /** kill -9, and a new one on the same port, empty unless it is persistent. */
  killAndRestart(): Promise<void>
  /** kill -9, and nothing in its place until `resume`. */
  halt(): Promise<void>
  resume(): Promise<void>
  stop(): Promise<void>
}

export interface TestRedisOptions {
  /** @default false */
  readonly isPersistent?: boolean
  /** Speak TLS alone. */
  readonly tls?: TestCertificate
}

export async function startTestRedis(options: TestRedisOptions = {}): Promise<TestRedis> {
  const folder = mkdtempSync(join(tmpdir(), 'sweep-redis-'))
  const port = await findFreePort()
  const password = 'onlyForThisTest'
  const { tls } = options
  const url = `${tls === undefined ? 'redis' : 'rediss'}://:${password}@127.0.0.1:${port}`
  const listen =
    tls === undefined
      ? ['--port', String(port)]
      : [
          ...['--port', '0', '--tls-port', String(port), '--tls-auth-clients', 'no'],
          ...['--tls-cert-file', tls.cert, '--tls-key-file', tls.key, '--tls-ca-cert-file', tls.ca],
        ]
  const start = () =>
    spawn(
      'redis-server',
      [
        ...listen,
        ...['--bind', '127.0.0.1', '--requirepass', password, '--dir', folder, '--save', ''],
        ...['--appendonly', options.isPersistent === true ? 'yes' : 'no', '--maxmemory-policy', 'noeviction'],
      ],
      { stdio: 'ignore' },
    )
  let server = start()
  const client = new Redis(url, {
    retryStrategy: () => 50,
    maxRetriesPerRequest: null,
    ...(tls === undefined ? {} : { tls: { ca: readFileSync(tls.ca) } }),
  })
  client.on('error', () => {}) // it is down between a kill and its restart
  const isReady = () => waitFor('redis-server answers', () => client.ping().catch(() => null))
  await isReady()
  const end = (signal: NodeJS.Signals) =>
    new Promise<void>((resolve) => {
      server.once('exit', () => resolve())
      server.kill(signal)
    })
  return {
    url,
    port,
    client,
    halt: () => end('SIGKILL'),
    async resume() {
      server = start()
      await isReady()
    },
    async killAndRestart() {
      await end('SIGKILL')
      server = start()
      await isReady()
    },
    async stop() {
      client.disconnect()
      await end('SIGTERM')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
