// Runs of agents that poll whose own clients speak. Such an agent is silent while it waits for its run to end (a first
// Ctrl-C), or dies and leaves it behind: as long as the run's client is heard the run is worked, whoever asks for it.
import type { StoreReads } from '../../sweeps/store.ts'
import type { LeaderState } from './leader-state.ts'
import type { OpenAttempt } from './open-attempts.ts'

interface Sample {
  /** Of which lease. */
  readonly deadlineMs: number
  /** null: no client of the attempt has spoken. */
  readonly heardAt: number | null
}

/** No clocks are compared: a client was heard in the second half of a lease when another time stands there at its end. */
export class SpeakingClients {
  readonly #samples = new Map<string, Sample>()

  constructor(
    private readonly state: LeaderState,
    private readonly store: { readonly clientRuns: Pick<StoreReads['clientRuns'], 'find'> },
  ) {}

  /** To be called often: remembers when each client was last heard, half a lease before it ends. */
  async look(): Promise<void> {
    const { attempts, clock } = this.state
    for (const key of this.#samples.keys()) if (attempts.get(key) === undefined) this.#samples.delete(key)
    const due: OpenAttempt[] = []
    for (const open of attempts.all()) {
      const agent = this.state.agents.get(open.agentId)
      if (agent?.polls !== true || !open.isAccepted) continue
      const isLate = open.deadlineMs - clock.nowMs < this.state.timesOf(agent).leaseMs / 2
      if (isLate && this.#samples.get(open.key)?.deadlineMs !== open.deadlineMs) due.push(open)
    }
    if (due.length === 0) return
    const heard = await this.#readHeard(due)
    for (const { key, deadlineMs } of due)
      this.#samples.set(key, { deadlineMs, heardAt: heard.get(key) ?? null })
  }

  /** Those of attempts without a lease whose clients were heard since the look: to be renewed. */
  async listSpeaking(overdue: readonly OpenAttempt[]): Promise<OpenAttempt[]> {
    const sampled = overdue.filter((open) => this.#samples.has(open.key))
    if (sampled.length === 0) return []
    const heard = await this.#readHeard(sampled)
    return sampled.filter(({ key }) => {
      const now = heard.get(key) ?? null
      return now !== null && now !== this.#samples.get(key)?.heardAt
    })
  }

  async #readHeard(attempts: readonly OpenAttempt[]): Promise<Map<string, number>> {
    const clients = await this.store.clientRuns.find(attempts.map(({ runId }) => runId))
    const heard = new Map<string, number>()
    for (const { key, runId, attempt } of attempts) {
      const client = clients.get(runId)
      if (client?.attempt === attempt) heard.set(key, client.heardAt)
    }
    return heard
  }
}
