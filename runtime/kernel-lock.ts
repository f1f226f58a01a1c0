// A lock on a file that the kernel frees when its holder dies, however it dies. Node has no flock: a SQLite file of
// its own with an exclusive transaction held open is one, also across containers that share the folder.
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import Database from 'libsql'

export interface KernelLock {
  readonly file: string
  /** Lets it go; a second call does nothing. */
  release(): void
}

// Here, so that a lock is not collected as garbage (which would free it) while its holder only keeps a promise of it.
const heldLocks = new Set<Database.Database>()

/**
 * Takes the lock, or says who holds it. Never waits.
 * @param file made when missing; its folder exists. Nobody may open it but through this function: closing any other
 *   handle of it in this process would free the lock.
 * @param holderFacts who holds it (pid, host, url), for the message of the next one; kept in `<file>.json`
 * @param options.isShared other users take it too: its facts are for all to read, and done without where they cannot be
 *   written @default false
 * @returns the lock; or `heldBy`, null when the holder's facts cannot be read (it may be about to write them)
 * @throws Error when the file cannot be opened or is no lock file
 */
export function acquireKernelLock(
  file: string,
  holderFacts: Readonly<Record<string, unknown>>,
  { isShared = false }: { readonly isShared?: boolean } = {},
): KernelLock | { readonly heldBy: Record<string, unknown> | null } {
  const factsFile = `${file}.json`
  let database: Database.Database | null = null
  try {
    database = new Database(file, { timeout: 0 })
    database.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    database?.close()
    if (isBusy(error)) return { heldBy: readFacts(factsFile) }
    const words = error instanceof Error ? error.message : String(error)
    throw new Error(`lock file ${file} cannot be used: ${words}`, { cause: error })
  }
  heldLocks.add(database)
  const lock = holdLock(database, file, factsFile)
  try {
    writeFacts(factsFile, holderFacts, isShared ? 0o644 : 0o600)
  } catch (error) {
    if (isShared) return lock // another user's file stands there; who holds it is only for a message
    lock.release()
    throw error
  }
  return lock
}

function holdLock(database: Database.Database, file: string, factsFile: string): KernelLock {
  return {
    file,
    release() {
      if (!heldLocks.delete(database)) return
      try {
        rmSync(factsFile, { force: true })
      } catch {
        // another user's: it names who held it last
      }
      // libsql's close leaves the handle to the garbage collector: the rollback is what frees the lock now.
      database.exec('ROLLBACK')
      database.close()
    },
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^SQLITE_(BUSY|LOCKED)/.test(String(error.code))
}

/** Whole or not at all: the next one may read at any moment. */
function writeFacts(factsFile: string, facts: Readonly<Record<string, unknown>>, mode: number): void {
  const draft = `${factsFile}.${process.pid}.tmp`
  writeFileSync(draft, JSON.stringify(facts), { mode })
  renameSync(draft, factsFile)
}

function readFacts(factsFile: string): Record<string, unknown> | null {
  try {
    const facts: unknown = JSON.parse(readFileSync(factsFile, 'utf8'))
    return typeof facts === 'object' && facts !== null ? (facts as Record<string, unknown>) : null
  } catch {
    return null
  }
}
