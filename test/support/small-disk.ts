// A file system of a few MiB that only one process and its children see: a tmpfs in a mount namespace of their own.
// Needs root and util-linux.
import { execFileSync } from 'node:child_process'
import { closeSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs'
import { join } from 'node:path'

/** Put before a command: it finds an empty disk of that size at `folder`, which must exist. */
export function onSmallDisk(folder: string, mebibytes: number): readonly string[] {
  const script = `mount -t tmpfs -o size=${mebibytes}m,mode=700 tmpfs "$0" && exec "$@"`
  return ['unshare', '--mount', '--propagation', 'private', 'sh', '-c', script, folder]
}

/** Why that cannot be done here, or null. */
export function whyNoSmallDisk(): string | null {
  try {
    const [program = '', ...args] = onSmallDisk('/mnt', 1)
    execFileSync(program, [...args, 'true'], { stdio: ['ignore', 'ignore', 'pipe'] })
    return null
  } catch (error) {
    return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? ''
  }
}

/** A folder as a process in another mount namespace sees it. */
export function folderSeenBy(pid: number, folder: string): string {
  return join(`/proc/${pid}/root`, folder)
}

export interface Ballast {
  /** Takes whatever has become free meanwhile. */
  fill(): void
  free(): void
}

/** Fills the disk that holds `folder` to the last byte. */
export function fillDisk(folder: string): Ballast {
  const path = join(folder, 'ballast')
  const ballast: Ballast = {
    fill() {
      const file = openSync(path, 'a')
      try {
        for (let size = 1024 * 1024; size >= 1; size = Math.floor(size / 2)) writeUntilFull(file, size)
      } finally {
        closeSync(file)
      }
    },
    free: () => rmSync(path),
  }
  ballast.fill()
  return ballast
}

export function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder)
  return bavail * bsize
}

function writeUntilFull(file: number, size: number): void {
  const bytes = Buffer.alloc(size, 'x')
  try {
    for (;;) if (writeSync(file, bytes) < size) return
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error
  }
}
