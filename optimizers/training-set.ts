// From ended runs to the data of a model: repeats merged, failures as bad as the worst, values transformed, and when
// there are too many, those that matter.
import { squaredRowDistance } from './kernels.ts'
import type { GpData } from './map-objective.ts'
import type { ModelSpace } from './model-space.ts'
import { transformObjective } from './objective-transform.ts'
import type { ObjectiveTransform } from './objective-transform.ts'
import type { EndedRun } from './run-history.ts'

export interface TrainingSet {
  readonly data: GpData
  readonly transform: ObjectiveTransform
  /** Of each row of data: did it give a value? */
  readonly hasValue: Uint8Array
  /** Least target among the rows with a value. */
  readonly bestTarget: number
  /** Rows of data with a value, the best first. */
  readonly ranking: readonly number[]
}

/** A failed run counts as bad as the worst, and a stopped one as good as it was, both less surely. */
const UNSURE_NOISE = 4

/** @returns null when no run gave a value */
export function buildTrainingSet(
  space: ModelSpace,
  runs: readonly EndedRun[],
  bend: boolean,
): TrainingSet | null {
  const merged = mergeRepeats(runs)
  const measured = merged.filter(({ value }) => value !== null)
  if (measured.length === 0) return null
  const transform = transformObjective(
    measured.map(({ value }) => value!),
    bend,
  )
  const worst = transform.targets.reduce((a, b) => Math.max(a, b))
  const d = space.dimensionCount
  const rows = new Float64Array(merged.length * d)
  const targets = new Float64Array(merged.length)
  const noiseScale = new Float64Array(merged.length)
  const hasValue = new Uint8Array(merged.length)
  let seen = 0
  for (const [i, run] of merged.entries()) {
    rows.set(run.row, i * d)
    hasValue[i] = run.value === null ? 0 : 1
    targets[i] = run.value === null ? worst : transform.targets[seen++]!
    noiseScale[i] = run.value === null ? UNSURE_NOISE : run.noiseScale
  }
  const ranking = [...merged.keys()]
    .filter((i) => hasValue[i] === 1)
    .sort((a, b) => targets[a]! - targets[b]! || a - b)
  return {
    data: { rows, targets, noiseScale, dimensionCount: d, numericCount: space.numericCount },
    transform,
    hasValue,
    bestTarget: targets[ranking[0]!]!,
    ranking,
  }
}

interface MergedRun {
  readonly row: Float64Array
  readonly value: number | null
  readonly noiseScale: number
}

/** Runs of one row become one, with their mean and its noise; a failure among runs with values is left out. */
function mergeRepeats(runs: readonly EndedRun[]): MergedRun[] {
  const groups = new Map<string, EndedRun[]>()
  for (const run of runs) {
    const key = run.row.join(',')
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [run])
    else group.push(run)
  }
  return [...groups.values()].map((group) => {
    const measured = group.filter(({ value }) => value !== null)
    const [first] = group
    const count = measured.length
    if (count === 0) return { row: first!.row, value: null, noiseScale: UNSURE_NOISE }
    // Divided first: the sum of two values of 1e308 would overflow
    const value = measured.reduce((sum, run) => sum + run.value! / count, 0)
    const isSure = measured.some(({ isStopped }) => !isStopped)
    return { row: first!.row, value, noiseScale: (isSure ? 1 : UNSURE_NOISE) / count }
  })
}

/**
 * At most `limit` rows: a quarter each the best, the latest, the nearest to the best one, and points spread over the rest
 * (farthest first). In the order of the data.
 */
export function chooseRows(set: TrainingSet, limit: number): TrainingSet {
  const { data, ranking } = set
  const n = data.targets.length
  if (n <= limit) return set
  const d = data.dimensionCount
  const chosen = new Set<number>()
  const quarter = Math.floor(limit / 4)
  for (const i of ranking.slice(0, quarter)) chosen.add(i)
  for (let i = n - 1; i >= 0 && chosen.size < 2 * quarter; i--) chosen.add(i)
  const rows = Array.from({ length: n }, (_, i) => data.rows.subarray(i * d, (i + 1) * d))
  const distance = (a: number, b: number): number => squaredRowDistance(rows[a]!, rows[b]!, data)
  const best = ranking[0]!
  const byNearness = [...data.targets.keys()]
    .map((i) => ({ i, distance: distance(i, best) }))
    .sort((a, b) => a.distance - b.distance || a.i - b.i)
  for (const { i } of byNearness) {
    if (chosen.size >= 3 * quarter) break
    chosen.add(i)
  }
  const toChosen = new Float64Array(n).fill(Infinity)
  let last = best
  while (chosen.size < limit) {
    let farthest = -1
    for (let i = 0; i < n; i++) {
      toChosen[i] = Math.min(toChosen[i]!, distance(i, last))
      if (!chosen.has(i) && (farthest < 0 || toChosen[i]! > toChosen[farthest]!)) farthest = i
    }
    chosen.add(farthest)
    last = farthest
  }
  return selectRows(
    set,
    [...chosen].sort((a, b) => a - b),
  )
}

function selectRows(set: TrainingSet, indexes: readonly number[]): TrainingSet {
  const { data, hasValue } = set
  const d = data.dimensionCount
  const rows = new Float64Array(indexes.length * d)
  for (const [at, i] of indexes.entries()) rows.set(data.rows.subarray(i * d, (i + 1) * d), at * d)
  const places = new Map(indexes.map((i, at) => [i, at]))
  return {
    ...set,
    data: {
      ...data,
      rows,
      targets: Float64Array.from(indexes, (i) => data.targets[i]!),
      noiseScale: Float64Array.from(indexes, (i) => data.noiseScale[i]!),
    },
    hasValue: Uint8Array.from(indexes, (i) => hasValue[i]!),
    ranking: set.ranking.flatMap((i) => places.get(i) ?? []),
  }
}
