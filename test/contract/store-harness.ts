// What the store's contract needs of the implementation under test.
import type { SweepStore } from '../../sweeps/store.ts'

export interface StoreHarness {
  /** On an empty database. */
  readonly store: SweepStore
  /** Closes the store, when it is open, and opens the same database again. */
  readonly reopen: () => Promise<SweepStore>
  /** Closes what is open and removes the database. */
  readonly close: () => Promise<void>
  /** What store-writer-process.ts is told to open: the same database, from another process. */
  readonly writerAddress: string
}

/** The harness of the test that runs now. */
export interface OpenContract {
  readonly store: () => SweepStore
  readonly reopen: () => Promise<SweepStore>
}
