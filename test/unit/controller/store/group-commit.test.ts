// How units share transactions, and what they are told when the database itself fails. On a real SQLite file.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'libsql'
import { CompiledQuery } from 'kysely'
import type { Kysely } from 'kysely'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { StoreSchema } from '../../../../controller/store/schema.ts'
import { createSqlStore } from '../../../../controller/store/sql-store.ts'
import { connectSqlite, openSqliteStore, sqliteDialect } from '../../../../controller/store/sqlite.ts'
import { StoreUnavailableError } from '../../../../sweeps/errors.ts'
import type { SweepStore } from '../../../../sweeps/store.ts'
import { aSweep } from '../../../support/records.ts'

let folder: string
let file: string
let writer: Kysely<StoreSchema>
let store: SweepStore
let transactionCount: number
let nowMs: number

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'group-commit-'))
  file = join(folder, 'sweep.db')
  await (await openSqliteStore({ file })).close()
  writer = await connectSqlite(file)
  const reader = await connectSqlite(file)
  nowMs = 0
  const clock = { now: () => nowMs, monotonicMs: () => nowMs }
  store = await createSqlStore({
    writer: countingTransactions(writer),
    reader,
    dialect: sqliteDialect,
    clock,
  })
  transactionCount = 0
})

afterEach(async () => {
  await store.close()
  rmSync(folder, { recursive: true })
})

/** The same connection; each transaction of the store asks it for `connection()` once. */
function countingTransactions(connection: Kysely<StoreSchema>): Kysely<StoreSchema> {
  return new Proxy(connection, {
    get(target, property) {
      if (property === 'connection') transactionCount += 1
      const member: unknown = Reflect.get(target, property, target)
      return typeof member === 'function' ? member.bind(target) : member
    },
  })
}

describe('units of work', () => {
  it('that come in the same turn share one transaction', async () => {
    await Promise.all(Array.from({ length: 20 }, () => store.write((tx) => tx.insertSweep(aSweep()))))

    expect(transactionCount).toBe(1)
    expect(await store.listSweeps()).toHaveLength(20)
  })

  it('that come one after the other each have a transaction of their own', async () => {
    for (let count = 0; count < 3; count += 1) await store.write((tx) => tx.insertSweep(aSweep()))

    expect(transactionCount).toBe(3)
  })

  it('that take long are not waited for by all that come: a transaction is closed after some milliseconds', async () => {
    const slow = () =>
      store.write(async () => {
        nowMs += 5
      })
    await Promise.all([slow(), slow(), slow()])

    expect(transactionCount).toBe(3)
  })

  it('leave the event loop its turns while many are written one after the other', async () => {
    let turns = 0
    let isWriting = true
    const countTurn = () => {
      turns += 1
      if (isWriting) setImmediate(countTurn)
    }
    setImmediate(countTurn)
    for (let count = 0; count < 20; count += 1) await store.write((tx) => tx.insertSweep(aSweep()))
    isWriting = false

    expect(turns).toBeGreaterThanOrEqual(19)
  })
})

describe('when the database fails', () => {
  it('rejects every unit that waited with StoreUnavailableError, writes nothing, and works again afterwards', async () => {
    const other = new Database(file)
    other.exec('begin immediate')
    const outcomes = await Promise.allSettled(
      [aSweep(), aSweep()].map((sweep) => store.write((tx) => tx.insertSweep(sweep))),
    )
    const whileLocked = await store.listSweeps()
    other.exec('rollback')
    other.close()

    expect(outcomes.map((outcome) => outcome.status === 'rejected' && outcome.reason)).toEqual([
      expect.any(StoreUnavailableError),
      expect.any(StoreUnavailableError),
    ])
    expect(whileLocked).toEqual([])
    const sweep = aSweep()
    await store.write((tx) => tx.insertSweep(sweep))
    expect(await store.listSweeps()).toEqual([sweep])
  })

  it('on a full disk rejects the unit and its commit-mates, and stores none of them', async () => {
    const { rows } = await writer.executeQuery<{ page_count: number }>(
      CompiledQuery.raw('pragma page_count') as never,
    )
    await writer.executeQuery(CompiledQuery.raw(`pragma max_page_count = ${(rows[0]?.page_count ?? 0) + 4}`))
    const small = aSweep()
    const huge = aSweep({ configText: 'x'.repeat(1_000_000) })
    const after = aSweep()
    const outcomes = await Promise.allSettled(
      [small, huge, after].map((sweep) => store.write((tx) => tx.insertSweep(sweep))),
    )

    for (const outcome of outcomes)
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'STORE_UNAVAILABLE' } })
    expect(outcomes[1]).toMatchObject({ reason: { message: expect.stringContaining('disk') as string } })
    expect(await store.listSweeps()).toEqual([])
    await store.write((tx) => tx.insertSweep(small))
    expect(await store.listSweeps()).toEqual([small])
  })

  it('a unit that swallows the failure is rejected all the same', async () => {
    await writer.executeQuery(CompiledQuery.raw('pragma max_page_count = 1'))
    const huge = aSweep({ configText: 'x'.repeat(10_000_000) })

    const outcome = store.write((tx) => tx.insertSweep(huge).catch(() => undefined))

    await expect(outcome).rejects.toThrow(StoreUnavailableError)
    expect(await store.listSweeps()).toEqual([])
  })
})
