// The use cases of clients that report by themselves: begin a run, tell more of it, post what was logged, end it. What is
// credited is told to the dispatcher after the commit.
import type { Clock } from '../../runtime/clock.ts'
import { LeadershipLostError, SweepError } from '../../sweeps/errors.ts'
import type { RunKey } from '../../sweeps/run-key.ts'
import type { RunRecord } from '../../sweeps/run.ts'
import type { StoreTransaction, SweepStore } from '../../sweeps/store.ts'
import type { RunId } from '../../sweeps/sweep.ts'
import type { AppliedReports } from '../credit/attempt-work.ts'
import type { Dispatcher } from '../dispatch-port.ts'
import { changeRun } from '../run-wishes.ts'
import { takeClaim } from './begin-run.ts'
import type { Begun } from './begin-run.ts'
import type { ClientClaim, ClientPost } from './client-post.ts'
import { creditPost } from './credit-post.ts'
import type { PostRef } from './credit-post.ts'
import { findById, findByName, mayReport } from './find-client-run.ts'
import type { ClientRun } from './find-client-run.ts'

export interface ClientRunService {
  /**
   * A run begins, is told more of, or is edited.
   * @param key of the run whose own key the client shows; null: a person's token
   * @throws as takeClaim (begin-run.ts)
   */
  claim(claim: ClientClaim, key: RunKey | null): Promise<Begun>
  /**
   * What a client logged. A repeated post changes nothing.
   * @returns whether the process is to end itself: somebody wants that, or the run is no longer its own
   * @throws NotFoundError when no client began the run
   */
  post(ref: PostRef, post: ClientPost, key: RunKey | null): Promise<{ isStopped: boolean }>
  /** By the client's id, or ours where no client ever began the run. @param key as `claim`: finds its own alone */
  find(project: string, name: string, key?: RunKey | null): Promise<ClientRun | null>
  findById(runId: string): Promise<ClientRun | null>
  /** With its client each, in the order given. */
  describe(runs: readonly RunRecord[]): Promise<ClientRun[]>
  /** A person wants the run to end: its process is told at its next post. Nothing happens to one that has ended. */
  stop(runId: RunId): Promise<void>
}

export interface ClientRunDeps {
  readonly store: SweepStore
  readonly dispatcher: Pick<Dispatcher, 'lookForChanges' | 'leadEpoch' | 'takeClientReports'>
  readonly clock: Clock
  /** Uniform integer in [0, n). */
  readonly randomInt: (n: number) => number
}

export function createClientRunService(deps: ClientRunDeps): ClientRunService {
  const { store, dispatcher, clock, randomInt } = deps

  /** As the leader's own unit where this controller leads: then the change log need not tell it. */
  async function write<T extends { readonly applied: AppliedReports | null }>(
    unit: (tx: StoreTransaction) => Promise<T>,
  ): Promise<T> {
    const epoch = dispatcher.leadEpoch()
    if (epoch !== null) {
      try {
        const done = await store.write(unit, { epoch })
        if (done.applied !== null) await dispatcher.takeClientReports(done.applied)
        return done
      } catch (error) {
        if (!(error instanceof LeadershipLostError)) throw error
      }
    }
    const done = await store.write(unit)
    dispatcher.lookForChanges()
    return done
  }

  return {
    claim: (claim, key) => write((tx) => takeClaim(tx, claim, { key, now: clock.now(), randomInt })),

    async post(ref, post, key) {
      const { run, applied } = await write((tx) => creditPost(tx, ref, post, { key, now: clock.now() }))
      if (applied === null) return { isStopped: post.end === null && !isTerminalOwn(run) }
      // The judge has looked at these rows by now.
      const after = applied.grown.length > 0 ? ((await store.findRun(run.id)) ?? run) : run
      return { isStopped: after.wish !== null && post.end === null }
    },

    async find(project, name, key = null) {
      const found = await findByName(store, project, name, { key })
      return found === null || !mayReport(key, found) ? null : found
    },

    findById: (runId) => findById(store, runId),

    async describe(runs) {
      const clients = await store.clientRuns.find(runs.map((run) => run.id))
      return runs.map((run) => ({ run, client: clients.get(run.id) ?? null }))
    },

    async stop(runId) {
      try {
        await changeRun({ store, dispatcher, clock }, runId, 'cancel', null)
      } catch (error) {
        // W&B's client stops what has ended without a word.
        if (!(error instanceof SweepError) || error.code !== 'ILLEGAL_TRANSITION') throw error
      }
    },
  }
}

/** Its own process said that it ended, and says more. */
function isTerminalOwn(run: RunRecord): boolean {
  return run.state === 'finished' || run.state === 'failed'
}
