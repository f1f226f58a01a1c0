// The HTTP API on a real socket with a real store (SQLite), and a dispatcher that only notes what it is told: the
// real one needs Redis and agents, and has tests of its own.
import type { Express } from 'express'
import { randomInt } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { createBlobStore } from '../../controller/blobs/blob-store.ts'
import { createAccess } from '../../controller/access/access.ts'
import { createApp } from '../../controller/app.ts'
import type { Dispatcher } from '../../controller/dispatch-port.ts'
import type { HostRules } from '../../controller/middleware/host-check.ts'
import { createChangeFeed, type ChangeFeed } from '../../controller/live/change-feed.ts'
import { createStandings } from '../../controller/standings.ts'
import { startHttpServer } from '../../controller/http-server.ts'
import { openSqliteStore } from '../../controller/store/sqlite.ts'
import { silentLogger } from '../../runtime/logger.ts'
import type { Blob } from '../../sweeps/run-file.ts'
import { freshRun } from '../../sweeps/run.ts'
import type { AttemptRecord, RunRecord } from '../../sweeps/run.ts'
import type { AgentId, RunId, SweepId } from '../../sweeps/sweep.ts'
import type { SweepStore } from '../../sweeps/store.ts'

export const TOKEN = 'a'.repeat(48)

export interface Answer {
  readonly status: number
  readonly text: string
  readonly headers: Headers
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests look into answers of many shapes
  readonly json: any
}

export interface ApiHarness {
  readonly app: Express
  readonly store: SweepStore
  readonly url: string
  readonly port: number
  /** How often the dispatcher was told to look for changes. */
  readonly lookCount: number
  /** What the dispatcher says of Redis. */
  redisAnswers: boolean
  get(path: string, init?: RequestInit): Promise<Answer>
  post(path: string, body?: unknown, init?: RequestInit): Promise<Answer>
  patch(path: string, body: unknown): Promise<Answer>
  delete(path: string): Promise<Answer>
  /** Leaves a file with a run, as its client would. */
  putFile(runId: RunId, name: string, content: string | Uint8Array): Promise<Blob>
  /** Who follows the change log: pages with an open stream. */
  readonly listenerCount: number
  /** Cuts every connection and takes no new ones, as when the server is killed. */
  hangUp(): Promise<void>
  /** On the same port, with the same store. */
  answerAgain(): Promise<void>
  /** Moves the controller's clock on. */
  pass(ms: number): void
  close(): Promise<void>
}

