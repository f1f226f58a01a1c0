// What parallel coordinates show, counted from columns: an axis for each parameter and one for the metric, and for each
// run its place on each axis. A run without a value, or with NaN, has a place of its own below the axis' low end.
import { categoryScale, linearScale, logScale, type Tick, type ValueScale } from './value-scale.ts'

export interface ParallelColumn {
  /** Unique: a parameter's name, or the metric's. */
  readonly name: string
  /** One cell a run: numbers, texts, booleans, lists; null: none. */
  readonly values: ArrayLike<unknown>
  /** The search space declares it logarithmic. */
  readonly isLog: boolean
}

export interface ParallelAxis {
  readonly name: string
  readonly scale: ValueScale
  /** The labels of a categorical axis, from the low end; empty for numbers. */
  readonly categories: readonly string[]
  /** Place by row: 0 (low end) to 1 (high end), or MISSING. Categories are jittered, so that lines do not lie in a bundle. */
  readonly places: Float32Array
  /** Exact value by row: the number, or the category's index; NaN: none. */
  readonly values: Float64Array
  readonly missingCount: number
}

/** Below the low end of the axis. */
export const MISSING = -0.09
/** More than these become "other values" on a categorical axis. */
const MAX_CATEGORIES = 40
/** Of the room of a category, to either side. */
const JITTER = 0.32

export function readAxis(column: ParallelColumn, rowCount: number): ParallelAxis {
  let isNumeric = true
  let min = Infinity
  let max = -Infinity
  const values = new Float64Array(rowCount).fill(NaN)
  for (let row = 0; row < rowCount; row += 1) {
    const cell = column.values[row]
    if (cell === null || cell === undefined) continue
    if (typeof cell !== 'number') {
      isNumeric = false
      break
    }
    if (!Number.isFinite(cell)) continue
    values[row] = cell
    if (cell < min) min = cell
    if (cell > max) max = cell
  }
  if (!isNumeric) return readCategories(column, rowCount)
  const scale =
    min > max ? linearScale(0, 1) : column.isLog && min > 0 ? logScale(min, max) : linearScale(min, max)
  const places = new Float32Array(rowCount)
  let missingCount = 0
  for (let row = 0; row < rowCount; row += 1) {
    const value = values[row] ?? NaN
    if (Number.isNaN(value)) {
      places[row] = MISSING
      missingCount += 1
    } else places[row] = scale.toShare(value)
  }
  return { name: column.name, scale, categories: [], places, values, missingCount }
}

function readCategories(column: ParallelColumn, rowCount: number): ParallelAxis {
  const counts = new Map<string, number>()
  const texts = new Array<string | null>(rowCount)
  for (let row = 0; row < rowCount; row += 1) {
    const cell = column.values[row]
    const text = cell === null || cell === undefined ? null : categoryText(cell)
    texts[row] = text
    if (text !== null) counts.set(text, (counts.get(text) ?? 0) + 1)
  }
  let categories = [...counts.keys()].sort(compareTexts)
  if (categories.length > MAX_CATEGORIES) {
    const frequent = [...counts].sort((a, b) => b[1] - a[1]).slice(0, MAX_CATEGORIES - 1)
    categories = [...frequent.map(([text]) => text).sort(compareTexts), OTHER_VALUES]
  }
  const indexOf = new Map(categories.map((text, index) => [text, index]))
  const scale = categoryScale(categories)
  const places = new Float32Array(rowCount)
  const values = new Float64Array(rowCount)
  let missingCount = 0
  for (let row = 0; row < rowCount; row += 1) {
    const text = texts[row] ?? null
    if (text === null) {
      missingCount += 1
      places[row] = MISSING
      values[row] = NaN
      continue
    }
    const index = indexOf.get(text) ?? categories.length - 1
    values[row] = index
    places[row] = scale.toShare(index) + ((jitterOf(row) - 0.5) * 2 * JITTER) / Math.max(1, categories.length)
  }
  return { name: column.name, scale, categories, places, values, missingCount }
}

export const OTHER_VALUES = 'other values'

/** How a value that is no number is written: a text as it is, others as JSON. */
export function categoryText(cell: unknown): string {
  return typeof cell === 'string' ? cell : JSON.stringify(cell)
}

/** The same for a row at every drawing; neighbours are far apart. 0 to 1 */
function jitterOf(row: number): number {
  return (row * 0.6180339887498949) % 1
}

function compareTexts(a: string, b: string): number {
  const [x, y] = [Number(a), Number(b)]
  if (a !== '' && b !== '' && !Number.isNaN(x) && !Number.isNaN(y)) return x - y
  return a < b ? -1 : a > b ? 1 : 0
}

/** Ticks of an axis; the last one, below, stands for runs without a value, where there are any. */
export function axisTicks(axis: ParallelAxis, count: number): Tick[] {
  const ticks = axis.scale.ticks(count)
  if (axis.missingCount > 0) ticks.push({ at: MISSING, label: 'none' })
  return ticks
}

/** One sentence of what is to be seen. */
export function describeParallel(
  shownCount: number,
  allCount: number,
  axes: readonly { name: string }[],
): string {
  const names = axes.map(({ name }) => name)
  const number = (count: number) => count.toLocaleString('en')
  return (
    `${shownCount === allCount ? number(allCount) : `${number(shownCount)} of ${number(allCount)}`} ` +
    `${allCount === 1 ? 'run' : 'runs'} as lines over ${names.length} axes: ${names.join(', ')}; ` +
    'the best 2 % are coloured by rank.'
  )
}
