// SQLite by libsql: opening a file, its settings, its errors in words. The only file that knows libsql's ways.
import { closeSync, openSync } from 'node:fs'
import Database from 'libsql'
import { CompiledQuery, Kysely, SqliteAdapter, SqliteDialect } from 'kysely'
import type { SqliteDatabase, SqliteStatement } from 'kysely'
import { SweepError } from '../../sweeps/errors.ts'
import type { SweepStore } from '../../sweeps/store.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { StoreMeter } from '../meter.ts'
import { migrateToNewest } from './migrations/index.ts'
import type { StoreSchema } from './schema.ts'
import type { StoreDialect } from './session.ts'
import { createSqlStore } from './sql-store.ts'

export interface SqliteStoreOptions {
  /** The database file; made, readable by its owner only, when it is missing. Its folder exists. */
  readonly file: string
  /** @default systemClock */
  readonly clock?: Clock
  /** @default silentMeter */
  readonly meter?: StoreMeter
}

/**
 * Opens the store in a file, and brings it to this version's tables. One process at a time (runtime/kernel-lock.ts).
 * @throws SweepError STORE_UNAVAILABLE when the file cannot be opened, is damaged, or was written by a newer version
 */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<SweepStore> {
  const opened: Kysely<StoreSchema>[] = []
  try {
    makePrivateFile(options.file)
    const writer = await connectSqlite(options.file)
    opened.push(writer)
    await migrateToNewest(writer as unknown as Kysely<never>, sqliteDialect.columnTypes, options.file)
    const reader = await connectSqlite(options.file)
    opened.push(reader)
    return await createSqlStore({ ...options, writer, reader, dialect: dialectOf(options.file) })
  } catch (error) {
    for (const connection of opened) await connection.destroy()
    throw openingError(error, options.file)
  }
}

/** The file holds attempts' tokens. SQLite gives its -wal and -shm files the same mode. */
function makePrivateFile(file: string): void {
  try {
    closeSync(openSync(file, 'wx', 0o600))
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  }
}

/**
 * One connection. WAL: readers and the writer do not wait for each other. synchronous=FULL: a commit is on the disk
 * when it returns. The busy time is short, because libsql waits on the event loop: only a backup tool or a person
 * with a SQLite shell can be in the way.
 */
export async function connectSqlite(file: string): Promise<Kysely<StoreSchema>> {
  const database = new Database(file, { timeout: BUSY_TIMEOUT_MS })
  try {
    for (const setting of [
      'journal_mode=WAL',
      'synchronous=FULL',
      'foreign_keys=ON',
      'journal_size_limit=67108864',
    ])
      database.pragma(setting)
  } catch (error) {
    database.close()
    throw error
  }
  const connection = new Kysely<StoreSchema>({
    dialect: new LibsqlDialect({ database: new LibsqlDatabase(database) }),
  })
  // kysely's destroy closes nothing that has not run a statement.
  await connection.executeQuery(CompiledQuery.raw('select 1'))
  return connection
}

const BUSY_TIMEOUT_MS = 1000

// In kysely's terms. Unlike kysely's own dialect it runs migrations in a transaction, which SQLite can: a kill -9
// between two CREATE TABLE leaves nothing.
class LibsqlDialect extends SqliteDialect {
  override createAdapter(): SqliteAdapter {
    return new (class extends SqliteAdapter {
      override get supportsTransactionalDdl(): boolean {
        return true
      }
    })()
  }
}

/** More statement texts than the store has; what is built freely (`where ... in`) pushes the oldest out. */
const CACHED_STATEMENTS = 256

/** What kysely needs of a database, with statements kept prepared: preparing costs more than running most of them. */
class LibsqlDatabase implements SqliteDatabase {
  readonly #statements = new Map<string, SqliteStatement>()

  constructor(private readonly database: Database.Database) {}

  prepare(text: string): SqliteStatement {
    const known = this.#statements.get(text)
    this.#statements.delete(text)
    const statement = known ?? new LibsqlStatement(this.database.prepare(text))
    this.#statements.set(text, statement)
    if (this.#statements.size > CACHED_STATEMENTS) {
      const oldest = this.#statements.keys().next()
      if (!oldest.done) this.#statements.delete(oldest.value)
    }
    return statement
  }

