import { describe, expect, it } from 'vitest'
import { EarlyStopping } from '../../../sweeps/early-stopping.ts'
import type { ProgressRow } from '../../../sweeps/early-stopping.ts'
import { stoppingSettings } from '../../../sweeps/stopping-settings.ts'

const row = (value: number | null, facts: Partial<ProgressRow> = {}): ProgressRow => ({
  ...{ step: 0, seconds: null, epoch: null, value },
  ...facts,
})
const rows = (...values: (number | null)[]) => values.map((value) => row(value))
const stopping = (block: Record<string, unknown>, goal: 'minimize' | 'maximize' = 'minimize') =>
  new EarlyStopping(stoppingSettings(block), { goal })
const HYPERBAND = { type: 'hyperband', min_iter: 2, eta: 2 }

describe('what counts as progress', () => {
  it.each([
    ['report', [row(1, { step: 50 }), row(null), row(NaN), row(1)], [2]],
    ['step', [row(1, { step: 1 }), row(1, { step: 4 })], [2, 4]],
    ['epoch', [row(1, { epoch: 1 }), row(null, { epoch: 2 }), row(1)], [2]],
    ['time', [row(1, { seconds: 1.9 }), row(1, { seconds: 2 }), row(1, { seconds: 3.9 })], [2]],
  ])('%s', (resource, told, bands) => {
    const all = stopping({ ...HYPERBAND, resource })
    expect(all.take('a', told).map(({ band }) => band)).toEqual(bands)
  })

  it('never falls: a step that comes back is where the run was', () => {
    const all = stopping({ ...HYPERBAND, resource: 'step' })
    all.take('a', [row(1, { step: 3 }), row(1, { step: 1 })])
    expect(all.progressOf('a').progress).toBe(3)
  })
})

describe('decisions', () => {
  it('are in the metric’s own sign', () => {
    const all = stopping(HYPERBAND, 'maximize')
    all.take('a', rows(0.1, 0.9))
    all.take('b', rows(0.1, 0.8))
    expect(all.take('c', rows(0.1, 0.2))).toEqual([
      {
        ...{ runId: 'c', band: 2, mark: 0.2, value: 0.2, threshold: 0.8, rank: 3, of: 3, outcome: 'stopped' },
        reason: 'report 2: 0.2, cut 0.8, rank 3/3',
      },
    ])
    expect(all.thresholds()).toEqual([{ band: 2, threshold: 0.8, reached: 3 }])
  })

  it('mark every check that was passed at once, and judge at the last', () => {
    const all = stopping({ ...HYPERBAND, resource: 'step' })
    expect(all.take('a', [row(5, { step: 9 })]).map(({ band, outcome }) => [band, outcome])).toEqual([
      [2, 'unjudged'],
      [4, 'unjudged'],
      [8, 'kept'],
    ])
  })

  it('come once: a run that is being ended is told nothing more, and counts for others', () => {
    const all = stopping(HYPERBAND)
    all.take('a', rows(1, 1))
    all.take('b', rows(1, 2))
    expect(all.take('c', rows(1, 3)).map(({ outcome }) => outcome)).toEqual(['stopped'])
    expect(all.take('c', rows(9, 9)).map(({ band, outcome }) => [band, outcome])).toEqual([[4, 'unjudged']])
    expect(all.thresholds()).toMatchObject([{ band: 2 }, { band: 4, threshold: 9 }])
  })

  it('let an audited run live to its end, whatever later checks say', () => {
    const all = stopping({ ...HYPERBAND, audit: 1 })
    all.take('a', rows(1, 1, 1, 1))
    all.take('b', rows(2, 2, 2, 2))
    expect(all.take('c', rows(3, 3, 3, 3)).map(({ outcome }) => outcome)).toEqual(['control', 'control'])
    expect(
      all.take(
        'd',
        Array.from({ length: 10 }, () => row(NaN)),
      ),
    ).toMatchObject([
      { band: 0, outcome: 'stopped' }, // NaN is no question of rank: such a run shows nothing as a control
    ])
  })

  it('forget NaN when a number comes', () => {
    const all = stopping({ ...HYPERBAND, nan_patience: 2 })
    expect(all.take('a', rows(NaN, 1, NaN, 1, NaN)).map(({ outcome }) => outcome)).toEqual(['kept'])
    expect(all.take('a', rows(Infinity)).map(({ outcome }) => outcome)).toEqual(['stopped'])
  })

  it('are taken anew when a later attempt writes the history anew', () => {
    const all = stopping(HYPERBAND)
    all.take('a', rows(9, 9))
    all.restart('a')
    expect(all.thresholds()).toEqual([])
    expect(all.take('a', rows(1, 1))).toMatchObject([{ value: 1, of: 1 }])
  })
})

describe('after a restart', () => {
  /** Five runs at the first check, the last of which would not be kept. */
  function reread(block: Record<string, unknown>): EarlyStopping {
    const all = stopping(block)
    for (const [index, id] of ['a', 'b', 'c', 'd', 'e'].entries()) all.take(id, rows(9, index))
    for (const id of ['a', 'b', 'c', 'd', 'e']) all.follow(id, 'running', false)
    return all
  }
  const ASHA = { type: 'median', grace_steps: 2, min_runs: 2, reduction_factor: 2 }

  it('a rule that decides on reaching a check does not decide again what it decided', () => {
    const all = reread(ASHA)
    expect(all.rejudge('a', [{ band: 2, outcome: 'kept' }])).toEqual([])
    expect(all.rejudge('a', [])).toMatchObject([{ band: 2, outcome: 'kept', of: 5 }])
  })

  it('a rule that judges again does, and a control stays one', () => {
    const kept = [{ band: 2, outcome: 'kept' }] as const
    expect(reread(HYPERBAND).rejudge('e', kept)).toMatchObject([{ outcome: 'stopped', threshold: 2 }])
    expect(reread(HYPERBAND).rejudge('a', kept)).toEqual([])
    expect(reread(HYPERBAND).rejudge('e', [{ band: 2, outcome: 'control' }])).toEqual([])
  })

  it('checks that were passed and not kept are kept now', () => {
    const all = stopping(HYPERBAND)
    all.take('a', rows(1, 2, 3, 4))
    all.follow('a', 'running', false)
    expect(all.rejudge('a', []).map(({ band, mark, outcome }) => [band, mark, outcome])).toEqual([
      [2, 2, 'unjudged'],
      [4, 4, 'kept'],
    ])
  })
})
