// Makes the n-th change to files of one folder fail in this process, as a disk would: opened for writing, written, cut,
// flushed, renamed. node:fs is the boundary: who writes need not know.
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { sep } from 'node:path'

export type DiskError = 'ENOSPC' | 'EIO'

export interface FailingFiles {
  /** The n-th change in the folder from now on fails. */
  arm(folder: string, n: number, code: DiskError): void
  /** What failed, as `write` or `rename`; null: not yet. */
  readonly fired: string | null
  /** Nothing fails any more, and node:fs is as before. */
  restore(): void
}

type Call = (...args: never[]) => unknown

/** Which calls change a file, and which of their arguments names it: a path, or a number from `openSync`. */
const CALLS = [
  ['openSync', 'open'],
  ['writeSync', 'write'],
  ['writeFileSync', 'write'],
  ['ftruncateSync', 'truncate'],
  ['fsyncSync', 'flush'],
  ['fdatasync', 'flush'],
  ['renameSync', 'rename'],
  ['mkdirSync', 'make folder'],
] as const

export function breakFiles(): FailingFiles {
  const originals = new Map(CALLS.map(([name]) => [name, fs[name] as Call]))
  const inFolder = new Set<number>()
  let folder = ''
  let left = Infinity
  let code: DiskError = 'EIO'
  let fired: string | null = null

  const concerns = (file: unknown): boolean =>
    typeof file === 'number' ? inFolder.has(file) : String(file).startsWith(`${folder}${sep}`)
  const isChange = (name: string, args: readonly unknown[]): boolean => {
    if (folder === '' || !concerns(args[0])) return false
    if (name !== 'openSync') return true
    const flags = args[1] ?? 'r'
    const writes = fs.constants.O_WRONLY | fs.constants.O_RDWR | fs.constants.O_CREAT
    return typeof flags === 'number' ? (flags & writes) !== 0 : flags !== 'r'
  }

  for (const [name, words] of CALLS) {
    const original = originals.get(name)
    if (original === undefined) continue
    const replacement = (...args: never[]): unknown => {
      if (isChange(name, args)) {
        left -= 1
        if (left === 0) {
          fired = words
          const error = Object.assign(new Error(`${code}: made up, ${words}`), { code })
          const last: unknown = args.at(-1)
          if (name !== 'fdatasync' || typeof last !== 'function') throw error
          return setImmediate(() => (last as (error: Error) => void)(error))
        }
      }
      const result = original(...args)
      if (name === 'openSync' && folder !== '' && concerns(args[0])) inFolder.add(result as number)
      return result
    }
    Object.assign(fs, { [name]: replacement })
  }
  const { closeSync } = fs
  fs.closeSync = (file) => {
    inFolder.delete(file)
    closeSync(file)
  }
  syncBuiltinESMExports()

  return {
    arm(next, n, how) {
      folder = next
      left = n
      code = how
      fired = null
    },
    get fired() {
      return fired
    },
    restore() {
      for (const [name, original] of originals) Object.assign(fs, { [name]: original })
      fs.closeSync = closeSync
      syncBuiltinESMExports()
    },
  }
}
