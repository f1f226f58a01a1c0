// PostgreSQL by pg: connecting, what it calls differently, its errors in words. The only file that knows pg's ways.
import { CompiledQuery, Kysely, PostgresDialect } from 'kysely'
import { Pool, types } from 'pg'
import type { PoolConfig } from 'pg'
import { SweepError } from '../../sweeps/errors.ts'
import type { SweepStore } from '../../sweeps/store.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { StoreMeter } from '../meter.ts'
import { migrateToNewest } from './migrations/index.ts'
import type { StoreSchema } from './schema.ts'
import type { StoreDialect } from './session.ts'
import { createSqlStore } from './sql-store.ts'

export interface PostgresStoreOptions {
  /** `postgres://user:password@host:5432/database?sslmode=...`; never shown. */
  readonly url: string
  /** @default systemClock */
  readonly clock?: Clock
  /** @default silentMeter */
  readonly meter?: StoreMeter
  /** A connection that nobody uses broke. */
  readonly onError?: (error: Error) => void
}

const READERS = 4
const CONNECT_LIMIT_MS = 5_000
/** A statement that hangs (a lock held by a person's session) fails like an outage, and is tried again by its caller. */
const STATEMENT_LIMIT_MS = 30_000

/**
 * Opens the store, and brings the database to this version's tables. Any number of controllers may share it: their
 * units of work wait for each other, as on SQLite.
 * @throws SweepError STORE_UNAVAILABLE when it does not answer, refuses the login, or was written by a newer version
 */
export async function openPostgresStore(options: PostgresStoreOptions): Promise<SweepStore> {
  const where = describeAddress(options.url)
  const opened: Kysely<StoreSchema>[] = []
  const connect = async (max: number) => {
    const connection = connectPostgres(options.url, max, options.onError ?? (() => {}))
    opened.push(connection)
    // kysely's destroy closes nothing that has not run a statement.
    await connection.executeQuery(CompiledQuery.raw('select 1'))
    return connection
  }
  try {
    const writer = await connect(1)
    await migrateToNewest(writer as unknown as Kysely<never>, postgresDialect.columnTypes, where)
    return await createSqlStore({
      writer,
      reader: await connect(READERS),
      dialect: postgresDialect,
      ...(options.clock === undefined ? {} : { clock: options.clock }),
      ...(options.meter === undefined ? {} : { meter: options.meter }),
    })
  } catch (error) {
    for (const connection of opened) await connection.destroy()
    throw openingError(error, where)
  }
}

function connectPostgres(url: string, max: number, onError: (error: Error) => void): Kysely<StoreSchema> {
  const settings: PoolConfig = {
    connectionString: url,
    max,
    connectionTimeoutMillis: CONNECT_LIMIT_MS,
    statement_timeout: STATEMENT_LIMIT_MS,
    keepAlive: true,
    application_name: 'sweep',
    types: { getTypeParser: numberParser },
  }
  const pool = new Pool(settings)
  pool.on('error', onError) // without a listener, a connection that breaks while idle would end the process
  // The pool listens to idle connections only. One that breaks between two statements of a transaction tells nobody
  // else; the next statement fails.
  pool.on('connect', (client) => void client.on('error', () => {}))
  return new Kysely<StoreSchema>({ dialect: new PostgresDialect({ pool }) })
}

const INT8 = 20
const NUMERIC = 1700

/** pg gives bigint and numeric as text; the store's own numbers (times, counters, sums of them) are below 2^53. */
const numberParser: typeof types.getTypeParser = ((oid: number, format?: 'text' | 'binary') =>
  oid === INT8 || oid === NUMERIC
    ? Number
    : types.getTypeParser(oid, format as 'text')) as typeof types.getTypeParser

/** Drawn once: the key of the lock that a unit of work holds until its end. */
const WRITERS_LOCK = 7_305_128_466_124_031

export const postgresDialect: StoreDialect = {
  // Units read, decide and write: one at a time over all controllers. Statements after the lock see what the one
  // before committed (each has a snapshot of its own at the isolation level "read committed").
  begin: `begin; select pg_advisory_xact_lock(${WRITERS_LOCK})`,
  shareLock: 'for share',
  columnTypes: { id: 'text collate "C"' },
  isRemote: true,
  describeOutage(error) {
    if (!(error instanceof Error)) return null
    const code = 'code' in error ? String(error.code) : ''
    const words = OUTAGES.find(([pattern]) => pattern.test(code))?.[1] ?? lostConnection(error.message)
    return words === null ? null : `${words} (${code === '' ? error.message : code})`
  },
}

/** By SQLSTATE, or node's code when there was no connection. */
const OUTAGES: readonly (readonly [RegExp, string])[] = [
  [/^(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH)$/, 'PostgreSQL is not reachable'],
  [/^(?:ECONNRESET|EPIPE|ETIMEDOUT|08...|57P0.)$/, 'the connection to PostgreSQL broke'],
  [/^28...$/, 'PostgreSQL refused the login'],
  [/^3D000$/, 'the database does not exist'],
  [/^53100$/, "PostgreSQL's disk is full"],
  [/^53...$/, 'PostgreSQL is out of connections or memory'],
  [/^(?:25006)$/, 'PostgreSQL is read-only (a standby?)'],
  [/^(?:40...|55P03|57014)$/, 'PostgreSQL ended a statement that waited too long'],
  [/^(?:25P02)$/, 'an earlier statement of the transaction failed'],
  [/^(?:58...|XX...)$/, 'PostgreSQL failed inside'],
]

/** pg's own errors have no code. */
function lostConnection(message: string): string | null {
  if (/driver has already been destroyed|Cannot use a pool after calling end/.test(message))
    return 'the store is closed'
  return /Connection terminated|timeout exceeded when trying to connect|not queryable|Client was closed/.test(
    message,
  )
    ? 'the connection to PostgreSQL broke'
    : null
}

/** Without user and password. */
function describeAddress(url: string): string {
  if (!URL.canParse(url) || !/^postgres(?:ql)?:$/.test(new URL(url).protocol)) {
    throw new SweepError('USAGE', 'DATABASE_URL is no address of a database', {
      hint: 'Write it as postgres://USER:PASSWORD@HOST:5432/DATABASE.',
    })
  }
  const { host, pathname } = new URL(url)
  return `PostgreSQL at ${host === '' ? 'its socket' : host}${pathname}`
}

function openingError(error: unknown, where: string): unknown {
  if (error instanceof SweepError && error.code !== 'STORE_UNAVAILABLE') return error
  const cause = error instanceof SweepError ? error.cause : error
  const words = postgresDialect.describeOutage(cause)
  if (words === null && error instanceof SweepError) return error
  const what = words ?? (cause instanceof Error ? cause.message : String(cause))
  return new SweepError('STORE_UNAVAILABLE', `${where}: ${what}`, {
    hint: 'Check that it runs, and the user, password and name of the database in DATABASE_URL.',
    cause: error,
  })
}
