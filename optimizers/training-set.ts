// From ended runs to the data of a model: repeats merged, failures as bad as the worst, values transformed, and when
// there are too many, those that matter.
import { squaredRowDistance } from './kernels.ts'
import type { GpData } from './map-objective.ts'
import type { ModelSpace } from './model-space.ts'
import { transformObjective } from './objective-transform.ts'
import type { ObjectiveTransform } from './objective-transform.ts'
import type { EndedRun } from './run-history.ts'
import { isPartial, stageRuns } from './run-stages.ts'
import type { StagedValue } from './run-stages.ts'

export interface TrainingSet {
  readonly data: GpData
  readonly transform: ObjectiveTransform
  /** Of each row of data: did it give a value? */
  readonly hasValue: Uint8Array
  /** Of each row of data: is it what a run ended with, not what it had on its way? */
  readonly isResult: Uint8Array
  /** The last row of each run with a value: those that went to their end first, then by target, the best first. */
  readonly ranking: readonly number[]
}

/** A failed run counts as bad as the worst, and one stopped on an unknown way as good as it was, both less surely. */
const UNSURE_NOISE = 4

/**
 * @param byStage values of runs on their way too, see run-stages.ts @default when a run was stopped on a known way
 * @returns null when no run gave a value
 */
export function buildTrainingSet(
  space: ModelSpace,
  runs: readonly EndedRun[],
  bend: boolean,
  byStage = runs.some(isPartial),
): TrainingSet | null {
  const merged = mergeRepeats(stageRuns(runs, byStage))
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
  const hasValue = new Uint8Array(merged.length)
  let seen = 0
  for (const [i, run] of merged.entries()) {
    rows.set(run.row, i * d)
    hasValue[i] = run.value === null ? 0 : 1
    targets[i] = run.value === null ? worst : transform.targets[seen++]!
  }
  const noiseScale = Float64Array.from(merged, (run) => run.noiseScale)
  const stages = Float64Array.from(merged, ({ stage }) => stage)
  // What a run had on its way is no result: results come first, whatever the others' values
  const isResult = Uint8Array.from(merged, (run) => Number(run.isResult))
  const ranking = [...merged.keys()]
    .filter((i) => hasValue[i] === 1 && merged[i]!.isLast)
    .sort((a, b) => isResult[b]! - isResult[a]! || targets[a]! - targets[b]! || a - b)
  const shape = { dimensionCount: d, numericCount: space.numericCount }
  return {
    data: { rows, targets, noiseScale, ...shape, ...(byStage ? { stages } : {}) },
    transform,
    hasValue,
    isResult,
    ranking,
  }
}

interface MergedValue {
  readonly row: Float64Array
  readonly value: number | null
  readonly stage: number
  readonly noiseScale: number
  readonly isLast: boolean
  readonly isResult: boolean
}

/** Values of one row and stage become one, with their mean and its noise; a failure among them is left out. */
function mergeRepeats(values: readonly StagedValue[]): MergedValue[] {
  const groups = new Map<string, StagedValue[]>()
  for (const staged of values) {
    const key = `${staged.row.join(',')}/${staged.stage}`
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [staged])
    else group.push(staged)
  }
  return [...groups.values()].map((group) => {
    const measured = group.filter(({ value }) => value !== null)
    const { row, stage } = group[0]!
    const count = measured.length
    if (count === 0)
      return { row, stage, value: null, noiseScale: UNSURE_NOISE, isLast: true, isResult: false }
    // Divided first: the sum of two values of 1e308 would overflow
    const value = measured.reduce((sum, run) => sum + run.value! / count, 0)
    const isSure = measured.some(({ isUnsure }) => !isUnsure)
    const isLast = measured.some((run) => run.isLast)
    const isResult = measured.some((run) => run.isResult)
    return { row, stage, value, noiseScale: (isSure ? 1 : UNSURE_NOISE) / count, isLast, isResult }
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
  const { stages } = data
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
      ...(stages === undefined ? {} : { stages: Float64Array.from(indexes, (i) => stages[i]!) }),
    },
    hasValue: Uint8Array.from(indexes, (i) => hasValue[i]!),
    isResult: Uint8Array.from(indexes, (i) => set.isResult[i]!),
    ranking: set.ranking.flatMap((i) => places.get(i) ?? []),
  }
}
