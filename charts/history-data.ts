// What the history of a sweep shows, counted from its runs: the value of each in the order of creation, the best so far,
// how far the axis reaches, and, when there are too many points to tell apart, where they are dense.
import { pickTopRuns, sortByRank } from './top-runs.ts'
import { fenceRange } from './value-scale.ts'

/** Columns of a sweep's runs, in order of creation. */
export interface HistoryRuns {
  readonly ids: readonly string[]
  /** Of the metric; NaN: none, or NaN itself. */
  readonly values: ArrayLike<number>
  /** From 1; 0: not ranked. */
  readonly ranks: ArrayLike<number>
  /** Ranked rows, the best first, where somebody knows them. @default counted from the ranks */
  readonly rowsByRank?: Uint32Array
  readonly states: readonly string[]
  /** Rows that reported NaN. */
  readonly nanRows: ReadonlySet<number>
}

export interface HistoryWish {
  readonly metric: string
  readonly goal: 'minimize' | 'maximize'
  /** A logarithmic axis, where all values allow it. @default false */
  readonly isLog?: boolean
  /** The runs to show, ascending; null: all. @default null */
  readonly rows?: Uint32Array | null
  /** Where a new version of the search space begins: before this row. @default [] */
  readonly versions?: readonly { readonly version: number; readonly row: number }[]
}

export interface HistoryData {
  readonly wish: HistoryWish
  readonly rowCount: number
  /** Rows by what is drawn of them. `top`: the best, first one first; `far`: beyond the axis; `odd`: NaN and the infinities. */
  readonly ended: number[]
  readonly running: number[]
  readonly top: number[]
  readonly far: number[]
  readonly odd: number[]
  /** Of the best value so far; each holds until the next. */
  readonly best: { readonly row: number; readonly value: number }[]
  /** The axis, without what is far. */
  readonly min: number
  readonly max: number
  /** May the axis be logarithmic? */
  readonly canLog: boolean
  /** Ranked runs among those shown. */
  readonly rankedCount: number
}

/** More points than this are drawn as density. */
export const DENSE_COUNT = 5_000

export function readHistory(runs: HistoryRuns, wish: HistoryWish): HistoryData {
  const { values, ranks, states } = runs
  const shown = wish.rows ?? null
  const count = shown?.length ?? runs.ids.length
  const sign = wish.goal === 'maximize' ? -1 : 1
  const ended: number[] = []
  const running: number[] = []
  const odd: number[] = []
  const best: { row: number; value: number }[] = []
  const finite = new Float64Array(count)
  let finiteCount = 0
  let rankedCount = 0
  for (let index = 0; index < count; index += 1) {
    const row = shown === null ? index : (shown[index] ?? 0)
    const value = values[row] ?? NaN
    if (!Number.isFinite(value)) {
      if (!Number.isNaN(value) || runs.nanRows.has(row)) odd.push(row)
      continue
    }
    finite[finiteCount++] = value
    if (states[row] === 'running' || states[row] === 'queued') running.push(row)
    else ended.push(row)
    if ((ranks[row] ?? 0) === 0) continue
    rankedCount += 1
    const last = best.at(-1)
    if (last === undefined || sign * value < sign * last.value) best.push({ row, value })
  }
  const sorted = finite.subarray(0, finiteCount).sort()
  const canLog = sorted.length > 0 && (sorted[0] ?? 0) > 0
  const [min, max] = readRange(sorted, wish.goal, canLog && wish.isLog === true)
  const isFar = (row: number) => (values[row] ?? 0) < min || (values[row] ?? 0) > max
  const isShown = new Uint8Array(runs.ids.length)
  for (const row of ended) isShown[row] = 1
  const { top } = pickTopRuns(runs.rowsByRank ?? sortByRank(ranks), isShown)
  const isAnyFar = (sorted[0] ?? min) < min || (sorted.at(-1) ?? max) > max
  const far = isAnyFar ? [...ended, ...running].filter(isFar) : []
  return {
    wish,
    rowCount: runs.ids.length,
    ended,
    running,
    top,
    far,
    odd,
    best,
    min,
    max,
    canLog,
    rankedCount,
  }
}

/** One sentence of what is to be seen. @param format writes a value of the metric */
export function describeHistory(data: HistoryData, format: (value: number) => string): string {
  const { best, rankedCount, running, odd, wish } = data
  const [first, last] = [best[0], best.at(-1)]
  const also = [
    running.length > 0 ? `${running.length} running` : '',
    odd.length > 0 ? `${odd.length} with NaN or an infinity` : '',
  ].filter((part) => part !== '')
  const rest = also.length > 0 ? `; ${also.join(', ')}` : ''
  if (first === undefined || last === undefined)
    return `No run has ended with a value of ${wish.metric} yet${rest}.`
  const runs = rankedCount === 1 ? '1 run' : `${rankedCount.toLocaleString('en')} runs`
  if (best.length === 1) return `Best ${wish.metric} ${format(last.value)} over ${runs}${rest}.`
  const way = wish.goal === 'maximize' ? 'rose' : 'fell'
  return (
    `Best ${wish.metric} so far ${way} from ${format(first.value)} to ${format(last.value)} over ${runs}; ` +
    `found at run ${last.row + 1} of ${data.rowCount.toLocaleString('en')}${rest}.`
  )
}

export interface DensityCell {
  readonly column: number
  readonly line: number
  readonly count: number
}

/** Counts points in a grid. @param xs,ys shares from 0 to 1; others are left out @returns cells that hold any */
export function countDensity(
  xs: ArrayLike<number>,
  ys: ArrayLike<number>,
  columns: number,
  lines: number,
): { readonly cells: DensityCell[]; readonly most: number } {
  const counts = new Uint32Array(columns * lines)
  for (let index = 0; index < xs.length; index += 1) {
    const [x, y] = [xs[index] ?? NaN, ys[index] ?? NaN]
    if (!(x >= 0 && x <= 1 && y >= 0 && y <= 1)) continue
    const column = Math.min(columns - 1, Math.floor(x * columns))
    const line = Math.min(lines - 1, Math.floor(y * lines))
    const at = line * columns + column
    counts[at] = (counts[at] ?? 0) + 1
  }
  const cells: DensityCell[] = []
  let most = 0
  for (let at = 0; at < counts.length; at += 1) {
    const count = counts[at] ?? 0
    if (count === 0) continue
    most = Math.max(most, count)
    cells.push({ column: at % columns, line: Math.floor(at / columns), count })
  }
  return { cells, most }
}

function readRange(sorted: Float64Array, goal: 'minimize' | 'maximize', isLog: boolean): [number, number] {
  if (sorted.length === 0) return [0, 1]
  if (isLog) return [sorted[0] ?? 0, sorted.at(-1) ?? 0] // there everything has room
  return fenceRange(sorted, goal === 'minimize' ? 'high' : 'low')
}
