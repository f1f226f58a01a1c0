// What is looked at before a run starts, so that a machine that cannot train says so instead of failing one run after
// the other: free disk, and the program that the command names. The GPUs are gpu-watch.ts's business.
import { statSync, statfsSync } from 'node:fs'
import { isAbsolute, resolve } from 'node:path'
import type { AttemptJob } from '../sweeps/protocol.ts'
import { SpawnError } from './training-process.ts'

/** So much is left free, or a hundredth of a small disk. */
const MIN_FREE_BYTES = 256 * 2 ** 20
const MIN_FREE_SHARE = 0.01

export interface DiskLook {
  readonly folder: string
  readonly freeBytes: number
  readonly neededBytes: number
}

type Statfs = (folder: string) => { readonly bavail: number; readonly blocks: number; readonly bsize: number }

/** The first of the folders whose disk is nearly full; null when there is room, or nobody can tell. */
export function findFullDisk(
  folders: readonly string[],
  look: Statfs = (folder) => statfsSync(folder),
): DiskLook | null {
  for (const folder of folders) {
    try {
      const { bavail, blocks, bsize } = look(folder)
      const found = {
        folder,
        freeBytes: bavail * bsize,
        neededBytes: Math.min(MIN_FREE_BYTES, MIN_FREE_SHARE * blocks * bsize),
      }
      if (found.freeBytes < found.neededBytes) return found
    } catch {
      continue // not there yet, or a file system that does not say
    }
  }
  return null
}

export function describeFullDisk({ folder, freeBytes, neededBytes }: DiskLook): string {
  const mebibytes = (bytes: number) => `${Math.floor(bytes / 2 ** 20)} MiB`
  return `The disk of ${folder} has ${mebibytes(freeBytes)} left; ${mebibytes(neededBytes)} are kept free. No run starts before there is room.`
}

/**
 * The script that the command names is there.
 * @throws SpawnError when it is not
 */
export function checkProgram(job: Pick<AttemptJob, 'program'>, argv: readonly string[], cwd: string): void {
  const { program } = job
  // Without a suffix it may be a module or a word for a launcher.
  if (program === null || !/\.[a-z0-9]+$/i.test(program)) return
  const at = argv.indexOf(program)
  if (at < 0 || argv[at - 1] === '-m') return
  const path = isAbsolute(program) ? program : resolve(cwd, program)
  if (isFile(path)) return
  throw new SpawnError(
    `Cannot start ${program}: ${path} is not there. Start the agent in the folder of the script, or correct \`program\`.`,
  )
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile()
  } catch {
    return false
  }
}
