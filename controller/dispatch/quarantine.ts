// What is done about agents on which runs keep failing (failing-agents.ts): each in one unit of work, decided from the
// rows read in it. Nothing of it costs a run its budget.
import { pardonFailure } from '../../sweeps/run.ts'
import type { RunRecord } from '../../sweeps/run.ts'
import type { NewChange, StoreTransaction } from '../../sweeps/store.ts'
import { transitionSweep } from '../../sweeps/sweep.ts'
import type { AgentId, SweepId } from '../../sweeps/sweep.ts'
import { mayGoBack } from './attempt-endings.ts'
import { FAST_FAILURE_MS } from './failing-agents.ts'
import type { FastFailure } from './failing-agents.ts'

export interface Quarantine {
  /** In words: what failed here, how others fared. */
  readonly reason: string
  /** Sweeps that have runs to work again. */
  readonly sweepIds: readonly SweepId[]
  readonly pardoned: readonly RunRecord[]
}

/** The agent gets no more work, and what failed on it goes back. Again for an agent that is quarantined: only the runs. */
export async function quarantineAgent(
  tx: StoreTransaction,
  agentId: AgentId,
  { sweepId, streak }: { sweepId: SweepId; streak: readonly FastFailure[] },
  now: number,
): Promise<Quarantine | null> {
  const agent = await tx.findAgent(agentId)
  if (agent === null) return null
  const pardoned = await pardonFailures(tx, streak, now)
  const isNew = agent.quarantine === null
  const reason = agent.quarantine?.reason ?? (await compareWithOthers(tx, agentId, sweepId, streak))
  if (isNew) {
    await tx.saveAgent({ ...agent, quarantine: { by: 'rule', at: now, reason } })
    await tx.recordChanges([
      {
        at: now,
        entity: 'agent',
        entityId: agentId,
        sweepId: null,
        event: 'agent.quarantined',
        data: { by: 'rule', reason, sweepId },
      },
    ])
  }
  const sweepIds = [...new Set(pardoned.flatMap((run) => run.sweepId ?? []))]
  for (const id of sweepIds) await reopen(tx, id, now)
  return { reason, sweepIds, pardoned }
}

/** Several machines fail alike: nothing more starts until a person has looked. @returns whether it was running */
export async function pauseFailingSweep(
  tx: StoreTransaction,
  sweepId: SweepId,
  { lastLine, agentIds }: { lastLine: string; agentIds: readonly AgentId[] },
  now: number,
): Promise<boolean> {
  const sweep = await tx.findSweep(sweepId)
  if (sweep === null || (sweep.state !== 'running' && sweep.state !== 'finishing')) return false
  const hosts: string[] = []
  for (const id of agentIds) hosts.push((await tx.findAgent(id))?.host ?? id)
  const where = [...new Set(hosts)].sort().join(', ')
  const stateReason = `runs fail at once on ${where}, all with: ${lastLine}`
  await tx.saveSweep({ ...transitionSweep(sweep, 'paused'), stateReason })
  await tx.recordChanges([
    {
      at: now,
      entity: 'sweep',
      entityId: sweepId,
      sweepId,
      event: 'sweep.paused',
      data: { from: sweep.state, reason: stateReason },
    },
  ])
  return true
}

async function pardonFailures(
  tx: StoreTransaction,
  failures: readonly FastFailure[],
  now: number,
): Promise<RunRecord[]> {
  const runs = await tx.findRuns([...new Set(failures.map(({ runId }) => runId))])
  const pardoned: RunRecord[] = []
  const changes: NewChange[] = []
  for (const run of runs) {
    const failure = failures.findLast(({ runId }) => runId === run.id)
    const sweep = run.sweepId === null ? null : await tx.findSweep(run.sweepId)
    // Tried elsewhere since: that attempt speaks for the run, and only the budget is given back.
    const isLatest = run.attemptCount === failure?.attempt
    if (run.state === 'failed' && (!isLatest || !mayGoBack(sweep))) continue
    pardoned.push(pardonFailure(run))
    changes.push({
      at: now,
      entity: 'run',
      entityId: run.id,
      sweepId: run.sweepId,
      event: 'run.pardoned',
      data: { attempt: failure?.attempt ?? run.attemptCount },
    })
  }
  await tx.saveRuns(pardoned)
  await tx.recordChanges(changes)
  return pardoned
}

async function reopen(tx: StoreTransaction, sweepId: SweepId, now: number): Promise<void> {
  const sweep = await tx.findSweep(sweepId)
  if (sweep?.state !== 'finished') return
  await tx.saveSweep({ ...transitionSweep(sweep, 'finishing'), stateReason: null, finishedAt: null })
  await tx.recordChanges([
    { at: now, entity: 'sweep', entityId: sweepId, sweepId, event: 'sweep.retried', data: {} },
  ])
}

/** `3 of its last 3 runs failed within 20 s, all with: ... On other agents 41 of 43 runs finished ...` */
async function compareWithOthers(
  tx: StoreTransaction,
  agentId: AgentId,
  sweepId: SweepId,
  streak: readonly FastFailure[],
): Promise<string> {
  const count = streak.length
  const lines = new Set(streak.map(({ lastLine }) => lastLine))
  const [only] = lines
  const ending = lines.size === 1 ? `, all with: ${only ?? ''}` : ', each in another way'
  const others = (await tx.countEnds(sweepId)).filter((ends) => ends.agentId !== agentId)
  const good = others.reduce((sum, ends) => sum + ends.finished + ends.stopped, 0)
  const all = others.reduce((sum, ends) => sum + ends.finished + ends.stopped + ends.failed, 0)
  return [
    `${count} of its last ${count} runs failed within ${FAST_FAILURE_MS / 1000} s${ending}.`,
    `On other agents ${good} of ${all} runs did not fail, so this looks like the machine.`,
    `The ${count} configurations went back to the queue.`,
  ].join(' ')
}
