// Hand-outs in SQL: sweeps/handout-store.ts on a session of either connection.
import type { HandoutMoment, HandoutRecord } from '../../sweeps/handout.ts'
import type { HandoutReads, HandoutWrites } from '../../sweeps/handout-store.ts'
import type { AgentId, RunId } from '../../sweeps/sweep.ts'
import type { HandoutsTable } from './schema.ts'
import { firstRowOf, insertRows, rowsOf } from './session.ts'
import type { SqlSession } from './session.ts'

const MOMENT_COLUMNS = {
  seenAt: 'seen_at',
  stopAskedAt: 'stop_asked_at',
} as const satisfies Record<HandoutMoment, keyof HandoutsTable>

export class HandoutSqlReads implements HandoutReads {
  constructor(protected readonly session: SqlSession) {}

  async find(keys: readonly { runId: RunId; attempt: number }[]): Promise<HandoutRecord[]> {
    const found: HandoutRecord[] = []
    for (const { runId, attempt } of keys) {
      const query = this.session.sql
        .selectFrom('wandb_handouts')
        .selectAll()
        .where('run_id', '=', runId)
        .where('attempt', '=', attempt)
      const row = await firstRowOf(this.session, query)
      if (row !== undefined) found.push(handoutFromRow(row))
    }
    return found
  }

  async listOfAgent(agentId: AgentId, limit: number): Promise<HandoutRecord[]> {
    const query = this.session.sql
      .selectFrom('wandb_handouts')
      .selectAll()
      .where('agent_id', '=', agentId)
      .orderBy('handed_at', 'desc')
      .orderBy('run_id')
      .orderBy('attempt', 'desc')
      .limit(limit)
    return (await rowsOf(this.session, query)).map(handoutFromRow)
  }
}

export class HandoutSqlWrites extends HandoutSqlReads implements HandoutWrites {
  async insert(handout: HandoutRecord): Promise<boolean> {
    const inserted = await insertRows(this.session, 'wandb_handouts', [{ ...handoutToRow(handout) }], {
      keep: ['run_id', 'attempt'],
      returning: 'run_id',
    })
    return inserted.length > 0
  }

  async mark(
    moment: HandoutMoment,
    { runId, attempt }: { runId: RunId; attempt: number },
    at: number,
  ): Promise<void> {
    const column = MOMENT_COLUMNS[moment]
    await this.session.run(
      this.session.sql
        .updateTable('wandb_handouts')
        .set({ [column]: at })
        .where('run_id', '=', runId)
        .where('attempt', '=', attempt)
        .where(column, 'is', null)
        .compile(),
    )
  }
}

function handoutToRow(handout: HandoutRecord): HandoutsTable {
  return {
    run_id: handout.runId,
    attempt: handout.attempt,
    agent_id: handout.agentId,
    handed_at: handout.handedAt,
    seen_at: handout.seenAt,
    stop_asked_at: handout.stopAskedAt,
  }
}

function handoutFromRow(row: HandoutsTable): HandoutRecord {
  return {
    runId: row.run_id,
    attempt: row.attempt,
    agentId: row.agent_id,
    handedAt: row.handed_at,
    seenAt: row.seen_at,
    stopAskedAt: row.stop_asked_at,
  }
}
