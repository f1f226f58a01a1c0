// Bayesian optimisation with a Gaussian process: initial design, then fit -> arm -> maximise expected improvement ->
// pass over what is taken. A proposal is a function of (dimensions, seed, history in the order in which runs ended, open
// runs, index): nothing that is kept between proposals is more than a cache.
import { AcquisitionSurface } from './acquisition-surface.ts'
import { fullRegion, maximiseAcquisition, scoreRows } from './acquisition-maximizer.ts'
import type { FoundRow, Region } from './acquisition-maximizer.ts'
import { Posterior } from './gaussian-process.ts'
import { hopCandidates, leastGap } from './hop.ts'
import { HyperparameterSchedule } from './hyperparameter-schedule.ts'
import { LOW_NOISE_PRIOR } from './hyperprior.ts'
import { InitialDesign, initialCount } from './initial-design.ts'
import { ModelSpace } from './model-space.ts'
import { productCells } from './optimizer.ts'
import type {
  Observation,
  Optimizer,
  OptimizerOptions,
  PointCells,
  Proposal,
  TakenPoints,
} from './optimizer.ts'
import { createRng } from './rng.ts'
import { RunHistory } from './run-history.ts'
import { chooseArm } from './search-arms.ts'
import type { SearchArm } from './search-arms.ts'
import { buildTrainingSet, chooseRows } from './training-set.ts'
import type { TrainingSet } from './training-set.ts'

/** Rows of the model at most: what an ask costs grows with their cube. */
const MAX_MODEL_ROWS = 640
/** Above so many rows the search makes do with fewer starts. */
const FRUGAL_ROWS = 300
/** Finite spaces of up to so many points are searched one by one. */
const MAX_LISTED_POINTS = 2048
/** Points nearer than this in every model coordinate are the same. */
const SAME_POINT = 1e-7
/** Radius, in scaled distance, of what the arm `outside` leaves out. */
const OUTSIDE_RADIUS = 0.7
/** Side of its box when it stays near the best run outside. */
const OUTSIDE_SIDE = 0.4

export function createBayesianSearch(options: OptimizerOptions): Optimizer {
  return new BayesianSearch(options)
}

class BayesianSearch implements Optimizer {
  readonly usesObservations = true
  readonly #seed: number
  readonly #space: ModelSpace
  readonly #cells: PointCells | null
  readonly #history: RunHistory
  readonly #design: InitialDesign
  readonly #schedule: HyperparameterSchedule
  #revision = 0
  #listed: readonly Float64Array[] | null = null

  constructor(options: OptimizerOptions) {
    const { dimensions, seed, cells = productCells(dimensions), activity = null } = options
    this.#seed = seed
    this.#space = new ModelSpace(dimensions, activity)
    this.#cells = cells !== null && cells.count <= Number.MAX_SAFE_INTEGER ? cells : null
    this.#history = new RunHistory(this.#space)
    this.#design = new InitialDesign(this.#space, seed)
    this.#schedule = new HyperparameterSchedule(this.#space)
  }

