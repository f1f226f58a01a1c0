// A world for commands under test: streams that keep what was written, an environment without this machine's, and
// a small HTTP server that answers as the controller does.
import { createServer } from 'node:http'
import type { IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { runCli } from '../../../cli/main.ts'
import type { OutputStream } from '../../../cli/terminal.ts'
import type { RunJson } from '../../../sweeps/run-schema.ts'
import type { SweepJson } from '../../../sweeps/sweep-schema.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

export const TOKEN = 't'.repeat(48)

export interface CliResult {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface CliWorld {
  readonly env?: Record<string, string>
  readonly cwd?: string
  readonly stdin?: string
  readonly isTerminal?: boolean
}

/** Runs a command in this process. */
export async function cli(words: readonly string[], world: CliWorld = {}): Promise<CliResult> {
  const home = temporaryFolder('sweep-cli-')
  const written = { stdout: '', stderr: '' }
  const stream = (name: 'stdout' | 'stderr'): OutputStream => ({
    isTTY: world.isTerminal === true,
    columns: 80,
    once: () => {},
    write(text) {
      written[name] += text
      return true
    },
  })
  const code = await runCli(words, {
    stdout: stream('stdout'),
    stderr: stream('stderr'),
    stdin: Readable.from(world.stdin === undefined ? [] : [world.stdin]),
    env: { HOME: home, SWEEP_TOKEN: TOKEN, ...world.env },
    cwd: world.cwd ?? home,
  })
  return { code, ...written }
}

export interface Recorded {
  readonly method: string
  readonly path: string
  readonly query: Record<string, string>
  readonly body: string
  readonly authorization: string | undefined
}

export interface FakeServer {
  readonly url: string
  readonly requests: Recorded[]
  close(): Promise<void>
}

/** @param answer text of a 200 answer, or a status with one; by `GET /api/v1/...` */
export async function serve(
  answer: (request: Recorded) => string | { status: number; text: string },
): Promise<FakeServer> {
  const requests: Recorded[] = []
  const server = createServer(async (request, response) => {
    const recorded = await record(request)
    requests.push(recorded)
    const given = answer(recorded)
    const { status, text } = typeof given === 'string' ? { status: 200, text: given } : given
    response.writeHead(status, { 'content-type': 'application/json' }).end(text)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo // listening on TCP
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

async function record(request: IncomingMessage): Promise<Recorded> {
  let body = ''
  for await (const part of request.setEncoding('utf8')) body += String(part)
  const url = new URL(request.url ?? '/', 'http://server')
  return {
    method: request.method ?? '',
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    body,
    authorization: request.headers.authorization,
  }
}

export function sweepJson(changes: Partial<SweepJson> = {}): SweepJson {
  return {
    id: 'k3v9r2td',
    name: 'vit-small lr',
    project: 'vision',
    state: 'running',
    stateReason: null,
    method: 'random',
    metric: { name: 'val_loss', goal: 'minimize', summary: 'best', target: null },
    config: 'program: train.py\nmethod: random\nparameters: {lr: {min: 0.1, max: 0.2}}\n',
    specVersion: 1,
    seed: 7,
    createdAt: '2026-11-20T08:00:00.000Z',
    startedAt: '2026-11-20T08:00:01.000Z',
    finishedAt: null,
    runCap: 200,
    maxParallel: null,
    counts: { queued: 0, running: 6, finished: 118, stopped: 0, failed: 0, cancelled: 0, lost: 0 },
    best: { runId: 'q8x2m4kd', value: 0.2814 },
    size: null,
    url: 'http://gpu-head:8765/s/k3v9r2td',
    ...changes,
  }
}

export function runJson(changes: Partial<RunJson> = {}): RunJson {
  return {
    rank: 1,
    id: 'q8x2m4kd',
    name: 'run-1',
    sweepId: 'k3v9r2td',
    project: 'vision',
    state: 'finished',
    config: { lr: 0.00073, bs: 64 },
    configText: '{"lr":0.00073,"bs":64,"wd":1.0}',
    value: 0.2814,
    bestStep: 9,
    summary: {},
    attempt: 1,
    attempts: [],
    createdAt: '2026-11-20T14:00:00.000Z',
    startedAt: '2026-11-20T14:02:11.000Z',
    finishedAt: '2026-11-20T14:09:52.000Z',
    stopReason: null,
    suggestedBy: null,
    tags: [],
    notes: '',
    group: null,
    jobType: null,
    ...changes,
  }
}
