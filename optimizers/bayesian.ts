// Bayesian optimisation with a Gaussian process: initial design, then fit -> arm -> maximise expected improvement ->
// pass over what is taken. A proposal is a function of (dimensions, seed, history in the order in which runs ended, open
// runs, index): nothing that is kept between proposals is more than a cache.
import { maximiseAcquisition, scoreRows } from './acquisition-maximizer.ts'
import type { FoundRow } from './acquisition-maximizer.ts'
import { explorePoint } from './exploration.ts'
import { fitModel, topByModel } from './fitted-model.ts'
import type { FittedModel } from './fitted-model.ts'
import { hopCandidates } from './hop.ts'
import type { Posterior } from './gaussian-process.ts'
import { HyperparameterSchedule } from './hyperparameter-schedule.ts'
import { InitialDesign, initialCount } from './initial-design.ts'
import { ModelSpace } from './model-space.ts'
import { productCells } from './optimizer.ts'
import type {
  Expectation,
  Observation,
  OpenPoint,
  Optimizer,
  OptimizerOptions,
  PointCells,
  Proposal,
  TakenPoints,
} from './optimizer.ts'
import { assessProspects } from './prospects.ts'
import { prepareSearch } from './prepared-search.ts'
import type { PreparedSearch } from './prepared-search.ts'
import { createRng } from './rng.ts'
import { RunHistory } from './run-history.ts'
import type { EndedRun } from './run-history.ts'
import { isPartial } from './run-stages.ts'
import { chooseArm } from './search-arms.ts'
import type { SearchArm } from './search-arms.ts'
import { buildTrainingSet, chooseRows } from './training-set.ts'

/** Rows of the model at most: what an ask costs grows with their cube. */
const MAX_MODEL_ROWS = 640
/** The same when rows stand for stages of runs. */
const MAX_STAGED_ROWS = 320
/** Above so many rows the search makes do with fewer starts. */
const FRUGAL_ROWS = 300
/** Finite spaces of up to so many points are searched one by one. */
const MAX_LISTED_POINTS = 2048
/** Points nearer than this in every model coordinate are the same. */
const SAME_POINT = 1e-7
/** From so many runs on a proposal says what is left to gain: a model of fewer knows its own uncertainty badly. */
const ADVISE_FROM = 20
/** So many earlier runs are named with a proposal. */
const NEAREST_RUNS = 3
/** At the start a stopped run counts for so much of a run: for the same training more points are seen (decision 0009). */
const PARTIAL_SHARE = 1 / 3
/** Counts up with every change after which the same history gives another proposal. */
const VERSION = 2

export function createBayesianSearch(options: OptimizerOptions): Optimizer {
  return new BayesianSearch(options)
}

/** What one proposal is asked with. */
interface Ask {
  readonly index: number
  /** Rows of open runs, by index. */
  readonly pending: readonly Float64Array[]
  /** Every row that was ever told. */
  readonly known: readonly Float64Array[]
  readonly taken: TakenPoints
  /** The point of a row, when nobody had it yet. */
  free(row: Float64Array): readonly number[] | null
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

