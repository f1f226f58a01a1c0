// That the queries which run all the time use an index, as SQLite plans them: their cost must not grow with a sweep.
import Database from 'libsql'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { CompiledQuery } from 'kysely'
import { connectSqlite, sqliteDialect } from '../../../../controller/store/sqlite.ts'
import { SqlReads } from '../../../../controller/store/sql-reads.ts'
import type { SqlSession } from '../../../../controller/store/session.ts'
import type { StoreReads } from '../../../../sweeps/store.ts'
import { aRunId, aSweepId } from '../../../support/records.ts'
import { openTemporaryStore } from '../../../support/store.ts'
import type { TemporaryStore } from '../../../support/store.ts'

let temporary: TemporaryStore
let database: Database.Database

beforeEach(async () => {
  temporary = await openTemporaryStore()
  database = new Database(temporary.file)
})

afterEach(async () => {
  database.close()
  await temporary.close()
})

/** SQLite's plan of each statement that a read runs. */
async function plansOf(read: (reads: StoreReads) => Promise<unknown>): Promise<string[]> {
  const sql = await connectSqlite(temporary.file)
  const plans: string[] = []
  const session: SqlSession = {
    sql,
    dialect: sqliteDialect,
    run: <Row>(query: CompiledQuery<Row>) => {
      const rows = database.prepare(`explain query plan ${query.sql}`).all(query.parameters) as {
        detail: string
      }[]
      plans.push(rows.map((row) => row.detail).join('; '))
      return sql.executeQuery(query)
    },
  }
  await read(new SqlReads(session))
  await sql.destroy()
  return plans
}

it.each<[string, (reads: StoreReads) => Promise<unknown>, string]>([
  ['countOpenAttempts', (reads) => reads.countOpenAttempts(aSweepId()), 'attempts_open'],
  ['listOpenAttempts', (reads) => reads.listOpenAttempts(), 'attempts_open'],
  ['listWaitingRuns', (reads) => reads.listWaitingRuns(aSweepId(), 8), 'runs_waiting'],
  ['countRunsByState', (reads) => reads.countRunsByState(aSweepId()), 'runs_by_state'],
  ['listRuns of a sweep', (reads) => reads.listRuns({ sweepId: aSweepId(), limit: 9 }), 'runs_by_creation'],
  ['newestSweep', (reads) => reads.newestSweep(), 'sweeps_by_creation'],
  ['listAttempts', (reads) => reads.listAttempts([aRunId(), aRunId()]), 'run_id=?'],
  ['readChanges', (reads) => reads.readChanges(5, 9), 'seq>?'],
  [
    'readChanges of a sweep',
    (reads) => reads.readChanges(5, 9, { sweepId: aSweepId() }),
    'changes_by_sweep (sweep_id=? AND seq>?)',
  ],
  ['oldestSeq', (reads) => reads.oldestSeq(), 'changes'],
  ['lastSeqOfSweep', (reads) => reads.lastSeqOfSweep(aSweepId()), 'sweep_id=?'],
  ['listRanked', (reads) => reads.listRanked(aSweepId(), 'minimize'), 'COVERING INDEX runs_ranked'],
  ['countRuns of a sweep', (reads) => reads.countRuns({ sweepId: aSweepId() }), 'COVERING INDEX'],
])('%s is answered by an index', async (_, read, index) => {
  const [plan] = await plansOf(read)

  expect(plan).toContain(index)
})

it('countOpenAttempts starts from the open attempts, not from the runs of the sweep', async () => {
  const [plan] = await plansOf((reads) => reads.countOpenAttempts(aSweepId()))

  expect(plan).toMatch(/attempts_open.*; SEARCH runs/)
})

it('listWaitingRuns takes the order from its index: no sorting', async () => {
  const [plan] = await plansOf((reads) => reads.listWaitingRuns(aSweepId(), 8))

  expect(plan).not.toContain('TEMP B-TREE')
})

it.each(['minimize', 'maximize'] as const)(
  'the best run of a sweep is the first of its index: %s',
  async (goal) => {
    const [plan] = await plansOf((reads) => reads.listRanked(aSweepId(), goal, 1))

    expect(plan).toContain('runs_ranked (sweep_id=?')
    expect(plan).not.toContain('USE TEMP B-TREE FOR ORDER BY') // for ties alone: `... FOR LAST 3 TERMS OF ORDER BY`
  },
)

it('findByPrefix looks up ranges of ids, not all of them', async () => {
  const plans = await plansOf((reads) => reads.findByPrefix('bcd', 3))

  expect(plans[1]).toMatch(/SEARCH runs .*id>\? AND id<\?/)
})
