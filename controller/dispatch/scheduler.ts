// Fills free slots: for each, a run that went back or a new proposal, committed as an attempt for that agent before
// its job is put into the agent's mailbox. One pass at a time; each pass is one transaction for up to 64 slots.
import { LeadershipLostError } from '../../sweeps/errors.ts'
import { meetsRequires } from '../../sweeps/label-requirements.ts'
import { attemptKey } from '../../sweeps/protocol.ts'
import { isWaiting } from '../../sweeps/run.ts'
import type { AttemptRecord, RunRecord } from '../../sweeps/run.ts'
import type { NewChange, StoreTransaction, SweepStore } from '../../sweeps/store.ts'
import type { Suggestion } from '../../sweeps/suggest.ts'
import { isTerminalSweepState, mayPropose, mayStartRuns } from '../../sweeps/sweep.ts'
import type { RunId, AgentId, SweepId, SweepRecord } from '../../sweeps/sweep.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { Logger } from '../../runtime/logger.ts'
import type { DispatchMeter } from '../meter.ts'
import type { Offer } from './delivery.ts'
import type { LeaderState, LiveSweep } from './leader-state.ts'
import type { LiveAgent } from './live-agents.ts'
import { newAttempt, newRun } from './new-records.ts'
import { SuggestionThreadError } from './suggestions.ts'
import { readCurves } from './run-curves.ts'
import type { Suggestions, SuggestionsAnswer } from './suggestions.ts'
import { endSweep, settleSweep } from './sweep-endings.ts'
import type { Verdicts } from './verdicts.ts'

/** Offers in one transaction: 50 rows are where a larger batch no longer gains. */
const MAX_OFFERS = 64

export interface SchedulerOptions {
  readonly state: LeaderState
  readonly store: SweepStore
  readonly suggestions: Suggestions
  readonly clock: Clock
  readonly log: Logger
  readonly meter: DispatchMeter
  readonly verdicts: Verdicts
  /** Puts jobs of committed attempts into their mailboxes; must not reject. */
  deliver(offers: readonly Offer[]): void
  /** A sweep came to its end. */
  onSweepEnded(sweep: SweepRecord): void
  onLeadershipLost(): void
}

export interface Scheduler {
  /** Something may be startable now; cheap, may be called as often as wanted. */
  wake(): void
  stop(): Promise<void>
}

interface SweepPlan {
  readonly live: LiveSweep
  readonly agentIds: AgentId[]
  readonly waiting: readonly RunRecord[]
  readonly proposals: readonly Suggestion[]
  /** Nothing is left to propose after these. */
  readonly isLast: boolean
}

interface CommittedPlan {
  readonly sweep: SweepRecord
  readonly committed: Committed[]
  /** How many of them are new runs. */
  readonly proposedCount: number
  /** Every proposal of the plan has its run now. */
  readonly tookAll: boolean
}

interface Committed {
  readonly run: RunRecord
  readonly attempt: AttemptRecord
}

