import { expect, it } from 'vitest'
import { noticesOf } from '../../../sweeps/sweep-notices.ts'
import type { ToldRun } from '../../../sweeps/sweep-notices.ts'
import type { MetricSpec } from '../../../sweeps/sweep.ts'

const METRIC: MetricSpec = { name: 'test_acc_avg', goal: 'maximize', summary: 'best', target: null }
const HYPERBAND = { type: 'hyperband', min_iter: 3 }

const told = (keys: Readonly<Record<string, number>>, facts: Partial<ToldRun> = {}): ToldRun => ({
  id: 'r1',
  summaries: Object.entries(keys).map(([key, steps]) => ({ key, steps, lastStep: steps - 1, max: steps })),
  valueKeys: [],
  trainingSeconds: 20,
  ...facts,
})
const textsOf = (run: ToldRun, rule: Record<string, unknown> | null = HYPERBAND) =>
  noticesOf(run, METRIC, rule).map(({ text }) => text)

it('names the nearest key when the metric never came', () => {
  expect(textsOf(told({ loss: 9, 'test_acc_avg ': 9 }))).toEqual([
    'run r1 ended without the metric "test_acc_avg": it reported "test_acc_avg "',
  ])
  expect(textsOf(told({ loss: 9, step_time: 9 }), null)).toEqual([
    'run r1 ended without the metric "test_acc_avg": it reported "loss", "step_time"',
  ])
  expect(textsOf(told({}))).toEqual(['run r1 ended without the metric "test_acc_avg": it reported no metric'])
  expect(textsOf(told({ loss: 9 }, { valueKeys: ['test_acc_avg'] }))).toEqual([
    'run r1 ended, and reported "test_acc_avg" as text, never as a number',
  ])
})

it.each([
  [{}, 'metric logged 1 time a run, first check at 3'],
  [{ resource: 'step' }, 'last step 0, first check at step 3'],
  [{ resource: 'epoch' }, 'the metric "epoch" is not logged, first check at epoch 3'],
  [{ resource: 'time', min_iter: 60 }, 'a run takes 20 s, first check at time 60'],
])('says that early termination can never fire: %j', (settings, words) => {
  expect(textsOf(told({ test_acc_avg: 1 }), { ...HYPERBAND, ...settings })).toEqual([
    `early termination can never stop a run: ${words}`,
  ])
})

it('says nothing when a run reached the first check, or nothing is stopped', () => {
  expect(textsOf(told({ test_acc_avg: 3 }))).toEqual([])
  expect(textsOf(told({ test_acc_avg: 1 }), null)).toEqual([])
  expect(textsOf(told({ test_acc_avg: 9, epoch: 3 }), { ...HYPERBAND, resource: 'epoch' })).toEqual([])
})
