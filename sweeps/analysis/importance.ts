// What each parameter is worth to a metric: a forest over ranks, its spread, and rank correlations. What the values of a
// metric look like does not matter, only their order: one diverged run says no more than "last". Pure.
import { measureImportance } from '../../optimizers/forest-importance.ts'
import { binCategories, binNumbers } from '../../optimizers/random-forest.ts'
import { createRng } from '../../optimizers/rng.ts'
import { meanRanks, rankCorrelation } from '../stop-report.ts'
import { collectParameters } from './parameter-columns.ts'
import type { ParameterColumn } from './parameter-columns.ts'

/** With fewer runs a forest finds what it likes. */
export const IMPORTANCE_FROM = 10
/** Of more, so many are taken, evenly: 3 s for 16 parameters, and intervals of +-0.03. */
export const MAX_IMPORTANCE_RUNS = 1500

export interface ParameterWorth {
  readonly name: string
  readonly kind: 'number' | 'category'
  /** Different values among the runs. */
  readonly distinct: number
  /** Runs that have it. */
  readonly runs: number
  /** Share of the metric's variance (of ranks) that goes through it; null: it is the same in all runs. */
  readonly importance: number | null
  /** Ends of the 95 % interval. */
  readonly low: number | null
  readonly high: number | null
  readonly isAboveChance: boolean | null
  /** Spearman's, with the metric in its own sign; null: it has no order, or does not vary. */
  readonly correlation: number | null
}

export interface Importance {
  /** On runs that the trees had not seen; of the variance of ranks. */
  readonly r2: number
  /** The most important first. */
  readonly parameters: readonly ParameterWorth[]
}

/**
 * @param values in the metric's own sign, not NaN; infinite ones are the ends
 * @param configTexts one a value, IMPORTANCE_FROM at the least
 */
export function assessParameters(
  configTexts: readonly string[],
  values: readonly number[],
  seed: number,
): Importance {
  const columns = collectParameters(configTexts)
  const varying = columns.filter((column) => countDistinct(column) > 1)
  const targets = Float64Array.from(meanRanks(values), (rank) => rank / values.length)
  const features = varying.map(({ kind, values: cells }) =>
    kind === 'number' ? binNumbers(cells) : binCategories(cells),
  )
  const { r2, features: found } =
    features.length === 0
      ? { r2: 0, features: [] }
      : measureImportance(features, targets, createRng(seed, 'importance'))
  const worth = columns.map((column): ParameterWorth => {
    const { name, kind } = column
    const own = found[varying.indexOf(column)]
    return {
      name,
      kind,
      distinct: countDistinct(column),
      runs: column.values.reduce((count, value) => count + (Number.isNaN(value) ? 0 : 1), 0),
      importance: own?.importance ?? null,
      low: own?.low ?? null,
      high: own?.high ?? null,
      isAboveChance: own?.isAboveChance ?? null,
      correlation: correlate(column, values),
    }
  })
  return { r2, parameters: worth.sort((a, b) => (b.importance ?? -1) - (a.importance ?? -1)) }
}

function countDistinct({ values }: ParameterColumn): number {
  return new Set(values.filter((value) => !Number.isNaN(value))).size
}

/** Over the runs that have it; true counts more than false, other categories have no order. */
function correlate(
  { kind, values: cells, categories }: ParameterColumn,
  values: readonly number[],
): number | null {
  const isFlag = categories.every((text) => text === 'true' || text === 'false')
  if (kind === 'category' && !isFlag) return null
  const rows = [...cells.keys()].filter((row) => !Number.isNaN(cells[row] ?? NaN))
  const orderOf = (cell: number) => (kind === 'number' ? cell : Number(categories[cell] === 'true'))
  return rankCorrelation(
    rows.map((row) => orderOf(cells[row] ?? NaN)),
    rows.map((row) => values[row] ?? NaN),
  )
}

/** Evenly chosen ones, at most `limit`, in their order. */
export function sampleRuns<R>(runs: readonly R[], limit: number): readonly R[] {
  if (runs.length <= limit) return runs
  const gap = runs.length / limit
  return Array.from({ length: limit }, (_, index) => runs[Math.floor((index + 0.5) * gap)] as R) // below runs.length
}