export function createScheduler(options: SchedulerOptions): Scheduler {
  const { state, store, suggestions, clock, log, meter } = options
  let isAwake = false
  let isStopped = false
  /** A commit failed, and may have happened all the same: a database that goes away cannot say so. */
  let mayHaveCommitted = false
  let running: Promise<void> = Promise.resolve()

  const work = async () => {
    while (isAwake && !isStopped) {
      isAwake = false
      try {
        if (mayHaveCommitted) await adoptUnknown()
        while (!isStopped && (await pass())) continue
        state.tally.foundNoWork()
        await settleSweeps()
      } catch (error) {
        if (error instanceof LeadershipLostError) {
          options.onLeadershipLost()
          return
        }
        log.warn('scheduler.pass_failed', { reason: (error as Error).message })
        mayHaveCommitted = true
        isAwake = false
        for (const live of state.sweeps.values()) live.isIdle = false // what was planned did not happen
        retryLater()
        return
      }
    }
  }

  const wake = () => {
    if (isStopped || isAwake) {
      isAwake = true
      return
    }
    isAwake = true
    running = running.then(work)
  }

  // The store is away: nothing was written, and the same work is still to be done.
  const retryLater = () => setTimeout(wake, 500).unref()

  /** Attempts that stand open in SQL and that nobody here knows would wait for ever: they are delivered now. */
  async function adoptUnknown(): Promise<void> {
    const unknown = (await store.listOpenAttempts()).filter(
      ({ runId, attempt }) => state.attempts.get(attemptKey(runId, attempt)) === undefined,
    )
    const runs = new Map(
      (await store.findRuns(unknown.map(({ runId }) => runId))).map((run) => [run.id, run]),
    )
    mayHaveCommitted = false
    const offers = unknown.flatMap((attempt) => {
      const run = runs.get(attempt.runId)
      return run === undefined
        ? []
        : [{ open: state.attempts.add(attempt, run, state.newDeadline(attempt.agentId)), run }]
    })
    if (offers.length === 0) return
    log.warn('scheduler.attempts_adopted', { count: offers.length })
    for (const { run } of offers) if (run.sweepId !== null) suggestions.observe(run.sweepId, [run])
    options.deliver(offers)
  }

  /** One round of offers; true when another round may find more. */
  async function pass(): Promise<boolean> {
    await options.verdicts.judgeAgents()
    const bySweep = assignSlots(state, options.verdicts)
    if (bySweep.size === 0) return false
    const plans: SweepPlan[] = []
    for (const [sweepId, agentIds] of bySweep) {
      const live = state.sweeps.get(sweepId)
      const plan = live === undefined ? null : await planSweep(live, agentIds)
      if (plan !== null) plans.push(plan)
    }
    const offered = plans.length === 0 ? [] : await commitPlans(plans)
    for (const { attempt } of offered) state.tally.offered(attempt.agentId)
    const offers = offered.map(({ run, attempt }) => ({
      open: state.attempts.add(attempt, run, state.newDeadline(attempt.agentId)),
      run,
    }))
    if (offers.length > 0) options.deliver(offers)
    return true // a sweep that had nothing is idle now: slots may go to an agent's next sweep
  }

  async function planSweep(live: LiveSweep, agentIds: AgentId[]): Promise<SweepPlan | null> {
    const { record } = live
    live.isIdle = true // first: whatever changes while this waits must count
    const parallel = record.maxParallel ?? Infinity
    const want = Math.min(agentIds.length, parallel - state.attempts.ofSweep(record.id).size)
    if (want <= 0) return null
    const waiting = await store.listWaitingRuns(record.id, want)
    const room = mayPropose(record) && !live.isExhausted ? (record.runCap ?? Infinity) - record.runCount : 0
    const count = Math.min(want - waiting.length, room)
    const answer = count > 0 ? await suggest(live, count) : { suggestions: [], exhausted: false }
    // With proposals it is known once they are committed: a transaction that fails leaves them to be made again.
    if (answer.exhausted && answer.suggestions.length === 0) live.isExhausted = true
    if (answer.exhausted) state.toSettle.add(record.id)
    if (room <= want) state.toSettle.add(record.id)
    const found = waiting.length + answer.suggestions.length
    const isCutShort = answer.suggestions.length > 0 && answer.suggestions.length < count && !answer.exhausted
    if (found === agentIds.length || isCutShort) live.isIdle = false
    if (found === 0) return null
    const { suggestions: proposals, exhausted: isLast } = answer
    return { live, agentIds: agentIds.slice(0, want), waiting, proposals, isLast }
  }

  async function suggest(live: LiveSweep, count: number): Promise<SuggestionsAnswer> {
    const { id, method, nextIndex } = live.record
    const startMs = clock.monotonicMs()
    await observeCurves(live)
    await observeImputed(live)
    try {
      const answer = await suggestions.suggest(id, nextIndex, count)
      meter.suggested({ method, seconds: (clock.monotonicMs() - startMs) / 1000 })
      return answer
    } catch (error) {
      if (error instanceof SuggestionThreadError) throw error
      await failSweep(live, (error as Error).message)
      return { suggestions: [], exhausted: false }
    }
  }

  /** Before the method is asked it knows the curve of every run that it knows to have ended: so it can be asked again. */
  async function observeCurves({ record: { id }, config }: LiveSweep): Promise<void> {
    const runs = suggestions.untold(id)
    if (runs.length > 0) suggestions.tellCurves(id, await readCurves(store, config, runs))
  }

  /** Who set `impute_while_running` or `impute: latest` has runs counted by what they reported so far, or last. */
  async function observeImputed({
    record: { id, metric },
    config: { imputation },
  }: LiveSweep): Promise<void> {
    if (imputation.running !== null)
      suggestions.observe(id, await store.listRuns({ sweepId: id, states: ['running'] }))
    if (imputation.ended !== 'latest' || metric === null) return
    const ended = await store.listRuns({ sweepId: id, states: ['failed', 'finished', 'stopped'] })
    const summaries = await store.listSummaries(ended.map((run) => run.id))
    const latest = ended.flatMap((run): [RunId, number][] => {
      const own = summaries.get(run.id)?.find(({ key }) => key === metric.name)
      return own === undefined ? [] : [[run.id, own.last]]
    })
    suggestions.observe(id, ended, new Map(latest))
  }

  async function failSweep(live: LiveSweep, reason: string): Promise<void> {
    log.error('sweep.failed', { sweepId: live.record.id, reason })
    live.isIdle = true
    await store.write(
      async (tx) => {
        const sweep = await tx.findSweep(live.record.id)
        if (sweep === null || isTerminalSweepState(sweep.state)) return
        await endSweep(tx, sweep, 'failed', reason, clock.now())
      },
      { epoch: state.epoch },
    )
    const sweep = await store.findSweep(live.record.id)
    if (sweep !== null) options.onSweepEnded(sweep)
  }

  async function commitPlans(plans: readonly SweepPlan[]): Promise<Committed[]> {
    const now = clock.now()
    const results = await store.write(
      async (tx) => {
        const all: (CommittedPlan & { plan: SweepPlan })[] = []
        for (const plan of plans) all.push({ plan, ...(await commitPlan(tx, plan, now)) })
        return all
      },
      { epoch: state.epoch },
    )
    for (const { plan, sweep, committed, proposedCount, tookAll } of results) {
      // Another version of the file is read when its change is taken (loadSweep), not here.
      plan.live.record = { ...sweep, specVersion: plan.live.record.specVersion }
      meter.proposed({ method: sweep.method, runCount: proposedCount })
      if (plan.isLast && tookAll) plan.live.isExhausted = true
      suggestions.observe(
        sweep.id,
        committed.map(({ run }) => run),
      )
    }
    return results.flatMap(({ committed }) => committed)
  }

  /** Checks everything again in the transaction: state, caps, that the run still waits, that the config is new. */
  async function commitPlan(tx: StoreTransaction, plan: SweepPlan, now: number): Promise<CommittedPlan> {
    const sweep = (await tx.findSweep(plan.live.record.id)) ?? plan.live.record
    if (!mayStartRuns(sweep)) return { sweep, committed: [], proposedCount: 0, tookAll: false }
    let room = plan.agentIds.length
    if (sweep.maxParallel !== null)
      room = Math.min(room, sweep.maxParallel - (await tx.countOpenAttempts(sweep.id)))
    const again = (await tx.findRuns(plan.waiting.map((run) => run.id)))
      .filter(isWaiting)
      .slice(0, Math.max(0, room))
    const { nextIndex, specVersion } = plan.live.record
    const isAsAsked = sweep.nextIndex === nextIndex && sweep.specVersion === specVersion
    const proposals = isAsAsked ? plan.proposals : []
    const fresh = await insertProposals(tx, sweep, proposals.slice(0, Math.max(0, room - again.length)), now)
    const requeued = again.map((run) => ({
      ...run,
      attemptCount: run.attemptCount + 1,
      openAttempt: run.attemptCount + 1,
    }))
    await tx.saveRuns(requeued)
    const committed = [...requeued, ...fresh.runs].map((run, i) => ({
      run,
      attempt: newAttempt(run, plan.agentIds[i] as AgentId, now),
    }))
    await tx.insertAttempts(committed.map(({ attempt }) => attempt))
    await tx.recordChanges(committed.map(({ run, attempt }) => offeredChange(run, attempt, now)))
    const tookAll = fresh.takenCount === plan.proposals.length
    return { sweep: fresh.sweep, committed, proposedCount: fresh.runs.length, tookAll }
  }

  /** Sweeps with nothing left to propose become `finishing`, and `finished` when no run of theirs is open or waits. */
  async function settleSweeps(): Promise<void> {
    const ids = [...state.toSettle]
    state.toSettle.clear()
    for (const id of ids) {
      const live = state.sweeps.get(id)
      if (live === undefined) continue
      const { record } = live
      if (record.state === 'running') await learnExhaustion(live)
      const hasNoMore = record.state === 'finishing' || live.isExhausted || !hasRoom(record)
      if (!hasNoMore || (record.state !== 'running' && record.state !== 'finishing')) continue
      if (record.state === 'finishing' && state.attempts.ofSweep(id).size > 0) continue
      if (options.verdicts.isOpen(id)) {
        state.toSettle.add(id) // looked at again with the next beat
        continue
      }
      const settled = await store.write((tx) => settleSweep(tx, id, live.isExhausted, clock.now()), {
        epoch: state.epoch,
      })
      if (settled === null) continue
      live.record = settled
      if (isTerminalSweepState(settled.state)) options.onSweepEnded(settled)
    }
  }

  /** With no slot free nobody asks for a proposal: a sweep whose last run has ended would never know it. */
  async function learnExhaustion(live: LiveSweep): Promise<void> {
    const isKnown = live.isExhausted || !hasRoom(live.record)
    if (isKnown || state.attempts.ofSweep(live.record.id).size > 0) return
    const { suggestions: left, exhausted } = await suggest(live, 1)
    live.isExhausted = exhausted && left.length === 0
  }

  return {
    wake,
    async stop() {
      isStopped = true
      await running
    },
  }
}

