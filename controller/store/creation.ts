// Numbers of the order of creation and of changes, from one-row counters, and projects, which exist once something is
// in them.
import { sql } from 'kysely'
import { insertRows } from './session.ts'
import type { SqlSession } from './session.ts'

/** Makes sure that projects of these names exist. */
export async function addProjects(
  session: SqlSession,
  projects: readonly { readonly name: string; readonly at: number }[],
): Promise<void> {
  const byName = new Map(projects.map(({ name, at }) => [name, { name, created_at: at }]))
  await insertRows(session, 'projects', [...byName.values()], { keep: ['name'] })
}

/** The first of `count` new numbers of the order of creation. */
export async function nextCreation(session: SqlSession, count: number): Promise<number> {
  const last = await advanceCounter(
    session,
    sql<{ value: number }>`
      update creation_counter set creation = creation + ${count} where id = 1 returning creation as value`,
  )
  return last - count + 1
}

/** Runs an update of a counter's one row that returns its new `value`. */
export async function advanceCounter(
  session: SqlSession,
  update: ReturnType<typeof sql<{ value: number }>>,
): Promise<number> {
  const { rows } = await session.run(update.compile(session.sql))
  const value = rows[0]?.value
  if (value === undefined) throw new Error('a counter has no row: the first migration writes it')
  return value
}
