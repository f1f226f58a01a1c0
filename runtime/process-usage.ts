// What the processes of a family use, from one walk over /proc. Linux only: elsewhere, and for a leader of whom
// nothing is left, there is no answer. Who belongs to a family: process-tree.ts, and every descendant.
import { readFileSync, readdirSync } from 'node:fs'
import type { ProcessIdentity } from './process-tree.ts'

export interface FamilyUsage {
  /** User and system time of its processes, living and already reaped by one of them. */
  readonly cpuSeconds: number
  /** Sum over its processes: a page that several share counts several times. */
  readonly residentBytes: number
  readonly threadCount: number
  readonly processCount: number
}

/** USER_HZ: 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100

interface Member {
  readonly pid: number
  readonly parentPid: number
  readonly groupId: number
  readonly sessionId: number
  readonly cpuTicks: number
  readonly threadCount: number
  readonly startTicks: number
}

/** By the leader's pid. Cost: one small file per process of the machine, and one more per member. */
export function readFamilyUsage(leaders: readonly ProcessIdentity[]): Map<number, FamilyUsage> {
  const processes = readProcesses()
  const usages = new Map<number, FamilyUsage>()
  for (const leader of leaders) {
    const members = [...processes.values()].filter((candidate) => belongsTo(candidate, leader, processes))
    if (members.length === 0) continue
    usages.set(leader.pid, {
      cpuSeconds: sum(members, (member) => member.cpuTicks) / TICKS_PER_SECOND,
      residentBytes: sum(members, (member) => readResidentBytes(member.pid)),
      threadCount: sum(members, (member) => member.threadCount),
      processCount: members.length,
    })
  }
  return usages
}

function belongsTo(
  candidate: Member,
  leader: ProcessIdentity,
  processes: ReadonlyMap<number, Member>,
): boolean {
  let current: Member | undefined = candidate
  for (let depth = 0; current !== undefined && depth < 64; depth++) {
    if (current.startTicks < leader.startTicks) return false // a number that was used before the leader's start
    if (current.groupId === leader.pid || current.sessionId === leader.pid) return true
    current = processes.get(current.parentPid)
  }
  return false
}

function readProcesses(): Map<number, Member> {
  const processes = new Map<number, Member>()
  let names: string[]
  try {
    names = readdirSync('/proc')
  } catch {
    return processes
  }
  for (const name of names) {
    const first = name.charCodeAt(0)
    if (first < 48 || first > 57) continue
    const member = parseStat(Number(name), readText(`/proc/${name}/stat`))
    if (member !== null) processes.set(member.pid, member)
  }
  return processes
}

/** @param text of /proc/<pid>/stat, whose command name may hold spaces and parentheses */
export function parseStat(pid: number, text: string): Member | null {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  if (fields.length < 22 || fields[0] === 'Z') return null
  const field = (index: number) => Number(fields[index])
  return {
    pid,
    parentPid: field(1),
    groupId: field(2),
    sessionId: field(3),
    cpuTicks: field(11) + field(12) + field(13) + field(14),
    threadCount: field(17),
    startTicks: field(19),
  }
}

/** From `status`, which knows the size of a page. */
function readResidentBytes(pid: number): number {
  const kibibytes = /^VmRSS:\s+(\d+) kB/m.exec(readText(`/proc/${pid}/status`))?.[1]
  return kibibytes === undefined ? 0 : Number(kibibytes) * 1024
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return '' // gone meanwhile
  }
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0)
}
