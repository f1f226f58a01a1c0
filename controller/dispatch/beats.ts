// What the leader does with beats: renews the attempts they list, settles those it does not know, ends those that a
// new incarnation does not hold any more, and repeats what each agent still has to be told.
import type { Command } from '../../sweeps/protocol.ts'
import { attemptKey } from '../../sweeps/protocol.ts'
import type { AgentRecord, SweepStore } from '../../sweeps/store.ts'
import { isTerminalSweepState } from '../../sweeps/sweep.ts'
import type { AgentId, RunId, SweepId } from '../../sweeps/sweep.ts'
import type { Clock } from '../../runtime/clock.ts'
import { endOpenAttempts, settleListedAttempts } from './attempt-endings.ts'
import type { AttemptRef, ListedVerdict } from './attempt-endings.ts'
import type { LeaderState } from './leader-state.ts'
import type { LiveAgent } from './live-agents.ts'
import type { OpenAttempt } from './open-attempts.ts'
import { createSeenAgents } from './seen-agents.ts'
import type { ReadEntry } from './stream-entries.ts'
import type { Suggestions } from './suggestions.ts'

export interface BeatHandlerOptions {
  readonly state: LeaderState
  readonly store: SweepStore
  readonly suggestions: Suggestions
  readonly clock: Clock
  send(commands: ReadonlyMap<AgentId, readonly Command[]>): void
  /** Takes an attempt out of a mailbox that a new incarnation of its agent has not listed. */
  recall(open: OpenAttempt): void
}

/** What the beats of one batch have in common. */
interface BeatBatch {
  /** The senders, as stored before the batch. */
  readonly records: ReadonlyMap<AgentId, AgentRecord>
  readonly commands: Map<AgentId, Command[]>
  /** How the sweeps ended that are no longer worked; null: not over. */
  readonly finalStates: Map<SweepId, string | null>
}

/**
 * Handles the beats of one stored batch, in order. Agents are read once for the whole batch and written in one unit:
 * after a restart of the controller the beats of all agents come together. A call without entries writes what is due.
 */
