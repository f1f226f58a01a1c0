import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compareRuns, compareValues, rankRuns } from '../../../sweeps/ranking.ts'
import type { RunRecord, RunState } from '../../../sweeps/run.ts'
import type { MetricSpec, RunId } from '../../../sweeps/sweep.ts'

const LOSS: MetricSpec = { name: 'loss', goal: 'minimize', summary: 'best', target: null }
const ACCURACY: MetricSpec = { ...LOSS, name: 'acc', goal: 'maximize' }

function run(id: string, state: RunState, value: number | null, finishedAt: number | null = 1): RunRecord {
  return {
    ...{
      id: id as RunId,
      name: id,
      sweepId: null,
      project: 'p',
      state,
      configText: '{}',
      configHash: id,
      replicate: 0,
    },
    ...{
      specVersion: 1,
      suggestionIndex: null,
      suggestedBy: null,
      seed: 0,
      value,
      bestStep: null,
      attemptCount: 1,
    },
    ...{
      openAttempt: null,
      lossCount: 0,
      failureCount: 0,
      wish: null,
      wishReason: null,
      stopReason: null,
      tags: [],
      notes: '',
    },
    ...{ group: null, jobType: null, createdAt: 0, startedAt: 0, finishedAt },
  }
}

const ids = (runs: readonly RunRecord[]) => runs.map(({ id }) => id)

describe('rankRuns', () => {
  const runs = [
    run('good', 'finished', 0.1),
    run('stopped', 'stopped', 0.05),
    run('bad', 'finished', 9),
    run('nan', 'finished', NaN),
    run('silent', 'finished', null),
    run('running', 'running', 0.01, null),
    run('failed', 'failed', 0.001),
    run('queued', 'queued', null, null),
    run('back', 'preempted', 0.5, null),
    run('cancelled', 'cancelled', 0.2),
    run('lost', 'lost', 0.2),
  ]

  it('ranks finished and stopped runs together and counts the rest', () => {
    const { ranked, notCounted } = rankRuns(runs, LOSS)
    expect(ids(ranked)).toEqual(['stopped', 'good', 'bad'])
    expect(notCounted).toEqual({
      queued: 2,
      running: 1,
      failed: 1,
      cancelled: 1,
      lost: 1,
      noMetric: 1,
      nan: 1,
    })
    expect(ids(rankRuns(runs, ACCURACY).ranked)).toEqual(['bad', 'good', 'stopped'])
  })

  it('can take running runs in, and another value', () => {
    expect(ids(rankRuns(runs, LOSS, { includeRunning: true }).ranked)).toEqual([
      'running',
      'stopped',
      'good',
      'bad',
    ])
    const reversed = rankRuns(runs, LOSS, ({ value }) => (value === null ? null : -value))
    expect(ids(reversed.ranked)).toEqual(['bad', 'good', 'stopped'])
  })

  it('ranks nothing without a metric', () => {
    expect(rankRuns(runs, null)).toMatchObject({ ranked: [], notCounted: { noMetric: 5, running: 1 } })
  })

  it('gives ties to the run that finished first', () => {
    const tied = [
      run('late', 'finished', 1, 30),
      run('early', 'stopped', 1, 10),
      run('middle', 'finished', 1, 20),
    ]
    expect(ids(rankRuns(tied, LOSS).ranked)).toEqual(['early', 'middle', 'late'])
    expect(ids(rankRuns(tied, ACCURACY).ranked)).toEqual(['early', 'middle', 'late'])
  })
})

describe('compareValues', () => {
  it('puts NaN and missing last in both directions', () => {
    const values = [null, NaN, 3, -Infinity, Infinity, 0]
    const sorted = (goal: MetricSpec['goal']) => [...values].sort((a, b) => compareValues(a, b, goal))
    expect(sorted('minimize')).toEqual([-Infinity, 0, 3, Infinity, NaN, null])
    expect(sorted('maximize')).toEqual([Infinity, 3, 0, -Infinity, NaN, null])
  })

  it('is an order', () => {
    const value = fc.option(fc.double(), { nil: null })
    fc.assert(
      fc.property(
        value,
        value,
        value,
        fc.constantFrom('minimize' as const, 'maximize' as const),
        (a, b, c, goal) => {
          expect(Math.sign(compareValues(a, b, goal)) + Math.sign(compareValues(b, a, goal))).toBe(0)
          if (compareValues(a, b, goal) <= 0 && compareValues(b, c, goal) <= 0)
            expect(compareValues(a, c, goal)).toBeLessThanOrEqual(0)
        },
      ),
    )
  })
})

describe('compareRuns', () => {
  const runs = [run('b', 'finished', 2, 20), run('a', 'running', null, null), run('c', 'finished', 1, 10)]

  it('sorts by facts, with what is missing last in both directions', () => {
    expect(ids([...runs].sort(compareRuns('finished')))).toEqual(['c', 'b', 'a'])
    expect(ids([...runs].sort(compareRuns('finished', { descending: true })))).toEqual(['b', 'c', 'a'])
    expect(ids([...runs].sort(compareRuns('name', { descending: true })))).toEqual(['c', 'b', 'a'])
  })

  it('sorts by value: better first, descending turns it round', () => {
    expect(ids([...runs].sort(compareRuns('value')))).toEqual(['c', 'b', 'a'])
    expect(ids([...runs].sort(compareRuns('value', { goal: 'maximize' })))).toEqual(['b', 'c', 'a'])
    expect(ids([...runs].sort(compareRuns('value', { descending: true })))).toEqual(['b', 'c', 'a'])
  })
})
