// Which agents look broken: how the runs on each ended lately, and what that means beside the others. In memory, from
// the ends as they are stored; a new leader reads them again. What is done about it is in quarantine.ts.
//
// An agent whose last three ends (those that say something) were failures within 20 s of their start is
//   quarantined  when the last end on some other agent of the sweep was no failure
//   common       when an agent of another machine fails so too, with the same last line: it is not the machine
//   waiting      while others still work the sweep: what they come to decides; it is offered nothing until then
//   unremarkable when nobody else works the sweep, or others fail as well
import type { AttemptRecord, RunRecord } from '../../sweeps/run.ts'
import type { AgentId, RunId, SweepId } from '../../sweeps/sweep.ts'

/** A failure within this time of its start says more of the machine than of the configuration. */
export const FAST_FAILURE_MS = 20_000
export const STREAK_LENGTH = 3
/** A sweep waits so long for a verdict on its failures, when the agent's other runs may still bring it about. */
const VERDICT_WAIT_MS = 60_000
/** Older ones of a longer streak are not given back. */
const MAX_STREAK = 1_000

export interface FastFailure {
  readonly runId: RunId
  readonly attempt: number
  readonly sweepId: SweepId
  /** The last line of its standard error; else why it ended. */
  readonly lastLine: string
  /** Grows from end to end over all agents. */
  readonly order: number
}

export type Judgement =
  | { readonly kind: 'unremarkable' | 'waiting' }
  | { readonly kind: 'quarantined'; readonly sweepId: SweepId; readonly streak: readonly FastFailure[] }
  | {
      readonly kind: 'common'
      readonly sweepId: SweepId
      readonly lastLine: string
      readonly agentIds: readonly AgentId[]
    }

interface AgentEnds {
  host: string
  streak: FastFailure[]
  /** Lease clock at the newest of the streak. */
  failedAtMs: number
  /** The newest end in each sweep. */
  readonly lastEnds: Map<SweepId, { readonly isGood: boolean; readonly order: number }>
  /** Of the streak: given back already. */
  givenBackCount: number
  isQuarantined: boolean
}

export class FailingAgents {
  readonly #agents = new Map<AgentId, AgentEnds>()
  #order = 0

  /** An attempt ended. @param nowMs lease clock */
  note(run: Pick<RunRecord, 'sweepId'>, attempt: AttemptRecord, nowMs: number): void {
    const { sweepId } = run
    const { outcome, agentId } = attempt
    if (sweepId === null || (outcome !== 'finished' && outcome !== 'stopped' && outcome !== 'failed')) return
    const ends = this.#endsOf(agentId)
    const order = ++this.#order
    if (attempt.host !== '') ends.host = attempt.host
    ends.lastEnds.set(sweepId, { isGood: outcome !== 'failed', order })
    if (outcome !== 'failed' || !isFast(attempt)) {
      ends.streak = []
      ends.givenBackCount = 0
      return
    }
    const { runId } = attempt
    ends.streak.push({ runId, attempt: attempt.attempt, sweepId, lastLine: lastLineOf(attempt), order })
    ends.failedAtMs = nowMs
    if (ends.streak.length > MAX_STREAK) ends.streak.shift()
  }

  /** Agents to be judged: those with a streak, and quarantined ones on which more has failed. */
  suspects(): AgentId[] {
    return [...this.#agents].flatMap(([id, ends]) => {
      const isNew = ends.isQuarantined && ends.streak.length > ends.givenBackCount
      return isNew || (!ends.isQuarantined && ends.streak.length >= STREAK_LENGTH) ? [id] : []
    })
  }

  /** @param isWorkedBy whether some other agent than this one holds attempts of the sweep */
  judge(agentId: AgentId, isWorkedByOthers: (sweepId: SweepId) => boolean): Judgement {
    const ends = this.#agents.get(agentId)
    const last = ends?.streak.at(-1)
    const first = ends?.streak[0]
    if (ends === undefined || last === undefined || first === undefined) return { kind: 'unremarkable' }
    const { sweepId, lastLine } = last
    const quarantined = {
      kind: 'quarantined',
      sweepId,
      streak: ends.streak.slice(ends.givenBackCount),
    } as const
    if (ends.isQuarantined) return quarantined
    if (ends.streak.length < STREAK_LENGTH) return { kind: 'unremarkable' }
    let areOthersFine = false
    let doOthersFail = false
    const alike: AgentId[] = []
    for (const [id, other] of this.#agents) {
      const end = other.lastEnds.get(sweepId)
      if (id === agentId || end === undefined) continue
      if (end.isGood) areOthersFine = true
      else if (end.order > first.order) doOthersFail = true
      if (other.host !== ends.host && this.#failsAlike(other, sweepId, lastLine)) alike.push(id)
    }
    if (areOthersFine) return quarantined
    if (alike.length > 0) return { kind: 'common', sweepId, lastLine, agentIds: [agentId, ...alike] }
    return { kind: !doOthersFail && isWorkedByOthers(sweepId) ? 'waiting' : 'unremarkable' }
  }

  /** Its runs of the sweep may still be given back: the sweep does not finish before that is decided. */
  isVerdictOpen(sweepId: SweepId, nowMs: number, holdsAttempts: (agentId: AgentId) => boolean): boolean {
    for (const [id, ends] of this.#agents) {
      const isAbout = ends.streak.slice(ends.givenBackCount).some((failure) => failure.sweepId === sweepId)
      if (isAbout && nowMs - ends.failedAtMs < VERDICT_WAIT_MS && holdsAttempts(id)) return true
    }
    return false
  }

  /** What it failed was given back. */
  setQuarantined(agentId: AgentId): void {
    const ends = this.#endsOf(agentId)
    ends.isQuarantined = true
    ends.givenBackCount = ends.streak.length
  }

  /** A person took the quarantine back: nothing that failed before counts. */
  forgive(agentId: AgentId): void {
    if (this.#agents.get(agentId)?.isQuarantined === true) this.forget(agentId)
  }

  /** It starts anew, or the sweep does: what was counted is over. */
  forget(agentId: AgentId): void {
    const ends = this.#agents.get(agentId)
    if (ends === undefined) return
    ends.streak = []
    ends.givenBackCount = 0
    ends.isQuarantined = false
  }

  #failsAlike(other: AgentEnds, sweepId: SweepId, lastLine: string): boolean {
    if (other.streak.length < STREAK_LENGTH) return false
    const last = other.streak.at(-1)
    return last?.sweepId === sweepId && last.lastLine === lastLine
  }

  #endsOf(agentId: AgentId): AgentEnds {
    let ends = this.#agents.get(agentId)
    if (ends === undefined) {
      ends = {
        host: '',
        streak: [],
        failedAtMs: 0,
        lastEnds: new Map(),
        givenBackCount: 0,
        isQuarantined: false,
      }
      this.#agents.set(agentId, ends)
    }
    return ends
  }
}

/** Both times are of the agent's clock; what never started failed at once. */
function isFast({ startedAt, endedAt }: AttemptRecord): boolean {
  return startedAt === null || endedAt === null || endedAt - startedAt <= FAST_FAILURE_MS
}

function lastLineOf(attempt: AttemptRecord): string {
  const line = (attempt.stderrTail ?? '').trimEnd().split('\n').at(-1)?.trim() ?? ''
  return (line === '' ? (attempt.reason ?? '') : line).slice(0, 300)
}
