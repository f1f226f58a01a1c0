// What parallel coordinates show, counted from columns: an axis for each parameter and one for the metric, and for each
// run its place on each axis. A run without a value, or with NaN, has a place of its own below the axis' low end.
import {
  categoryScale,
  fenceRange,
  formatTick,
  linearScale,
  logScale,
  type Tick,
  type ValueScale,
} from './value-scale.ts'

export interface ParallelColumn {
  /** Unique: a parameter's name, or the metric's. */
  readonly name: string
  /** One cell a run: numbers, texts, booleans, lists; null: none. */
  readonly values: ArrayLike<unknown>
  /** A logarithmic axis, where the values allow it. */
  readonly isLog: boolean
  /** What is far beyond most values stands at the end of the axis: `low` or `high`, the side where good values are not. */
  readonly fence?: 'low' | 'high' | undefined
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
  missingCount: number
  /** Rows that are read; `places` and `values` have room for some more. */
  rowCount: number
  /** Values beyond the scale stand at its ends. */
  readonly isFenced: boolean
}

/** Below the low end of the axis. */
export const MISSING = -0.09
/** More than these become "other values" on a categorical axis. */
const MAX_CATEGORIES = 40
/** Of the room of a category, to either side. */
const JITTER = 0.32

/** @param capacity room for rows to come @default rowCount */
export function readAxis(column: ParallelColumn, rowCount: number, capacity = rowCount): ParallelAxis {
  let isNumeric = true
  let min = Infinity
  let max = -Infinity
  const values = new Float64Array(capacity).fill(NaN)
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
  if (!isNumeric) return readCategories(column, rowCount, capacity)
  const axis: ParallelAxis = {
    name: column.name,
    scale: numberScale(column, values, min, max),
    categories: [],
    places: new Float32Array(capacity),
    values,
    missingCount: 0,
    rowCount,
    isFenced: column.fence !== undefined,
  }
  for (let row = 0; row < rowCount; row += 1) placeNumber(axis, row)
  return axis
}

function numberScale(column: ParallelColumn, values: Float64Array, min: number, max: number): ValueScale {
  if (min > max) return linearScale(0, 1)
  if (column.isLog && min > 0) return logScale(min, max)
  if (column.fence === undefined) return linearScale(min, max)
  const sorted = values.filter((value) => !Number.isNaN(value)).sort()
  return linearScale(...fenceRange(sorted, column.fence))
}

function placeNumber(axis: ParallelAxis, row: number): void {
  const value = axis.values[row] ?? NaN
  if (Number.isNaN(value)) {
    axis.places[row] = MISSING
    axis.missingCount += 1
    return
  }
  const share = axis.scale.toShare(value)
  axis.places[row] = axis.isFenced ? Math.min(1, Math.max(0, share)) : share
}

/**
 * Reads one row anew, after the run has changed.
 * @returns false: it does not fit on this axis, which is to be read anew
 */
export function updateAxis(axis: ParallelAxis, column: ParallelColumn, row: number): boolean {
  if (row >= axis.places.length) return false
  for (; axis.rowCount <= row; axis.rowCount += 1) {
    axis.places[axis.rowCount] = MISSING
    axis.missingCount += 1
  }
  const cell = column.values[row] ?? null
  const before = axis.values[row] ?? NaN
  let value = NaN
  if (cell !== null && axis.categories.length > 0) {
    value = axis.categories.indexOf(categoryText(cell))
    if (value < 0) return false
  } else if (typeof cell === 'number') {
    if (Number.isFinite(cell)) value = cell
    if (!axis.isFenced && (value < axis.scale.min || value > axis.scale.max)) return false
  } else if (cell !== null) return false
  if (Object.is(value, before)) return true
  if (Number.isNaN(before)) axis.missingCount -= 1
  axis.values[row] = value
  if (axis.categories.length === 0) placeNumber(axis, row)
  else placeCategory(axis, row)
  return true
}

function readCategories(column: ParallelColumn, rowCount: number, capacity: number): ParallelAxis {
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
  const axis: ParallelAxis = {
    name: column.name,
    scale: categoryScale(categories),
    categories,
    places: new Float32Array(capacity),
    values: new Float64Array(capacity).fill(NaN),
    missingCount: 0,
    rowCount,
    isFenced: false,
  }
  for (let row = 0; row < rowCount; row += 1) {
    const text = texts[row] ?? null
    axis.values[row] = text === null ? NaN : (indexOf.get(text) ?? categories.length - 1)
    placeCategory(axis, row)
  }
  return axis
}

function placeCategory(axis: ParallelAxis, row: number): void {
  const index = axis.values[row] ?? NaN
  if (Number.isNaN(index)) {
    axis.places[row] = MISSING
    axis.missingCount += 1
    return
  }
  const jitter = ((jitterOf(row) - 0.5) * 2 * JITTER) / axis.categories.length
  axis.places[row] = axis.scale.toShare(index) + jitter
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
  const few = axis.categories.length > 0 ? null : fewValues(axis)
  const ticks =
    few === null
      ? axis.scale.ticks(count)
      : few.map((value) => ({ at: axis.scale.toShare(value), label: formatTick(value) }))
  if (axis.missingCount > 0) ticks.push({ at: MISSING, label: 'none' })
  return ticks
}

const FEW_VALUES = 6
/** Nearer to each other than this share, labels would lie on each other. */
const LEAST_GAP = 0.08

/** The values themselves, ascending, where runs have only some; null: too many, or too near. */
function fewValues(axis: ParallelAxis): number[] | null {
  const seen = new Set<number>()
  for (let row = 0; row < axis.rowCount; row += 1) {
    const value = axis.values[row]!
    if (!Number.isNaN(value)) seen.add(value)
    if (seen.size > FEW_VALUES) return null
  }
  const values = [...seen].sort((a, b) => a - b)
  const isNear = values.some(
    (value, at) => at > 0 && axis.scale.toShare(value) - axis.scale.toShare(values[at - 1]!) < LEAST_GAP,
  )
  return isNear || values.length < 2 ? null : values
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
