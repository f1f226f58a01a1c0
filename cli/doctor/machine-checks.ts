// What a machine needs to run controllers and trainings: Node, Python, GPUs, folders that can be written, disk space.
import { accessSync, constants, existsSync, statfsSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Io } from '../terminal.ts'
import { fail, ok, warn } from './check.ts'
import type { Check } from './check.ts'
import { askProgram, findProgram } from './programs.ts'

const MIN_NODE = [20, 19] as const

/** @param version as process.versions.node */
export function checkNode(version: string): Check {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const isEnough = major > MIN_NODE[0] || (major === MIN_NODE[0] && minor >= MIN_NODE[1])
  return isEnough
    ? ok('node', version)
    : fail('node', `${version} is too old`, `Install Node ${MIN_NODE.join('.')} or newer.`)
}

/** W&B's default command, and ours, starts `python`. */
export async function checkPython(io: Pick<Io, 'env' | 'cwd'>): Promise<Check> {
  const python = findProgram('python', io)
  const python3 = findProgram('python3', io)
  const path = python ?? python3
  if (path === null) {
    return fail(
      'python',
      'neither python nor python3 is on PATH',
      'apt-get install python3  or  brew install python3',
    )
  }
  const answer = await askProgram(path, ['--version'], io)
  if (answer.exitCode !== 0) {
    return fail(
      'python',
      `${path} does not run: ${firstLine(answer.output) || 'no answer'}`,
      `Try it:  ${path} --version`,
    )
  }
  const found = `${firstLine(answer.output)}  ${path}`
  return python === null
    ? warn(
        'python',
        `${found}; there is no "python"`,
        'Write  command: [python3, "${program}", "${args}"]  into the sweep file, or: apt-get install python-is-python3',
      )
    : ok('python', found)
}

export async function checkGpus(io: Pick<Io, 'env' | 'cwd'>): Promise<Check> {
  const path = findProgram('nvidia-smi', io)
  if (path === null) return ok('gpu', 'none: no nvidia-smi on PATH; an agent has one slot')
  const answer = await askProgram(path, ['--query-gpu=name', '--format=csv,noheader'], io)
  if (answer.exitCode !== 0) {
    return warn('gpu', `nvidia-smi fails: ${firstLine(answer.output) || 'no answer'}`, 'Look:  nvidia-smi')
  }
  const names = answer.output.split('\n').filter((line) => line.trim() !== '')
  if (names.length === 0) return ok('gpu', 'none; an agent has one slot')
  const kinds = [...new Set(names)].map(
    (name) => `${names.filter((other) => other === name).length} × ${name}`,
  )
  return ok('gpu', kinds.join(', '))
}

/** May this user write there? Of a folder that is not there yet: may it be made? */
export function checkFolder(name: string, path: string): Check {
  const place = nearestExisting(path)
  try {
    accessSync(place, constants.W_OK | constants.X_OK)
    return ok(name, place === path ? path : `${path} (will be made)`)
  } catch {
    return fail(name, `${path} cannot be written: ${place} is not ours to write`, `Look:  ls -ld ${place}`)
  }
}

export interface DiskSpace {
  readonly freeBytes: number
  readonly totalBytes: number
  /** null where the file system does not count them. */
  readonly freeFiles: number | null
}

export interface DiskLimits {
  readonly failBelowBytes: number
  /** Both this and the share must be undercut for a warning: 4 GiB free of 8 is no trouble. */
  readonly warnBelowBytes: number
  readonly warnBelowShare: number
  readonly failBelowFiles: number
}

// A report log and SQLite's journal need room at once; checkpoints of a few runs fill gigabytes within minutes.
const DISK_LIMITS: DiskLimits = {
  failBelowBytes: 256 * 2 ** 20,
  warnBelowBytes: 4 * 2 ** 30,
  warnBelowShare: 0.1,
  failBelowFiles: 1000,
}

/** Free space of the file system that holds the path, or will hold it. */
export function readDiskSpace(path: string): DiskSpace {
  const { bavail, blocks, bsize, files, ffree } = statfsSync(nearestExisting(path))
  return { freeBytes: bavail * bsize, totalBytes: blocks * bsize, freeFiles: files > 0 ? ffree : null }
}

export function judgeDisk(space: DiskSpace, path: string, limits: DiskLimits = DISK_LIMITS): Check {
  const found = `${formatBytes(space.freeBytes)} free of ${formatBytes(space.totalBytes)}  ${path}`
  const hint = `See what fills it:  du -xh ${nearestExisting(path)} | sort -h | tail   or take another folder:  export SWEEP_DATA=DIR`
  if (space.freeBytes < limits.failBelowBytes) return fail('disk', `nearly full: ${found}`, hint)
  if (space.freeFiles !== null && space.freeFiles < limits.failBelowFiles) {
    return fail('disk', `nearly out of files: ${space.freeFiles} more can be made  ${path}`, hint)
  }
  const isLow =
    space.freeBytes < limits.warnBelowBytes && space.freeBytes < limits.warnBelowShare * space.totalBytes
  return isLow ? warn('disk', `low: ${found}`, hint) : ok('disk', found)
}

function nearestExisting(path: string): string {
  let place = path
  while (!existsSync(place) && dirname(place) !== place) place = dirname(place)
  return place
}

function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10))
  const value = bytes / 2 ** (10 * power)
  return `${value < 10 && power > 0 ? value.toFixed(1) : Math.round(value)} ${units[power]}`
}

function firstLine(text: string): string {
  return text.split('\n')[0]?.trim() ?? ''
}
