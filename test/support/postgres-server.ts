// A PostgreSQL of the tests' own, as Debian's package gives it: free port, empty temporary folder, loopback only.
import { execFileSync, spawn } from 'node:child_process'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { Client } from 'pg'
import { findFreePort } from './ports.ts'
import { waitFor } from './wait.ts'

export interface TestPostgres {
  /** Makes an empty database. @returns its URL */
  createDatabase(): Promise<string>
  dropDatabase(url: string): Promise<void>
  /** Ends the server at once, as a crash would; its data stay. */
  halt(): Promise<void>
  /** Starts it again on the same port. */
  resume(): Promise<void>
  stop(): Promise<void>
}

/** Where `initdb` and `postgres` are: Debian keeps them out of PATH. Null when PostgreSQL is not installed. */
function findPrograms(): string | null {
  const debian = '/usr/lib/postgresql'
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : []
  const folders = [
    ...versions.map((version) => join(debian, version, 'bin')),
    ...(process.env['PATH'] ?? '').split(delimiter),
  ]
  return folders.find((folder) => folder !== '' && existsSync(join(folder, 'initdb'))) ?? null
}

/** @throws Error when PostgreSQL is not installed */
export async function startTestPostgres(
  /** isDurable: commits wait for the disk, as in earnest. @default false */
  { isDurable = false }: { readonly isDurable?: boolean } = {},
): Promise<TestPostgres> {
  const bin = findPrograms()
  if (bin === null) throw new Error('PostgreSQL is not installed: apt-get install postgresql')
  const folder = mkdtempSync(join(tmpdir(), 'sweep-postgres-'))
  const user = serverUser()
  if (user !== null) chownSync(folder, user.uid, user.gid)
  const data = join(folder, 'data')
  const options = { cwd: folder, stdio: 'ignore', ...user } as const
  execFileSync(
    join(bin, 'initdb'),
    ['-D', data, '-U', 'test', '-A', 'trust', '-E', 'UTF8', '--no-sync'],
    options,
  )
  const port = await findFreePort()
  const settings = [
    `port=${port}`,
    'listen_addresses=127.0.0.1',
    `unix_socket_directories=${folder}`,
    `fsync=${isDurable ? 'on' : 'off'}`, // what a test stores need not survive the machine
    'max_connections=50',
  ]
  const start = () =>
    spawn(join(bin, 'postgres'), ['-D', data, ...settings.flatMap((setting) => ['-c', setting])], options)
  let server = start()
  const end = async () => {
    if (server.exitCode !== null || server.signalCode !== null) return
    const exited = new Promise<void>((resolve) => server.once('exit', () => resolve()))
    server.kill('SIGQUIT') // at once, without closing its files
    await exited
  }
  const urlOf = (database: string) => `postgres://test@127.0.0.1:${port}/${database}`
  const run = async (statement: string) => {
    const client = new Client({ connectionString: urlOf('postgres') })
    client.on('error', () => {})
    await client.connect()
    try {
      await client.query(statement)
    } finally {
      await client.end()
    }
    return true
  }
  const untilItAnswers = () =>
    waitFor('PostgreSQL answers', () => run('select 1').catch(() => null), { timeoutMs: 30_000 })
  await untilItAnswers()
  let count = 0
  return {
    async createDatabase() {
      count += 1
      await run(`create database test${count}`)
      return urlOf(`test${count}`)
    },
    dropDatabase: async (url) =>
      void (await run(`drop database ${new URL(url).pathname.slice(1)} with (force)`)),
    halt: end,
    async resume() {
      server = start()
      await untilItAnswers()
    },
    async stop() {
      await end()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** PostgreSQL refuses to run as root: then it runs as the package's own user. */
function serverUser(): { uid: number; gid: number } | null {
  if (process.getuid?.() !== 0) return null
  const idOf = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }))
  return { uid: idOf('-u'), gid: idOf('-g') }
}
