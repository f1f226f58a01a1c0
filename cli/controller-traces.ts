// What a controller leaves for other commands of the same user: its address in the data folder, its address and
// token in the user's state folder.
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { identifyProcess, readProcessStat } from '../runtime/process-tree.ts'
import type { ProcessIdentity } from '../runtime/process-tree.ts'
import { answersHealth } from './api-client.ts'
import { stateFolder } from './token.ts'

type Env = Readonly<Record<string, string | undefined>>

/** `--data`, else SWEEP_DATA, else `./.sweep`. */
export function resolveDataFolder(env: Env, cwd: string, flag?: string): string {
  return resolve(cwd, flag ?? (env['SWEEP_DATA'] || '.sweep'))
}

/** The address of the controller that holds this data folder, if one answers. */
export async function findControllerOf(dataFolder: string): Promise<string | null> {
  let url: unknown
  try {
    const left: unknown = JSON.parse(readFileSync(join(dataFolder, 'controller.json'), 'utf8'))
    url = typeof left === 'object' && left !== null && 'url' in left ? left.url : undefined
  } catch {
    return null // no such file, or half-written: nobody holds it as far as we can tell
  }
  return typeof url === 'string' && (await answersHealth(url)) ? url.replace(/\/+$/, '') : null
}

/** A controller of this user, as its trace tells; it may have died since. */
export interface ControllerTrace {
  readonly url: string
  readonly port: number
  readonly pid: number
  readonly dataFolder: string
  /** null where /proc is missing. */
  readonly identity: ProcessIdentity | null
  /** The trace itself. */
  readonly path: string
}

/** The traces of this user's controllers, by port. Never throws: what cannot be read is no trace. */
export function readRunningControllers(env: Env): ControllerTrace[] {
  const folder = stateFolder(env)
  let names: string[]
  try {
    names = readdirSync(folder)
  } catch {
    return [] // no such folder: none was ever started
  }
  const found = names.flatMap((name) => {
    const port = Number(/^up-(\d+)\.json$/.exec(name)?.[1] ?? NaN)
    const path = join(folder, name)
    const left = Number.isNaN(port) ? null : readJson(path)
    const { url, pid, dataFolder } = left ?? {}
    const isWhole = typeof url === 'string' && typeof pid === 'number' && typeof dataFolder === 'string'
    return isWhole ? [{ url, port, pid, dataFolder, identity: readIdentity(left), path }] : []
  })
  return found.sort((a, b) => a.port - b.port)
}

function readIdentity(left: Record<string, unknown> | null): ProcessIdentity | null {
  const identity = left?.['identity']
  if (typeof identity !== 'object' || identity === null) return null
  const { pid, startTicks, bootId } = identity as Partial<ProcessIdentity> // checked member by member below
  const isWhole = typeof pid === 'number' && typeof startTicks === 'number' && typeof bootId === 'string'
  return isWhole ? { pid, startTicks, bootId } : null
}

/** Is the controller that left this trace alive? Its number may be another process's by now. */
export async function isControllerAlive(trace: ControllerTrace): Promise<boolean> {
  if (trace.identity === null) return isNumberTaken(trace.pid) && (await answersHealth(trace.url))
  const now = identifyProcess(trace.pid)
  const isSame = now?.startTicks === trace.identity.startTicks && now.bootId === trace.identity.bootId
  return isSame && readProcessStat(trace.pid)?.state !== 'Z'
}

function isNumberTaken(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

function readJson(path: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'))
    return typeof value === 'object' && value !== null ? { ...value } : null
  } catch {
    return null // half-written, or taken away meanwhile
  }
}

/** Lets other commands of this user find the token. @returns removes the trace */
export function leaveTrace(
  env: Env,
  controller: { url: string; port: number; token: string; dataFolder: string },
) {
  const folder = stateFolder(env)
  const path = join(folder, `up-${controller.port}.json`)
  const content = {
    url: controller.url,
    token: controller.token,
    dataFolder: controller.dataFolder,
    pid: process.pid,
    // Which process had that number: `sweep down` must not end another one that has it by then.
    identity: identifyProcess(process.pid),
  }
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  rmSync(path, { force: true }) // a new file, so that the mode is ours from its first byte
  writeFileSync(path, `${JSON.stringify(content)}\n`, { mode: 0o600 })
  chmodSync(path, 0o600)
  return () => {
    try {
      const left: unknown = JSON.parse(readFileSync(path, 'utf8'))
      const isOurs = typeof left === 'object' && left !== null && 'pid' in left && left.pid === process.pid
      if (isOurs) rmSync(path, { force: true })
    } catch {
      return // gone already, or another controller's by now
    }
  }
}
