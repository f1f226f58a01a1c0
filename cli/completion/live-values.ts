// Ids, names and states from the server, for completion: within a quarter of a second after the process began or not
// at all, and kept for ten seconds in a file of this user, since a shell asks at every press of the key.
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { ListAgentsResponse } from '../../sweeps/agent-schema.ts'
import type { ListRunsResponse } from '../../sweeps/run-schema.ts'
import type { ListSweepsResponse } from '../../sweeps/sweep-schema.ts'
import { RUN_STATES } from '../../sweeps/run.ts'
import { createApiClient } from '../api-client.ts'
import type { ApiClient } from '../api-client.ts'
import type { CommandContext } from '../command.ts'
import { resolveServerAddress } from '../server-address.ts'
import { findToken } from '../token.ts'
import { printable } from '../terminal.ts'
import type { LiveSource } from './command-words.ts'

export const ANSWER_LIMIT_MS = 250
const KEEP_MS = 10_000
const MAX_RUNS = 200

export interface LiveValue {
  readonly value: string
  readonly description: string
}

/** Never throws; nothing when there is no server, no token, or no time. */
export async function readLiveValues(context: CommandContext, source: LiveSource): Promise<LiveValue[]> {
  try {
    const { env, cwd } = context.io
    const server = resolveServerAddress(env, context.globals.server).url
    const path = cachePath(env, `${server} ${context.project ?? ''} ${source}`)
    const kept = readKept(path)
    if (kept !== null) return kept
    // performance.now() counts from the start of the process: that is what a person waits for.
    const leftMs = ANSWER_LIMIT_MS - performance.now()
    const token = findToken({ env, cwd, server })
    if (leftMs <= 0 || token === null) return []
    const api = createApiClient({ server, token, timeoutMs: ANSWER_LIMIT_MS, retryDelaysMs: [] })
    const asked = askServer(api, source, context.project)
    const values = (await within(leftMs, asked)).filter(isSafeValue)
    keep(path, values)
    return values
  } catch {
    return [] // a shell has no place to show why
  }
}

async function askServer(
  api: ApiClient,
  source: LiveSource,
  project: string | undefined,
): Promise<LiveValue[]> {
  switch (source) {
    case 'sweeps':
      return (await readSweeps(api, project)).map(({ id, name, state }) => value(id, `${state}  ${name}`))
    case 'runs':
      return (await readRuns(api, project)).map(({ id, name, state }) => value(id, `${state}  ${name}`))
    case 'refs': {
      const lists = await Promise.all([askServer(api, 'sweeps', project), askServer(api, 'runs', project)])
      return lists.flat()
    }
    case 'agents': {
      const { agents } = JSON.parse(await api.get('/agents')) as ListAgentsResponse // the server's own schema
      return agents
        .filter(({ state }) => state !== 'left')
        .map(({ id, host, state }) => value(id, `${state}  ${host}`))
    }
    case 'projects': {
      const sweeps = await readSweeps(api, undefined)
      return [...new Set(sweeps.map((sweep) => sweep.project))].map((name) => value(name, 'project'))
    }
    case 'metrics': {
      const [sweeps, runs] = await Promise.all([readSweeps(api, project), readRuns(api, project)])
      const names = [
        ...sweeps.flatMap(({ metric }) => (metric === null ? [] : [metric.name])),
        ...runs.flatMap(({ summary }) => Object.keys(summary)),
      ]
      return [...new Set(names)].map((name) => value(name, 'metric'))
    }
    case 'tags': {
      const runs = await readRuns(api, project)
      return [...new Set(runs.flatMap(({ tags }) => tags))].map((name) => value(name, 'tag'))
    }
    case 'filters': {
      const tags = await askServer(api, 'tags', project)
      return [
        ...RUN_STATES.map((state) => value(`state:${state}`, 'runs in this state')),
        ...tags.map((tag) => value(`tag:${tag.value}`, 'runs with this tag')),
      ]
    }
  }
}

async function readSweeps(api: ApiClient, project: string | undefined) {
  return (JSON.parse(await api.get('/sweeps', { project })) as ListSweepsResponse).sweeps // the server's own schema
}

async function readRuns(api: ApiClient, project: string | undefined) {
  return (JSON.parse(await api.get('/runs', { project, limit: MAX_RUNS })) as ListRunsResponse).runs // the server's own schema
}

function value(text: string, description: string): LiveValue {
  return { value: text, description: printable(description).slice(0, 60) }
}

/** One word of plain letters: names come from other people, and a shell gives signs a meaning. */
function isSafeValue({ value }: LiveValue): boolean {
  return /^[\p{L}\p{N}_][\p{L}\p{N}_./:@+-]*$/u.test(value)
}

async function within<T>(limitMs: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('no time left')), limitMs)
  })
  try {
    return await Promise.race([work, limit])
  } finally {
    clearTimeout(timer)
  }
}

function cachePath(env: CommandContext['io']['env'], key: string): string {
  const folder = env['XDG_CACHE_HOME'] || join(env['HOME'] || homedir(), '.cache')
  const name = createHash('sha256').update(key).digest('hex').slice(0, 24)
  return join(folder, 'sweep', 'completion', `${name}.json`)
}

function readKept(path: string): LiveValue[] | null {
  const writtenAt = statSync(path, { throwIfNoEntry: false })?.mtimeMs
  if (writtenAt === undefined || Math.abs(Date.now() - writtenAt) > KEEP_MS) return null
  return JSON.parse(readFileSync(path, 'utf8')) as LiveValue[] // written whole by `keep`, in a folder of this user
}

function keep(path: string, values: readonly LiveValue[]): void {
  mkdirSync(join(path, '..'), { recursive: true, mode: 0o700 })
  const draft = `${path}.${process.pid}.tmp`
  writeFileSync(draft, JSON.stringify(values), { mode: 0o600 })
  renameSync(draft, path)
}
