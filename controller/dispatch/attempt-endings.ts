// Attempts that the leader itself ends (lost, recalled), and lost ones that a beat opens again: each in one unit of
// work, decided from the rows read in it.
import { attemptKey } from '../../sweeps/protocol.ts'
import { canRevive, endAttempt, isTerminalRunState, reviveAttempt } from '../../sweeps/run.ts'
import type { AttemptOutcome, AttemptRecord, RunRecord } from '../../sweeps/run.ts'
import type { NewChange, StoreTransaction } from '../../sweeps/store.ts'
import { isTerminalSweepState } from '../../sweeps/sweep.ts'
import type { RunId, SweepRecord } from '../../sweeps/sweep.ts'

export interface AttemptRef {
  readonly runId: RunId
  readonly attempt: number
}

export interface Ended {
  readonly run: RunRecord
  readonly attempt: AttemptRecord
}

/** May a run of this sweep be worked again? Not once a person has ended the sweep. */
export function mayGoBack(sweep: SweepRecord | null): boolean {
  return sweep === null || !isTerminalSweepState(sweep.state) || sweep.state === 'finished'
}

/** Ends those attempts that are still open; returns them with their runs as they stand now. */
export async function endOpenAttempts(
  tx: StoreTransaction,
  refs: readonly AttemptRef[],
  outcome: AttemptOutcome & ('lost' | 'recalled'),
  reason: string,
  now: number,
): Promise<Ended[]> {
  const attempts = (await tx.findAttempts(refs)).filter((attempt) => attempt.outcome === null)
  const runs = new Map(
    (await tx.findRuns(attempts.map((attempt) => attempt.runId))).map((run) => [run.id, run]),
  )
  const ended: Ended[] = []
  const changes: NewChange[] = []
  for (const attempt of attempts) {
    const run = runs.get(attempt.runId)
    if (run === undefined || run.openAttempt !== attempt.attempt) continue
    const sweep = run.sweepId === null ? null : await tx.findSweep(run.sweepId)
    const after = endAttempt(run, attempt, { outcome, at: now, reason }, { mayGoBack: mayGoBack(sweep) })
    ended.push(after)
    changes.push({
      at: now,
      entity: 'run',
      entityId: run.id,
      sweepId: run.sweepId,
      event: isTerminalRunState(after.run.state) ? `run.${after.run.state}` : 'run.requeued',
      data: { attempt: attempt.attempt, agentId: attempt.agentId, outcome, reason },
    })
  }
  await tx.saveAttempts(ended.map((e) => e.attempt))
  await tx.saveRuns(ended.map((e) => e.run))
  await tx.recordChanges(changes)
  return ended
}

/** What an agent is told of an attempt that it lists and that is not open. */
export interface ListedVerdict extends AttemptRef {
  readonly verdict: 'unknown' | 'superseded' | 'stored' | 'revived'
  readonly reportSeq: number
  readonly revived: Ended | null
}

/** Settles attempts that a beat lists although they are not open here; a lost one whose run still waits is revived. */
export async function settleListedAttempts(
  tx: StoreTransaction,
  agentId: string,
  listed: readonly { runId: RunId; attempt: number; token: string }[],
  now: number,
): Promise<ListedVerdict[]> {
  const attempts = new Map((await tx.findAttempts(listed)).map((a) => [attemptKey(a.runId, a.attempt), a]))
  const runs = new Map((await tx.findRuns(listed.map((l) => l.runId))).map((run) => [run.id, run]))
  const verdicts: ListedVerdict[] = []
  for (const { runId, attempt: number, token } of listed) {
    const attempt = attempts.get(attemptKey(runId, number))
    const run = runs.get(runId)
    const verdict = (kind: ListedVerdict['verdict'], revived: Ended | null = null): ListedVerdict => ({
      runId,
      attempt: number,
      verdict: kind,
      reportSeq: attempt?.reportSeq ?? 0,
      revived,
    })
    if (
      attempt === undefined ||
      run === undefined ||
      attempt.token !== token ||
      attempt.agentId !== agentId
    ) {
      verdicts.push(verdict('unknown'))
    } else if (attempt.outcome === null) {
      continue // opened meanwhile: the next beat settles it
    } else if (canRevive(run, attempt)) {
      const revived = reviveAttempt(run, attempt)
      await tx.saveAttempts([revived.attempt])
      await tx.saveRuns([revived.run])
      await tx.recordChanges([
        {
          at: now,
          entity: 'run',
          entityId: runId,
          sweepId: run.sweepId,
          event: 'run.revived',
          data: { attempt: number },
        },
      ])
      verdicts.push(verdict('revived', revived))
    } else {
      const endedByLeader = attempt.outcome === 'lost' || attempt.outcome === 'recalled'
      verdicts.push(verdict(endedByLeader ? 'superseded' : 'stored'))
    }
  }
  return verdicts
}