/** Free slots by the sweep that they are for: agents take turns, each slot goes to the agent's first sweep with work. */
function assignSlots(state: LeaderState, verdicts: Verdicts): Map<SweepId, AgentId[]> {
  const bySweep = new Map<SweepId, AgentId[]>()
  const free: { agentId: AgentId; sweepId: SweepId; slots: number }[] = []
  for (const agent of state.agents.all()) {
    if (agent.beatNumber === 0 || agent.isLeaving || agent.isBarred) continue
    const slots = agent.capacity - state.attempts.ofAgent(agent.id).size
    if (slots <= 0) continue // before what is dearer: of a thousand agents few are free
    if (state.isSuspect(agent) || verdicts.isAwaited(agent.id)) continue
    const sweepId = agent.sweepIds.find((id) => hasWork(state.sweeps.get(id), agent))
    if (sweepId !== undefined) free.push({ agentId: agent.id, sweepId, slots })
  }
  let count = 0
  for (let round = 0; count < MAX_OFFERS && free.some(({ slots }) => slots > round); round++) {
    for (const { agentId, sweepId, slots } of free) {
      if (slots <= round || count >= MAX_OFFERS) continue
      const agentIds = bySweep.get(sweepId) ?? []
      agentIds.push(agentId)
      bySweep.set(sweepId, agentIds)
      count++
    }
  }
  return bySweep
}

