// What statements run on: the reader's connection, or the writer's inside one unit of work. Statements that are
// built for speed keep their compiled text here.
import { CompiledQuery, sql } from 'kysely'
import type { Compilable, Kysely, QueryResult } from 'kysely'
import { SweepError } from '../../sweeps/errors.ts'
import type { ColumnTypes } from './migrations/column-types.ts'
import type { StoreSchema } from './schema.ts'

/** What the databases do differently. Everything else in this folder is the same for all of them. */
export interface StoreDialect {
  /** Starts a transaction that will write. */
  readonly begin: string
  /** Ends a query that must hold the leader's row until the commit: `for share`, or nothing where one writer is all. */
  readonly shareLock: string
  readonly columnTypes: ColumnTypes
  /** A statement costs a round trip, so that many rows are better updated by one that takes longer to plan. */
  readonly isRemote: boolean
  /** The database itself failed (gone, full, locked, damaged), not the statement: what went wrong in words, else null. */
  describeOutage(error: unknown): string | null
}

/** Runs statements in order, and translates what goes wrong. */
export interface SqlSession {
  /** For building queries only; they run by `run`. */
  readonly sql: Kysely<StoreSchema>
  readonly dialect: StoreDialect
  run<Row>(query: CompiledQuery<Row>): Promise<QueryResult<Row>>
}

export async function rowsOf<Row>(session: SqlSession, query: Compilable<Row>): Promise<Row[]> {
  return (await session.run(query.compile())).rows
}

export async function firstRowOf<Row>(session: SqlSession, query: Compilable<Row>): Promise<Row | undefined> {
  return (await rowsOf(session, query))[0]
}

type Parameter = string | number | null
type Row = Readonly<Record<string, Parameter>>
type TableName = keyof StoreSchema & string

// Statement texts by kind, table, columns and number of rows. Building a query costs kysely 20-100 us, more than
// SQLite needs to run it. Few texts exist, because many rows are cut into INSERT_SIZES.
const templates = new WeakMap<StoreDialect, Map<string, string>>()

function template(dialect: StoreDialect, key: string, build: () => Compilable<unknown>): string {
  let texts = templates.get(dialect)
  if (texts === undefined) templates.set(dialect, (texts = new Map()))
  let text = texts.get(key)
  if (text === undefined) texts.set(key, (text = build().compile().sql))
  return text
}

/** Also of updates. */
const INSERT_SIZES = [64, 16, 4, 1] as const

/** How an insert meets a row that is there already: reject, leave it, or replace its other columns. */
export type OnConflict =
  { readonly keep: readonly string[]; readonly returning?: string } | { readonly replace: readonly string[] }

/**
 * Inserts rows that all have the same columns in the same order, a few statements for any number of them.
 * @returns the rows of `returning`, or none
 */
export async function insertRows(
  session: SqlSession,
  table: TableName,
  rows: readonly Row[],
  onConflict?: OnConflict,
): Promise<Record<string, unknown>[]> {
  const returned: Record<string, unknown>[] = []
  const columns = Object.keys(rows[0] ?? {})
  const kind = onConflict === undefined ? 'insert' : 'keep' in onConflict ? 'keep' : 'replace'
  let at = 0
  while (at < rows.length) {
    const size = INSERT_SIZES.find((candidate) => candidate <= rows.length - at) ?? 1
    const text = template(session.dialect, `${kind} ${table} ${size}`, () =>
      insertQuery(session.sql, table, columns, size, onConflict),
    )
    const parameters: Parameter[] = []
    for (const row of rows.slice(at, at + size))
      for (const column of columns) parameters.push(storable(row[column], table, column))
    const result = await session.run<Record<string, unknown>>(rawQuery(text, parameters))
    for (const row of result.rows) returned.push(row)
    at += size
  }
  return returned
}

function insertQuery(
  sql: Kysely<StoreSchema>,
  table: TableName,
  columns: readonly string[],
  size: number,
  onConflict: OnConflict | undefined,
): Compilable<unknown> {
  // The table is not known to the type system here, and the values stand for parameters only.
  const anyTable = sql as unknown as Kysely<Record<string, Record<string, number>>>
  const placeholderRow = Object.fromEntries(columns.map((column) => [column, 0]))
  const insert = anyTable.insertInto(table).values(new Array(size).fill(placeholderRow))
  if (onConflict === undefined) return insert
  if ('keep' in onConflict) {
    const kept = insert.onConflict((conflict) => conflict.columns([...onConflict.keep]).doNothing())
    return onConflict.returning === undefined ? kept : kept.returning(onConflict.returning)
  }
  const others = columns.filter((column) => !onConflict.replace.includes(column))
  return insert.onConflict((conflict) =>
    conflict
      .columns([...onConflict.replace])
      .doUpdateSet((eb) =>
        Object.fromEntries(others.map((column) => [column, eb.ref(`excluded.${column}`)])),
      ),
  )
}

/**
 * Replaces all columns of rows but their key; of two rows with one key the last counts.
 * @throws SweepError INTERNAL when there is no such row
 */
