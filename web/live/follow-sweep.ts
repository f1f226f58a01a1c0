// Keeps a SweepTable current: it loads the snapshot, applies what the feed tells from there on, and loads it anew when
// something may have been missed. Listening begins before loading, so that nothing falls between the two.
import { ApiError, problemOf, unreachable } from '../api/client.ts'
import type { SweepSnapshot } from '../api/records.ts'
import { changeFeed, type FeedEvent, type FeedMessage } from './change-feed.ts'
import { SweepTable, type TableChange } from './sweep-table.ts'

export interface FollowedSweep {
  /** null until the first snapshot is there. */
  readonly table: SweepTable | null
  /** Why there is none; null while it is loaded. */
  readonly problem: ApiError | null
  /** Goes up with every change of the table, of its rows or of the problem. */
  readonly version: number
}

type Listener = (change: TableChange | null) => void

export class SweepFollower {
  readonly #ref: string
  readonly #listeners = new Set<Listener>()
  #state: FollowedSweep = { table: null, problem: null, version: 0 }
  /** Everything up to here is in the table, though its snapshot may carry an older number (it was found unchanged). */
  #knownSeq = 0
  #isLoading = false
  #waiting: FeedMessage[] = []
  #unsubscribe: (() => void) | null = null

  /** @param ref the sweep's id or a name of it */
  constructor(ref: string) {
    this.#ref = ref
  }

  readonly state = (): FollowedSweep => this.#state

  /** Follows as long as somebody listens. The change is null when everything is to be looked at anew. */
  readonly subscribe = (listener: Listener): (() => void) => {
    this.#listeners.add(listener)
    if (this.#unsubscribe === null) {
      this.#unsubscribe = changeFeed.subscribe((event) => this.#hear(event))
      void this.#load()
    }
    return () => {
      this.#listeners.delete(listener)
      if (this.#listeners.size > 0) return
      this.#unsubscribe?.()
      this.#unsubscribe = null
    }
  }

  #hear(event: FeedEvent): void {
    if (event.kind === 'reset') return void this.#load()
    if (this.#isLoading || this.#state.table === null) this.#waiting.push(event.message)
    else this.#apply(event.message)
  }

  #apply({ after, changes }: FeedMessage): void {
    const { table } = this.#state
    if (table === null) return
    if (after > Math.max(this.#knownSeq, table.seq)) return void this.#load()
    this.#knownSeq = Math.max(this.#knownSeq, changes.seq)
    const change = table.apply(changes)
    if (change !== null) this.#set({ version: this.#state.version + 1 }, change)
  }

  async #load(): Promise<void> {
    if (this.#isLoading) return
    this.#isLoading = true
    // What was told before is in the snapshot, whatever number it carries.
    const toldBefore = changeFeed.seq ?? 0
    try {
      const table = new SweepTable(await takeSnapshot(this.#ref))
      this.#knownSeq = Math.max(table.seq, toldBefore)
      this.#set({ table, problem: null, version: this.#state.version + 1 }, null)
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      this.#set({ problem: error, version: this.#state.version + 1 }, null)
      if (error.code === 'UNREACHABLE') window.setTimeout(() => void this.#load(), RETRY_MS)
    } finally {
      this.#isLoading = false
    }
    const waiting = this.#waiting
    this.#waiting = []
    for (const message of waiting) this.#apply(message)
  }

  #set(change: Partial<FollowedSweep>, tableChange: TableChange | null): void {
    this.#state = { ...this.#state, ...change }
    for (const listener of [...this.#listeners]) listener(tableChange)
  }
}

const RETRY_MS = 1_000

/** Snapshots that were asked for before their page was there (main.ts). */
const early = new Map<string, Promise<SweepSnapshot>>()

/** Asks for a snapshot while the page is still being loaded. */
export function fetchSnapshotEarly(ref: string): void {
  const asked = fetchSnapshot(ref)
  asked.catch(() => undefined) // told to whoever takes it
  early.set(ref, asked)
}

function takeSnapshot(ref: string): Promise<SweepSnapshot> {
  const found = early.get(ref)
  early.delete(ref)
  return found ?? fetchSnapshot(ref)
}

async function fetchSnapshot(ref: string): Promise<SweepSnapshot> {
  const response = await fetch(`/api/v1/sweeps/${encodeURIComponent(ref)}/snapshot`).catch(() => {
    throw unreachable()
  })
  if (response.ok) return (await response.json()) as SweepSnapshot
  throw problemOf(response.status, await response.json().catch(() => undefined))
}
