// What the parameters of a sweep are worth, and what a model makes of two of them. The arithmetic is the worker's; here
// runs are chosen, and answers kept: a forest of a live sweep is not grown anew for every run that ends.
import type { Clock } from '../../runtime/clock.ts'
import type {
  ImportanceQuery,
  ImportanceResponse,
  SurfaceQuery,
  SurfaceResponse,
} from '../../sweeps/analysis-schema.ts'
import { IMPORTANCE_FROM, MAX_IMPORTANCE_RUNS, sampleRuns } from '../../sweeps/analysis/importance.ts'
import { SURFACE_FROM } from '../../sweeps/analysis/surface.ts'
import { parseSweepFile } from '../../sweeps/config.ts'
import { leavesOf, parameterPath } from '../../sweeps/parameter-tree.ts'
import type { ParameterLeaf } from '../../sweeps/parameter-tree.ts'
import type { RunFacts } from '../../sweeps/store.ts'
import type { SweepRecord } from '../../sweeps/sweep.ts'
import type { Standings } from '../standings.ts'
import type { SweepBoard, SweepBoards } from '../sweep-board.ts'
import { createAnalysisThread } from './analysis-thread.ts'
import { AnswerKeeper } from './answer-keeper.ts'
import { filterBoard, metricOf } from './filter-board.ts'
import { presentHead } from './present-outlook.ts'

export interface AnalysisService {
  /** @throws SweepError REQUEST_INVALID when `where` is no filter */
  importanceOf(sweep: SweepRecord, query: ImportanceQuery): Promise<ImportanceResponse>
  /** @throws SweepError REQUEST_INVALID when x or y is no parameter that varies */
  surfaceOf(sweep: SweepRecord, query: SurfaceQuery): Promise<SurfaceResponse>
}

export interface AnalysisDeps {
  readonly boards: SweepBoards
  readonly standings: Standings
  readonly clock: Clock
}

export function createAnalysisService({ boards, standings, clock }: AnalysisDeps): AnalysisService {
  const thread = createAnalysisThread()
  const importances = new AnswerKeeper<ImportanceResponse>(clock)
  const surfaces = new AnswerKeeper<SurfaceResponse>(clock)

  async function growForest(
    sweep: SweepRecord,
    { seq }: SweepBoard,
    runs: readonly RunFacts[],
    metric: string | null,
  ): Promise<ImportanceResponse> {
    const { ended, nan, noMetric, failed } = sortOut(sweep, runs, metric)
    const head = { sweep: presentHead(sweep), seq, metric, needed: IMPORTANCE_FROM }
    const sample = sampleRuns(ended, MAX_IMPORTANCE_RUNS)
    const counts = {
      counted: ended.length,
      sampled: sample.length,
      stopped: ended.filter(({ run }) => run.state === 'stopped').length,
      nan,
      noMetric,
      failed,
    }
    const reason =
      metric === null
        ? 'the sweep has no metric'
        : ended.length < IMPORTANCE_FROM
          ? `needs ${IMPORTANCE_FROM} ended runs with a value; there are ${ended.length}`
          : null
    if (reason !== null) return { ...head, runs: counts, reason, r2: null, parameters: [] }
    const { r2, parameters } = await thread.ask<'importance'>({
      type: 'importance',
      configTexts: sample.map(({ run }) => run.configText),
      values: sample.map(({ value }) => value),
      seed: sweep.seed,
    })
    const leaves = leavesByPath(sweep)
    const told = parameters.map((parameter) => {
      const leaf = leaves.get(parameter.name)
      const isConditional = (leaf?.when.length ?? 0) > 0
      return { ...parameter, scale: scaleOf(parameter.kind, leaf), isConditional }
    })
    return { ...head, runs: counts, reason, r2, parameters: told }
  }

  async function model(
    sweep: SweepRecord,
    { seq, runs }: SweepBoard,
    { x, y }: SurfaceQuery,
  ): Promise<SurfaceResponse> {
    const head = { sweep: presentHead(sweep), seq, needed: SURFACE_FROM }
    const none = (reason: string): SurfaceResponse => {
      return { ...head, x: null, y: null, mean: [], isWithinReach: [], runs: 0, reason }
    }
    if (sweep.metric === null) return none('the sweep has no metric')
    const { ended } = sortOut(sweep, runs, sweep.metric.name)
    const finite = ended.filter(({ value }) => Number.isFinite(value))
    const surface = await thread.ask<'surface'>({
      type: 'surface',
      sweepText: sweep.configText,
      runs: sampleRuns(finite, MAX_IMPORTANCE_RUNS).map(({ run, value }) => ({
        configText: run.configText,
        value,
        isStopped: run.state === 'stopped',
      })),
      x,
      y,
    })
    if (surface === null)
      return none(`needs ${SURFACE_FROM} ended runs with a value in the space as it is now`)
    const leaves = leavesByPath(sweep)
    const axisOf = (axis: typeof surface.x) => ({
      ...axis,
      values: [...axis.values],
      scale: scaleOf(axis.kind, leaves.get(axis.name)),
    })
    return {
      ...head,
      x: axisOf(surface.x),
      y: axisOf(surface.y),
      mean: surface.mean.map((row) => [...row]),
      isWithinReach: surface.isWithinReach.map((row) => [...row]),
      runs: surface.runs,
      reason: null,
    }
  }

  return {
    async importanceOf(sweep, query) {
      const board = await boards.boardOf(sweep.id)
      const metric = query.metric ?? sweep.metric?.name ?? null
      const { runs } = await filterBoard(standings, sweep, board.runs, query.where)
      const counted = runs.filter((run) => isEnded(run)).length
      const key = JSON.stringify([sweep.id, sweep.specVersion, metric, query.where ?? ''])
      return importances.answer(key, counted, () => growForest(sweep, board, runs, metric))
    },

    async surfaceOf(sweep, query) {
      const board = await boards.boardOf(sweep.id)
      const counted = board.runs.filter((run) => isEnded(run)).length
      const key = JSON.stringify([sweep.id, sweep.specVersion, query.x, query.y])
      return surfaces.answer(key, counted, () => model(sweep, board, query))
    },
  }
}

function isEnded({ state }: RunFacts): boolean {
  return state === 'finished' || state === 'stopped'
}

interface SortedRuns {
  /** With a value that is a number or infinite. */
  readonly ended: readonly { readonly run: RunFacts; readonly value: number }[]
  readonly nan: number
  readonly noMetric: number
  readonly failed: number
}

function sortOut(sweep: SweepRecord, runs: readonly RunFacts[], metric: string | null): SortedRuns {
  const ended: { run: RunFacts; value: number }[] = []
  let [nan, noMetric, failed] = [0, 0, 0]
  for (const run of runs) {
    if (run.state === 'failed') failed += 1
    if (!isEnded(run)) continue
    const value = metric === null ? null : metricOf(sweep, run, metric)
    if (value === null) noMetric += 1
    else if (Number.isNaN(value)) nan += 1
    else ended.push({ run, value })
  }
  return { ended, nan, noMetric, failed }
}

function leavesByPath(sweep: SweepRecord): Map<string, ParameterLeaf> {
  const { parameters } = parseSweepFile(sweep.configText).config
  return new Map(leavesOf(parameters).map((leaf) => [parameterPath(leaf), leaf]))
}

/** A log scale where the file declares one. */
function scaleOf(
  kind: 'number' | 'category',
  leaf: ParameterLeaf | undefined,
): 'linear' | 'log' | 'category' {
  if (kind === 'category') return 'category'
  return leaf?.distribution.name.includes('log') === true ? 'log' : 'linear'
}
