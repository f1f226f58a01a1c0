// Opening a SQLite file: what is made, and what is refused in words. What a store promises is in test/contract/.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'libsql'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { connectSqlite, openSqliteStore } from '../../../../controller/store/sqlite.ts'
import { SweepError } from '../../../../sweeps/errors.ts'
import { aSweep } from '../../../support/records.ts'

let folder: string
let file: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sqlite-'))
  file = join(folder, 'sweep.db')
})

afterEach(() => rmSync(folder, { recursive: true }))

async function openAndClose(): Promise<void> {
  const store = await openSqliteStore({ file })
  await store.write((tx) => tx.insertSweep(aSweep()))
  await store.close()
}

/** What is said when the file cannot be opened; always an answer in words, with what to do. */
async function refusal(path = file): Promise<string> {
  const error: unknown = await openSqliteStore({ file: path }).then(
    () => null,
    (error: unknown) => error,
  )
  expect(error).toBeInstanceOf(SweepError)
  const { code, message, hint } = error as SweepError
  expect({ code, startsWithFile: message.startsWith(path) }).toEqual({
    code: 'STORE_UNAVAILABLE',
    startsWithFile: true,
  })
  expect(hint).toBeTruthy()
  return message.slice(path.length)
}

/** Runs a statement on the file as another program would. */
function bySqliteShell(statement: string): unknown[] {
  const database = new Database(file)
  try {
    return database.prepare(statement).all()
  } finally {
    database.close()
  }
}

describe('openSqliteStore', () => {
  it('makes a file that only its owner can read, and its write-ahead log likewise', async () => {
    const store = await openSqliteStore({ file })

    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(statSync(`${file}-wal`).mode & 0o777).toBe(0o600)
    await store.close()
  })

  it('connects with a write-ahead log, full synchronisation and foreign keys', async () => {
    const connection = await connectSqlite(file)
    const setting = async (name: string) => {
      const { rows } = await connection.executeQuery<Record<string, unknown>>({
        ...connection.selectFrom('settings').selectAll().compile(),
        sql: `pragma ${name}`,
      })
      return Object.values(rows[0] ?? {})[0]
    }

    expect([
      await setting('journal_mode'),
      await setting('synchronous'),
      await setting('foreign_keys'),
    ]).toEqual(['wal', 2, 1])
    await connection.destroy()
  })

  it('refuses a file of a newer version, and changes nothing in it', async () => {
    await openAndClose()
    const newer = new Database(file)
    newer.exec("insert into kysely_migration (name, timestamp) values ('9999-from-the-future', 'now')")
    newer.close()

    expect(await refusal()).toBe(' was written by a newer version of sweep')
    expect(bySqliteShell('select count(*) as n from sweeps')).toEqual([{ n: 1 }])
  })

  it('refuses a file that is something else, and leaves it as it is', async () => {
    const text = 'minutes of a meeting\n'.repeat(500)
    writeFileSync(file, text)

    expect(await refusal()).toMatch(/^: the database file is not a SQLite database/)
    expect(readFileSync(file, 'utf8')).toBe(text)
  })

  it('refuses a file that was cut off', async () => {
    await openAndClose()
    bySqliteShell('pragma wal_checkpoint(truncate)')
    truncateSync(file, 8192)

    expect(await refusal()).toMatch(/^: the database file is damaged/)
  })

  it('refuses a missing folder and a folder in the place of the file', async () => {
    mkdirSync(file)

    expect(await refusal(join(folder, 'missing', 'sweep.db'))).toMatch(/folder does not exist/)
    expect(await refusal()).toMatch(/could not be opened/)
  })

  it('opens again after a kill in the middle of the first migration: no table is half there', async () => {
    // What a kill leaves is what was not committed; here the second half of the migration fails instead.
    const occupied = new Database(file)
    occupied.exec('create table settings (something_else text)')
    occupied.close()
    expect(await refusal()).toMatch(/could not be brought to this version's tables/)

    expect(
      bySqliteShell("select name from sqlite_master where name in ('sweeps', 'runs', 'settings')"),
    ).toEqual([{ name: 'settings' }])
  })
})
