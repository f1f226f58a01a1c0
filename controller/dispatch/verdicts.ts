// The leader's verdicts on agents on which runs keep failing, made between two rounds of offers: what is found is in
// failing-agents.ts, what is written in quarantine.ts.
import type { SweepStore } from '../../sweeps/store.ts'
import type { AgentId, SweepId } from '../../sweeps/sweep.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { Logger } from '../../runtime/logger.ts'
import type { FastFailure } from './failing-agents.ts'
import type { LeaderState } from './leader-state.ts'
import { pauseFailingSweep, quarantineAgent } from './quarantine.ts'
import type { Quarantine } from './quarantine.ts'

export interface VerdictOptions {
  readonly state: LeaderState
  readonly store: SweepStore
  readonly clock: Clock
  readonly log: Logger
  /** An agent gets no more work, and what failed on it waits again. */
  onQuarantined(agentId: AgentId, quarantine: Quarantine): void
}

export interface Verdicts {
  /** Quarantines, or pauses a sweep because it is not the machine. */
  judgeAgents(): Promise<void>
  /** The agent is offered nothing until the comparison with others can be made. */
  isAwaited(agentId: AgentId): boolean
  /** Failures of the sweep may still go back: it does not finish yet. */
  isOpen(sweepId: SweepId): boolean
}

export function createVerdicts(options: VerdictOptions): Verdicts {
  const { state, store, clock, log } = options

  async function judgeAgents(): Promise<void> {
    for (const agentId of state.failing.suspects()) {
      const judgement = state.failing.judge(agentId, isWorkedByOthersThan(agentId))
      if (judgement.kind === 'quarantined') await quarantine(agentId, judgement)
      if (judgement.kind === 'common') await pauseSweep(judgement)
    }
  }

  async function quarantine(
    agentId: AgentId,
    found: { sweepId: SweepId; streak: readonly FastFailure[] },
  ): Promise<void> {
    const done = await store.write((tx) => quarantineAgent(tx, agentId, found, clock.now()), {
      epoch: state.epoch,
    })
    state.failing.setQuarantined(agentId)
    if (done === null) return
    const agent = state.agents.get(agentId)
    if (agent !== undefined) agent.isBarred = true
    log.warn('agent.quarantined', { agentId, reason: done.reason, runCount: done.pardoned.length })
    options.onQuarantined(agentId, done)
  }

  async function pauseSweep(found: {
    sweepId: SweepId
    lastLine: string
    agentIds: readonly AgentId[]
  }): Promise<void> {
    const { sweepId, agentIds } = found
    const isPaused = await store.write((tx) => pauseFailingSweep(tx, sweepId, found, clock.now()), {
      epoch: state.epoch,
    })
    for (const id of agentIds) state.failing.forget(id) // a person looks at it: what comes after is counted anew
    if (!isPaused) return
    log.error('sweep.paused', { sweepId, lastLine: found.lastLine, agentCount: agentIds.length })
    const record = await store.findSweep(sweepId)
    const live = state.sweeps.get(sweepId)
    if (record !== null && live !== undefined) live.record = record
  }

  function isWorkedByOthersThan(agentId: AgentId): (sweepId: SweepId) => boolean {
    return (sweepId) => [...state.attempts.ofSweep(sweepId)].some((open) => open.agentId !== agentId)
  }

  return {
    judgeAgents,
    isAwaited: (agentId) => state.failing.judge(agentId, isWorkedByOthersThan(agentId)).kind === 'waiting',
    isOpen(sweepId) {
      const holdsAttempts = (agentId: AgentId) => state.attempts.ofAgent(agentId).size > 0
      return state.failing.isVerdictOpen(sweepId, state.clock.nowMs, holdsAttempts)
    },
  }
}
