// What a model makes of two parameters: the mean of a Gaussian process over a grid of their values, averaged over what the
// other parameters were in some of the runs, and where no run is near enough to say. Pure.
import { fitModel } from '../../optimizers/fitted-model.ts'
import type { FittedModel } from '../../optimizers/fitted-model.ts'
import { fitHyperparameters, lengthScaleCount } from '../../optimizers/gaussian-process.ts'
import { LOW_NOISE_PRIOR } from '../../optimizers/hyperprior.ts'
import { ModelSpace } from '../../optimizers/model-space.ts'
import type { EndedRun } from '../../optimizers/run-history.ts'
import { buildTrainingSet, chooseRows } from '../../optimizers/training-set.ts'
import type { SweepConfig } from '../config.ts'
import { parseConfigText, plainOf } from '../config-text.ts'
import { SweepError } from '../errors.ts'
import { parameterPath } from '../parameter-tree.ts'
import type { ParameterLeaf } from '../parameter-tree.ts'
import { buildSearchSpace } from '../search-space.ts'
import type { SearchSpace } from '../search-space.ts'
import { valueInside } from '../space-axis.ts'
import { sampleRuns } from './importance.ts'

/** With fewer runs a surface is a guess. */
export const SURFACE_FROM = 10
/** Points of an axis, and rows of the model. */
const GRID = 32
const MODEL_ROWS = 256
/** So many runs lend their other parameters. */
const LENDERS = 24
/** A run speaks for what is nearer than this share of an axis, and than a length scale. */
const REACH = 0.12
const LEAST_REACH = 0.04

export interface SurfaceRun {
  readonly configText: string
  /** In the metric's own sign, finite. */
  readonly value: number
  readonly isStopped: boolean
}

export interface SurfaceAxis {
  readonly name: string
  readonly kind: 'number' | 'category'
  /** As in a config: numbers, or any JSON of a category. */
  readonly values: readonly unknown[]
}

export interface Surface {
  readonly x: SurfaceAxis
  readonly y: SurfaceAxis
  /** One row for each value of y, one cell for each of x; null: the two do not exist together there. */
  readonly mean: readonly (readonly (number | null)[])[]
  /** The same shape: is a run near enough? */
  readonly isWithinReach: readonly (readonly boolean[])[]
  /** Rows of the model: of more than MODEL_ROWS runs those that matter, repeats as one, none outside of the space of today. */
  readonly runs: number
}

/**
 * O(MODEL_ROWS^3) to fit, O(GRID^2 LENDERS MODEL_ROWS d) to ask.
 * @throws SweepError REQUEST_INVALID when x or y is no parameter that varies, or they are the same
 * @returns null when no more than SURFACE_FROM - 1 runs lie in the space, or no model can be fitted
 */
export function modelSurface(
  config: SweepConfig,
  runs: readonly SurfaceRun[],
  xName: string,
  yName: string,
): Surface | null {
  const space = buildSearchSpace(config.parameters, { layout: 'sampled' })
  const model = new ModelSpace(space.dimensions, space.activity)
  const [x, y] = [findAxis(space, model, xName, 'x'), findAxis(space, model, yName, 'y')]
  if (x.index === y.index) throw refuse('y', `${yName} is x already`, space)
  const sign = config.metric?.goal === 'maximize' ? -1 : 1
  const ended = runs.flatMap((run, index): EndedRun[] => {
    const point = space.pointOf(parseConfigText(run.configText))
    if (point === null) return []
    const row = model.rowOf(point)
    return [{ row, index, value: sign * run.value, isStopped: run.isStopped, curve: [] }]
  })
  if (ended.length < SURFACE_FROM) return null
  const fitted = fit(model, ended)
  if (fitted === null) return null
  const lenders = sampleRuns(
    ended.map(({ row }) => row).filter((row) => exists(model, row, x.index) && exists(model, row, y.index)),
    LENDERS,
  )
  const [xs, ys] = [positionsOf(model, x.index), positionsOf(model, y.index)]
  const rows = ended.map(({ row }) => row)
  return {
    x: describeAxis(space, model, x, xs, lenders[0]),
    y: describeAxis(space, model, y, ys, lenders[0]),
    mean: ys.map((at) =>
      xs.map((across) => {
        const mean = meanAt(fitted, model, lenders, [x.index, across], [y.index, at])
        return mean === null ? null : sign * mean
      }),
    ),
    isWithinReach: ys.map((at) =>
      xs.map((across) => isNear(fitted, model, rows, [x.index, across], [y.index, at])),
    ),
    runs: fitted.set.data.targets.length,
  }
}

