import { describe, expect, it } from 'vitest'
import { rankRuns } from '../../../../sweeps/ranking.ts'
import { compileSelection } from '../../../../cli/top/filter-runs.ts'
import type { LiveRuns } from '../../../../cli/top/live-runs.ts'
import { numberOf } from '../../../../cli/top/live-runs.ts'
import { BY_RANK, orderRuns } from '../../../../cli/top/order-runs.ts'
import { aLiveRun, aLiveSweep, aMessage, FIVE, liveRuns, NOW } from './top-world.ts'

const orderOf = (runs: LiveRuns, column = 'rank', isDescending = false) =>
  orderRuns({ runs, trends: new Map(), now: NOW }, null, { column, isDescending }).map(({ id }) =>
    id.slice(0, 5),
  )

describe('the runs that sweep top knows', () => {
  it('are ranked as the server ranks them, through any number of changes', () => {
    const states = ['queued', 'running', 'finished', 'stopped', 'failed'] as const
    let turn = 1
    const next = (n: number) => (turn = (turn * 48_271) % 2_147_483_647) % n
    for (const goal of ['minimize', 'maximize'] as const) {
      const sweep = aLiveSweep({ metric: { name: 'loss', goal, summary: 'best', target: null } })
      const live = liveRuns([], sweep)
      for (let seq = 2; seq < 300; seq += 1) {
        const id = `run${String(next(60)).padStart(5, '0')}`
        const value = [next(10) / 10, 'NaN' as const, 'Infinity' as const, undefined][next(7)] ?? next(10)
        const run = aLiveRun({
          id,
          state: states[next(5)] ?? 'queued',
          value,
          finishedAtMs: NOW - next(5),
          createdAtMs: NOW - next(5),
        })
        const events =
          next(20) === 0
            ? [
                {
                  seq,
                  at: '',
                  entity: 'run' as const,
                  entityId: `run${String(next(60)).padStart(5, '0')}`,
                  sweepId: null,
                  event: 'run.removed',
                  data: {},
                },
              ]
            : []
        live.apply(aMessage({ seq, runs: [run], events }))
      }
      const records = [...live.all].map(({ id, state, value, createdAtMs, finishedAtMs }) => ({
        id: id as never,
        state,
        value: value === undefined ? null : numberOf(value),
        createdAt: createdAtMs,
        finishedAt: finishedAtMs ?? null,
      }))
      const wanted = rankRuns(records, { name: 'loss', goal, summary: 'best', target: null }).ranked.map(
        ({ id }) => String(id),
      )
      expect(live.ranked.map(({ id }) => id)).toEqual(wanted)
      expect(wanted.length).toBeGreaterThan(5)
      for (const [index, run] of live.ranked.entries()) expect(live.rankOf(run)).toBe(index + 1)
    }
  })

  it('change nothing when a message comes again', () => {
    const live = liveRuns(FIVE)
    const message = aMessage({ seq: 5, runs: [aLiveRun({ id: 'newnewne', value: 0.1 })] })
    expect(live.apply(message)).toBe(true)
    expect(live.apply(message)).toBe(false)
    expect(live.ranked[0]?.id).toBe('newnewne')
    expect(live.count).toBe(6)
  })

  it('stand by rank with running ones where they would be, and those without a value at the end', () => {
    expect(orderOf(liveRuns(FIVE))).toEqual(['q8x2m', 'r5t0w', 'w9k3t', 'c1j7p', 'm2v7c'])
    const running = liveRuns(FIVE).get('w9k3tbbb')
    expect(running && liveRuns(FIVE).rankOf(running)).toBeNull()
  })

  it('sort by any column, with what has none last in both directions', () => {
    const runs = liveRuns([...FIVE, aLiveRun({ id: 'without0', value: 9, params: {} })])
    expect(orderOf(runs, 'lr')[0]).toBe('c1j7p')
    expect(orderOf(runs, 'lr', true)[0]).toBe('r5t0w')
    expect(orderOf(runs, 'lr').at(-1)).toBe('witho')
    expect(orderOf(runs, 'lr', true).at(-1)).toBe('witho')
  })

  it('are chosen by the filter language, with places that change', () => {
    const runs = liveRuns(FIVE)
    const takes = (text: string) =>
      orderRuns({ runs, trends: new Map(), now: NOW }, compileSelection(text), BY_RANK).map(({ id }) =>
        id.slice(0, 5),
      )
    expect(takes('state:failed')).toEqual(['m2v7c'])
    expect(takes('opt:sgd')).toEqual(['w9k3t'])
    expect(takes('lr>=7e-4 val_loss<0.2825')).toEqual(['q8x2m', 'r5t0w'])
    expect(takes('rank<=2 host:gpu-04')).toEqual(['q8x2m', 'r5t0w'])
    runs.apply(aMessage({ seq: 9, runs: [aLiveRun({ id: 'newnewne', value: 0.1 })] }))
    expect(takes('rank<=2')).toEqual(['newne', 'q8x2m'])
  })

  it('tell the steps of the best value by when runs ended', () => {
    const at = (id: string, value: number, minutes: number) =>
      aLiveRun({ id, value, finishedAtMs: NOW + minutes })
    const runs = liveRuns([
      at('aaaaaaaa', 3, 1),
      at('bbbbbbbb', 1, 3),
      at('cccccccc', 2, 2),
      at('dddddddd', 5, 4),
    ])
    expect(runs.bestSteps().map(({ value }) => value)).toEqual([3, 2, 1])
  })

  it('have ids as short as tells them apart', () => {
    expect(liveRuns(FIVE).prefixLength()).toBe(5)
    expect(liveRuns([aLiveRun({ id: 'aaaaaab1' }), aLiveRun({ id: 'aaaaaac1' })]).prefixLength()).toBe(7)
  })
})
