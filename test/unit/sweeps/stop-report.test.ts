import { expect, it } from 'vitest'
import { rankCorrelation, reportStops } from '../../../sweeps/stop-report.ts'
import type { ReportedRun } from '../../../sweeps/stop-report.ts'
import type { StopCheck } from '../../../sweeps/store.ts'
import type { MetricSpec, RunId, SweepId } from '../../../sweeps/sweep.ts'

const METRIC: MetricSpec = { name: 'loss', goal: 'minimize', summary: 'best', target: null }
const HOUR = 3_600_000

function aRun(id: string, facts: Partial<ReportedRun>): ReportedRun {
  const base = { state: 'finished', value: 1, reportCount: 10, createdAt: 0, startedAt: 0 } as const
  return { id: id as RunId, ...base, finishedAt: 10 * HOUR, ...facts }
}

function aCheck(id: string, band: number, mark: number, outcome: StopCheck['outcome'] = 'kept'): StopCheck {
  const place = { rank: 1, of: 1, reason: '', at: 0, rule: 'hyperband/report', sweepId: 's' as SweepId }
  return { runId: id as RunId, band, mark, value: mark, threshold: 0.5, outcome, ...place }
}

it('counts what was reached, stopped and saved at each band, each run at its own pace', () => {
  const runs = [
    aRun('a', { value: 0.1, reportCount: 9 }),
    aRun('b', { value: 0.2, reportCount: 11 }),
    aRun('c', { state: 'stopped', value: 0.8, reportCount: 3, finishedAt: 6 * HOUR }), // 2 h a report
    aRun('d', { state: 'stopped', value: 0.9, reportCount: 12, finishedAt: 6 * HOUR }), // longer than whole ones
    aRun('e', { state: 'finished', value: 0.9, reportCount: 10 }), // its stop came too late
  ]
  const checks = [
    ...[aCheck('a', 3, 0.3), aCheck('b', 3, 0.4), aCheck('c', 3, 0.9, 'stopped')],
    ...[aCheck('a', 9, 0.1), aCheck('d', 9, 0.9, 'stopped'), aCheck('e', 9, 0.9, 'stopped')],
    aCheck('removed', 3, 0.9, 'stopped'),
  ]
  const report = reportStops(checks, runs, METRIC)
  expect(report).toMatchObject({
    stopped: 2,
    fullReports: 10,
    savedReports: 7,
    savedHours: 14,
    rankedCount: 5,
  })
  expect(report.bands).toMatchObject([
    { band: 3, reached: 3, stopped: 1, savedReports: 7, savedHours: 14 },
    { band: 9, reached: 3, stopped: 1, savedReports: 0, savedHours: 0 },
  ])
})

it('knows of no saving before a run has finished', () => {
  const runs = [aRun('a', { state: 'stopped', reportCount: 3 })]
  const report = reportStops([aCheck('a', 3, 0.9, 'stopped')], runs, METRIC)
  expect(report).toMatchObject({ stopped: 1, savedReports: null, savedHours: null, fullReports: null })
})

it('compares the value at a band with the final one, over finished runs', () => {
  const runs = [0.1, 0.2, 0.3, 0.4].map((value, index) => aRun(`r${index}`, { value }))
  const checks = [0.5, 0.7, 0.6, 0.9].map((mark, index) => aCheck(`r${index}`, 3, mark))
  const [band] = reportStops(checks, [...runs, aRun('x', { state: 'failed' })], METRIC).bands
  expect(band).toMatchObject({ finishedCount: 4 })
  expect(band?.rankCorrelation).toBeCloseTo(0.8, 12) // 1 - 6 * (1 + 1) / (4 * 15)
})

it('says whether a control would have been missed', () => {
  const runs = Array.from({ length: 20 }, (_, index) => aRun(`r${index}`, { value: index }))
  const checks = [
    aCheck('r1', 9, 0.7, 'control'),
    aCheck('r1', 3, 0.6, 'control'),
    aCheck('r9', 3, 0.9, 'control'),
  ]
  const { controls } = reportStops(checks, runs, METRIC)
  expect(controls).toEqual([
    { runId: 'r1', band: 3, value: 0.6, threshold: 0.5, rank: 2, isAmongBest: true },
    { runId: 'r9', band: 3, value: 0.9, threshold: 0.5, rank: 10, isAmongBest: false },
  ])
})

it('rank correlation takes mean ranks for ties', () => {
  // scipy 1.10.1: spearmanr([1, 2, 2, 4], [1, 3, 2, 4]).correlation
  expect(rankCorrelation([1, 2, 2, 4], [1, 3, 2, 4])).toBeCloseTo(0.9486832980505138, 12)
  expect([rankCorrelation([1, 2], [1, 2]), rankCorrelation([1, 1, 1], [1, 2, 3])]).toEqual([null, null])
})

it('says how the best run stood at each band, and whether the line of today would have ended it', () => {
  const runs = [aRun('best', { value: 0.1 }), aRun('other', { value: 0.3 })]
  const checks = [
    aCheck('best', 3, 0.7), // kept when it came; the line is at 0.5 now
    aCheck('best', 9, 0.2),
    { ...aCheck('other', 3, 0.4), at: 5 },
  ]
  const { winner } = reportStops(checks, runs, METRIC)
  expect(winner).toMatchObject({
    runId: 'best',
    checks: [
      { band: 3, value: 0.7, threshold: 0.5, isCut: true },
      { band: 9, value: 0.2, threshold: 0.5, isCut: false },
    ],
  })
  expect(reportStops([], [], METRIC).winner).toBeNull()
})

it('sorts the runs of a band into bins, each once, far values into the ends', () => {
  const runs = Array.from({ length: 60 }, (_, index) => aRun(`r${index}`, { value: index }))
  const checks = runs.map((run, index) =>
    aCheck(
      run.id,
      3,
      index === 59 ? 1e9 : index,
      index >= 40 ? 'stopped' : index === 39 ? 'control' : 'kept',
    ),
  )
  const [picture] = reportStops([...checks, aCheck('r1', 9, NaN)], runs, METRIC).pictures
  const bins = picture?.bins ?? []
  expect(picture?.threshold).toBe(0.5)
  expect(bins).toHaveLength(24)
  expect(bins.flatMap(({ kept }) => kept)).toHaveLength(39)
  expect(bins.flatMap(({ stopped }) => stopped)).toHaveLength(20)
  expect(bins.flatMap(({ controls }) => controls)).toEqual(['r39'])
  expect(bins.at(-1)?.stopped).toContain('r59')
  expect(bins.at(-1)?.to).toBeLessThan(100)
})
