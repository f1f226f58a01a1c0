// The runs of a sweep as lists, filters and snapshots look at them, kept in memory between requests. A board follows
// the change log: only runs that changed since it was last looked at are read again, whoever changed them.
import type { RunFacts, StoreReads } from '../sweeps/store.ts'
import type { RunId, SweepId } from '../sweeps/sweep.ts'

/** A board as it stands at one place of the change log; never changed afterwards. */
export interface SweepBoard {
  readonly sweepId: SweepId
  /**
   * Every change up to this seq is in the board. A run that changed while it was read may stand in a later state: the
   * changes after `seq` name it, and reading it again gives the same or a newer state.
   */
  readonly seq: number
  /** The same number as long as nothing of the sweep has changed; it grows with each change that is taken in. */
  readonly version: number
  /** In order of creation. */
  readonly runs: readonly RunFacts[]
}

export interface SweepBoards {
  /** The sweep with everything that was committed before the call. */
  boardOf(sweepId: SweepId): Promise<SweepBoard>
}

export interface SweepBoardLimits {
  /** Runs of all boards together; the board that was used last always stays. @default 30_000 */
  readonly maxRuns?: number
  /** With more entries of the log to go through, everything is read anew. @default 5_000 */
  readonly maxChanges?: number
}

interface KeptBoard {
  board: SweepBoard | null
  /** The refresh that runs, and the one that waits for it: it begins after every call that joins it. */
  running: Promise<SweepBoard> | null
  waiting: Promise<SweepBoard> | null
}

export function createSweepBoards(store: StoreReads, limits: SweepBoardLimits = {}): SweepBoards {
  const { maxRuns = 30_000, maxChanges = 5_000 } = limits
  const kept = new Map<SweepId, KeptBoard>()
  let version = 0

  async function refresh(sweepId: SweepId, board: SweepBoard | null): Promise<SweepBoard> {
    // First: whatever commits from now on has a higher seq.
    const seq = await store.lastSeq()
    if (board === null) return load(sweepId, seq)
    if ((await store.lastSeqOfSweep(sweepId)) <= board.seq)
      return seq === board.seq ? board : { ...board, seq }
    const changes = await store.readChanges(board.seq, maxChanges, { sweepId })
    // The oldest is asked last: what was forgotten meanwhile may be missing from the changes.
    const isExpired = board.seq + 1 < (await store.oldestSeq())
    if (isExpired || changes.length === maxChanges) return load(sweepId, seq)
    const ids = new Set(
      changes.filter(({ entity }) => entity === 'run').map(({ entityId }) => entityId as RunId),
    )
    version += 1
    if (ids.size === 0) return { ...board, seq, version }
    return { sweepId, seq, version, runs: withNewest(board.runs, ids, await store.findRunFacts([...ids])) }
  }

  async function load(sweepId: SweepId, seq: number): Promise<SweepBoard> {
    version += 1
    return { sweepId, seq, version, runs: await store.listRunFacts({ sweepId }) }
  }

  function start(sweepId: SweepId, entry: KeptBoard): Promise<SweepBoard> {
    entry.waiting = null
    const running = refresh(sweepId, entry.board).then((board) => {
      entry.board = board
      return board
    })
    entry.running = running
    const end = () => {
      entry.running = null
      dropOldest()
    }
    running.then(end, end)
    return running
  }

  function dropOldest(): void {
    let runCount = 0
    for (const [sweepId, { board }] of [...kept].reverse()) {
      const isNewest = runCount === 0
      runCount += Math.max(1, board?.runs.length ?? 0)
      if (runCount > maxRuns && !isNewest) kept.delete(sweepId)
    }
  }

  return {
    boardOf(sweepId) {
      const entry: KeptBoard = kept.get(sweepId) ?? { board: null, running: null, waiting: null }
      kept.delete(sweepId)
      kept.set(sweepId, entry)
      if (entry.running === null) return start(sweepId, entry)
      // The refresh that runs may have begun before the caller's own write.
      const begin = () => start(sweepId, entry)
      entry.waiting ??= entry.running.then(begin, begin)
      return entry.waiting
    },
  }
}

/** The runs with the newest state of those that changed: erased ones are gone, new ones at the end. */
function withNewest(
  runs: readonly RunFacts[],
  changed: ReadonlySet<RunId>,
  newest: readonly RunFacts[],
): RunFacts[] {
  const byId = new Map(newest.map((facts) => [facts.id, facts]))
  const updated = runs.flatMap((run) => {
    if (!changed.has(run.id)) return [run]
    const facts = byId.get(run.id)
    byId.delete(run.id)
    return facts === undefined ? [] : [facts]
  })
  return [...updated, ...byId.values()]
}
