// What is asked of a controller that holds one large sweep, and how long each answer takes to come whole.
import { once } from 'node:events'
import { Agent, request, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import seedrandom from 'seedrandom'
import { openPostgresStore } from '../controller/store/postgres.ts'
import { openSqliteStore } from '../controller/store/sqlite.ts'
import { isolatedEnvironment, startCluster, type Cluster } from '../test/support/cluster.ts'
import { runCommand } from '../test/support/processes.ts'
import { fillStore } from './queries-fill.ts'
import { quantile } from './quantile.ts'

export interface QueriesOptions {
  readonly runCount: number
  /** null: SQLite. The database must be empty. */
  readonly databaseUrl: string | null
  /** Requests of each kind. */
  readonly repeats: number
}

/** Milliseconds, except where the name says bytes. */
export type Figures = ReadonlyMap<string, number>

/** The first is read by a controller that has just started, the others by one that has read a large sweep before. */
const SWEEPS = 4
const COMMANDS = 10

export async function measureQueries(options: QueriesOptions): Promise<Figures> {
  const figures = new Map<string, number>()
  const env = options.databaseUrl === null ? {} : { DATABASE_URL: options.databaseUrl }
  const cluster = await startCluster({ env })
  try {
    await stopController(cluster)
    const sweepIds = await fill(cluster, options)
    const [sweepId = ''] = sweepIds
    const sweep = `/api/v1/sweeps/${sweepId}`
    cluster.startController()
    await cluster.waitUntilReady()
    await measureFirsts(cluster, figures, sweepIds)
    await measureLists(cluster, figures, sweep, options)
    await measureSnapshot(cluster, figures, sweep, options.repeats)
    await measureExport(cluster, figures, sweep)
    await measureCommands(cluster, figures, sweepId)
  } finally {
    await cluster.close()
  }
  return figures
}

async function fill(cluster: Cluster, { runCount, databaseUrl }: QueriesOptions): Promise<string[]> {
  const store =
    databaseUrl === null
      ? await openSqliteStore({ file: join(cluster.dataFolder, 'sweep.db') })
      : await openPostgresStore({ url: databaseUrl })
  try {
    const random = seedrandom('queries')
    const ids: string[] = []
    while (ids.length < SWEEPS) ids.push((await fillStore(store, runCount, random)).id)
    return ids
  } finally {
    await store.close()
  }
}

/** The first look at a sweep of which the controller has nothing in memory. */
async function measureFirsts(
  cluster: Cluster,
  figures: Map<string, number>,
  sweepIds: readonly string[],
): Promise<void> {
  const pages: number[] = []
  const snapshots: number[] = []
  for (const id of sweepIds) {
    pages.push((await ask(cluster, `/api/v1/sweeps/${id}/runs?limit=100`)).ms)
    snapshots.push((await ask(cluster, `/api/v1/sweeps/${id}/snapshot`)).ms)
  }
  figures.set('first page of 100 runs, nothing cached, slowest', Math.max(...pages))
  figures.set('snapshot of a controller just started', snapshots[0] ?? NaN)
  figures.set('snapshot, cold, p50 of the next', quantile(snapshots.slice(1), 0.5))
}

async function measureLists(
  cluster: Cluster,
  figures: Map<string, number>,
  sweep: string,
  { repeats, runCount }: QueriesOptions,
): Promise<void> {
  const offset = (index: number) => Math.floor((index * 7919 * 100) % Math.max(1, runCount - 100))
  const kinds: readonly (readonly [name: string, path: (index: number) => string])[] = [
    ['GET /sweeps/ID', () => sweep],
    ['GET /sweeps', () => '/api/v1/sweeps'],
    ['page of 100 runs', (index) => `${sweep}/runs?limit=100&offset=${offset(index)}`],
    [
      'filter by a parameter and a metric',
      (index) => `${sweep}/runs?limit=100&where=lr%3E1e-3+loss%3C0.${1 + (index % 9)}`,
    ],
    ['filter by host and tag', (index) => `${sweep}/runs?limit=100&where=host:gpu-${index % 64}+-tag:old`],
    ['sort by a metric', () => `${sweep}/runs?limit=100&sort=-loss`],
    ['sort by a nested parameter', () => `${sweep}/runs?limit=100&sort=optimizer.beta`],
    ['the best 5', () => `${sweep}/best?n=5`],
    ['the best 5 by their last value', () => `${sweep}/best?n=5&summary=last`],
  ]
  for (const [name, path] of kinds) {
    const times: number[] = []
    for (let index = 0; index < repeats; index += 1) times.push((await ask(cluster, path(index))).ms)
    figures.set(`${name}, p50`, quantile(times, 0.5))
    figures.set(`${name}, p95`, quantile(times, 0.95))
  }
}

async function measureSnapshot(
  cluster: Cluster,
  figures: Map<string, number>,
  sweep: string,
  repeats: number,
): Promise<void> {
  const path = `${sweep}/snapshot`
  const cached: number[] = []
  const notModified: number[] = []
  const { etag } = await ask(cluster, path)
  for (let index = 0; index < repeats; index += 1) {
    cached.push((await ask(cluster, path)).ms)
    const answer = await ask(cluster, path, { 'if-none-match': etag })
    if (answer.status !== 304) throw new Error(`a snapshot that is held was answered with ${answer.status}`)
    notModified.push(answer.ms)
  }
  figures.set('snapshot, cached, p95', quantile(cached, 0.95))
  figures.set('snapshot, not modified, p95', quantile(notModified, 0.95))

  const { runs } = JSON.parse(
    (await ask(cluster, `${sweep}/runs?limit=1`, { 'accept-encoding': 'identity' })).body.toString(),
  ) as {
    runs: { id: string }[]
  }
  const changed: number[] = []
  for (let index = 0; index < repeats; index += 1) {
    await ask(
      cluster,
      `/api/v1/runs/${runs[0]?.id ?? ''}`,
      { 'content-type': 'application/json' },
      `{"notes":"${index}"}`,
    )
    changed.push((await ask(cluster, path)).ms)
  }
  figures.set('snapshot after a change, p95', quantile(changed, 0.95))

  figures.set('snapshot, bytes', (await ask(cluster, path, { 'accept-encoding': 'identity' })).body.length)
  figures.set('snapshot, bytes compressed', (await ask(cluster, path)).body.length)
}

async function measureExport(cluster: Cluster, figures: Map<string, number>, sweep: string): Promise<void> {
  const { ms, body } = await ask(cluster, `${sweep}/export?what=runs&format=csv`)
  figures.set('export of runs as CSV', ms)
  figures.set('export of runs as CSV, bytes', body.length)
}

async function measureCommands(
  cluster: Cluster,
  figures: Map<string, number>,
  sweepId: string,
): Promise<void> {
  const best: number[] = []
  const bare: number[] = []
  const env = isolatedEnvironment(cluster.folder)
  for (let index = 0; index < COMMANDS; index += 1) {
    best.push(await timed(async () => void (await cluster.sweepJson(['best', sweepId]))))
    bare.push(
      await timed(
        async () => void (await runCommand([process.execPath, '-e', '0'], { env, cwd: cluster.folder })),
      ),
    )
  }
  figures.set('`sweep best ID`, p50', quantile(best, 0.5))
  figures.set('`sweep best ID`, slowest', Math.max(...best))
  figures.set('`node -e 0`, p50', quantile(bare, 0.5))
}

async function stopController(cluster: Cluster): Promise<void> {
  cluster.controller().signal('SIGTERM')
  await cluster.controller().exited
}

interface Answer {
  readonly status: number
  /** Until the last byte came. */
  readonly ms: number
  /** As sent: compressed where the controller compresses. */
  readonly body: Buffer
  readonly etag: string
}

const connections = new Agent({ keepAlive: true })

/** Reads bytes and looks at none: what a page then does with them is its own time. */
async function ask(
  cluster: Cluster,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  body?: string,
): Promise<Answer> {
  const startedAt = performance.now()
  const sent = request(cluster.server + path, {
    agent: connections,
    method: body === undefined ? 'GET' : 'PATCH',
    headers: { authorization: `Bearer ${cluster.token}`, 'accept-encoding': 'gzip', ...headers },
  })
  sent.end(body)
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  const ms = performance.now() - startedAt
  const status = response.statusCode ?? 0
  const answer = { status, ms, body: Buffer.concat(chunks), etag: response.headers.etag ?? '' }
  if (status >= 400) throw new Error(`${path}: ${status} ${answer.body.toString()}`)
  return answer
}

async function timed(work: () => Promise<void>): Promise<number> {
  const startedAt = performance.now()
  await work()
  return performance.now() - startedAt
}
