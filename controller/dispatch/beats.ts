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
import type { ReadEntry } from './stream-entries.ts'
import type { Suggestions } from './suggestions.ts'

/** How often an agent's last-seen time is written while nothing else about it changes. */
const SAVE_INTERVAL_MS = 10_000

export interface BeatHandlerOptions {
  readonly state: LeaderState
  readonly store: SweepStore
  readonly suggestions: Suggestions
  readonly clock: Clock
  send(commands: ReadonlyMap<AgentId, readonly Command[]>): void
  /** Takes an attempt out of a mailbox that a new incarnation of its agent has not listed. */
  recall(open: OpenAttempt): void
}

/** Handles the beats of one stored batch, in order. */
export function createBeatHandler(
  options: BeatHandlerOptions,
): (entries: readonly ReadEntry[]) => Promise<void> {
  const { state, store, suggestions, clock } = options

  return async (entries) => {
    const commands = new Map<AgentId, Command[]>()
    for (const entry of entries) await handle(entry, commands)
    options.send(commands)
  }

  async function handle(entry: ReadEntry, commands: Map<AgentId, Command[]>): Promise<void> {
    const { beat, agentId } = entry
    if (beat === null) return
    const before = state.agents.get(agentId)
    const reading = state.agents.hear(agentId, entry.host, entry.incarnation, beat, state.clock.nowMs)
    if (reading === null) return
    const { agent, isNewIncarnation } = reading
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
    if (refused.length > 0) await end(refused, 'recalled', 'the agent could not write it to its journal')
    for (const { runId, attempt } of refused)
      list.push({ type: 'disowned', runId, attempt, verdict: 'superseded' })
    if (strangers.length > 0) list.push(...(await settle(agentId, strangers)))
    await endUnlisted(agent, listed, isNewIncarnation)
    for (const open of state.attempts.ofAgent(agentId)) list.push(...stopCommand(open))
    list.push(...(await leaveCommand(agent)))
    commands.set(agentId, [...(commands.get(agentId) ?? []), ...list])
    const hasChanged = before === undefined || isNewIncarnation || before.isLeaving !== agent.isLeaving
    if (hasChanged || clock.now() - agent.savedAt >= SAVE_INTERVAL_MS) await saveSeen(agent, entry)
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
  async function leaveCommand(agent: LiveAgent): Promise<Command[]> {
    const record = await store.findAgent(agent.id)
    const told = agentOrders(record)
    agent.isBarred = told.isBarred
    agent.labels = record?.labels ?? {}
    if (told.commands.length > 0) return told.commands
    const ends: string[] = []
    for (const sweepId of agent.sweepIds) {
      const ended = await finalState(sweepId)
      if (ended === null) return []
      ends.push(ended)
    }
    const isTold = ends.every((end) => end === 'cancelled')
    return [{ type: 'leave', why: isTold ? 'told' : 'done', reason: `sweep ${ends.at(-1) ?? 'gone'}` }]
  }

  async function finalState(sweepId: SweepId): Promise<string | null> {
    if (state.sweeps.has(sweepId)) return null
    const sweep = await store.findSweep(sweepId)
    if (sweep === null) return 'gone'
    return isTerminalSweepState(sweep.state) ? sweep.state : null
  }

  async function saveSeen(agent: LiveAgent, entry: ReadEntry): Promise<void> {
    agent.savedAt = clock.now()
    await store.write(
      async (tx) => {
        const record = await tx.findAgent(agent.id)
        if (record === null) return
        const next = agentState(agent, record)
        await tx.saveAgent({
          ...record,
          incarnation: Math.max(record.incarnation, entry.incarnation),
          host: agent.host,
          state: next,
          lastSeenAt: clock.now(),
        })
        if (next === record.state) return
        await tx.recordChanges([
          {
            at: clock.now(),
            entity: 'agent',
            entityId: agent.id,
            sweepId: null,
            event: `agent.${next}`,
            data: {},
          },
        ])
      },
      { epoch: state.epoch },
    )
  }
}

function agentState(agent: LiveAgent, record: AgentRecord): AgentRecord['state'] {
  if (agent.isLeaving) return 'left'
  const isDraining = record.drain || record.quarantine !== null || agent.capacity === 0
  return isDraining ? 'draining' : 'alive'
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
