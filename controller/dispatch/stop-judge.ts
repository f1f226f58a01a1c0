// Early termination in the service: after each stored batch it judges the runs that reported, keeps every decision with
// its numbers, and sends the stop. What it holds in memory follows the store; after a failure or a new election it is
// read again, and what was not decided is decided then.
import { LeadershipLostError } from '../../sweeps/errors.ts'
import type { StopDecision } from '../../sweeps/early-stopping.ts'
import { attemptKey } from '../../sweeps/protocol.ts'
import type { Command } from '../../sweeps/protocol.ts'
import { isTerminalRunState } from '../../sweeps/run.ts'
import type { RunRecord } from '../../sweeps/run.ts'
import type { NewChange, StopCheck, StoreTransaction, SweepStore } from '../../sweeps/store.ts'
import { stoppingSettings } from '../../sweeps/stopping-settings.ts'
import type { AgentId, RunId, SweepId } from '../../sweeps/sweep.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { Logger } from '../../runtime/logger.ts'
import type { DispatchMeter } from '../meter.ts'
import type { AppliedReports } from '../credit/attempt-work.ts'
import { stopCommand } from './beats.ts'
import type { LeaderState, LiveSweep } from './leader-state.ts'
import { loadSweepStopping, ruleName } from './sweep-stopping.ts'
import type { SweepStopping } from './sweep-stopping.ts'

export interface StopJudgeOptions {
  readonly state: LeaderState
  readonly store: SweepStore
  readonly clock: Clock
  readonly log: Logger
  readonly meter: DispatchMeter
  send(commands: ReadonlyMap<AgentId, readonly Command[]>): void
}

export interface StopJudge {
  /**
   * Judges what a stored batch added. Rejects with LeadershipLostError alone: another failure is made good by catchUp.
   * @param arrivedAt epoch ms at which the batch came into Redis
   */
  judge(applied: AppliedReports, arrivedAt: number): Promise<void>
  /** Sweeps that are not followed yet, or were lost in a failure, are read from the store and judged. */
  catchUp(): Promise<void>
  /** Runs of the sweep were erased: it is read again at the next look. */
  forget(sweepId: SweepId): void
}

export function createStopJudge(options: StopJudgeOptions): StopJudge {
  const { state, store, clock, log, meter } = options
  const followed = new Map<SweepId, SweepStopping>()
  /** Condemned while they waited for a slot: judged again when they run. */
  const missed = new Set<RunId>()

  async function judge(applied: AppliedReports, arrivedAt: number): Promise<void> {
    for (const [sweepId, stopping] of followed) {
      const live = state.sweeps.get(sweepId)
      // Over, or with another file since
      if (live === undefined || live.record.specVersion !== stopping.specVersion) followed.delete(sweepId)
      else await guard(sweepId, () => judgeSweep(stopping, applied, arrivedAt))
    }
    await catchUp()
  }

  async function catchUp(): Promise<void> {
    for (const [sweepId, live] of state.sweeps) {
      if (!followed.has(sweepId)) await guard(sweepId, () => load(sweepId, live))
    }
  }

  async function guard(sweepId: SweepId, work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      followed.delete(sweepId) // memory may be ahead of the store
      if (error instanceof LeadershipLostError) throw error
      log.warn('stopping.failed', { sweepId, reason: (error as Error).message })
    }
  }

  async function load(sweepId: SweepId, live: LiveSweep): Promise<void> {
    const { earlyTerminate, metric } = live.config
    if (earlyTerminate === null || metric === null) return
    const { stopping, decisions } = await loadSweepStopping(
      store,
      live.record,
      stoppingSettings(earlyTerminate),
      metric,
    )
    log.debug('stopping.loaded', { sweepId, decisionCount: decisions.length })
    followed.set(sweepId, stopping)
    await carryOut(stopping, decisions)
  }

  async function judgeSweep(
    stopping: SweepStopping,
    applied: AppliedReports,
    arrivedAt: number,
  ): Promise<void> {
    const isOfSweep = (run: RunRecord) => run.sweepId === stopping.sweepId
    const decisions: StopDecision[] = []
    for (const grown of applied.grown) {
      if (!isOfSweep(grown.run)) continue
      const startedAt = grown.isRewritten ? await startTimes(grown.run.id) : new Map<number, number | null>()
      decisions.push(...stopping.take(grown, (attempt) => startedAt.get(attempt) ?? null))
    }
    for (const { run } of [...applied.ended, ...applied.revived]) if (isOfSweep(run)) stopping.follow(run)
    decisions.push(...rejudgeMissed(stopping))
    if (decisions.length === 0) return
    const stoppedCount = await carryOut(stopping, decisions)
    if (stoppedCount > 0) meter.stopDecided(Math.max(0, clock.now() - arrivedAt) / 1000)
  }

  async function startTimes(runId: RunId): Promise<Map<number, number | null>> {
    const attempts = await store.listAttempts([runId])
    return new Map(attempts.map(({ attempt, startedAt }) => [attempt, startedAt]))
  }

  function rejudgeMissed(stopping: SweepStopping): StopDecision[] {
    if (missed.size === 0) return []
    return [...state.attempts.ofSweep(stopping.sweepId)].flatMap(({ runId, isAccepted }) =>
      isAccepted && missed.delete(runId) ? stopping.rules.rejudge(runId, []) : [],
    )
  }

  /** Keeps the decisions and wishes the end of the condemned in one unit, then tells their agents. */
  async function carryOut(stopping: SweepStopping, decisions: readonly StopDecision[]): Promise<number> {
    if (decisions.length === 0) return 0
    const rule = ruleName(stopping.settings)
    const { stopped, others } = await store.write(
      (tx) => keepDecisions(tx, decisions, { sweepId: stopping.sweepId, rule, now: clock.now() }),
      { epoch: state.epoch },
    )
    for (const run of others) {
      if (!isTerminalRunState(run.state) && run.wish === null) missed.add(run.id)
      stopping.follow(run)
    }
    for (const { outcome } of decisions) if (outcome === 'control') meter.runCondemned('control')
    for (const _ of stopped) meter.runCondemned('stopped')
    options.send(tellAgents(stopped))
    return stopped.length
  }

  function tellAgents(stopped: readonly RunRecord[]): Map<AgentId, Command[]> {
    const commands = new Map<AgentId, Command[]>()
    for (const run of stopped) {
      const open = state.attempts.get(attemptKey(run.id, run.attemptCount))
      if (open === undefined) continue
      open.wish = run.wish
      open.wishReason = run.wishReason ?? ''
      commands.set(open.agentId, [...(commands.get(open.agentId) ?? []), ...stopCommand(open)])
    }
    return commands
  }

  return { judge, catchUp, forget: (sweepId) => void followed.delete(sweepId) }
}

