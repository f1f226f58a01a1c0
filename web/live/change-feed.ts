// What changes, in every tab, over one connection: a browser opens six to a host, so with a stream in each tab the
// seventh would never load. The tabs elect a leader, which holds the stream and tells the others.
//
// A message carries the place of the one before it (`after`): a tab that sees a gap loads its state anew.
import { BroadcastChannel, createLeaderElection } from 'broadcast-channel'
import { answer, api } from '../api/client.ts'
import type { ChangesMessage } from '../api/records.ts'
import { openChangeSource, type ChangeSource } from './change-source.ts'

export interface FeedMessage {
  /** Everything up to here had been told before. */
  readonly after: number
  readonly changes: ChangesMessage
}

/** `changes`; or `reset`: load everything anew. */
export type FeedEvent =
  { readonly kind: 'changes'; readonly message: FeedMessage } | { readonly kind: 'reset' }

export interface FeedState {
  readonly isConnected: boolean
  /** When the connection was last known to be good; epoch ms. */
  readonly lastHeardAtMs: number
  /** Holds the stream for the other tabs. */
  readonly isLeader: boolean
}

type TabMessage =
  /** JSON: a text goes to the other tabs as it is, an object is copied field by field, also when nobody listens. */
  | { readonly type: 'changes'; readonly after: number; readonly text: string }
  | { readonly type: 'reset' }
  | {
      readonly type: 'state'
      readonly isConnected: boolean
      readonly lastHeardAtMs: number
      /** Where the leader is in the log. */
      readonly seq: number | null
    }
  /** A new tab asks how things stand. */
  | { readonly type: 'hello' }

const CHANNEL = 'sweep-changes/2'

export class ChangeFeed {
  readonly #channel = new BroadcastChannel<TabMessage>(CHANNEL)
  readonly #listeners = new Set<(event: FeedEvent) => void>()
  readonly #stateListeners = new Set<() => void>()
  #source: ChangeSource | null = null
  #state: FeedState = { isConnected: true, lastHeardAtMs: Date.now(), isLeader: false }
  /** The place in the log up to which this tab has heard; null: it heard nothing yet. */
  #seq: number | null = null

  start(): void {
    this.#channel.onmessage = (message) => this.#hear(message)
    void this.#channel.postMessage({ type: 'hello' })
    const election = createLeaderElection(this.#channel, { fallbackInterval: 1_500, responseTime: 300 })
    void election.awaitLeadership().then(() => this.#lead())
  }

  /** Told in the order of the log. @returns ends it */
  subscribe(listener: (event: FeedEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** For useSyncExternalStore. */
  readonly subscribeState = (listener: () => void): (() => void) => {
    this.#stateListeners.add(listener)
    return () => this.#stateListeners.delete(listener)
  }
  readonly state = (): FeedState => this.#state

  /** Everything up to here is known to have been told to this tab or to have happened before it listened. */
  get seq(): number | null {
    return this.#seq
  }

  async #lead(): Promise<void> {
    this.#setState({ isLeader: true })
    const since = this.#seq ?? (await newestSeq())
    this.#seq = since
    this.#source = openChangeSource(since, {
      onMessage: (changes, text) => {
        const after = this.#seq ?? since
        void this.#channel.postMessage({ type: 'changes', after, text })
        this.#take({ after, changes })
      },
      onReset: () => {
        this.#source?.close()
        this.#seq = null
        this.#send({ type: 'reset' })
        void this.#lead()
      },
      onState: (isConnected) => {
        const lastHeardAtMs = isConnected ? Date.now() : this.#state.lastHeardAtMs
        if (isConnected !== this.#state.isConnected)
          this.#send({ type: 'state', isConnected, lastHeardAtMs, seq: this.#seq })
        else this.#setState({ lastHeardAtMs })
      },
    })
  }

  #send(message: TabMessage): void {
    void this.#channel.postMessage(message)
    this.#hear(message)
  }

  #hear(message: TabMessage): void {
    switch (message.type) {
      case 'changes':
        return this.#take({ after: message.after, changes: JSON.parse(message.text) as ChangesMessage })
      case 'reset':
        return this.#tell({ kind: 'reset' })
      case 'state':
        this.#seq ??= message.seq
        return this.#setState({ isConnected: message.isConnected, lastHeardAtMs: message.lastHeardAtMs })
      case 'hello': {
        const { isLeader, isConnected, lastHeardAtMs } = this.#state
        if (!isLeader) return
        void this.#channel.postMessage({ type: 'state', isConnected, lastHeardAtMs, seq: this.#seq })
      }
    }
  }

  #take(message: FeedMessage): void {
    this.#seq = message.changes.seq
    this.#tell({ kind: 'changes', message })
  }

  #tell(event: FeedEvent): void {
    for (const listener of [...this.#listeners]) listener(event)
  }

  #setState(change: Partial<FeedState>): void {
    this.#state = { ...this.#state, ...change }
    for (const listener of [...this.#stateListeners]) listener()
  }
}

/** Tries until there is an answer: without a place there is nothing to follow. */
async function newestSeq(): Promise<number> {
  for (;;) {
    try {
      const query = { since: Number.MAX_SAFE_INTEGER, limit: 1 } // no such place: the answer is the newest
      const { next } = await answer(api.GET('/api/v1/changes', { params: { query } }))
      return next
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 1_000))
    }
  }
}

export const changeFeed = new ChangeFeed()
