// How many runs at one time, and which GPUs each slot shows to its run.
import { execFile } from 'node:child_process'
import { SweepError } from '../sweeps/errors.ts'

export interface GpuSlotOptions {
  /** `auto`: the GPUs there are, if any; `all`: the same, none is an error; `none`; or a list `0,1`. @default 'auto' */
  readonly gpus?: string
  /** @default 1 */
  readonly gpusPerRun?: number
  /** @default the number of GPUs divided by gpusPerRun, else 1 */
  readonly slots?: number
  /** CUDA_VISIBLE_DEVICES of the agent itself: nothing else is handed out. */
  readonly inheritedDevices: string | undefined
  /** Names or numbers of the GPUs of this machine. */
  readonly listGpus: () => Promise<readonly string[]>
}

export interface GpuSlots {
  readonly slotCount: number
  /** CUDA_VISIBLE_DEVICES per slot; null: the agent hands out no GPUs. */
  readonly devicesBySlot: readonly (string | null)[]
}

/** @throws SweepError USAGE when the options ask for GPUs that are not there */
export async function planGpuSlots(options: GpuSlotOptions): Promise<GpuSlots> {
  const perRun = options.gpusPerRun ?? 1
  const devices = await findDevices(options)
  if (devices.length === 0) {
    const slotCount = options.slots ?? 1
    return { slotCount, devicesBySlot: new Array<null>(slotCount).fill(null) }
  }
  const groups: string[] = []
  for (let at = 0; at + perRun <= devices.length; at += perRun)
    groups.push(devices.slice(at, at + perRun).join(','))
  if (groups.length === 0) {
    throw new SweepError('USAGE', `--gpus-per-run ${perRun}: only ${devices.length} GPUs are there`, {
      hint: 'Ask for fewer GPUs per run.',
    })
  }
  // More slots than groups: several runs share a group.
  const slotCount = options.slots ?? groups.length
  return {
    slotCount,
    devicesBySlot: Array.from({ length: slotCount }, (_, slot) => groups[slot % groups.length] ?? null),
  }
}

/** Numbers of the GPUs that nvidia-smi lists; none when it is missing or fails. */
export function listNvidiaGpus(): Promise<readonly string[]> {
  return new Promise((resolve) => {
    execFile('nvidia-smi', ['-L'], { timeout: 10_000 }, (error, stdout) => {
      if (error) return resolve([])
      resolve([...stdout.matchAll(/^GPU (\d+):/gm)].map((match) => match[1] ?? ''))
    })
  })
}

async function findDevices(options: GpuSlotOptions): Promise<readonly string[]> {
  const wanted = (options.gpus ?? 'auto').trim()
  if (wanted === 'none') return []
  const present =
    options.inheritedDevices === undefined ? await options.listGpus() : splitDevices(options.inheritedDevices)
  if (wanted === 'auto') return present
  if (wanted === 'all') {
    if (present.length > 0) return present
    throw new SweepError('USAGE', '--gpus all: no GPU was found', {
      hint: 'Check `nvidia-smi -L` and CUDA_VISIBLE_DEVICES, or use --gpus none.',
    })
  }
  const devices = splitDevices(wanted)
  if (devices.length === 0) {
    throw new SweepError('USAGE', `--gpus ${wanted}: found no list of GPUs`, {
      hint: 'Use auto, all, none, or 0,1.',
    })
  }
  const missing = devices.filter((device) => !present.includes(device))
  if (missing.length > 0) {
    throw new SweepError(
      'USAGE',
      `--gpus ${wanted}: ${missing.join(', ')} not among [${present.join(', ')}]`,
      {
        hint: 'Check `nvidia-smi -L` and CUDA_VISIBLE_DEVICES.',
      },
    )
  }
  return devices
}

/** CUDA's own rule: what follows a negative number is not seen. */
function splitDevices(list: string): string[] {
  const devices: string[] = []
  for (const part of list.split(',').map((text) => text.trim())) {
    if (part === '' || part.startsWith('-')) break
    devices.push(part)
  }
  return devices
}