  suggest(index: number, taken: TakenPoints, open: readonly OpenPoint[] = []): Proposal | null {
    const pending = this.#history.pendingWith(open)
    const openRows = pending.map(({ row }) => row)
    const known = [...this.#history.past, ...openRows]
    const free = (row: Float64Array): readonly number[] | null => {
      if (known.some((other) => isSamePoint(row, other))) return null
      const point = this.#space.pointOf(row)
      return taken.hasPoint(point) ? null : point
    }
    const ask: Ask = { index, pending: openRows, known, taken, free }
    const proposal = this.#askDesign(ask) ?? this.#askModel(ask) ?? this.#explore(ask)
    if (proposal === null) return null
    const endedAt = this.#history.lastEnd
    const indexes = pending.flatMap((run) => run.index ?? [])
    return { ...proposal, basis: { version: VERSION, endedAt, pending: indexes } }
  }

  #askDesign({ index, free }: Ask): Proposal | null {
    if (!this.#isStart(index)) return null
    const point = free(this.#design.rowAt(index))
    return point === null ? null : { index, point: [...point], diagnostics: { source: 'initial' } }
  }

  #explore({ index, known, taken, free }: Ask): Proposal | null {
    const [space, cells, rng] = [this.#space, this.#cells, this.#rng(index, 'explore')]
    const point = explorePoint({ space, cells, known, taken, free, rng })
    return point === null ? null : { index, point: [...point], diagnostics: { source: 'exploration' } }
  }

  /** Too few runs ended for a model. Failures count half; runs that were stopped cost little, and count for less. */
  #isStart(index: number): boolean {
    const needed = initialCount(this.#space)
    const { ended } = this.#history
    const shareOf = (run: EndedRun): number => (run.value === null ? 0.5 : isPartial(run) ? PARTIAL_SHARE : 1)
    const count = ended.reduce((sum, run) => sum + shareOf(run), 0)
    const most = ended.some(isPartial) ? needed / PARTIAL_SHARE : needed
    return count < needed && (index < most || count < 3)
  }

  #askModel(ask: Ask): Proposal | null {
    const { index, pending, free } = ask
    const space = this.#space
    const runs = this.#history.ended
    const incumbent = bestRun(runs)
    if (incumbent === null || space.dimensionCount === 0) return null
    const arm = chooseArm(index, runs, space, incumbent, pending, initialCount(space))
    const bend = index % 2 === 0
    const set = buildTrainingSet(space, runs, bend)
    if (set === null || set.data.targets.every((target) => target === set.data.targets[0])) return null
    const theta = this.#schedule.thetaFor(runs, set, bend)
    const maxRows = set.data.stages === undefined ? MAX_MODEL_ROWS : MAX_STAGED_ROWS
    const model = fitModel(chooseRows(set, maxRows), theta, pending)
    if (model === null) return null
    const search = prepareSearch(arm, space, model, incumbent, this.#rng(index, 'jitter'))
    const found = this.#isListed()
      ? this.#scoreListed(search)
      : arm.kind === 'hop'
        ? this.#hop(search, incumbent, ask)
        : this.#search(search, model, index)
    for (const { row, value } of found) {
      const point = free(row)
      if (point !== null)
        return { index, point: [...point], ...this.#explain(arm, model, pending, found, { row, value }) }
    }
    return null
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

  #hop({ surface }: PreparedSearch, from: Float64Array, { known, index }: Ask): FoundRow[] {
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

  #explain(
    arm: SearchArm,
    model: FittedModel,
    pending: readonly Float64Array[],
    found: readonly FoundRow[],
    { row, value }: FoundRow,
  ): Pick<Proposal, 'diagnostics' | 'expectation'> {
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
      pending: pending.length,
      logEi: value,
    }
    if (posterior.jitter > 0) diagnostics['jitter'] = posterior.jitter
    if (this.#history.ended.length >= ADVISE_FROM) {
      const rows = found.map((one) => one.row)
      const { regretBound, noiseStd, logGain, tau } = assessProspects(model, rows)
      const unit = set.transform.slopeAt(tau)
      Object.assign(diagnostics, { regretBound: regretBound * unit, noiseStd: noiseStd * unit, logGain })
    }
    return {
      diagnostics,
      expectation: {
        value: set.transform.toValue(predictedMean),
        std: Math.sqrt(predictedVariance) * set.transform.slopeAt(predictedMean),
        lengthScales,
        nearest: this.#nearestRuns(posterior, z),
      },
    }
  }

  /** By the model's distance, ties in the order of their ends. O(n d). */
  #nearestRuns(posterior: Posterior, z: Float64Array): Expectation['nearest'] {
    const other = new Float64Array(z.length)
    const distances = this.#history.ended.map(({ row }, place) => {
      posterior.encode(row, other)
      return { place, distance: Math.sqrt(posterior.squaredDistance(z, other)) }
    })
    return distances
      .sort((a, b) => a.distance - b.distance || a.place - b.place)
      .slice(0, NEAREST_RUNS)
      .map(({ place, distance }) => ({ id: this.#history.idAt(place), distance }))
  }

  #rng(index: number, purpose: string) {
    return createRng(this.#seed, 'bayes', index, purpose)
  }
}

/** The least value of those that went to their end, or were stopped on an unknown way; of the others when there is none. */
function bestRun(runs: readonly EndedRun[]): Float64Array | null {
  const measured = runs.filter(({ value }) => value !== null)
  const results = measured.filter((run) => !isPartial(run))
  let best: EndedRun | null = null
  for (const run of results.length > 0 ? results : measured) {
    if (best === null || run.value! < best.value!) best = run
  }
  return best?.row ?? null
}

function isSamePoint(a: Float64Array, b: Float64Array): boolean {
  for (let j = 0; j < a.length; j++) if (Math.abs(a[j]! - b[j]!) >= SAME_POINT) return false
  return true
}
