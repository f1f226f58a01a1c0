// Samples the machine and the running attempts at a steady pace, and only while attempts run. Each attempt gets the
// machine's values, those of its own processes and those of its slot's GPUs. One walk over /proc and one nvidia-smi
// per sample, whatever the number of attempts.
import os from 'node:os'
import type { Clock } from '../../runtime/clock.ts'
import type { ProcessIdentity } from '../../runtime/process-tree.ts'
import { readFamilyUsage } from '../../runtime/process-usage.ts'
import type { FamilyUsage } from '../../runtime/process-usage.ts'
import type { SystemSample } from '../../sweeps/provenance.ts'
import { readGpus } from '../nvidia-smi.ts'
import type { GpuReading } from '../nvidia-smi.ts'
import { readMachineCounters } from './machine-counters.ts'
import type { MachineCounters } from './machine-counters.ts'
import { familyValues, gpuValues, gpusOfSlot, machineValues } from './sample-values.ts'

export interface SystemMonitorOptions {
  readonly intervalMs: number
  /** Its file system is the disk that is watched. */
  readonly folder: string
  /** The agent's own environment: its PATH finds nvidia-smi. */
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly clock: Clock
}

/** An attempt to be watched. */
export interface WatchedAttempt {
  /** null where /proc is missing: the machine is sampled all the same. */
  readonly leader: ProcessIdentity | null
  readonly devices: string | null
  /** The first sample comes at once, later ones in bundles, the rest at the end. */
  readonly onSamples: (samples: SystemSample[]) => void
}

export interface Watch {
  /** Hands over what is left and stops. */
  end(): void
}

const BUNDLE = 6
/** A driver in trouble lets nvidia-smi hang. */
const GPU_LIMIT_MS = 5_000
/** After a failure it is left alone for twice as many samples as before, up to this. */
const MAX_GPU_PAUSE = 32

interface Watched extends WatchedAttempt {
  readonly samples: SystemSample[]
  usage: { readonly family: FamilyUsage; readonly atMs: number } | null
  sampleCount: number
}

export class SystemMonitor {
  private readonly watched = new Set<Watched>()
  private readonly closing = new AbortController()
  private timer: NodeJS.Timeout | null = null
  private first: MachineCounters | null = null
  private previous: MachineCounters | null = null
  private isSampling = false
  private gpuPause = 0
  private gpuPauseLeft = 0

  constructor(private readonly options: SystemMonitorOptions) {}

  watch(attempt: WatchedAttempt): Watch {
    const watched: Watched = { ...attempt, samples: [], usage: null, sampleCount: 0 }
    this.watched.add(watched)
    if (this.timer === null) {
      this.timer = setInterval(() => void this.sample(), this.options.intervalMs)
      void this.takeBaseline()
    }
    return {
      end: () => {
        if (!this.watched.delete(watched)) return
        handOver(watched)
        if (this.watched.size === 0) this.stop()
      },
    }
  }

  close(): void {
    this.stop()
    this.closing.abort()
  }

  private stop(): void {
    if (this.timer !== null) clearInterval(this.timer)
    this.timer = null
    this.previous = null
  }

  /** Rates need a reading before the first sample. */
  private async takeBaseline(): Promise<void> {
    const counters = await readMachineCounters(this.options.folder)
    this.first ??= counters
    this.previous ??= counters
    this.readFamilies()
  }

  private async sample(): Promise<void> {
    if (this.isSampling) return // the one before still waits for nvidia-smi
    this.isSampling = true
    try {
      const [gpus, current] = await Promise.all([this.readGpus(), readMachineCounters(this.options.folder)])
      const machine = machineValues(this.first ?? current, this.previous ?? current, current)
      this.previous = current
      this.first ??= current
      const families = this.readFamilies(current.memoryTotalBytes)
      const at = this.options.clock.now()
      for (const watched of this.watched) {
        const own = gpuValues(gpusOfSlot(gpus ?? [], watched.devices))
        watched.samples.push({ at, values: { ...machine, ...families.get(watched), ...own } })
        watched.sampleCount++
        if (watched.sampleCount === 1 || watched.samples.length >= BUNDLE) handOver(watched)
      }
    } finally {
      this.isSampling = false
    }
  }

  private readFamilies(memoryTotalBytes = os.totalmem()): Map<Watched, SystemSample['values']> {
    const leaders = [...this.watched].flatMap(({ leader }) => leader ?? [])
    const usages = readFamilyUsage(leaders)
    const atMs = this.options.clock.monotonicMs()
    const values = new Map<Watched, SystemSample['values']>()
    for (const watched of this.watched) {
      const family = watched.leader === null ? undefined : usages.get(watched.leader.pid)
      if (family === undefined) continue
      const before = watched.usage
      const elapsedMs = before === null ? 0 : atMs - before.atMs
      const machine = { elapsedMs, coreCount: os.availableParallelism(), memoryTotalBytes }
      values.set(watched, familyValues(before?.family ?? null, family, machine))
      watched.usage = { family, atMs }
    }
    return values
  }

  private async readGpus(): Promise<GpuReading[] | null> {
    if (this.gpuPauseLeft > 0) {
      this.gpuPauseLeft--
      return null
    }
    const gpus = await readGpus({
      env: { PATH: this.options.environment['PATH'] ?? '' },
      limitMs: Math.min(GPU_LIMIT_MS, this.options.intervalMs),
      signal: this.closing.signal,
    })
    this.gpuPause = gpus === null ? Math.min(MAX_GPU_PAUSE, Math.max(1, this.gpuPause * 2)) : 0
    this.gpuPauseLeft = this.gpuPause
    return gpus
  }
}

function handOver(watched: Watched): void {
  if (watched.samples.length > 0) watched.onSamples(watched.samples.splice(0))
}
