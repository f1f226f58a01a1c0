// The leader's view of the agents: what each one's newest beat said, and for how long it has been silent.
import { POLLING_AGENT_VERSION } from '../../sweeps/protocol.ts'
import type { Beat } from '../../sweeps/protocol.ts'
import type { AgentRecord } from '../../sweeps/store.ts'
import type { AgentId, SweepId } from '../../sweeps/sweep.ts'

export interface LiveAgent {
  readonly id: AgentId
  host: string
  incarnation: number
  beatNumber: number
  /** How many attempts it will hold at one time; 0 when it drains. */
  capacity: number
  sweepIds: readonly SweepId[]
  /** Lease clock at its newest beat. */
  heardAtMs: number
  isLeaving: boolean
  /** It is heard when it asks for work: see pollingTimes. */
  polls: boolean
  /** It is to be offered nothing: drained, or in quarantine. */
  isBarred: boolean
  /** What it offers, compared with a sweep's `requires`; known from its first beat on. */
  labels: Readonly<Record<string, string>>
  /** Wall clock at which its last-seen time was last written to the store. */
  savedAt: number
}

/** What a beat means for an agent. */
export interface BeatReading {
  readonly agent: LiveAgent
  readonly isNewIncarnation: boolean
}

export class LiveAgents {
  readonly #byId = new Map<AgentId, LiveAgent>()

  /** Takes a beat; null when it is older than what is known (a late or repeated entry). */
  hear(id: AgentId, host: string, incarnation: number, beat: Beat, nowMs: number): BeatReading | null {
    const known = this.#byId.get(id)
    if (known !== undefined) {
      if (incarnation < known.incarnation) return null
      if (incarnation === known.incarnation && beat.number <= known.beatNumber) return null
    }
    const agent: LiveAgent = {
      id,
      host,
      incarnation,
      beatNumber: beat.number,
      capacity: beat.capacity,
      sweepIds: beat.sweepIds as SweepId[],
      heardAtMs: nowMs,
      isLeaving: beat.leaving,
      polls: beat.polls === true,
      isBarred: known?.incarnation === incarnation && known.isBarred,
      labels: known?.incarnation === incarnation ? known.labels : {},
      savedAt: known?.incarnation === incarnation ? known.savedAt : 0,
    }
    this.#byId.set(id, agent)
    // The first beat of an incarnation comes before it accepts anything, so number 1 alone tells a new one.
    return {
      agent,
      isNewIncarnation: beat.number === 1 || (known !== undefined && incarnation > known.incarnation),
    }
  }

  /** An agent that the store knows to hold attempts: silent since now, until its next beat. */
  recall(
    agent: Pick<AgentRecord, 'id' | 'host' | 'incarnation' | 'sweepIds' | 'version'>,
    nowMs: number,
  ): void {
    if (this.#byId.has(agent.id)) return
    this.#byId.set(agent.id, {
      id: agent.id,
      host: agent.host,
      incarnation: agent.incarnation,
      beatNumber: 0,
      capacity: 0,
      sweepIds: agent.sweepIds,
      heardAtMs: nowMs,
      isLeaving: false,
      polls: agent.version === POLLING_AGENT_VERSION,
      isBarred: false,
      labels: {},
      savedAt: 0,
    })
  }

  get(id: AgentId): LiveAgent | undefined {
    return this.#byId.get(id)
  }

  remove(id: AgentId): void {
    this.#byId.delete(id)
  }

  all(): IterableIterator<LiveAgent> {
    return this.#byId.values()
  }
}