export async function updateRows(
  session: SqlSession,
  table: TableName,
  rows: readonly Row[],
  key: readonly string[],
): Promise<void> {
  const keyOf = (row: Row) => key.map((column) => String(row[column])).join(' ')
  const last = [...new Map(rows.map((row) => [keyOf(row), row])).values()]
  let at = 0
  while (at < last.length) {
    const room = session.dialect.isRemote ? last.length - at : 1
    const size = INSERT_SIZES.find((candidate) => candidate <= room) ?? 1
    const some = last.slice(at, at + size)
    at += size
    const [only] = some
    if (size === 1 && only !== undefined) await updateRow(session, table, only, key)
    else await updateTogether(session, table, some, key)
  }
}

async function updateTogether(
  session: SqlSession,
  table: TableName,
  rows: readonly Row[],
  key: readonly string[],
): Promise<void> {
  const columns = Object.keys(rows[0] ?? {})
  const others = columns.filter((column) => !key.includes(column))
  const text = template(session.dialect, `update ${table} ${rows.length}`, () => {
    const list = (names: readonly string[]) => sql.join(names.map((name) => sql.ref(name)))
    const placeholders = sql`select ${sql.join(columns.map(() => sql.val(0)))}`
    // The empty first part gives the parameters the types of the columns.
    return {
      compile: () =>
        sql`update ${sql.table(table)} set ${sql.join(others.map((name) => sql`${sql.ref(name)} = v.${sql.ref(name)}`))}
        from (select ${list(columns)} from ${sql.table(table)} where false union all ${sql.join(
          rows.map(() => placeholders),
          sql` union all `,
        )}) as v where ${sql.join(
          key.map((name) => sql`${sql.ref(`${table}.${name}`)} = v.${sql.ref(name)}`),
          sql` and `,
        )}`.compile(session.sql),
    }
  })
  const parameters = rows.flatMap((row) => columns.map((column) => storable(row[column], table, column)))
  const { numAffectedRows } = await session.run(rawQuery(text, parameters))
  if (numAffectedRows === BigInt(rows.length)) return
  const wanted = rows.map((row) => key.map((column) => String(row[column])).join(' ')).join(', ')
  throw new SweepError('INTERNAL', `${table}: there is no row for one of ${wanted} to save`, {
    details: { table, wanted },
  })
}

/**
 * Replaces all columns of one row but its key.
 * @throws SweepError INTERNAL when there is no such row
 */
export async function updateRow(
  session: SqlSession,
  table: TableName,
  row: Row,
  key: readonly string[],
): Promise<void> {
  const columns = Object.keys(row).filter((column) => !key.includes(column))
  const text = template(session.dialect, `update ${table}`, () => {
    const anyTable = session.sql as unknown as Kysely<Record<string, Record<string, number>>>
    const update = anyTable
      .updateTable(table)
      .set(Object.fromEntries(columns.map((column) => [column, 0])) as Record<string, number>)
    return key.reduce((query, column) => query.where(column, '=', 0), update)
  })
  const parameters = [...columns, ...key].map((column) => storable(row[column], table, column))
  const { numAffectedRows } = await session.run(rawQuery(text, parameters))
  if (numAffectedRows === 1n) return
  const wanted = key.map((column) => String(row[column])).join(' ')
  throw new SweepError('INTERNAL', `${table}: there is no row ${wanted} to save`, {
    details: { table, wanted },
  })
}

function rawQuery<Result>(text: string, parameters: readonly Parameter[]): CompiledQuery<Result> {
  return CompiledQuery.raw(text, parameters as Parameter[]) as CompiledQuery<Result>
}

// NUL: SQLite gives the text back cut off there, PostgreSQL refuses it. A lone surrogate: becomes U+FFFD in UTF-8.

const UNSTORABLE = /\u0000|\p{Surrogate}/u

/** Text is stored as given or not at all: what would come back changed is refused. */
function storable(value: Parameter | undefined, table: string, column: string): Parameter {
  if (typeof value === 'string' && UNSTORABLE.test(value)) {
    const at = value.search(UNSTORABLE)
    throw new SweepError(
      'REQUEST_INVALID',
      `${table}.${column}: character ${at} of the text is ${value[at] === '\0' ? 'NUL' : 'half of a surrogate pair'}, which cannot be stored`,
      { hint: 'Replace it with U+FFFD.', details: { table, column, at } },
    )
  }
  if (value === undefined || Number.isNaN(value))
    throw new SweepError('INTERNAL', `${table}.${column}: ${String(value)} cannot be stored`, {
      details: { table, column },
    })
  return value
}

/** Text that can be stored for certain: what cannot is replaced by U+FFFD. */
export function replaceUnstorable(text: string): string {
  return text.replace(/\u0000|\p{Surrogate}/gu, '\ufffd')
}

const BATCH = 256

/** Lists of ids for `in (...)`, each filled up to a power of two with its last id, so that few statement texts exist. */
export function* inBatches<T>(ids: readonly T[]): Generator<T[]> {
  const unique = [...new Set(ids)]
  for (let at = 0; at < unique.length; at += BATCH) {
    const batch = unique.slice(at, at + BATCH)
    const filled = 2 ** Math.ceil(Math.log2(batch.length))
    const lastId = batch[batch.length - 1]
    while (lastId !== undefined && batch.length < filled) batch.push(lastId)
    yield batch
  }
}
