// How many runs at one time, and which GPUs each slot shows to its run.
import { SweepError } from '../sweeps/errors.ts'
import type { GpuDevice } from './gpu-devices.ts'

export interface GpuSlotOptions {
  /** @default 1 */
  readonly gpusPerRun?: number
  /** Runs that share the same GPUs. @default 1 */
  readonly slotsPerGpu?: number
  /** @default slotsPerGpu for each gpusPerRun GPUs; without GPUs 1 */
  readonly slots?: number
}

export interface GpuSlots {
  readonly slotCount: number
  /** CUDA_VISIBLE_DEVICES per slot; null: the agent hands out no GPUs. */
  readonly devicesBySlot: readonly (string | null)[]
}

/** @throws SweepError USAGE when one run wants more GPUs than there are */
export function planGpuSlots(devices: readonly GpuDevice[], options: GpuSlotOptions): GpuSlots {
  const { gpusPerRun = 1, slotsPerGpu = 1 } = options
  if (devices.length === 0) {
    const slotCount = options.slots ?? 1
    return { slotCount, devicesBySlot: new Array<null>(slotCount).fill(null) }
  }
  const groups: string[] = []
  for (let at = 0; at + gpusPerRun <= devices.length; at += gpusPerRun) {
    const group = devices.slice(at, at + gpusPerRun)
    groups.push(group.map(({ name }) => name).join(','))
  }
  if (groups.length === 0) {
    throw new SweepError('USAGE', `--gpus-per-run ${gpusPerRun}: only ${devices.length} GPUs are there`, {
      hint: 'Ask for fewer GPUs per run.',
    })
  }
  // Slots beyond the groups: several runs share a group, each group its first run before any its second.
  const slotCount = options.slots ?? groups.length * slotsPerGpu
  return {
    slotCount,
    devicesBySlot: Array.from({ length: slotCount }, (_, slot) => groups[slot % groups.length] ?? null),
  }
}
