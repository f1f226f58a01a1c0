import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parseSweepFile } from '../../../sweeps/config.ts'
import { SweepConfigError } from '../../../sweeps/errors.ts'
import { explainStop } from '../../../sweeps/explain-stop.ts'
import type { StopExplanation } from '../../../sweeps/explain-stop.ts'
import { parseRunsJsonl } from '../../../sweeps/plan.ts'

/** What both files of vectors say of a case. */
interface VectorCase {
  readonly id: string
  readonly earlyTerminate: unknown
  readonly goal: 'minimize' | 'maximize'
  readonly runs: readonly { readonly name: string }[]
  /** null: W&B finds no band, or refuses the block. */
  readonly stopped: readonly string[] | null
  readonly firstBands: readonly number[]
  /** As if minimising. */
  readonly thresholds: readonly { readonly band: number; readonly threshold: number }[]
}

interface EngineCase {
  readonly id: string
  readonly name: string
  readonly early_terminate: unknown
  readonly metric: { readonly goal: VectorCase['goal'] }
  readonly runs: VectorCase['runs']
  readonly schema_accepts: boolean
  readonly expected: {
    readonly stopped: readonly string[]
    readonly bands: {
      readonly first_bands: readonly number[]
      readonly reached: VectorCase['thresholds']
    } | null
    readonly error: unknown
  } | null
}

interface OptimizerCase {
  readonly early_terminate: unknown
  readonly goal: VectorCase['goal']
  readonly runs: readonly {
    readonly name: string
    readonly state: string
    readonly history: readonly (number | string | null)[]
  }[]
  readonly bands: readonly number[] | null
  readonly thresholds: readonly (number | null)[] | null
  readonly stop: readonly string[]
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(new URL(`../../vectors/${path}`, import.meta.url), 'utf8'))
}

/** The files' own form, described beside them. */
const engineCases = (readJson('wandb/hyperband.json') as EngineCase[]).map((found): VectorCase => {
  const { expected } = found
  const isRefused = expected === null || expected.error !== null || !found.schema_accepts
  return {
    id: `${found.id} ${found.name}`,
    earlyTerminate: found.early_terminate,
    goal: found.metric.goal,
    runs: found.runs,
    stopped: isRefused ? null : expected.stopped,
    firstBands: expected?.bands?.first_bands ?? [],
    thresholds: expected?.bands?.reached ?? [],
  }
})

const optimizerCases = (readJson('optimizer/hyperband_wandb.json') as { cases: OptimizerCase[] }).cases.map(
  (found, index): VectorCase => ({
    id: `hyperband_wandb ${index}`,
    earlyTerminate: found.early_terminate,
    goal: found.goal,
    runs: found.runs.map((run) => ({
      ...run,
      history: run.history.map((value) => (value === null ? {} : { loss: value })),
    })),
    stopped: found.stop,
    firstBands: (found.bands ?? []).slice(0, 8),
    thresholds: (found.bands ?? []).flatMap((band, at) => {
      const threshold = found.thresholds?.[at] ?? null
      return threshold === null ? [] : [{ band, threshold }]
    }),
  }),
)

function explain(found: Pick<VectorCase, 'earlyTerminate' | 'goal' | 'runs'>): StopExplanation {
  const file = {
    method: 'random',
    metric: { name: 'loss', goal: found.goal },
    parameters: { a: { min: 0.5, max: 1.5 } },
    early_terminate: found.earlyTerminate,
  }
  const { config } = parseSweepFile(JSON.stringify(file))
  return explainStop(config, parseRunsJsonl(found.runs.map((run) => JSON.stringify(run)).join('\n')))
}

describe('as W&B stops', () => {
  it.each([...engineCases, ...optimizerCases])('$id', (found) => {
    if (found.stopped === null) {
      expect(() => explain(found)).toThrow(SweepConfigError)
      return
    }
    const explained = explain(found)
    expect(explained.stopped).toEqual(found.stopped)
    if (found.firstBands.length > 0)
      expect(explained.bands.slice(0, 8)).toEqual(found.firstBands.slice(0, explained.bands.length))
    const sign = found.goal === 'maximize' ? -1 : 1
    const ours = explained.thresholds.map(({ band, threshold }) => ({
      band,
      threshold: sign * threshold + 0,
    }))
    if (found.thresholds.length > 0) expect(ours).toEqual(found.thresholds)
  })
})

const HYPERBAND = { type: 'hyperband', min_iter: 3 }
const run = (name: string, losses: readonly unknown[], state = 'running') => ({
  name,
  state,
  history: losses.map((loss) => ({ loss })),
})

it('says of each running run where it stands', () => {
  const runs = [
    run('a', [3, 3, 3]),
    run('b', [1, 1, 1], 'finished'),
    run('c', [2, 2, 2], 'failed'),
    run('d', [9]),
  ]
  const explained = explain({ earlyTerminate: HYPERBAND, goal: 'minimize', runs })
  expect(explained.decisions).toEqual([
    {
      ...{ run: 'a', band: 3, value: 3, threshold: 2, rank: 3, of: 3, stop: true },
      reason: 'report 3: 3, cut 2, rank 3/3: stop',
    },
    {
      ...{ run: 'd', band: null, value: null, threshold: null, rank: null, of: null, stop: false },
      reason: '1 valid reports, first check at report 3',
    },
  ])
})

it('stops a run that reports only NaN, after nan_patience reports', () => {
  const nan = { $float: 'nan' }
  const runs = [run('a', [nan, nan]), run('b', [nan, 'text', nan, { $float: 'inf' }])]
  const explained = explain({ earlyTerminate: { ...HYPERBAND, nan_patience: 3 }, goal: 'minimize', runs })
  expect(explained.stopped).toEqual(['b'])
  expect(explained.decisions[1]?.reason).toBe('3 reports of the metric in a row were NaN (nan_patience 3)')
})

it('lets the share that is audited live, and says so', () => {
  const runs = [...Array(200).keys()].map((index) => run(`r${index}`, [index, index, index]))
  const explained = explain({ earlyTerminate: { ...HYPERBAND, audit: '20%' }, goal: 'minimize', runs })
  const controls = explained.decisions.filter(({ reason }) =>
    reason.endsWith('lives on as a control (audit)'),
  )
  expect(controls.length).toBeGreaterThan(15)
  expect(controls.length).toBeLessThan(45)
  expect(explained.stopped.length + controls.length).toBe(133) // sorted[66] and better stay
})

it.each([
  [{ type: 'hyperband', min_iter: 3, max_iter: 9 }, 'early_terminate.s'],
  [{ type: 'hyperband', max_iter: 9 }, 'early_terminate.s'],
  [{ type: 'hyperband', max_iter: 9, s: 1.5 }, 'early_terminate.s'],
  [{ type: 'hyperband', max_iter: 27, s: 0 }, 'early_terminate.s'],
  [{ type: 'hyperband', max_iter: 2, s: 1 }, 'early_terminate.max_iter'],
  [{ type: 'hyperband', max_iter: 9, s: 1, eta: 10 }, 'early_terminate.max_iter'],
  [{ type: 'hyperband' }, 'early_terminate'],
])('%j is an error at %s', (earlyTerminate, path) => {
  const attempt = () => explain({ earlyTerminate, goal: 'minimize', runs: [] })
  expect(attempt).toThrow(SweepConfigError)
  try {
    attempt()
  } catch (error) {
    expect((error as SweepConfigError).problems.map((problem) => problem.path)).toEqual([path])
  }
})
