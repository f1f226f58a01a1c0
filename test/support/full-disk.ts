// A disk that can be made full at any moment, for the agent's journal.
import * as fs from 'node:fs'
import type { JournalFs } from '../../agent/journal-file.ts'

/** A disk with `freeBytes` left, without end at first. */
export function fullDisk(): JournalFs & { freeBytes: number } {
  const disk = {
    ...fs,
    freeBytes: Infinity,
    writeSync(handle: number, buffer: Buffer, offset: number, length: number, position: number): number {
      const growth = Math.max(0, position + length - fs.fstatSync(handle).size)
      if (growth > disk.freeBytes) {
        // As a real disk does: what still fits is written, the next write fails.
        const fitting = length - (growth - disk.freeBytes)
        if (fitting <= 0)
          throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' })
        disk.freeBytes = 0
        return fs.writeSync(handle, buffer, offset, fitting, position)
      }
      disk.freeBytes -= growth
      return fs.writeSync(handle, buffer, offset, length, position)
    },
  }
  return disk as unknown as JournalFs & { freeBytes: number } // the overloads of writeSync that nobody calls
}
