// Control groups (cgroup v2) of one's own, where the kernel lets this process make them: everything that a member
// starts is a member too, whatever it does to its group, session or environment, and all of it is killed at once. Moving
// a process into one takes a moment after its start: a search of /proc (process-tree.ts) finds what was faster.
import { mkdirSync, readFileSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

export interface ProcessCgroup {
  /** Its folder in the cgroup file system. */
  readonly path: string
  /** @returns false when the process is gone, or may not be moved */
  add(pid: number): boolean
  /** Kills every member and takes the group away. @returns false when something did not die within `limitMs` */
  clear(limitMs: number): Promise<boolean>
}

/** @param name unique on this machine; null where control groups cannot be made or killed */
export function createProcessCgroup(name: string): ProcessCgroup | null {
  const base = findOwnCgroup()
  if (base === null) return null
  const path = join(base, name)
  try {
    mkdirSync(path)
    readFileSync(join(path, 'cgroup.events')) // since Linux 5.2, with cgroup.kill since 5.14
    if (!readdirSync(path).includes('cgroup.kill')) throw new Error('no cgroup.kill')
  } catch {
    removeQuietly(path)
    return null
  }
  return {
    path,
    add: (pid) => writeQuietly(join(path, 'cgroup.procs'), String(pid)),
    clear: (limitMs) => clearCgroup(path, limitMs),
  }
}

/** Kills every member and takes the group away; one that is gone already is fine. */
export async function clearCgroup(path: string, limitMs: number): Promise<boolean> {
  const deadline = performance.now() + limitMs
  for (;;) {
    if (readText(join(path, 'cgroup.procs')) === null) return true
    writeQuietly(join(path, 'cgroup.kill'), '1')
    if (removeQuietly(path)) return true
    if (performance.now() >= deadline) return false
    await delay(5)
  }
}

/** Groups whose names begin so, beside those that this process would make: what a killed predecessor left. */
export function findCgroups(namePrefix: string): string[] {
  const base = findOwnCgroup()
  if (base === null) return []
  try {
    return readdirSync(base, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && entry.name.startsWith(namePrefix))
      .map((entry) => join(base, entry.name))
  } catch {
    return []
  }
}

/** The folder of the group that this process is in; null without cgroup v2. */
function findOwnCgroup(): string | null {
  const own = /^0::(\/.*)$/m.exec(readText('/proc/self/cgroup') ?? '')?.[1]
  if (own === undefined) return null
  for (const line of (readText('/proc/self/mountinfo') ?? '').split('\n')) {
    const [before = '', after = ''] = line.split(' - ')
    if (!after.startsWith('cgroup2 ')) continue
    const [, , , root = '/', mountPoint = ''] = before.split(' ')
    // In a container the mount may begin below the root of the tree.
    const inside = root === '/' ? own : own.startsWith(root) ? own.slice(root.length) : own
    return join(mountPoint, inside)
  }
  return null
}

function readText(file: string): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return null
  }
}

function writeQuietly(file: string, text: string): boolean {
  try {
    writeFileSync(file, text)
    return true
  } catch {
    return false
  }
}

function removeQuietly(path: string): boolean {
  try {
    rmdirSync(path)
    return true
  } catch {
    return readText(join(path, 'cgroup.procs')) === null
  }
}
