// What /proc tells of the processes of this machine: who is alive, in which group and session, started when, with
// which environment; and how to end them without touching a process that merely reuses a number. Linux only: where
// /proc is missing every search finds nothing.
import { readFileSync, readdirSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'

/** The parts of /proc/<pid>/stat that identify a process and its family. */
export interface ProcessStat {
  readonly pid: number
  /** One letter, `Z` for a zombie. */
  readonly state: string
  readonly parentPid: number
  readonly groupId: number
  readonly sessionId: number
  /** Clock ticks after boot: with pid and boot id it names one process for ever. */
  readonly startTicks: number
}

/** A process that can be recognised later, also after the number was given to another one. */
export interface ProcessIdentity {
  readonly pid: number
  readonly startTicks: number
  readonly bootId: string
}

/** Random text made at each boot; empty where the kernel has none. */
export function readBootId(): string {
  return readText('/proc/sys/kernel/random/boot_id').trim()
}

/** @returns null when there is no such process */
export function readProcessStat(pid: number): ProcessStat | null {
  const text = readText(`/proc/${pid}/stat`)
  // The command name is in parentheses and may itself contain spaces and parentheses.
  const afterName = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const field = (index: number) => Number(afterName[index])
  if (afterName.length < 20) return null
  return {
    pid,
    state: afterName[0] ?? '?',
    parentPid: field(1),
    groupId: field(2),
    sessionId: field(3),
    startTicks: field(19),
  }
}

/** The identity of a living process, null when it is gone or /proc is missing. */
export function identifyProcess(pid: number): ProcessIdentity | null {
  const stat = readProcessStat(pid)
  return stat === null ? null : { pid, startTicks: stat.startTicks, bootId: readBootId() }
}

/** Processes whose initial environment has an entry that starts with `entryPrefix`, e.g. `NAME=value`; never this one. */
export function findByEnvironment(entryPrefix: string): number[] {
  const wanted = Buffer.from(`\0${entryPrefix}`)
  return listPids().filter((pid) => {
    const environment = readBytes(`/proc/${pid}/environ`)
    if (environment === null || environment.length === 0) return false
    return (
      environment.includes(wanted) || environment.subarray(0, wanted.length - 1).equals(wanted.subarray(1))
    )
  })
}

/**
 * Living members of the process group or session that `leader` began, also after the leader itself is gone. Empty
 * when the machine was booted since, or when the number belongs to another process now.
 */
export function findFamily(leader: ProcessIdentity): number[] {
  if (leader.bootId !== readBootId()) return []
  const current = readProcessStat(leader.pid)
  if (current !== null && current.startTicks !== leader.startTicks) return []
  return listPids().filter((pid) => {
    const stat = readProcessStat(pid)
    if (stat === null || stat.state === 'Z') return false
    return (
      (stat.groupId === leader.pid || stat.sessionId === leader.pid) && stat.startTicks >= leader.startTicks
    )
  })
}

/** Sends SIGKILL; a process that is gone already is fine. */
export function killPids(pids: readonly number[]): void {
  for (const pid of pids) signalQuietly(pid, 'SIGKILL')
}

/** Signals a process, or a group when `pid` is negative. @returns false when nobody was there */
export function signalQuietly(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(pid, signal)
    return true
  } catch {
    return false
  }
}

/**
 * Kills what `find` finds, again and again, until `quietWalks` searches in a row, `pauseMs` apart, find nothing: a
 * process between fork and exec shows its parent's environment and is missed by one search.
 * @returns how many processes were killed, and whether it ended quiet before `limitMs`
 */
export async function killUntilQuiet(
  find: () => readonly number[],
  options: { readonly quietWalks: number; readonly pauseMs: number; readonly limitMs: number },
): Promise<{ killedCount: number; isQuiet: boolean }> {
  const deadline = performance.now() + options.limitMs
  const killed = new Set<number>()
  let quietCount = 0
  for (;;) {
    const found = find()
    for (const pid of found) killed.add(pid)
    killPids(found)
    quietCount = found.length === 0 ? quietCount + 1 : 0
    if (quietCount >= options.quietWalks) return { killedCount: killed.size, isQuiet: true }
    if (performance.now() > deadline) return { killedCount: killed.size, isQuiet: false }
    await delay(found.length === 0 ? options.pauseMs : Math.min(options.pauseMs, 20))
  }
}

function listPids(): number[] {
  let names: string[]
  try {
    names = readdirSync('/proc')
  } catch {
    return []
  }
  const pids: number[] = []
  for (const name of names) {
    const first = name.charCodeAt(0)
    if (first < 48 || first > 57) continue
    const pid = Number(name)
    if (pid !== process.pid) pids.push(pid)
  }
  return pids
}

function readBytes(file: string): Buffer | null {
  try {
    return readFileSync(file)
  } catch {
    return null // gone, or another user's
  }
}

function readText(file: string): string {
  return readBytes(file)?.toString('utf8') ?? ''
}
