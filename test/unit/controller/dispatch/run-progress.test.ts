import { expect, it } from 'vitest'
import { TrainingTime, progressRow } from '../../../../controller/dispatch/run-progress.ts'

it('training time adds up over all attempts, each from its own start', () => {
  const time = new TrainingTime()
  const startedAt = new Map([
    [1, 1_000],
    [2, 60_000],
  ])
  const at = (attempt: number, ms: number) =>
    time.at({ attempt, row: { step: 0, at: ms, metrics: {} } }, (number) => startedAt.get(number) ?? null)
  expect([at(1, 3_000), at(1, 6_000), at(2, 61_000), at(2, 59_000), at(3, 99_000), at(3, 100_000)]).toEqual([
    ...[2, 5, 6], // waiting for a slot is no training
    6, // a clock that was set back
    ...[6, 7], // an attempt that did not say when it started
  ])
})

it('a row has the metric, and the epoch where it is a number', () => {
  const row = { step: 7, at: 0, metrics: { loss: 'NaN', epoch: 2 } } as const
  expect(progressRow({ attempt: 1, row }, 'loss', 3)).toEqual({ step: 7, seconds: 3, epoch: 2, value: NaN })
  const other = { step: 7, at: 0, metrics: { epoch: 'NaN', constructor: 1 } } as const
  expect(progressRow({ attempt: 1, row: other }, 'toString', 3)).toMatchObject({ epoch: null, value: null })
})
