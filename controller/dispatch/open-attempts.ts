// The leader's view of every attempt without an outcome: a cache of SQL, rebuilt at each election, with the
// deadlines that live in memory only.
import { attemptKey } from '../../sweeps/protocol.ts'
import type { JobLease } from '../../sweeps/protocol.ts'
import type { AttemptRecord, RunRecord, RunWish } from '../../sweeps/run.ts'
import type { AgentId, RunId, SweepId } from '../../sweeps/sweep.ts'

export interface OpenAttempt {
  readonly key: string
  readonly runId: RunId
  readonly attempt: number
  readonly token: string
  readonly agentId: AgentId
  readonly sweepId: SweepId | null
  /** The agent listed it in a beat or reported of it: its job is out of the mailbox. */
  isAccepted: boolean
  /** When its job was last put into the mailbox (monotonic ms); null: not yet since this leader began. */
  addedAtMs: number | null
  /** Reading of the lease clock after which it is lost. */
  deadlineMs: number
  /** The lease that its job tells; null: not delivered by this leader yet, or to an agent that polls. */
  lease: JobLease | null
  /** Entry that stood last in the stream when the deadline passed: it is not lost before that one is stored. */
  barrierEntryId: string | null
  /** How often its job was put into the mailbox, or may have been. From the second time on, that it is there proves nothing. */
  deliveryCount: number
  /** A recall found the job taken: only the lease can end it now. */
  isRecallRefused: boolean
  wish: RunWish | null
  wishReason: string
}

export class OpenAttempts {
  readonly #byKey = new Map<string, OpenAttempt>()
  readonly #byAgent = new Map<AgentId, Set<OpenAttempt>>()
  readonly #bySweep = new Map<SweepId, Set<OpenAttempt>>()

  /** One that is known already is replaced. */
  add(attempt: AttemptRecord, run: RunRecord, deadlineMs: number): OpenAttempt {
    this.remove(attemptKey(attempt.runId, attempt.attempt))
    const open: OpenAttempt = {
      key: attemptKey(attempt.runId, attempt.attempt),
      runId: attempt.runId,
      attempt: attempt.attempt,
      token: attempt.token,
      agentId: attempt.agentId,
      sweepId: run.sweepId,
      isAccepted: attempt.startedAt !== null || attempt.reportSeq > 0,
      addedAtMs: null,
      deadlineMs,
      lease: null,
      barrierEntryId: null,
      deliveryCount: 0,
      isRecallRefused: false,
      wish: run.wish,
      wishReason: run.wishReason ?? '',
    }
    this.#byKey.set(open.key, open)
    setOf(this.#byAgent, open.agentId).add(open)
    if (open.sweepId !== null) setOf(this.#bySweep, open.sweepId).add(open)
    return open
  }

  remove(key: string): void {
    const open = this.#byKey.get(key)
    if (open === undefined) return
    this.#byKey.delete(key)
    this.#byAgent.get(open.agentId)?.delete(open)
    if (open.sweepId !== null) this.#bySweep.get(open.sweepId)?.delete(open)
  }

  get(key: string): OpenAttempt | undefined {
    return this.#byKey.get(key)
  }

  ofAgent(agentId: AgentId): ReadonlySet<OpenAttempt> {
    return this.#byAgent.get(agentId) ?? EMPTY
  }

  ofSweep(sweepId: SweepId): ReadonlySet<OpenAttempt> {
    return this.#bySweep.get(sweepId) ?? EMPTY
  }

  all(): IterableIterator<OpenAttempt> {
    return this.#byKey.values()
  }

  get size(): number {
    return this.#byKey.size
  }
}

const EMPTY: ReadonlySet<OpenAttempt> = new Set()

function setOf<K>(map: Map<K, Set<OpenAttempt>>, key: K): Set<OpenAttempt> {
  let set = map.get(key)
  if (set === undefined) map.set(key, (set = new Set()))
  return set
}
