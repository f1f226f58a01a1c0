// The store on SQL: reads on a connection of their own, writes through group commits. Which database it is, and how it
// is opened, is in its dialect's file (sqlite.ts).
import { randomInt } from 'node:crypto'
import type { Kysely } from 'kysely'
import { createId } from '../../sweeps/sweep.ts'
import type { Leadership, StoreTransaction, SweepStore } from '../../sweeps/store.ts'
import { systemClock } from '../../runtime/clock.ts'
import type { Clock } from '../../runtime/clock.ts'
import { silentMeter } from '../meter.ts'
import type { StoreMeter } from '../meter.ts'
import { GroupCommit, createReadSession } from './group-commit.ts'
import {
  assertLeads,
  readLeadership,
  renewLeadership,
  resignLeadership,
  takeLeadership,
} from './leadership.ts'
import type { StoreSchema } from './schema.ts'
import { firstRowOf, insertRows } from './session.ts'
import type { SqlSession, StoreDialect } from './session.ts'
import { SqlReads } from './sql-reads.ts'
import { SqlTransaction } from './sql-transaction.ts'

/** Both connections give bigint columns as numbers. */
export interface SqlStoreOptions {
  /** Used by the store alone; migrated. Closed with the store. */
  readonly writer: Kysely<StoreSchema>
  /** Sees committed data only, and never waits for the writer. Closed with the store. */
  readonly reader: Kysely<StoreSchema>
  readonly dialect: StoreDialect
  /** @default systemClock */
  readonly clock?: Clock
  /** Told of commits and failures. @default silentMeter */
  readonly meter?: StoreMeter
}

/** Makes the store on a migrated database. */
export async function createSqlStore(options: SqlStoreOptions): Promise<SweepStore> {
  const store = new SqlStore(options)
  await store.ensureDeployment()
  return store
}

class SqlStore extends SqlReads implements SweepStore {
  readonly #writer: Kysely<StoreSchema>
  readonly #reader: Kysely<StoreSchema>
  readonly #commits: GroupCommit
  #closing: Promise<void> | null = null

  constructor(options: SqlStoreOptions) {
    const meter = options.meter ?? silentMeter
    super(createReadSession(options.reader, options.dialect, meter))
    this.#writer = options.writer
    this.#reader = options.reader
    this.#commits = new GroupCommit({
      writer: options.writer,
      dialect: options.dialect,
      clock: options.clock ?? systemClock,
      meter,
    })
  }

  write<T>(
    unit: (tx: StoreTransaction) => Promise<T>,
    options: { readonly epoch?: number } = {},
  ): Promise<T> {
    const { epoch } = options
    return this.#commits.write(async (session) => {
      if (epoch !== undefined) await assertLeads(session, epoch)
      return unit(new SqlTransaction(session, epoch ?? null))
    })
  }

  readLeadership(): Promise<Leadership | null> {
    return readLeadership(this.session)
  }

  takeLeadership(holder: string, expected: Leadership | null): Promise<Leadership | null> {
    return this.#commits.write((session) => takeLeadership(session, holder, expected))
  }

  renewLeadership(epoch: number): Promise<Leadership> {
    return this.#commits.write((session) => renewLeadership(session, epoch))
  }

  async resignLeadership(epoch: number): Promise<void> {
    await this.#commits.write((session) => resignLeadership(session, epoch))
  }

  onCommit(listener: () => void): () => void {
    return this.#commits.onCommit(listener)
  }

  async ping(): Promise<void> {
    await firstRowOf(this.session, this.session.sql.selectFrom('change_counter').select('seq'))
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    await this.#commits.close()
    await this.#reader.destroy()
    await this.#writer.destroy()
  }

  /** Draws the deployment's id, once in the life of the database. */
  async ensureDeployment(): Promise<void> {
    const row = { name: 'deployment', value: createId((n) => randomInt(n)) }
    const draw = (session: SqlSession) => insertRows(session, 'settings', [row], { keep: ['name'] })
    await this.#commits.write(draw)
  }
}
