import { describe, expect, it } from 'vitest'
import { parseGpus } from '../../../agent/nvidia-smi.ts'
import {
  parseCpu,
  parseDisks,
  parseMemory,
  parseNetwork,
  readMachineCounters,
} from '../../../agent/system-metrics/machine-counters.ts'
import type { MachineCounters } from '../../../agent/system-metrics/machine-counters.ts'
import {
  familyValues,
  gpuValues,
  gpusOfSlot,
  machineValues,
} from '../../../agent/system-metrics/sample-values.ts'

describe('the counters of /proc', () => {
  it('processors: idle and waiting for disks is not busy, guests are not counted twice', () => {
    expect(parseCpu('cpu  100 5 20 800 50 2 3 20 7 0\ncpu0 1 1 1 1\n')).toEqual({ busy: 150, total: 1000 })
    expect(parseCpu('')).toBeNull()
  })

  it('memory: what programs could still get is available', () => {
    expect(parseMemory('MemTotal:  1000 kB\nMemFree: 10 kB\nMemAvailable:   600 kB\n')).toEqual({
      total: 1_024_000,
      available: 614_400,
    })
    expect(parseMemory('')).toBeNull()
  })

  it('disks: whole disks only', () => {
    const text = [
      ' 259 0 nvme0n1 10 0 100 5 20 0 200 9 0 4 14',
      ' 259 1 nvme0n1p1 9 0 90 5 20 0 190 9 0 4 14',
      '   8 0 sda 1 0 10 0 1 0 20 0 0 0 0',
      ' 253 0 dm-0 1 0 1000 0 1 0 1000 0 0 0 0',
    ].join('\n')
    expect(parseDisks(text)).toEqual({ read: 110 * 512, written: 220 * 512 })
    expect(parseDisks('')).toBeNull()
  })

  it('network: neither loopback nor the inner side of containers', () => {
    const text = [
      'Inter-|   Receive                        |  Transmit',
      ' face |bytes packets errs drop fifo frame compressed multicast|bytes packets',
      '    lo: 999 1 0 0 0 0 0 0 999 1 0 0 0 0 0 0',
      '  eth0: 100 1 0 0 0 0 0 0 20 1 0 0 0 0 0 0',
      'veth12a:5000 1 0 0 0 0 0 0 5000 1 0 0 0 0 0 0',
      '   ib0:   7 1 0 0 0 0 0 0 3 1 0 0 0 0 0 0',
    ].join('\n')
    expect(parseNetwork(text)).toEqual({ received: 107, sent: 23 })
    expect(parseNetwork('')).toBeNull()
  })

  it('are there on this machine, and grow', async () => {
    const first = await readMachineCounters('/')
    const second = await readMachineCounters('/')
    expect(first.memoryTotalBytes).toBeGreaterThan(first.memoryAvailableBytes)
    expect(second.cpuTotalTicks ?? -1).toBeGreaterThanOrEqual(first.cpuTotalTicks ?? 0)
    expect(first.diskTotalBytes ?? 0).toBeGreaterThan(first.diskUsedBytes ?? 0)
  })
})

describe('the values of a sample', () => {
  const counters: MachineCounters = {
    cpuBusyTicks: 100,
    cpuTotalTicks: 1_000,
    memoryTotalBytes: 4_000_000_000,
    memoryAvailableBytes: 1_000_000_000,
    diskTotalBytes: 10_000_000_000,
    diskUsedBytes: 2_500_000_000,
    diskReadBytes: 5_000_000,
    diskWrittenBytes: null,
    networkReceivedBytes: 10,
    networkSentBytes: 20,
  }

  it('of the machine: rates since the last sample, disk and network since the first', () => {
    const later = {
      ...counters,
      cpuBusyTicks: 150,
      cpuTotalTicks: 1_200,
      diskReadBytes: 8_000_000,
      networkSentBytes: 90,
    }
    expect(machineValues({ ...counters, networkSentBytes: 0 }, counters, later)).toEqual({
      'system.cpu': 25,
      'system.memory_percent': 75,
      'system.proc.memory.availableMB': 1_000,
      'system.disk.usagePercent': 25,
      'system.disk.usageGB': 2.5,
      'system.disk.in': 3,
      'system.disk.out': null,
      'system.network.recv': 0,
      'system.network.sent': 90,
    })
  })

  it('of an attempt: the share of all processors since the last sample', () => {
    const before = { cpuSeconds: 10, residentBytes: 0, threadCount: 1, processCount: 1 }
    const now = { cpuSeconds: 30, residentBytes: 1_000_000_000, threadCount: 9, processCount: 3 }
    const machine = { elapsedMs: 10_000, coreCount: 4, memoryTotalBytes: 4_000_000_000 }
    expect(familyValues(before, now, machine)).toEqual({
      'system.proc.cpu.percent': 50,
      'system.proc.cpu.seconds': 30,
      'system.proc.cpu.threads': 9,
      'system.proc.memory.rssMB': 1_000,
      'system.proc.memory.percent': 25,
    })
    expect(familyValues(null, now, machine)).toMatchObject({ 'system.proc.cpu.percent': null })
  })

  const gpus = parseGpus(
    [
      '0, GPU-aa11, 1, 1000, 250, 90, 30, 50, 100, 400, A',
      '1, GPU-bb22, 1, 1000, 500, [N/A], 3, 5, [N/A], 4, B',
    ].join('\n'),
  )

  it('of GPUs: under the index of each', () => {
    expect(gpuValues(gpus)).toMatchObject({
      'system.gpu.0.gpu': 90,
      'system.gpu.0.memory': 30,
      'system.gpu.0.memoryAllocated': 25,
      'system.gpu.0.memoryAllocatedBytes': 250 * 1024 * 1024,
      'system.gpu.0.temp': 50,
      'system.gpu.0.powerWatts': 100,
      'system.gpu.0.powerPercent': 25,
      'system.gpu.1.gpu': null,
      'system.gpu.1.powerPercent': null,
    })
  })

  it.each([
    ['1', [1]],
    ['0,1', [0, 1]],
    ['GPU-bb', [1]],
    [null, [0, 1]],
    ['MIG-unknown', [0, 1]],
  ])('of the GPUs of its slot: %s shows %j', (devices, shown) =>
    expect(gpusOfSlot(gpus, devices).map(({ index }) => index)).toEqual(shown),
  )
})
