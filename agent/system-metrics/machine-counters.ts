// One reading of the machine's own counters: processors, memory, disks, network. From /proc, because every other way
// starts programs (docs/system-metrics.md says what that costs); on other systems what Node itself knows.
import { readFileSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import os from 'node:os'

/** Counters only grow; null: not known here. */
export interface MachineCounters {
  readonly cpuBusyTicks: number | null
  readonly cpuTotalTicks: number | null
  readonly memoryTotalBytes: number
  readonly memoryAvailableBytes: number
  /** Of the file system of `folder`. */
  readonly diskTotalBytes: number | null
  readonly diskUsedBytes: number | null
  /** Of all disks, since boot. */
  readonly diskReadBytes: number | null
  readonly diskWrittenBytes: number | null
  /** Of all real network interfaces, since boot. */
  readonly networkReceivedBytes: number | null
  readonly networkSentBytes: number | null
}

/** @param folder whose file system is looked at */
export async function readMachineCounters(folder: string): Promise<MachineCounters> {
  const cpu = parseCpu(readText('/proc/stat')) ?? readCpuOfNode()
  const memory = parseMemory(readText('/proc/meminfo'))
  const disks = parseDisks(readText('/proc/diskstats'))
  const network = parseNetwork(readText('/proc/net/dev'))
  const space = await statfs(folder).catch(() => null)
  return {
    cpuBusyTicks: cpu.busy,
    cpuTotalTicks: cpu.total,
    memoryTotalBytes: memory?.total ?? os.totalmem(),
    memoryAvailableBytes: memory?.available ?? os.freemem(),
    diskTotalBytes: space === null ? null : space.blocks * space.bsize,
    diskUsedBytes: space === null ? null : (space.blocks - space.bfree) * space.bsize,
    diskReadBytes: disks?.read ?? null,
    diskWrittenBytes: disks?.written ?? null,
    networkReceivedBytes: network?.received ?? null,
    networkSentBytes: network?.sent ?? null,
  }
}

/** /proc/stat: `cpu user nice system idle iowait irq softirq steal guest guest_nice`; guests are in user already. */
export function parseCpu(text: string): { busy: number; total: number } | null {
  const line = /^cpu +(.+)$/m.exec(text)?.[1]
  if (line === undefined) return null
  const ticks = line.split(' ').slice(0, 8).map(Number)
  const total = ticks.reduce((sum, value) => sum + value, 0)
  return { busy: total - (ticks[3] ?? 0) - (ticks[4] ?? 0), total }
}

export function parseMemory(text: string): { total: number; available: number } | null {
  const kibibytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1])
  const total = kibibytes('MemTotal')
  const available = kibibytes('MemAvailable')
  return Number.isNaN(total + available) ? null : { total: total * 1024, available: available * 1024 }
}

const WHOLE_DISK = /^(?:sd[a-z]+|hd[a-z]+|vd[a-z]+|xvd[a-z]+|nvme\d+n\d+|mmcblk\d+)$/
const SECTOR_BYTES = 512 // in /proc/diskstats on every disk

/** /proc/diskstats, whole disks only: partitions and layers above count the same bytes again. */
export function parseDisks(text: string): { read: number; written: number } | null {
  const disks = text
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => WHOLE_DISK.test(fields[2] ?? ''))
  if (disks.length === 0) return null
  const total = (index: number) =>
    disks.reduce((sum, fields) => sum + Number(fields[index]), 0) * SECTOR_BYTES
  return { read: total(5), written: total(9) }
}

/** Interfaces that carry what a real one carries too, or that never leave the machine. */
const INNER_INTERFACE = /^(?:lo|veth|docker|br-|virbr|cni|flannel|cali|tun|tap|kube|dummy|ifb)/

export function parseNetwork(text: string): { received: number; sent: number } | null {
  const interfaces = [...text.matchAll(/^\s*([^\s:]+):\s*(.+)$/gm)].filter(
    ([, name = '']) => !INNER_INTERFACE.test(name),
  )
  if (interfaces.length === 0) return null
  const total = (index: number) =>
    interfaces.reduce((sum, [, , counts = '']) => sum + Number(counts.trim().split(/\s+/)[index]), 0)
  return { received: total(0), sent: total(8) }
}

function readCpuOfNode(): { busy: number | null; total: number | null } {
  const times = os.cpus().map((cpu) => cpu.times)
  if (times.length === 0) return { busy: null, total: null }
  const total = times.flatMap((cpu) => Object.values(cpu)).reduce((sum, value) => sum + value, 0)
  return { busy: total - times.reduce((sum, cpu) => sum + cpu.idle, 0), total }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
