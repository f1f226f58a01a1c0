// Spaces in which parameters exist only while others have certain values: which exist at a place, and the different
// configurations of a finite one, numbered. Those that others depend on vary slowest; without conditions the numbers
// would be those of the plain product.

/** One axis of the space. */
export interface ConditionalAxis {
  /** Number of values; null: continuous. */
  readonly levelCount: number | null
  /** It exists while each of these axes exists and has one of these levels. Empty: always. */
  readonly when: readonly { readonly axis: number; readonly levels: ReadonlySet<number> }[]
}

/** Which axes exist, given the level of each axis that others depend on. */
export type Activity = (levelOf: (axis: number) => number) => boolean[]

/** @param axes without circles */
export function createActivity(axes: readonly ConditionalAxis[]): Activity {
  const order = parentsFirst(axes)
  return (levelOf) => {
    const exists = new Array<boolean>(axes.length).fill(true)
    for (const index of order) {
      exists[index] =
        axes[index]?.when.every(
          (condition) => exists[condition.axis] === true && condition.levels.has(levelOf(condition.axis)),
        ) ?? true
    }
    return exists
  }
}

/** The axes that have conditions, each after those that it depends on. */
function parentsFirst(axes: readonly ConditionalAxis[]): number[] {
  const order: number[] = []
  const seen = new Set<number>()
  const visit = (index: number): void => {
    if (seen.has(index)) return
    seen.add(index)
    const when = axes[index]?.when ?? []
    for (const { axis } of when) visit(axis)
    if (when.length > 0) order.push(index)
  }
  for (const index of axes.keys()) visit(index)
  return order
}

export interface ConditionalCells {
  /** Number of different configurations. Exact up to 2^53. */
  readonly count: number
  /** @param levels of every axis; those of axes that do not exist do not matter */
  cellOf(levels: readonly number[]): number
  /** Levels of every axis, 0 for those that do not exist. @param cell in [0, count) */
  levelsOf(cell: number): number[]
}

/**
 * Numbers the cells by a table with one entry for each joint value of the axes that others depend on: time and memory
 * grow with their number (config-conditions.ts bounds it), not with the number of cells.
 */
export function createConditionalCells(
  axes: readonly ConditionalAxis[],
  activity: Activity,
): ConditionalCells {
  const radix = axes.map((axis) => {
    if (axis.levelCount === null) throw new RangeError('a continuous axis has no cells')
    return axis.levelCount
  })
  const parents = [...new Set(axes.flatMap((axis) => axis.when.map((condition) => condition.axis)))].sort(
    (a, b) => a - b,
  )
  const others = [...axes.keys()].filter((index) => !parents.includes(index))
  const caseCount = parents.reduce((product, index) => product * (radix[index] ?? 1), 1)

  const levelsOfCase = (number: number): number[] => {
    const levels = new Array<number>(axes.length).fill(0)
    spread(number, parents, radix, levels)
    return levels
  }
  // firstCell[i]: how many cells come before case i. A case that differs from another only in parents that do not
  // exist has no cells of its own.
  const firstCell = new Float64Array(caseCount + 1)
  for (let number = 0; number < caseCount; number++) {
    const levels = levelsOfCase(number)
    const exists = activity((axis) => levels[axis] ?? 0)
    const isOwn = parents.every((index) => exists[index] === true || levels[index] === 0)
    const cells = others.reduce(
      (product, index) => (exists[index] === true ? product * (radix[index] ?? 1) : product),
      1,
    )
    firstCell[number + 1] = (firstCell[number] ?? 0) + (isOwn ? cells : 0)
  }

  return {
    count: firstCell[caseCount] ?? 0,

    cellOf(levels) {
      const exists = activity((axis) => levels[axis] ?? 0)
      const own = levels.map((level, index) => (exists[index] === true ? level : 0))
      const inside = others.filter((index) => exists[index] === true)
      return (firstCell[gather(parents, radix, own)] ?? 0) + gather(inside, radix, own)
    },

    levelsOf(cell) {
      const number = lastAtMost(firstCell, cell)
      const levels = levelsOfCase(number)
      const exists = activity((axis) => levels[axis] ?? 0)
      const inside = others.filter((index) => exists[index] === true)
      spread(cell - (firstCell[number] ?? 0), inside, radix, levels)
      return levels
    },
  }
}

/** Mixed radix, the last index varies fastest. */
function gather(indexes: readonly number[], radix: readonly number[], levels: readonly number[]): number {
  return indexes.reduce((number, index) => number * (radix[index] ?? 1) + (levels[index] ?? 0), 0)
}

/** The inverse of gather, into `levels`. */
function spread(
  number: number,
  indexes: readonly number[],
  radix: readonly number[],
  levels: number[],
): void {
  let rest = number
  for (let at = indexes.length - 1; at >= 0; at--) {
    const index = indexes[at] ?? 0
    const size = radix[index] ?? 1
    levels[index] = rest % size
    rest = Math.floor(rest / size)
  }
}

/** The last i with firsts[i] <= value and firsts[i + 1] > value, by bisection. */
function lastAtMost(firsts: Float64Array, value: number): number {
  let low = 0
  let high = firsts.length - 1
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if ((firsts[middle] ?? 0) <= value) low = middle
    else high = middle
  }
  return low
}