function hasWork(live: LiveSweep | undefined, agent: LiveAgent): boolean {
  return (
    live !== undefined &&
    !live.isIdle &&
    mayStartRuns(live.record) &&
    meetsRequires(agent.labels, live.config.requires)
  )
}

function hasRoom(sweep: SweepRecord): boolean {
  return sweep.runCap === null || sweep.runCount < sweep.runCap
}

async function insertProposals(
  tx: StoreTransaction,
  sweep: SweepRecord,
  proposals: readonly Suggestion[],
  now: number,
): Promise<{ sweep: SweepRecord; runs: RunRecord[]; takenCount: number }> {
  if (!mayPropose(sweep) || proposals.length === 0) return { sweep, runs: [], takenCount: 0 }
  const room = (sweep.runCap ?? Infinity) - sweep.runCount
  const taken = proposals.slice(0, Math.min(proposals.length, room))
  const candidates = taken.map((suggestion) => newRun(sweep, suggestion, now))
  const inserted = await tx.insertRuns(candidates)
  const runs = candidates.filter((run) => inserted.has(run.id))
  const saved: SweepRecord = {
    ...sweep,
    nextIndex: Math.max(sweep.nextIndex, ...taken.map((suggestion) => suggestion.index + 1)),
    runCount: sweep.runCount + runs.length,
  }
  await tx.saveSweep(saved)
  return { sweep: saved, runs, takenCount: taken.length }
}

function offeredChange(run: RunRecord, attempt: AttemptRecord, now: number): NewChange {
  return {
    at: now,
    entity: 'run',
    entityId: run.id,
    sweepId: run.sweepId,
    event: 'run.offered',
    data: { attempt: attempt.attempt, agentId: attempt.agentId },
  }
}
