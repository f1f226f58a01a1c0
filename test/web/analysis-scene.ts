// A sweep as the analysis screen wants to see it: runs of a known function, and what early termination did to them.
import type { RunRecord } from '../../sweeps/run.ts'
import type { StopCheck, SweepStore } from '../../sweeps/store.ts'
import type { SweepId } from '../../sweeps/sweep.ts'
import {
  fillWatchedSweep,
  seededRandom,
  type WatchedOptions,
  type WatchedSweep,
} from '../support/watched-sweep.ts'

const BANDS = [1, 3, 9] as const

const SWEEP_TEXT = `method: random
program: train.py
metric: {name: val_loss, goal: minimize}
run_cap: 200
early_terminate: {type: hyperband, min_iter: 1, eta: 3}
parameters:
  lr: {distribution: log_uniform_values, min: 0.00001, max: 0.1}
  bs: {values: [32, 64, 128]}
  depth: {distribution: int_uniform, min: 2, max: 12}
  opt: {values: [adamw, sgd, lion]}
  momentum: {min: 0.8, max: 0.99, when: {opt: sgd}}
  weight_decay: {distribution: log_uniform_values, min: 0.000001, max: 0.01}
  epochs: {value: 20}
  dataset: {value: imagenet-100}
`

/** A watched sweep with early termination: the worse half of the runs is ended on its way. */
export async function fillAnalysed(store: SweepStore, options: WatchedOptions): Promise<WatchedSweep> {
  const filled = await fillWatchedSweep(store, {
    ...options,
    sweep: { configText: SWEEP_TEXT, ...options.sweep },
  })
  const checks = filled.runs.flatMap((run, index) => checksOf(run, index, filled.sweep.id))
  await store.write((tx) => tx.saveStopChecks(checks))
  return filled
}

function checksOf(run: RunRecord, index: number, sweepId: SweepId): StopCheck[] {
  if (run.value === null || Number.isNaN(run.value)) return []
  const random = seededRandom(index)
  const value = run.value
  const reached =
    run.state === 'stopped' ? BANDS.slice(0, 1 + (index % 2)) : run.state === 'running' ? [1] : BANDS
  return reached.map((band, place) => {
    const at = value + 0.6 / band + 0.1 * random()
    const isLast = place === reached.length - 1
    const isControl = run.state === 'finished' && index % 23 === 4 && band === 1
    return {
      runId: run.id,
      sweepId,
      rule: 'hyperband/report',
      band,
      mark: at,
      value: at,
      threshold: 0.45 + 0.75 / band,
      rank: 1 + (index % 7),
      of: index + 1,
      outcome: isControl ? 'control' : run.state === 'stopped' && isLast ? 'stopped' : 'kept',
      reason: '',
      at: run.createdAt + band,
    }
  })
}
