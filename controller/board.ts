// Lists of runs as they stand, kept in memory between requests. A board follows the change log: only runs that
// changed since it was last looked at are read again, whoever changed them. Which runs a board is about is its
// source's: sweep-board.ts, project-board.ts.
import type { ChangeScope, StoreReads } from '../sweeps/store.ts'
import type { RunId } from '../sweeps/sweep.ts'

/** A board as it stands at one place of the change log; never changed afterwards. */
export interface Board<Entry> {
  /**
   * Every change up to this seq is in the board. A run that changed while it was read may stand in a later state: the
   * changes after `seq` name it, and reading it again gives the same or a newer state.
   */
  readonly seq: number
  /** The same number as long as nothing of the board has changed; it grows with each change that is taken in. */
  readonly version: number
  /** In order of creation. */
  readonly runs: readonly Entry[]
}

/** Where the entries of boards come from. */
export interface BoardSource<Key, Entry> {
  /** Everything, in order of creation. */
  load(key: Key): Promise<Entry[]>
  /** Of these runs those that the board is about, in the order of `ids`. */
  find(key: Key, ids: readonly RunId[]): Promise<Entry[]>
  /** The changes that may concern it. */
  scopeOf(key: Key): ChangeScope
  /** The seq of the newest change that may concern it. */
  lastSeqOf(key: Key): Promise<number>
}

export interface Boards<Key, Entry> {
  /** The board with everything that was committed before the call. */
  boardOf(key: Key): Promise<Board<Entry>>
}

export interface BoardLimits {
  /** Runs of all boards together; the board that was used last always stays. @default 30_000 */
  readonly maxRuns?: number
  /** With more entries of the log to go through, everything is read anew. @default 5_000 */
  readonly maxChanges?: number
}

interface KeptBoard<Entry> {
  board: Board<Entry> | null
  /** The refresh that runs, and the one that waits for it: it begins after every call that joins it. */
  running: Promise<Board<Entry>> | null
  waiting: Promise<Board<Entry>> | null
}

export function createBoards<Key, Entry extends { readonly id: RunId }>(
  store: Pick<StoreReads, 'lastSeq' | 'oldestSeq' | 'readChanges'>,
  source: BoardSource<Key, Entry>,
  limits: BoardLimits = {},
): Boards<Key, Entry> {
  const { maxRuns = 30_000, maxChanges = 5_000 } = limits
  const kept = new Map<Key, KeptBoard<Entry>>()
  let version = 0

  async function refresh(key: Key, board: Board<Entry> | null): Promise<Board<Entry>> {
    // First: whatever commits from now on has a higher seq.
    const seq = await store.lastSeq()
    if (board === null) return load(key, seq)
    if ((await source.lastSeqOf(key)) <= board.seq) return seq === board.seq ? board : { ...board, seq }
    const changes = await store.readChanges(board.seq, maxChanges, source.scopeOf(key))
    // The oldest is asked last: what was forgotten meanwhile may be missing from the changes.
    const isExpired = board.seq + 1 < (await store.oldestSeq())
    if (isExpired || changes.length === maxChanges) return load(key, seq)
    const ids = new Set(
      changes.filter(({ entity }) => entity === 'run').map(({ entityId }) => entityId as RunId),
    )
    version += 1
    if (ids.size === 0) return { ...board, seq, version }
    return { seq, version, runs: withNewest(board.runs, ids, await source.find(key, [...ids])) }
  }

  async function load(key: Key, seq: number): Promise<Board<Entry>> {
    version += 1
    return { seq, version, runs: await source.load(key) }
  }

  function start(key: Key, entry: KeptBoard<Entry>): Promise<Board<Entry>> {
    entry.waiting = null
    const running = refresh(key, entry.board).then((board) => {
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
    for (const [key, { board }] of [...kept].reverse()) {
      const isNewest = runCount === 0
      runCount += Math.max(1, board?.runs.length ?? 0)
      if (runCount > maxRuns && !isNewest) kept.delete(key)
    }
  }

  return {
    boardOf(key) {
      const entry: KeptBoard<Entry> = kept.get(key) ?? { board: null, running: null, waiting: null }
      kept.delete(key)
      kept.set(key, entry)
      if (entry.running === null) return start(key, entry)
      // The refresh that runs may have begun before the caller's own write.
      const begin = () => start(key, entry)
      entry.waiting ??= entry.running.then(begin, begin)
      return entry.waiting
    },
  }
}

/** The runs with the newest state of those that changed: erased ones are gone, new ones at the end. */
function withNewest<Entry extends { readonly id: RunId }>(
  runs: readonly Entry[],
  changed: ReadonlySet<RunId>,
  newest: readonly Entry[],
): Entry[] {
  const byId = new Map(newest.map((entry) => [entry.id, entry]))
  const updated = runs.flatMap((run) => {
    if (!changed.has(run.id)) return [run]
    const entry = byId.get(run.id)
    byId.delete(run.id)
    return entry === undefined ? [] : [entry]
  })
  return [...updated, ...byId.values()]
}
