// What is told of agents beside their own rows: how their attempts ended, their newest failures, and the newest samples
// of what they work. A few queries each, however many agents there are.
import type { AttemptRecord } from '../../sweeps/run.ts'
import type { AgentEnds, AttemptEnd, SystemChunk } from '../../sweeps/store.ts'
import type { AgentId, RunId, SweepId } from '../../sweeps/sweep.ts'
import { systemFromRow } from './provenance-rows.ts'
import { attemptFromRow } from './rows.ts'
import { inBatches, rowsOf } from './session.ts'
import type { SqlSession } from './session.ts'

export async function countEnds(session: SqlSession, sweepId: SweepId | null): Promise<AgentEnds[]> {
  let select = session.sql
    .selectFrom('attempts')
    .select((eb) => ['attempts.agent_id', 'attempts.outcome', eb.fn.countAll<number | string>().as('count')])
    .where('attempts.outcome', 'in', ['finished', 'stopped', 'failed'])
    .groupBy(['attempts.agent_id', 'attempts.outcome'])
    .orderBy('attempts.agent_id')
  if (sweepId !== null)
    select = select.innerJoin('runs', 'runs.id', 'attempts.run_id').where('runs.sweep_id', '=', sweepId)
  const byAgent = new Map<AgentId, AgentEnds>()
  for (const { agent_id: agentId, outcome, count } of await rowsOf(session, select)) {
    const ends = byAgent.get(agentId) ?? { agentId, finished: 0, stopped: 0, failed: 0 }
    byAgent.set(agentId, { ...ends, [outcome ?? 'failed']: Number(count) })
  }
  return [...byAgent.values()]
}

/** More agents make no query faster, and SQLite takes 500 selects in one. */
const AGENTS_PER_QUERY = 100

export async function listLastEnds(
  session: SqlSession,
  agents: readonly { readonly id: AgentId; readonly since: number }[],
  limit: number,
): Promise<AttemptEnd[]> {
  const ends: AttemptEnd[] = []
  const endsOf = ({ id, since }: { readonly id: AgentId; readonly since: number }) => {
    const newest = session.sql
      .selectFrom('attempts')
      .innerJoin('runs', 'runs.id', 'attempts.run_id')
      .selectAll('attempts')
      .select('runs.sweep_id')
      .where('attempts.agent_id', '=', id)
      .where('attempts.ended_at', 'is not', null)
      .where('attempts.offered_at', '>=', since)
      .orderBy('attempts.ended_at', 'desc')
      .orderBy('attempts.offered_at', 'desc')
      .limit(limit)
    return session.sql.selectFrom(newest.as('newest')).selectAll()
  }
  for (let at = 0; at < agents.length; at += AGENTS_PER_QUERY) {
    const [first, ...others] = agents.slice(at, at + AGENTS_PER_QUERY).map(endsOf)
    if (first === undefined) break
    const select = others.reduce((all, one) => all.unionAll(one), first)
    for (const row of await rowsOf(session, select))
      ends.push({ attempt: attemptFromRow(row), sweepId: row.sweep_id })
  }
  const endedAt = ({ attempt }: AttemptEnd) => attempt.endedAt ?? 0
  return ends.sort((a, b) => endedAt(a) - endedAt(b) || a.attempt.offeredAt - b.attempt.offeredAt)
}

export async function listLastFailures(session: SqlSession): Promise<AttemptRecord[]> {
  const newest = session.sql
    .selectFrom('attempts')
    .select((eb) => ['agent_id', eb.fn.max('ended_at').as('ended_at')])
    .where('outcome', '=', 'failed')
    .groupBy('agent_id')
    .as('newest')
  const select = session.sql
    .selectFrom('attempts')
    .selectAll('attempts')
    .innerJoin(newest, (join) =>
      join
        .onRef('newest.agent_id', '=', 'attempts.agent_id')
        .onRef('newest.ended_at', '=', 'attempts.ended_at'),
    )
    .where('attempts.outcome', '=', 'failed')
    .orderBy('attempts.offered_at')
  // Two that ended in one millisecond: the one that was offered later.
  const byAgent = new Map((await rowsOf(session, select)).map((row) => [row.agent_id, row]))
  return [...byAgent.values()].map(attemptFromRow)
}

export async function listNewestSamples(
  session: SqlSession,
  runIds: readonly RunId[],
): Promise<SystemChunk[]> {
  const chunks: SystemChunk[] = []
  for (const some of inBatches(runIds)) {
    const select = session.sql
      .selectFrom('system_chunks as chunk')
      .selectAll()
      .where('run_id', 'in', some)
      .where((eb) =>
        eb.not(
          eb.exists(
            eb
              .selectFrom('system_chunks as later')
              .select('later.seq')
              .whereRef('later.run_id', '=', 'chunk.run_id')
              .where((on) =>
                on.or([
                  on('later.attempt', '>', on.ref('chunk.attempt')),
                  on.and([
                    on('later.attempt', '=', on.ref('chunk.attempt')),
                    on('later.seq', '>', on.ref('chunk.seq')),
                  ]),
                ]),
              ),
          ),
        ),
      )
    for (const row of await rowsOf(session, select)) chunks.push(systemFromRow(row))
  }
  return chunks
}
