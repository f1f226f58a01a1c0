// One writer, many units of work, few commits: units that wait together share one transaction, each under its own
// savepoint. What a unit does is not known here.
//
//   waiting    in the queue
//   running    inside the transaction, alone, under its savepoint
//   undone     it threw: rolled back to its savepoint and rejected at once; its commit-mates go on
//   done       its changes stand in the open transaction; it is not told yet
//   committed  told
// When the database itself fails, or the commit does, every unit of the transaction is rejected with
// StoreUnavailableError and nothing of them is stored.
import { setImmediate as nextTurn } from 'node:timers/promises'
import { CompiledQuery } from 'kysely'
import type { Kysely, QueryResult } from 'kysely'
import { StoreUnavailableError, SweepError } from '../../sweeps/errors.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { StoreMeter } from '../meter.ts'
import type { StoreSchema } from './schema.ts'
import type { SqlSession, StoreDialect } from './session.ts'

/** A transaction takes in no more units after this long: the first of them waits for the others. */
const GROUP_MS = 5

interface WaitingUnit {
  /** Runs the unit; afterwards `commit` tells its caller of success. */
  readonly run: (session: SqlSession) => Promise<void>
  readonly commit: () => void
  readonly reject: (error: unknown) => void
}

export interface GroupCommitOptions {
  /** Used by nobody else. */
  readonly writer: Kysely<StoreSchema>
  readonly dialect: StoreDialect
  readonly clock: Clock
  readonly meter: StoreMeter
}

export class GroupCommit {
  readonly #options: GroupCommitOptions
  readonly #queue: WaitingUnit[] = []
  readonly #listeners = new Set<() => void>()
  #loop: Promise<void> | null = null
  #isClosed = false

  constructor(options: GroupCommitOptions) {
    this.#options = options
  }