  close(): void {
    this.#statements.clear()
    this.database.close()
  }
}

class LibsqlStatement implements SqliteStatement {
  readonly reader: boolean

  constructor(private readonly statement: Database.Statement) {
    this.reader = statement.reader
  }

  all(parameters: readonly unknown[]): unknown[] {
    return this.statement.all(bindable(parameters))
  }

  run(parameters: readonly unknown[]): { changes: number | bigint; lastInsertRowid: number | bigint } {
    return this.statement.run(bindable(parameters))
  }

  iterate(parameters: readonly unknown[]): IterableIterator<unknown> {
    return this.statement.iterate(bindable(parameters))
  }
}

/** libsql ends the whole process when it is given a boolean, so only what it knows gets through. */
function bindable(parameters: readonly unknown[]): unknown[] {
  for (const value of parameters)
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'bigint' && value !== null)
      throw new TypeError(
        `a statement's parameter is ${typeof value}: only text, numbers and null can be bound`,
      )
  return parameters as unknown[]
}

const DISK_FULL = 'the disk of the database file is full'

/** By SQLite's primary result code, or node's when the file is made. */
const OUTAGES: Readonly<Record<string, string>> = {
  SQLITE_BUSY: 'the database file is locked by another program',
  SQLITE_LOCKED: 'the database file is locked by another program',
  SQLITE_PROTOCOL: 'the database file is locked by another program',
  SQLITE_FULL: DISK_FULL,
  SQLITE_IOERR: 'the database file could not be read or written',
  SQLITE_CANTOPEN: 'the database file could not be opened',
  SQLITE_READONLY: 'the database file may not be written',
  SQLITE_PERM: 'the database file may not be written',
  SQLITE_NOMEM: 'there was no memory left for the database',
  SQLITE_CORRUPT: 'the database file is damaged',
  SQLITE_NOTADB: 'the database file is not a SQLite database',
  SQLITE_INTERRUPT: 'the database was interrupted',
  ENOENT: 'its folder does not exist',
  ENOTDIR: 'its folder does not exist',
  EACCES: 'this user may not make the database file',
  EROFS: 'the disk of the database file is read-only',
  ENOSPC: DISK_FULL,
}

export const sqliteDialect: StoreDialect = {
  begin: 'begin immediate',
  shareLock: '', // one connection writes
  columnTypes: { id: 'text' },
  isRemote: false,
  describeOutage(error) {
    if (!(error instanceof Error)) return null
    if (/not open|has already been destroyed/.test(error.message)) return 'the store is closed'
    // Not in SQLite's terms: libsql's failure to open, and node's to make the file.
    if (/^ConnectionFailed/.test(error.message)) return OUTAGES['SQLITE_CANTOPEN'] as string
    const code = 'code' in error ? String(error.code) : ''
    const primary = Object.keys(OUTAGES).find((known) => code === known || code.startsWith(`${known}_`))
    return primary === undefined ? null : `${OUTAGES[primary]} (${code})`
  },
}

/** The same, with a full disk named by the file on it: that is what somebody must look for. */
function dialectOf(file: string): StoreDialect {
  return {
    ...sqliteDialect,
    describeOutage: (error) =>
      sqliteDialect.describeOutage(error)?.replace(DISK_FULL, `the disk that holds ${file} is full`) ?? null,
  }
}

function openingError(error: unknown, file: string): unknown {
  if (error instanceof SweepError && error.code !== 'STORE_UNAVAILABLE') return error
  const cause = error instanceof SweepError ? error.cause : error
  const words = sqliteDialect.describeOutage(cause)
  if (words === null && error instanceof SweepError) return error
  const what = words ?? (cause instanceof Error ? cause.message : String(cause))
  const isDamaged = /CORRUPT|NOTADB/.test(what)
  return new SweepError('STORE_UNAVAILABLE', `${file}: ${what}`, {
    hint: isDamaged
      ? 'Restore it from a backup, or move it away (with its -wal and -shm) to start empty. Nothing was changed.'
      : 'Check that the folder exists, that this user may write there, and that the disk has room.',
    cause: error,
  })
}
