// Whether the GPUs of a slot can take the next run: they are still there, and what the last run held of their memory is
// free again. Asks nvidia-smi; where it does not answer at the start, every slot is always ready.
import { setTimeout as delay } from 'node:timers/promises'
import type { GpuReading } from './nvidia-smi.ts'

/** As much above its baseline is no run's leftover: contexts of the driver come and go. */
const TOLERANCE_MIB = 64
/** A process that was killed gives its memory back within seconds. */
const MEMORY_LIMIT_MS = 30_000
const POLL_MS = 250
/** One answer that fails to come says nothing. */
const MAX_SILENT_READS = 3

/**
 * ready  the run may start
 * held   memory is still held: by what nobody of ours is
 * gone   a GPU is not listed any more, or nvidia-smi does not answer
 */
export type GpuState = 'ready' | 'held' | 'gone'

export interface GpuWatchOptions {
  /** null: no answer. */
  readonly read: () => Promise<readonly GpuReading[] | null>
  readonly devicesBySlot: readonly (string | null)[]
  /** @default MEMORY_LIMIT_MS */
  readonly memoryLimitMs?: number
}

export class GpuWatch {
  private constructor(
    private readonly options: GpuWatchOptions,
    /** Memory in use when nothing of ours ran, in MiB, by the index of the GPU. */
    private readonly baselines: ReadonlyMap<number, number | null>,
  ) {}

  /** Before the first run: what is in use now is the baseline. @returns null where nothing can be watched */
  static async begin(options: GpuWatchOptions): Promise<GpuWatch | null> {
    if (options.devicesBySlot.every((devices) => devices === null)) return null
    const readings = await options.read()
    if (readings === null) return null
    return new GpuWatch(options, new Map(readings.map((gpu) => [gpu.index, gpu.memoryUsedMiB])))
  }

  /** Waits for the memory, within a limit. */
  async check(slotIndex: number): Promise<GpuState> {
    const devices = this.options.devicesBySlot[slotIndex] ?? null
    if (devices === null) return 'ready'
    const deadline = performance.now() + (this.options.memoryLimitMs ?? MEMORY_LIMIT_MS)
    let silentCount = 0
    for (;;) {
      const readings = await this.options.read()
      silentCount = readings === null ? silentCount + 1 : 0
      const state = readings === null ? null : this.stateOf(devices, readings)
      if (state === 'ready' || state === 'gone') return state
      if (silentCount >= MAX_SILENT_READS) return 'gone'
      if (performance.now() >= deadline && silentCount === 0) return 'held'
      await delay(POLL_MS)
    }
  }

  private stateOf(devices: string, readings: readonly GpuReading[]): GpuState {
    let state: GpuState = 'ready'
    for (const name of devices.split(',')) {
      if (name.startsWith('MIG-')) continue // nvidia-smi does not list parts with their memory here
      const gpu = readings.find(
        ({ index, uuid }) => name === String(index) || uuid?.startsWith(name) === true,
      )
      if (gpu === undefined) return 'gone'
      if (!this.isFree(gpu, devices)) state = 'held'
    }
    return state
  }

  private isFree({ index, memoryUsedMiB }: GpuReading, devices: string): boolean {
    const baseline = this.baselines.get(index) ?? null
    // Slots that share a GPU: what another one's run holds is no leftover.
    const isShared = this.options.devicesBySlot.filter((other) => other === devices).length > 1
    return (
      isShared || baseline === null || memoryUsedMiB === null || memoryUsedMiB <= baseline + TOLERANCE_MIB
    )
  }
}