  /**
   * Runs a unit and resolves after the commit. A unit must await all that it starts, and must not write to the store
   * except through its own session: it would wait for itself.
   */
  write<T>(unit: (session: SqlSession) => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#isClosed) return reject(new StoreUnavailableError('the store is closed'))
      let result: T
      this.#queue.push({
        run: async (session) => {
          result = await unit(session)
        },
        commit: () => resolve(result),
        reject,
      })
      this.#loop ??= this.#runGroups()
    })
  }

  /** Calls the listener after each commit; it must not throw. @returns a function that ends it */
  onCommit(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** Takes no more units; resolves when those it has are told. */
  async close(): Promise<void> {
    this.#isClosed = true
    await this.#loop
  }

  async #runGroups(): Promise<void> {
    // Units of the same turn share the first commit.
    await Promise.resolve()
    while (this.#queue.length > 0) {
      await this.#runGroup()
      // SQLite answers without leaving this turn: without a pause, a busy writer would starve sockets and timers.
      await nextTurn()
    }
    // In the same turn as the last look at the queue: a unit that comes now starts the next loop.
    this.#loop = null
  }

  async #runGroup(): Promise<void> {
    const { clock, dialect, meter, writer } = this.#options
    const done: WaitingUnit[] = []
    const startMs = clock.monotonicMs()
    try {
      await writer.connection().execute((connection) => this.#runTransaction(connection, done))
    } catch (error) {
      const outage = asOutage(error, dialect)
      meter.storeFailed(outage.message)
      // Whatever waited meets the same database; waiting on would only repeat the failure one by one.
      for (const unit of [...done, ...this.#queue.splice(0)]) unit.reject(outage)
      return
    }
    meter.committed({ unitCount: done.length, seconds: (clock.monotonicMs() - startMs) / 1000 })
    for (const unit of done) unit.commit()
    for (const listener of this.#listeners) listener()
  }

  async #runTransaction(connection: Kysely<StoreSchema>, done: WaitingUnit[]): Promise<void> {
    const { dialect, clock } = this.#options
    await connection.executeQuery(CompiledQuery.raw(dialect.begin))
    try {
      const deadline = clock.monotonicMs() + GROUP_MS
      for (let unit = this.#queue.shift(); unit !== undefined; unit = this.#queue.shift()) {
        if (await runUnderSavepoint(connection, dialect, unit)) done.push(unit)
        if (clock.monotonicMs() >= deadline) break
      }
      await connection.executeQuery(CompiledQuery.raw('commit'))
    } catch (error) {
      // A full disk or a failed commit may have ended the transaction already: then there is nothing to roll back.
      await connection.executeQuery(CompiledQuery.raw('rollback')).catch(() => undefined)
      throw error
    }
  }
}

/**
 * @returns whether its changes stand; if not, it has been rejected
 * @throws when the database failed, and with it the whole transaction
 */
async function runUnderSavepoint(
  connection: Kysely<StoreSchema>,
  dialect: StoreDialect,
  unit: WaitingUnit,
): Promise<boolean> {
  const session = new UnitSession(connection, dialect)
  try {
    await connection.executeQuery(CompiledQuery.raw('savepoint unit'))
  } catch (error) {
    unit.reject(asOutage(error, dialect))
    throw error
  }
  let failure: { readonly error: unknown } | null = null
  try {
    await unit.run(session)
  } catch (error) {
    failure = { error }
  }
  const flaw = await session.end()
  failure ??= flaw
  try {
    if (session.outage !== null) throw session.outage
    if (failure !== null) await connection.executeQuery(CompiledQuery.raw('rollback to savepoint unit'))
    await connection.executeQuery(CompiledQuery.raw('release savepoint unit'))
  } catch (error) {
    unit.reject(asOutage(error, dialect))
    throw error
  }
  if (failure === null) return true
  unit.reject(failure.error)
  return false
}

/** The writer's connection for the time of one unit. */
class UnitSession implements SqlSession {
  readonly sql: Kysely<StoreSchema>
  readonly dialect: StoreDialect
  /** Set when the database failed: the whole transaction is gone with it. */
  outage: StoreUnavailableError | null = null
  #statementFailure: { readonly error: unknown } | null = null
  #isOver = false
  readonly #pending = new Set<Promise<unknown>>()

  constructor(connection: Kysely<StoreSchema>, dialect: StoreDialect) {
    this.sql = connection
    this.dialect = dialect
  }

  run<Row>(query: CompiledQuery<Row>): Promise<QueryResult<Row>> {
    if (this.#isOver)
      return Promise.reject(new SweepError('INTERNAL', 'a statement came after the end of its unit of work'))
    if (this.outage !== null) return Promise.reject(this.outage)
    const result = this.#execute(query)
    this.#pending.add(result)
    const settled = () => this.#pending.delete(result)
    result.then(settled, settled)
    return result
  }

  async #execute<Row>(query: CompiledQuery<Row>): Promise<QueryResult<Row>> {
    try {
      return await this.sql.executeQuery(query)
    } catch (error) {
      const words = this.dialect.describeOutage(error)
      const failure =
        words === null ? refusal(error) : (this.outage = new StoreUnavailableError(words, error))
      this.#statementFailure ??= { error: failure }
      throw failure
    }
  }

  /**
   * Lets nothing more in. A unit in which a statement failed is undone even when it caught the error (PostgreSQL would
   * refuse to go on), and so is one that did not await what it started: it would write into the next unit.
   */
  async end(): Promise<{ readonly error: unknown } | null> {
    this.#isOver = true
    if (this.#pending.size === 0) return this.#statementFailure
    await Promise.allSettled(this.#pending)
    return (
      this.#statementFailure ?? {
        error: new SweepError(
          'INTERNAL',
          'a unit of work ended before its statements: it did not await them',
        ),
      }
    )
  }
}

/** A statement that the database understood and refused: a key that exists, a row that is missing. */
function refusal(error: unknown): SweepError {
  const words = error instanceof Error ? error.message : String(error)
  return new SweepError('INTERNAL', `the database refused a statement: ${words}`, { cause: error })
}

/** Outside a statement of a unit every error is an outage: begin, savepoint and commit are never refused. */
function asOutage(error: unknown, dialect: StoreDialect): StoreUnavailableError {
  if (error instanceof StoreUnavailableError) return error
  const words = error instanceof Error ? error.message : String(error)
  return new StoreUnavailableError(dialect.describeOutage(error) ?? `the database failed: ${words}`, error)
}

/** A session for reads outside any unit, on a connection of its own. */
export function createReadSession(
  reader: Kysely<StoreSchema>,
  dialect: StoreDialect,
  meter: StoreMeter,
): SqlSession {
  return {
    sql: reader,
    dialect,
    run: async (query) => {
      try {
        return await reader.executeQuery(query)
      } catch (error) {
        const outage = asOutage(error, dialect)
        meter.storeFailed(outage.message)
        throw outage
      }
    },
  }
}
