// One kernel lock per GPU, in a folder that all agents of the machine share: two agents never hand out the same one, and
// the kernel frees it when its agent dies, however it dies.
import { chmodSync, closeSync, constants, fchmodSync, mkdirSync, openSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { SweepError } from '../sweeps/errors.ts'
import { acquireKernelLock } from '../runtime/kernel-lock.ts'
import type { KernelLock } from '../runtime/kernel-lock.ts'
import type { GpuDevice } from './gpu-devices.ts'

/** Not the user's own temporary folder: other users' agents look here too. Containers share it as a volume. */
export const DEFAULT_LOCK_FOLDER = '/tmp/sweep-gpu-locks'

export interface TakenGpus {
  readonly devices: readonly GpuDevice[]
  /** Those that other agents have, with the pid of the holder where it is known. */
  readonly others: readonly { readonly device: GpuDevice; readonly pid: number | null }[]
  release(): void
}

/**
 * Takes those that are free.
 * @param isEachWanted true: one that another agent has is an error (they were named)
 * @throws SweepError USAGE when none is free, or a named one is not, or the folder cannot be used
 */
export function takeGpus(
  devices: readonly GpuDevice[],
  options: { readonly folder: string; readonly isEachWanted: boolean },
): TakenGpus {
  const locks: KernelLock[] = []
  const release = () => {
    for (const lock of locks) lock.release()
  }
  if (devices.length === 0) return { devices, others: [], release }
  const taken: GpuDevice[] = []
  const others: { device: GpuDevice; pid: number | null }[] = []
  try {
    openFolder(options.folder)
    for (const device of devices) {
      const answer = lockGpu(options.folder, device)
      if ('release' in answer) {
        locks.push(answer)
        taken.push(device)
      } else {
        const pid = answer.heldBy?.['pid']
        others.push({ device, pid: typeof pid === 'number' ? pid : null })
      }
    }
  } catch (error) {
    release()
    throw new SweepError(
      'USAGE',
      `the locks of the GPUs in ${options.folder} cannot be used: ${String(error)}`,
      {
        hint: 'Point SWEEP_GPU_LOCKS at a folder that all agents of this machine can write.',
        cause: error,
      },
    )
  }
  if (taken.length > 0 && (others.length === 0 || !options.isEachWanted))
    return { devices: taken, others, release }
  release()
  throw inUse(others)
}

function openFolder(folder: string): void {
  mkdirSync(folder, { recursive: true })
  try {
    chmodSync(folder, 0o1777) // as /tmp: everybody makes files, nobody removes another's
  } catch {
    // another user's: it was set when it was made
  }
}

function lockGpu(folder: string, device: GpuDevice) {
  const id = (device.uuid ?? `gpu-${device.name}`).replaceAll(/[^\w-]/g, '_')
  const file = join(folder, id)
  makeShared(file)
  return acquireKernelLock(file, { pid: process.pid, host: hostname() }, { isShared: true })
}

/** Other users' agents must be able to open it. Never follows a link: the folder is everybody's. */
function makeShared(file: string): void {
  try {
    const handle = openSync(file, constants.O_CREAT | constants.O_EXCL | constants.O_RDWR, 0o666)
    fchmodSync(handle, 0o666) // whatever the umask says
    closeSync(handle)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  }
}

function inUse(others: TakenGpus['others']): SweepError {
  const shown = others.map(({ device, pid }) => (pid === null ? device.name : `${device.name} (pid ${pid})`))
  const message =
    others.length === 1
      ? `GPU ${shown.join('')} is handed out by another agent of this machine`
      : `GPUs ${shown.join(', ')} are handed out by other agents of this machine`
  return new SweepError('USAGE', message, {
    hint: 'One agent works several sweeps:  sweep agent ID ID.  Several runs on a GPU:  --slots-per-gpu 2.  Without GPUs:  --gpus none',
  })
}
