import { describe, expect, it } from 'vitest'
import { countedRows, foldRows, rankingValue, reachesTarget } from '../../../sweeps/run-history.ts'
import type { MetricRow, MetricValue } from '../../../sweeps/protocol.ts'
import type { MetricChunk, MetricSummary } from '../../../sweeps/store.ts'
import type { MetricSpec, RunId } from '../../../sweeps/sweep.ts'

const metric: MetricSpec = { name: 'loss', goal: 'minimize', summary: 'best', target: null }
const row = (step: number, loss: MetricValue): MetricRow => ({ step, at: 0, metrics: { loss } })
const chunk = (attempt: number, seq: number, rows: MetricRow[]): MetricChunk => ({
  runId: 'k3v9r2td' as RunId,
  attempt,
  seq,
  rows,
})
const fold = (rows: MetricRow[], spec = metric) => {
  const summaries = new Map<string, MetricSummary>()
  foldRows(summaries, rows, spec)
  return summaries
}

describe('the fold of metric rows', () => {
  it('keeps last, min, max, best with its step, and the number of rows', () => {
    expect(fold([row(1, 3), row(2, 1), row(3, 2)]).get('loss')).toEqual({
      key: 'loss',
      last: 2,
      min: 1,
      max: 3,
      best: 1,
      bestStep: 2,
      lastStep: 3,
      steps: 3,
    })
  })

  it('takes the largest as best when maximizing, and the earliest of equal ones', () => {
    const best = fold([row(1, 1), row(2, 5), row(3, 5)], { ...metric, goal: 'maximize' }).get('loss')
    expect(best).toMatchObject({ best: 5, bestStep: 2 })
  })

  it('counts NaN as a step and as the last value, never as best', () => {
    expect(fold([row(1, 2), row(2, 'NaN')]).get('loss')).toMatchObject({
      last: NaN,
      best: 2,
      min: 2,
      steps: 2,
    })
  })

  it('gives the same in one batch and in many', () => {
    const rows = [row(1, 4), row(2, 'NaN'), row(3, 2), row(4, '-Infinity'), row(5, 7)]
    const step = new Map<string, MetricSummary>()
    for (const one of rows) foldRows(step, [one], metric)
    expect(step).toEqual(fold(rows))
  })
})

describe('the value that ranks a run', () => {
  it('follows metric.summary', () => {
    const summaries = fold([row(1, 3), row(2, 1), row(3, 2)])
    const value = (summary: MetricSpec['summary']) => rankingValue(summaries, { ...metric, summary }).value
    expect([value('best'), value('last'), value('min'), value('max')]).toEqual([1, 2, 1, 3])
  })

  it('is NaN for a run that reported nothing but NaN, and null for one that never reported the metric', () => {
    expect(rankingValue(fold([row(1, 'NaN')]), metric).value).toBeNaN()
    expect(rankingValue(new Map(), metric).value).toBeNull()
  })

  it('reaches a target in the direction of the goal', () => {
    expect(reachesTarget(0.2, { ...metric, target: 0.2 })).toBe(true)
    expect(reachesTarget(0.3, { ...metric, target: 0.2 })).toBe(false)
    expect(reachesTarget(0.3, { ...metric, goal: 'maximize', target: 0.2 })).toBe(true)
    expect(reachesTarget(NaN, { ...metric, target: 0.2 })).toBe(false)
  })
})

describe('the history of a run with several attempts', () => {
  const steps = (chunks: MetricChunk[]) => countedRows(chunks).map(({ attempt, row }) => [attempt, row.step])

  it('counts an attempt only below the first step of the next', () => {
    const chunks = [chunk(1, 1, [row(1, 9), row(2, 8), row(3, 7)]), chunk(2, 1, [row(3, 6), row(4, 5)])]
    expect(steps(chunks)).toEqual([
      [1, 1],
      [1, 2],
      [2, 3],
      [2, 4],
    ])
  })

  it('counts nothing of an attempt that was started over', () => {
    expect(steps([chunk(1, 1, [row(1, 9), row(2, 8)]), chunk(2, 1, [row(1, 7)])])).toEqual([[2, 1]])
  })

  it('goes by the first metric of the next attempt, not by last values that it reported before', () => {
    const valuesOnly: MetricRow = { step: 0, at: 0, metrics: {}, values: { note: 'resumed' } }
    const chunks = [chunk(1, 1, [row(1, 9), row(2, 8), row(3, 7)]), chunk(2, 1, [valuesOnly, row(3, 6)])]
    expect(steps(chunks)).toEqual([
      [1, 1],
      [1, 2],
      [2, 0],
      [2, 3],
    ])
    expect(steps([chunk(1, 1, [row(1, 9)]), chunk(2, 1, [valuesOnly])])).toEqual([
      [1, 1],
      [2, 0],
    ])
  })

  it('passes over attempts that reported nothing', () => {
    expect(steps([chunk(1, 1, [row(1, 9), row(5, 8)]), chunk(3, 1, [row(4, 7)])])).toEqual([
      [1, 1],
      [3, 4],
    ])
  })
})