  observe(observations: readonly Observation[]): void {
    this.#history.observe(observations)
    if (this.#history.revision === this.#revision) return
    this.#revision = this.#history.revision
    this.#schedule.forget()
  }

  suggest(index: number, taken: TakenPoints): Proposal | null {
    const known = this.#history.known
    const free = (row: Float64Array): readonly number[] | null => {
      if (known.some((other) => isSamePoint(row, other))) return null
      const point = this.#space.pointOf(row)
      return taken.hasPoint(point) ? null : point
    }
    if (this.#isStart(index)) {
      const point = free(this.#design.rowAt(index))
      if (point !== null) return { index, point: [...point], diagnostics: { source: 'initial' } }
    }
    return this.#askModel(index, free) ?? this.#explore(index, free, taken)
  }

  /** Too few runs ended for a model. Failures count half. */
  #isStart(index: number): boolean {
    const needed = initialCount(this.#space)
    const { ended } = this.#history
    const count = ended.reduce((sum, { value }) => sum + (value === null ? 0.5 : 1), 0)
    return count < needed && (index < needed || count < 3)
  }

  #askModel(index: number, free: (row: Float64Array) => readonly number[] | null): Proposal | null {
    const space = this.#space
    const runs = this.#history.ended
    const incumbent = bestRun(runs)
    if (incumbent === null || space.dimensionCount === 0) return null
    const arm = chooseArm(index, runs, space, incumbent, this.#history.pending, initialCount(space))
    const bend = index % 2 === 0
    const set = buildTrainingSet(space, runs, bend)
    if (set === null || set.data.targets.every((target) => target === set.data.targets[0])) return null
    const model = this.#fit(runs, set, bend)
    if (model === null) return null
    const search = this.#prepare(arm, model, incumbent, index)
    const found = this.#isListed()
      ? this.#scoreListed(search)
      : arm.kind === 'hop'
        ? this.#hop(search, incumbent, index)
        : this.#search(search, model, index)
    for (const { row, value } of found) {
      const point = free(row)
      if (point !== null) return { index, point: [...point], ...this.#explain(arm, model, row, value) }
    }
    return null
  }

  #fit(runs: TrainingRuns, set: TrainingSet, bend: boolean): FittedModel | null {
    const used = chooseRows(set, MAX_MODEL_ROWS)
    const d = this.#space.dimensionCount
    const pending = new Float64Array(this.#history.pending.length * d)
    for (const [i, row] of this.#history.pending.entries()) pending.set(row, i * d)
    const options = { noiseFloor: LOW_NOISE_PRIOR.noiseFloor, pending }
    const fitted = this.#schedule.thetaFor(runs, set, bend)
    const posterior =
      Posterior.create(used.data, { ...options, theta: fitted }) ??
      Posterior.create(used.data, { ...options, theta: LOW_NOISE_PRIOR.startFor(d) })
    if (posterior === null) return null
    return { posterior, set: used, success: this.#successModel(used, posterior) }
  }

  /** From three failures and a share of 5 % on: +-1 with the length scales of the objective. */
  #successModel(set: TrainingSet, posterior: Posterior): Posterior | null {
    const count = set.hasValue.length
    const failures = count - set.hasValue.reduce((sum, has) => sum + has, 0)
    if (failures < 3 || failures < 0.05 * count) return null
    const theta = posterior.theta.slice()
    theta[theta.length - 2] = 0
    theta[theta.length - 1] = Math.log(0.1)
    const targets = Float64Array.from(set.hasValue, (has) => (has === 1 ? 1 : -1))
    const data = { ...set.data, targets, noiseScale: new Float64Array(count).fill(1) }
    return Posterior.create(data, { theta, mean: 0 })
  }

  #prepare(arm: SearchArm, model: FittedModel, best: Float64Array, index: number): PreparedSearch {
    const { posterior, set, success } = model
    const space = this.#space
    const region = fullRegion(space)
    const isNoisy = posterior.noise > 1e-3 * posterior.outputScale
    let incumbent = isNoisy ? bestByModel(model) : rowAt(set, set.ranking[0]!)
    let tau = set.bestTarget
    let hole: { centre: Float64Array; radius: number } | null = null
    const encode = (row: Float64Array) => {
      const z = new Float64Array(row.length)
      posterior.encode(row, z)
      return z
    }
    if (arm.kind === 'trust-region') boxRound(region, incumbent, arm.side, posterior.lengthScales, space)
    if (arm.kind === 'level') {
      region.low[arm.axis] = arm.level
      region.high[arm.axis] = arm.level
      const inLevel = set.ranking.find((i) => rowAt(set, i)[arm.axis] === arm.level)
      tau = inLevel === undefined ? 0 : set.data.targets[inLevel]!
      incumbent = best.slice()
      incumbent[arm.axis] = arm.level
      space.settle(incumbent)
    }
    if (arm.kind === 'outside') {
      const centre = encode(best)
      hole = { centre, radius: OUTSIDE_RADIUS }
      const outside = set.ranking.find(
        (i) => posterior.squaredDistance(encode(rowAt(set, i)), centre) >= OUTSIDE_RADIUS ** 2,
      )
      tau = outside === undefined ? 0 : set.data.targets[outside]!
      if (outside !== undefined) incumbent = rowAt(set, outside)
      if (arm.isNear) boxRound(region, incumbent, OUTSIDE_SIDE, posterior.lengthScales, space)
    }
    const surface = new AcquisitionSurface({ posterior, tau, success, hole })
    return { surface, region, incumbent: jittered(incumbent, region, space, this.#rng(index, 'jitter')) }
  }

  #search(prepared: PreparedSearch, model: FittedModel, index: number): FoundRow[] {
    const { surface, region, incumbent } = prepared
    return maximiseAcquisition({
      space: this.#space,
      surface,
      region,
      parents: topByModel(model, 5),
      anchors: [incumbent],
      isFrugal: model.set.data.targets.length > FRUGAL_ROWS,
      rng: this.#rng(index, 'search'),
    })
  }

  #hop({ surface }: PreparedSearch, from: Float64Array, index: number): FoundRow[] {
    const { known } = this.#history
    return hopCandidates({ space: this.#space, surface, from, known, rng: this.#rng(index, 'hop') })
  }

  #isListed(): boolean {
    return this.#cells !== null && this.#cells.count <= MAX_LISTED_POINTS
  }

  #scoreListed({ surface, region }: PreparedSearch): FoundRow[] {
    const cells = this.#cells!
    this.#listed ??= Array.from({ length: cells.count }, (_, cell) => this.#space.rowOf(cells.pointOf(cell)))
    return scoreRows(surface, this.#listed).filter(({ row }) =>
      row.every((value, j) => value >= region.low[j]! - 1e-12 && value <= region.high[j]! + 1e-12),
    )
  }

  /** Without a model, or when all that it found is taken: the farthest of some points, then whatever is free. */
  #explore(
    index: number,
    free: (row: Float64Array) => readonly number[] | null,
    taken: TakenPoints,
  ): Proposal | null {
    const rng = this.#rng(index, 'explore')
    const known = this.#history.known
    let best: { point: readonly number[]; distance: number } | null = null
    for (let draw = 0; draw < 64; draw++) {
      const row = Float64Array.from(this.#space.axes, (axis) => axis.fromCube(rng()))
      this.#space.settle(row)
      const point = free(row)
      if (point === null) continue
      const distance = leastGap(row, known, this.#space)
      if (best === null || distance > best.distance) best = { point, distance }
    }
    const diagnostics = { source: 'exploration' }
    if (best !== null) return { index, point: [...best.point], diagnostics }
    const cells = this.#cells
    if (cells === null) {
      // Nothing is ever exhausted here: levels may repeat, coordinates do not
      for (;;) {
        const point = free(
          this.#space.rowOf(this.#space.axes.length === 0 ? [] : Array.from({ length: 256 }, rng)),
        )
        if (point !== null) return { index, point: [...point], diagnostics }
      }
    }
    const start = rng.integer(cells.count)
    for (let step = 0; step < cells.count; step++) {
      const cell = (start + step) % cells.count
      if (!taken.hasCell(cell)) return { index, point: cells.pointOf(cell), diagnostics }
    }
    return null
  }

  #explain(arm: SearchArm, model: FittedModel, row: Float64Array, value: number) {
    const { posterior, set } = model
    const z = new Float64Array(row.length)
    posterior.encode(row, z)
    posterior.predict(z)
    const { predictedMean, predictedVariance } = posterior
    const lengthScales = new Array<number>(0)
    for (const [j, axis] of this.#space.axes.entries())
      lengthScales[axis.dimension] = posterior.lengthScales[j]!
    const diagnostics: Record<string, number | string> = {
      source: 'model',
      arm: arm.kind,
      n: this.#history.ended.length,
      pending: this.#history.pending.length,
      logEi: value,
    }
    if (posterior.jitter > 0) diagnostics['jitter'] = posterior.jitter
    return {
      diagnostics,
      expectation: {
        value: set.transform.toValue(predictedMean),
        std: Math.sqrt(predictedVariance) * set.transform.slopeAt(predictedMean),
        lengthScales,
      },
    }
  }

  #rng(index: number, purpose: string) {
    return createRng(this.#seed, 'bayes', index, purpose)
  }
}

type TrainingRuns = RunHistory['ended']

interface FittedModel {
  readonly posterior: Posterior
  readonly set: TrainingSet
  readonly success: Posterior | null
}

interface PreparedSearch {
  readonly surface: AcquisitionSurface
  readonly region: Region
  readonly incumbent: Float64Array
}

function bestRun(runs: TrainingRuns): Float64Array | null {
  let best: TrainingRuns[number] | null = null
  for (const run of runs) if (run.value !== null && (best === null || run.value < best.value!)) best = run
  return best?.row ?? null
}

function rowAt(set: TrainingSet, i: number): Float64Array {
  const d = set.data.dimensionCount
  return set.data.rows.slice(i * d, (i + 1) * d)
}

/** Rows with values, by the model's mean, the best first. */
function topByModel({ posterior, set }: FittedModel, count: number): Float64Array[] {
  const z = new Float64Array(set.data.dimensionCount)
  const means = set.ranking.map((i) => {
    posterior.encode(rowAt(set, i), z)
    posterior.predictMean(z)
    return { i, mean: posterior.predictedMean }
  })
  means.sort((a, b) => a.mean - b.mean)
  return means.slice(0, count).map(({ i }) => rowAt(set, i))
}

function bestByModel(model: FittedModel): Float64Array {
  return topByModel(model, 1)[0]!
}

/** Sides in proportion to the length scales, within a factor of 5 of their geometric mean; categories stay free. */
function boxRound(
  region: Region,
  centre: Float64Array,
  side: number,
  lengthScales: Float64Array,
  space: ModelSpace,
): void {
  const logMean = lengthScales.reduce((sum, length) => sum + Math.log(length), 0) / lengthScales.length
  for (let j = 0; j < space.numericCount; j++) {
    const shape = Math.min(Math.max(lengthScales[j]! / Math.exp(logMean), 0.2), 5)
    region.low[j] = Math.max(0, centre[j]! - (side / 2) * shape)
    region.high[j] = Math.min(1, centre[j]! + (side / 2) * shape)
  }
}

/** The row itself is known: a step of 1e-3 beside it, in the smooth axes. */
function jittered(row: Float64Array, region: Region, space: ModelSpace, rng: () => number): Float64Array {
  const moved = row.slice()
  for (const j of space.smoothAxes) {
    const step = 2e-3 * (rng() - 0.5)
    moved[j] = Math.min(Math.max(moved[j]! + step, region.low[j]!), region.high[j]!)
  }
  space.settle(moved)
  return moved
}

function isSamePoint(a: Float64Array, b: Float64Array): boolean {
  for (let j = 0; j < a.length; j++) if (Math.abs(a[j]! - b[j]!) >= SAME_POINT) return false
  return true
}
