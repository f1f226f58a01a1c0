// What the HTTP side needs of the dispatcher: the one door between them. controller/dispatch/dispatcher.ts is the
// implementation, wired in main.ts.
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type {
  AttemptJob,
  Beat,
  RegisterAgentRequest,
  RegisterAgentResponse,
  Report,
} from '../sweeps/protocol.ts'
import type { AgentRecord } from '../sweeps/store.ts'
import type { AppliedReports } from './credit/attempt-work.ts'
import type { AgentId } from '../sweeps/sweep.ts'
import type { ConditionState } from '../runtime/condition.ts'

export interface AgentStatus {
  /** Since its last beat, on the leader's monotonic clock. */
  readonly silentMs: number
  /** Silent for min(30 s, lease/2): shown to people, nothing is decided by it. */
  readonly suspect: boolean
  /** Attempts that it holds by its last beat. */
  readonly held: number
}

export interface DispatcherHealth {
  readonly leader: boolean
  /** Redis answers. */
  readonly redis: boolean
  /** In words, when something does not work. */
  readonly problem: string | null
  /** The same by part, with its beginning. A part that is another controller's to do works. */
  readonly parts: Readonly<Record<'redis' | 'leader' | 'ingest', ConditionState>>
}

/** How the leader's work stands. */
export interface DispatchFigures {
  /** Attempts that living agents take at one time. */
  readonly slotCount: number
  readonly busySlotCount: number
  readonly attempts: { readonly offered: number; readonly accepted: number }
  /** What stands in the report stream and is not stored; null when Redis does not answer. */
  readonly lag: { readonly entryCount: number; readonly seconds: number } | null
}

/** What a connection would carry for an agent that has none and polls. Any controller does it, leading or not. */
export interface PolledAgents {
  /** @throws SweepError UNAUTHORIZED */
  authenticate(agentId: string, key: string): Promise<AgentRecord>
  /** Puts its reports and, behind them, its beat into the report stream. Rejects while Redis is away. */
  say(
    sender: {
      readonly agentId: AgentId
      readonly agentKey: string
      readonly incarnation: number
      readonly host: string
    },
    words: { readonly beat: Beat; readonly reports: readonly Report[] },
  ): Promise<void>
  /** The next job of its mailbox, out of it for good; null when none came in time. Rejects while Redis is away. */
  takeJob(agentId: AgentId, limitMs: number): Promise<AttemptJob | null>
}

export interface Dispatcher {
  start(): Promise<void>
  /** Hands the lead back and closes every connection, within 5 s. */
  stop(): Promise<void>
  /** To be called after a request's commit: the leader looks into the change log at once instead of a little later. */
  lookForChanges(): void
  /** The epoch in which this controller leads; null when it does not. */
  leadEpoch(): number | null
  /**
   * What clients that report by themselves were credited with, in a unit of that epoch: the leader does with it what it
   * does with agents' reports, early termination included. Resolves when that is done; never rejects.
   */
  takeClientReports(applied: AppliedReports): Promise<void>
  registerAgent(request: RegisterAgentRequest): Promise<RegisterAgentResponse>
  readonly polled: PolledAgents
  /** The agents' tunnel (TUNNEL_PATH of protocol.ts): authenticates by the agent's key itself. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  /** null when this controller does not lead or has not heard of the agent. */
  agentStatus(agentId: AgentId): AgentStatus | null
  health(): DispatcherHealth
  /** Resolves with the error after which it cannot go on; otherwise never. */
  readonly failed: Promise<Error>
  /** null when this controller does not lead. Never rejects. */
  figures(): Promise<DispatchFigures | null>
}