/** One axis of the model with its parameter. */
interface FoundAxis {
  readonly index: number
  readonly leaf: ParameterLeaf
}

function findAxis(space: SearchSpace, model: ModelSpace, name: string, at: 'x' | 'y'): FoundAxis {
  const dimension = space.leaves.findIndex((leaf) => parameterPath(leaf) === name)
  const index = model.axes.findIndex((axis) => axis.dimension === dimension)
  const leaf = space.leaves[dimension]
  if (leaf === undefined || index < 0) throw refuse(at, `no parameter "${name}" that varies`, space)
  return { index, leaf }
}

function refuse(at: 'x' | 'y', what: string, space: SearchSpace): SweepError {
  return new SweepError('REQUEST_INVALID', `${at}: ${what}`, {
    at,
    hint: `Parameters that vary: ${space.leaves.map(parameterPath).join(', ')}.`,
  })
}

function fit(space: ModelSpace, ended: readonly EndedRun[]): FittedModel | null {
  const set = buildTrainingSet(space, ended, true, false)
  if (set === null) return null
  const { data } = chooseRows(set, MODEL_ROWS)
  const start = LOW_NOISE_PRIOR.startFor(lengthScaleCount(data))
  const { theta } = fitHyperparameters(data, LOW_NOISE_PRIOR, [start])
  return fitModel(chooseRows(set, MODEL_ROWS), theta, [])
}

type Coordinate = readonly [axis: number, position: number]

function withCoordinates(model: ModelSpace, row: Float64Array, ...all: readonly Coordinate[]): Float64Array {
  const changed = row.slice()
  for (const [axis, position] of all) changed[axis] = position
  model.settle(changed)
  return changed
}

/** Does the row have the axis? A coordinate that does not exist is put back where it does not count. */
function exists(model: ModelSpace, row: Float64Array, axis: number): boolean {
  const isCategory = model.axes[axis]?.kind === 'category'
  const own = row[axis] ?? 0
  const other = isCategory ? (own === 0 ? 1 : 0) : own > 0.5 ? 0 : 1
  const settled = withCoordinates(model, row, [axis, other])
  return isCategory ? settled[axis] === other : settled[axis] !== own
}

function positionsOf(model: ModelSpace, index: number): number[] {
  const axis = model.axes[index]
  if (axis === undefined) return []
  const count = Math.min(axis.levels, GRID)
  if (axis.kind === 'continuous') return Array.from({ length: GRID }, (_, at) => at / (GRID - 1))
  const gap = (axis.levels - 1) / Math.max(1, count - 1)
  return Array.from({ length: count }, (_, at) => axis.positionOf(Math.round(at * gap)))
}

function describeAxis(
  space: SearchSpace,
  model: ModelSpace,
  { index, leaf }: FoundAxis,
  positions: readonly number[],
  lender: Float64Array | undefined,
): SurfaceAxis {
  const values = positions.map((position) => {
    if (lender === undefined) return null
    const config = space.configAt(model.pointOf(withCoordinates(model, lender, [index, position])))
    return plainOf(valueInside(config, leaf.names) ?? null)
  })
  const isNumber =
    model.axes[index]?.kind !== 'category' && values.every((value) => typeof value === 'number')
  return { name: parameterPath(leaf), kind: isNumber ? 'number' : 'category', values }
}

/** In the metric's units, lower is better; null: where no lender has both. */
function meanAt(
  { posterior, set }: FittedModel,
  model: ModelSpace,
  lenders: readonly Float64Array[],
  x: Coordinate,
  y: Coordinate,
): number | null {
  const z = new Float64Array(model.dimensionCount)
  let [sum, count] = [0, 0]
  for (const lender of lenders) {
    const row = withCoordinates(model, lender, x, y)
    if (!exists(model, row, x[0]) || !exists(model, row, y[0])) continue
    posterior.encode(row, z)
    posterior.predictMean(z)
    sum += posterior.predictedMean
    count += 1
  }
  return count === 0 ? null : set.transform.toValue(sum / count)
}

function isNear(
  { posterior }: FittedModel,
  model: ModelSpace,
  rows: readonly Float64Array[],
  ...coordinates: readonly [Coordinate, Coordinate]
): boolean {
  return rows.some((row) =>
    coordinates.every(([index, position]) => {
      const axis = model.axes[index]
      if (axis?.kind === 'category') return row[index] === position
      const reach = Math.min(Math.max(posterior.lengthScales[index] ?? REACH, LEAST_REACH), REACH)
      return Math.abs((row[index] ?? NaN) - position) <= reach
    }),
  )
}