export async function startApi(hostRules: HostRules = { boundHost: '127.0.0.1' }): Promise<ApiHarness> {
  const dir = await mkdtemp(join(tmpdir(), 'sweep-api-'))
  const store = await openSqliteStore({ file: join(dir, 'sweep.db') })
  let lookCount = 0
  let now = Date.UTC(2026, 0, 1)
  const clock = { now: () => (now += 1000), monotonicMs: () => performance.now() }
  let seed = 1
  const dispatcher: Dispatcher = {
    start: async () => {},
    stop: async () => {},
    failed: new Promise(() => {}),
    lookForChanges: () => void (lookCount += 1),
    leadEpoch: () => null,
    takeClientReports: async () => {},
    registerAgent: async (request) => ({
      protocol: 1,
      agentId: request.agentId ?? 'b0000000',
      deployment: 'd',
      leaseMs: 180_000,
      beatIntervalMs: 10_000,
      redis: { username: 'u', password: 'p' },
      sweeps: [],
    }),
    polled: {
      authenticate: () => Promise.reject(new Error('nobody polls here')),
      say: async () => {},
      takeJob: async () => null,
    },
    handleUpgrade: (_request, socket) => void socket.end('HTTP/1.1 101 Switching Protocols\r\n\r\n'),
    agentStatus: () => ({ silentMs: 1234, suspect: true, held: 1 }),
    health: () => {
      const problem = harness.redisAnswers ? null : 'Redis does not answer at redis://127.0.0.1:1'
      const works = { problem: null, since: 0 }
      const parts = { redis: { problem, since: 0 }, leader: works, ingest: works }
      return { leader: true, redis: harness.redisAnswers, problem, parts }
    },
    figures: async () => null,
  }
  const standings = createStandings(store)
  const feed = createChangeFeed({ store, standings, clock, log: silentLogger })
  let listenerCount = 0
  const changes: ChangeFeed = {
    close: feed.close,
    async listen(listener, since) {
      const leave = await feed.listen(listener, since)
      listenerCount += 1
      let isHere = true
      return () => {
        if (isHere) listenerCount -= 1
        isHere = false
        leave()
      }
    },
  }
  const blobs = createBlobStore({ folder: join(dir, 'blobs'), maxBytes: 2 ** 20 })
  const app = createApp({
    store,
    blobs,
    cleaner: { noteDeletion: () => {} },
    dispatcher,
    standings,
    changes,
    clock,
    log: silentLogger,
    randomInt: (n) => (seed = (seed * 48_271) % 2_147_483_647) % n,
    access: createAccess({ store, clock, randomInt: (n) => randomInt(n), adminToken: TOKEN }),
    hostRules,
    version: '0.0.0-test',
  })
  const listen = (port: number) =>
    startHttpServer({
      app,
      handleUpgrade: (request, socket, head) => dispatcher.handleUpgrade(request, socket, head),
      host: '127.0.0.1',
      port,
      hostRules,
    })
  let server = await listen(0)
  const { url, port } = server

  async function send(path: string, init: RequestInit): Promise<Answer> {
    const response = await fetch(url + path, {
      ...init,
      headers: { authorization: `Bearer ${TOKEN}`, ...(init.headers as Record<string, string> | undefined) },
    })
    const text = await response.text()
    const isJson = response.headers.get('content-type')?.startsWith('application/json') ?? false
    return {
      status: response.status,
      text,
      headers: response.headers,
      json: isJson ? JSON.parse(text) : undefined,
    }
  }

  const withBody = (method: string, body: unknown, init: RequestInit = {}): RequestInit => ({
    ...init,
    method,
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(init.headers as Record<string, string> | undefined),
    },
  })

  const harness: ApiHarness = {
    app,
    store,
    url,
    port,
    get lookCount() {
      return lookCount
    },
    redisAnswers: true,
    get: (path, init = {}) => send(path, init),
    post: (path, body, init) => send(path, withBody('POST', body, init)),
    patch: (path, body) => send(path, withBody('PATCH', body)),
    delete: (path) => send(path, { method: 'DELETE' }),
    async putFile(runId, name, content) {
      const bytes = Buffer.from(content)
      const blob = await blobs.put(Readable.from([bytes]), { sizeBytes: bytes.length, md5: null })
      await store.write((tx) => tx.files.saveFiles([{ runId, name, blob, updatedAt: clock.now() }]))
      return blob
    },
    pass: (ms) => void (now += ms),
    get listenerCount() {
      return listenerCount
    },
    async hangUp() {
      const drained = server.drain()
      server.destroy()
      await drained
    },
    async answerAgain() {
      server = await listen(port)
    },
    async close() {
      changes.close()
      await server.drain()
      server.destroy()
      await store.close()
      await rm(dir, { recursive: true })
    },
  }
  return harness
}

export const GRID = `method: grid
program: train.py
metric: {name: loss, goal: minimize}
parameters:
  lr: {values: [1, 2.0, 3]}
`

/** A run as the dispatcher would have left it. */
export function storedRun(sweepId: SweepId, id: string, facts: Partial<RunRecord> = {}): RunRecord {
  return freshRun({
    id: id as RunId,
    name: id,
    sweepId,
    project: 'default',
    state: 'finished',
    configText: '{"lr":1.0,"layers":3}',
    configHash: `hash-${id}`,
    specVersion: 1,
    suggestionIndex: 0,
    suggestedBy: '{"method":"grid","index":0}',
    seed: 1,
    createdAt: 1,
    ...facts,
  })
}

export function storedAttempt(
  runId: RunId,
  attempt: number,
  agentId: string,
  facts: Partial<AttemptRecord> = {},
): AttemptRecord {
  return {
    runId,
    attempt,
    agentId: agentId as AgentId,
    host: 'gpu-1',
    token: 't',
    offeredAt: 1,
    startedAt: 2,
    endedAt: null,
    pid: 99,
    slot: 0,
    outcome: null,
    exitCode: null,
    signal: null,
    reason: null,
    stderrTail: null,
    reportSeq: 0,
    ...facts,
  }
}
