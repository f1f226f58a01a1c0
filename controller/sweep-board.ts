// The runs of a sweep as lists, filters and snapshots look at them, kept in memory between requests (board.ts).
import type { RunFacts, StoreReads } from '../sweeps/store.ts'
import type { SweepId } from '../sweeps/sweep.ts'
import { createBoards } from './board.ts'
import type { Board, BoardLimits } from './board.ts'

export interface SweepBoard extends Board<RunFacts> {
  readonly sweepId: SweepId
}

export interface SweepBoards {
  /** The sweep with everything that was committed before the call. */
  boardOf(sweepId: SweepId): Promise<SweepBoard>
}

export function createSweepBoards(store: StoreReads, limits: BoardLimits = {}): SweepBoards {
  const boards = createBoards<SweepId, RunFacts>(
    store,
    {
      load: (sweepId) => store.listRunFacts({ sweepId }),
      find: (_sweepId, ids) => store.findRunFacts(ids), // no run changes its sweep
      scopeOf: (sweepId) => ({ sweepId }),
      lastSeqOf: (sweepId) => store.lastSeqOfSweep(sweepId),
    },
    limits,
  )
  return { boardOf: async (sweepId) => ({ ...(await boards.boardOf(sweepId)), sweepId }) }
}