export function createBeatHandler(
  options: BeatHandlerOptions,
): (entries: readonly ReadEntry[]) => Promise<void> {
  const { state, store, suggestions, clock } = options
  const seen = createSeenAgents({ store, clock, epoch: state.epoch })

  return async (entries) => {
    const senders = await store.findAgents(entries.map(({ agentId }) => agentId))
    const batch: BeatBatch = {
      records: new Map(senders.map((record) => [record.id, record])),
      commands: new Map(),
      finalStates: new Map(),
    }
    for (const entry of entries) await handle(entry, batch)
    if (entries.length > 0) options.send(batch.commands)
    await seen.write()
  }

  async function handle(entry: ReadEntry, batch: BeatBatch): Promise<void> {
    const { beat, agentId } = entry
    if (beat === null) return
    const reading = state.agents.hear(agentId, entry.host, entry.incarnation, beat, state.clock.nowMs)
    if (reading === null) return
    const { agent, isNewIncarnation } = reading
    const record = batch.records.get(agentId) ?? null
    const orders = agentOrders(record)
    agent.isBarred = orders.isBarred
    agent.labels = record?.labels ?? {}
    if (isNewIncarnation) state.failing.forget(agentId)
    const listed = new Set<string>()
    const strangers: { runId: RunId; attempt: number; token: string }[] = []
    const refused: AttemptRef[] = []
    for (const held of beat.attempts) {
      const key = attemptKey(held.runId, held.attempt)
      const open = state.attempts.get(key)
      const ref = { runId: held.runId as RunId, attempt: held.attempt, token: held.token }
      if (open === undefined || open.agentId !== agentId || open.token !== held.token) strangers.push(ref)
      else if (held.state === 'refused') refused.push(ref)
      else renew(open)
      listed.add(key)
    }
    const list: Command[] = []
    if (refused.length > 0) await end(refused, 'recalled', 'the agent did not take it')
    for (const { runId, attempt } of refused)
      list.push({ type: 'disowned', runId, attempt, verdict: 'superseded' })
    if (strangers.length > 0) list.push(...(await settle(agentId, strangers)))
    await endUnlisted(agent, listed, isNewIncarnation)
    for (const open of state.attempts.ofAgent(agentId)) list.push(...stopCommand(open))
    list.push(...(orders.commands.length > 0 ? orders.commands : await leaveCommand(agent, batch)))
    batch.commands.set(agentId, [...(batch.commands.get(agentId) ?? []), ...list])
    seen.add(agent, record)
    if (agent.isLeaving) state.agents.remove(agentId)
  }

  function renew(open: OpenAttempt): void {
    state.accept(open)
    open.deadlineMs = state.newDeadline(open.agentId)
    open.barrierEntryId = null
  }

  /** Accepted attempts that a new incarnation does not list died with the old one; untaken jobs are taken back. */
  async function endUnlisted(
    agent: LiveAgent,
    listed: ReadonlySet<string>,
    isNewIncarnation: boolean,
  ): Promise<void> {
    if (!isNewIncarnation && !agent.isLeaving) return
    const gone: AttemptRef[] = []
    for (const open of state.attempts.ofAgent(agent.id)) {
      if (listed.has(open.key)) continue
      if (open.isAccepted) gone.push({ runId: open.runId, attempt: open.attempt })
      else options.recall(open)
    }
    if (gone.length > 0)
      await end(gone, 'lost', agent.isLeaving ? 'its agent left' : 'its agent was restarted')
  }

  async function end(
    refs: readonly AttemptRef[],
    outcome: 'lost' | 'recalled',
    reason: string,
  ): Promise<void> {
    const ended = await store.write((tx) => endOpenAttempts(tx, refs, outcome, reason, clock.now()), {
      epoch: state.epoch,
    })
    state.forget(ended, suggestions)
  }

  async function settle(
    agentId: AgentId,
    strangers: readonly { runId: RunId; attempt: number; token: string }[],
  ): Promise<Command[]> {
    const verdicts = await store.write((tx) => settleListedAttempts(tx, agentId, strangers, clock.now()), {
      epoch: state.epoch,
    })
    state.revive(verdicts.flatMap((v) => v.revived ?? []))
    return verdicts.flatMap(verdictCommand)
  }

  /** Told when every sweep it works is over: then there is nothing more for it to do. */
  async function leaveCommand(agent: LiveAgent, { finalStates }: BeatBatch): Promise<Command[]> {
    const ends: string[] = []
    for (const sweepId of agent.sweepIds) {
      if (state.sweeps.has(sweepId)) return []
      const known = finalStates.get(sweepId)
      const ended = known === undefined ? await readFinalState(sweepId) : known
      finalStates.set(sweepId, ended)
      if (ended === null) return []
      ends.push(ended)
    }
    const isTold = ends.every((end) => end === 'cancelled')
    return [{ type: 'leave', why: isTold ? 'told' : 'done', reason: `sweep ${ends.at(-1) ?? 'gone'}` }]
  }

  async function readFinalState(sweepId: SweepId): Promise<string | null> {
    const sweep = await store.findSweep(sweepId)
    if (sweep === null) return 'gone'
    return isTerminalSweepState(sweep.state) ? sweep.state : null
  }
}

function verdictCommand(verdict: ListedVerdict): Command[] {
  const { runId, attempt, reportSeq } = verdict
  switch (verdict.verdict) {
    case 'revived':
      return []
    case 'stored':
      return [{ type: 'stored', items: [{ runId, attempt, seq: reportSeq }] }]
    case 'unknown':
    case 'superseded':
      return [{ type: 'disowned', runId, attempt, verdict: verdict.verdict }]
  }
}

/** What a person or the rule wants of the agent itself. */
export function agentOrders(record: AgentRecord | null): { isBarred: boolean; commands: Command[] } {
  const quarantine = record?.quarantine ?? null
  if (quarantine !== null) {
    const hasGivenUp = quarantine.by === 'rule'
    const leave: Command = { type: 'leave', why: 'told', reason: quarantine.reason, hasGivenUp }
    return { isBarred: true, commands: [leave] }
  }
  if (record?.drain === true)
    return { isBarred: true, commands: [{ type: 'leave', why: 'told', reason: 'drained' }] }
  return { isBarred: false, commands: [] }
}

/** Repeated at each beat until the end is reported. */
export function stopCommand(open: OpenAttempt): Command[] {
  if (open.wish === null) return []
  const how = open.wish === 'stop' ? 'early' : 'cancel'
  return [{ type: 'stop', runId: open.runId, attempt: open.attempt, how, reason: open.wishReason }]
}
