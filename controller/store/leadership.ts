// Who leads: one row (epoch, holder, beat). A take-over makes a new epoch; units of work name theirs and are refused
// when it is over. No clock here: standbys watch `beat` on their own.
import { sql } from 'kysely'
import { LeadershipLostError } from '../../sweeps/errors.ts'
import type { Leadership } from '../../sweeps/store.ts'
import { leadershipFromRow } from './rows.ts'
import type { LeaderTable } from './schema.ts'
import { firstRowOf } from './session.ts'
import type { SqlSession } from './session.ts'

export async function readLeadership(session: SqlSession): Promise<Leadership | null> {
  const row = await firstRowOf(session, session.sql.selectFrom('leader').selectAll().where('id', '=', 1))
  return row === undefined ? null : leadershipFromRow(row)
}

/**
 * Holds the leader's row until the commit, so that no take-over can come between this check and the commit.
 * @throws LeadershipLostError
 */
export async function assertLeads(session: SqlSession, epoch: number): Promise<void> {
  const query = sql<Pick<LeaderTable, 'epoch'>>`
    select epoch from leader where id = 1 ${sql.raw(session.dialect.shareLock)}`
  const { rows } = await session.run(query.compile(session.sql))
  if (rows[0]?.epoch !== epoch) throw new LeadershipLostError(epoch)
}

/** @returns null when the row is no longer as expected: it was renewed, or someone else took the lead */
export async function takeLeadership(
  session: SqlSession,
  holder: string,
  expected: Leadership | null,
): Promise<Leadership | null> {
  const row = await firstRowOf(
    session,
    expected === null
      ? session.sql
          .insertInto('leader')
          .values({ id: 1, epoch: 1, holder, beat: 1 })
          .onConflict((conflict) => conflict.column('id').doNothing())
          .returningAll()
      : session.sql
          .updateTable('leader')
          .set({ epoch: expected.epoch + 1, holder, beat: expected.beat + 1 })
          .where('id', '=', 1)
          .where('epoch', '=', expected.epoch)
          .where('holder', '=', expected.holder)
          .where('beat', '=', expected.beat)
          .returningAll(),
  )
  return row === undefined ? null : leadershipFromRow(row)
}

/** @throws LeadershipLostError */
export async function renewLeadership(session: SqlSession, epoch: number): Promise<Leadership> {
  const row = await firstRowOf(
    session,
    session.sql
      .updateTable('leader')
      .set((eb) => ({ beat: eb('beat', '+', 1) }))
      .where('id', '=', 1)
      .where('epoch', '=', epoch)
      .returningAll(),
  )
  if (row === undefined) throw new LeadershipLostError(epoch)
  return leadershipFromRow(row)
}

/** Nothing happens when another epoch leads. */
export async function resignLeadership(session: SqlSession, epoch: number): Promise<void> {
  await session.run(
    session.sql
      .updateTable('leader')
      .set((eb) => ({ holder: '', beat: eb('beat', '+', 1) }))
      .where('id', '=', 1)
      .where('epoch', '=', epoch)
      .compile(),
  )
}