interface DecisionFacts {
  readonly sweepId: SweepId
  readonly rule: string
  readonly now: number
}

/** Only a run that runs, and that nobody else has asked to end, is stopped: another is as it is. */
async function keepDecisions(
  tx: StoreTransaction,
  decisions: readonly StopDecision[],
  { sweepId, rule, now }: DecisionFacts,
): Promise<{ readonly stopped: RunRecord[]; readonly others: RunRecord[] }> {
  const wanted = decisions.filter(({ outcome }) => outcome === 'stopped').map(({ runId }) => runId as RunId)
  const runs = new Map((await tx.findRuns([...new Set(wanted)])).map((run) => [run.id, run]))
  const known = new Set((await tx.findRuns(decisions.map(({ runId }) => runId as RunId))).map(({ id }) => id))
  const stopped: RunRecord[] = []
  const others: RunRecord[] = []
  const checks: StopCheck[] = []
  const changes: NewChange[] = []
  for (const decision of decisions) {
    const runId = decision.runId as RunId
    if (!known.has(runId)) continue // removed meanwhile
    const { outcome } = decision
    let kept = outcome
    const run = runs.get(runId)
    if (outcome === 'stopped' && run !== undefined) {
      if (run.state === 'running' && run.openAttempt !== null && run.wish === null) {
        stopped.push({ ...run, wish: 'stop', wishReason: decision.reason })
      } else {
        others.push(run)
        kept = 'unjudged'
      }
    }
    checks.push(checkOf(decision, kept, { sweepId, rule, now }))
    if (kept === 'stopped' || kept === 'control') changes.push(changeOf(decision, kept, sweepId, now))
  }
  await tx.saveRuns(stopped)
  await tx.saveStopChecks(checks)
  await tx.recordChanges(changes)
  return { stopped, others }
}

function checkOf(decision: StopDecision, outcome: StopCheck['outcome'], facts: DecisionFacts): StopCheck {
  const { band, mark, value, threshold, rank, of, reason } = decision
  return {
    runId: decision.runId as RunId,
    sweepId: facts.sweepId,
    rule: facts.rule,
    band,
    mark: Number.isNaN(mark) ? null : mark,
    value: Number.isNaN(value) ? null : value,
    threshold,
    rank,
    of,
    outcome,
    reason,
    at: facts.now,
  }
}

/** `run.condemned`: it is being ended; `run.spared`: it would be, and lives on as a control. */
function changeOf(
  decision: StopDecision,
  outcome: 'stopped' | 'control',
  sweepId: SweepId,
  at: number,
): NewChange {
  const { band, value, threshold, rank, of, reason } = decision
  return {
    at,
    entity: 'run',
    entityId: decision.runId,
    sweepId,
    event: outcome === 'stopped' ? 'run.condemned' : 'run.spared',
    data: { band, value: Number.isNaN(value) ? 'NaN' : value, threshold, rank, of, reason },
  }
}
