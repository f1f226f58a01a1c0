// From readings to the values of one sample, under W&B's keys. Pure. Units: docs/system-metrics.md.
import type { SystemSample } from '../../sweeps/provenance.ts'
import type { FamilyUsage } from '../../runtime/process-usage.ts'
import type { GpuReading } from '../nvidia-smi.ts'
import type { MachineCounters } from './machine-counters.ts'

type Values = SystemSample['values']

const MB = 1_000_000
const GB = 1_000_000_000
const MIB = 1024 * 1024

/**
 * @param first the reading at the agent's first attempt: disk and network count from there
 * @param previous the reading before: rates are of the time between
 */
export function machineValues(
  first: MachineCounters,
  previous: MachineCounters,
  current: MachineCounters,
): Values {
  const { memoryTotalBytes, memoryAvailableBytes, diskTotalBytes, diskUsedBytes } = current
  return {
    'system.cpu': percent(
      difference(current.cpuBusyTicks, previous.cpuBusyTicks),
      difference(current.cpuTotalTicks, previous.cpuTotalTicks),
    ),
    'system.memory_percent': percent(memoryTotalBytes - memoryAvailableBytes, memoryTotalBytes),
    'system.proc.memory.availableMB': rounded(memoryAvailableBytes / MB),
    'system.disk.usagePercent': percent(diskUsedBytes, diskTotalBytes),
    'system.disk.usageGB': diskUsedBytes === null ? null : rounded(diskUsedBytes / GB),
    'system.disk.in': scaled(difference(current.diskReadBytes, first.diskReadBytes), MB),
    'system.disk.out': scaled(difference(current.diskWrittenBytes, first.diskWrittenBytes), MB),
    'system.network.recv': difference(current.networkReceivedBytes, first.networkReceivedBytes),
    'system.network.sent': difference(current.networkSentBytes, first.networkSentBytes),
  }
}

/** An attempt's own processes. @param previous their usage `elapsedMs` before; null for the first sample */
export function familyValues(
  previous: FamilyUsage | null,
  current: FamilyUsage,
  machine: { readonly elapsedMs: number; readonly coreCount: number; readonly memoryTotalBytes: number },
): Values {
  const usedSeconds = previous === null ? null : Math.max(0, current.cpuSeconds - previous.cpuSeconds)
  return {
    'system.proc.cpu.percent': percent(usedSeconds, (machine.elapsedMs / 1000) * machine.coreCount),
    'system.proc.cpu.seconds': rounded(current.cpuSeconds),
    'system.proc.cpu.threads': current.threadCount,
    'system.proc.memory.rssMB': rounded(current.residentBytes / MB),
    'system.proc.memory.percent': percent(current.residentBytes, machine.memoryTotalBytes),
  }
}

export function gpuValues(gpus: readonly GpuReading[]): Values {
  const values: Values = {}
  for (const gpu of gpus) {
    const key = `system.gpu.${gpu.index}`
    values[`${key}.gpu`] = gpu.busyPercent
    values[`${key}.memory`] = gpu.memoryBusyPercent
    values[`${key}.memoryAllocated`] = percent(gpu.memoryUsedMiB, gpu.memoryTotalMiB)
    values[`${key}.memoryAllocatedBytes`] = gpu.memoryUsedMiB === null ? null : gpu.memoryUsedMiB * MIB
    values[`${key}.temp`] = gpu.temperatureCelsius
    values[`${key}.powerWatts`] = gpu.powerWatts
    values[`${key}.powerPercent`] = percent(gpu.powerWatts, gpu.powerLimitWatts)
  }
  return values
}

/**
 * The GPUs of an attempt's slot.
 * @param devices CUDA_VISIBLE_DEVICES: indexes or UUIDs, also shortened ones; null, or none that is known: all
 */
export function gpusOfSlot(gpus: readonly GpuReading[], devices: string | null): readonly GpuReading[] {
  const names = (devices ?? '').split(',').map((name) => name.trim())
  const own = gpus.filter((gpu) =>
    names.some((name) => name === String(gpu.index) || (/^GPU-/.test(name) && gpu.uuid?.startsWith(name))),
  )
  return own.length > 0 ? own : gpus
}

function difference(current: number | null, previous: number | null): number | null {
  return current === null || previous === null ? null : Math.max(0, current - previous)
}

/** 0 to 100 with two decimals; null without both numbers. */
function percent(part: number | null, whole: number | null): number | null {
  if (part === null || whole === null || whole <= 0) return null
  return rounded(Math.min(100, (100 * part) / whole))
}

function scaled(value: number | null, unit: number): number | null {
  return value === null ? null : rounded(value / unit)
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100
}
