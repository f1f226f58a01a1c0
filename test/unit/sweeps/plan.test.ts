import { describe, expect, it } from 'vitest'
import { SweepError } from '../../../sweeps/errors.ts'
import { historyOf, parseRunsJsonl, planSweep } from '../../../sweeps/plan.ts'

const GRID = 'method: grid\nparameters: {a: {values: [1, 1.5]}, b: {values: [x, y]}}\n'

describe('planSweep', () => {
  it('lists a grid and ends', () => {
    expect([...planSweep(GRID)]).toEqual([
      { index: 0, configText: '{"a":1,"b":"x"}' },
      { index: 1, configText: '{"a":1,"b":"y"}' },
      { index: 2, configText: '{"a":1.5,"b":"x"}' },
      { index: 3, configText: '{"a":1.5,"b":"y"}' },
    ])
  })

  it('goes on after the runs that were, and counts them against run_cap', () => {
    const history = parseRunsJsonl('{"name":"r1","state":"crashed","config":{"a":1.0,"b":"x"}}\n\n')
    expect([...planSweep(GRID, { history })].map(({ index }) => index)).toEqual([1, 2, 3])
    expect([...planSweep(`${GRID}run_cap: 2\n`, { history })].map(({ index }) => index)).toEqual([1])
    expect([...planSweep(GRID, { history, count: 2 })]).toHaveLength(2)
  })

  it('starts a grid of 10^9 cells without listing it', () => {
    const huge = 'method: grid\nparameters: {a: {min: 1, max: 1000000}, b: {min: 1, max: 1000}}\n'
    expect(planSweep(huge).next().value).toEqual({ index: 0, configText: '{"a":1,"b":1}' })
  })

  it('follows the seed of the file before the given one', () => {
    const text = 'method: random\nparameters: {a: {min: 0.0, max: 1.0}}\n'
    const first = (source: string, seed: number) => planSweep(source, { seed }).next().value
    expect(first(text, 1)).not.toEqual(first(text, 2))
    expect(first(`${text}seed: 9\n`, 1)).toEqual(first(`${text}seed: 9\n`, 2))
  })
})

describe('parseRunsJsonl', () => {
  const line =
    '{"name":"r1","state":"killed","config":{"a":3.0},"history":[{"loss":0.3},{"loss":{"$float":"nan"}},{"loss":0.2}],"summary":{"loss":0.4}}'

  it('reads the states of W&B and ours, and keeps 3.0', () => {
    const [run] = parseRunsJsonl(line)
    expect(run).toMatchObject({ name: 'r1', state: 'stopped', configText: '{"a":3.0}', value: null })
    expect(parseRunsJsonl('{"state":"queued"}')[0]?.state).toBe('queued')
  })

  it("gives a run its metric's best, last, least or greatest value", () => {
    const value = (goal: 'minimize' | 'maximize', summary: 'best' | 'last' | 'min' | 'max') =>
      historyOf(parseRunsJsonl(line), { name: 'loss', goal, summary, target: null })[0]?.value
    expect([
      value('minimize', 'best'),
      value('maximize', 'best'),
      value('minimize', 'last'),
      value('minimize', 'max'),
    ]).toEqual([...[0.2, 0.4, 0.4, 0.4]])
    expect(historyOf(parseRunsJsonl('{}'), null)[0]?.value).toBeNull()
  })

  it('gives recorded runs their curves: the best so far, by the count of reports', () => {
    const history = [{ acc: 0.2 }, { other: 1 }, { acc: 'NaN' }, { acc: 0.5 }, { acc: 0.4 }, { acc: 0.6 }]
    const runs = parseRunsJsonl(JSON.stringify({ state: 'stopped', history }))
    const metric = { name: 'acc', goal: 'maximize', summary: 'best', target: null } as const
    expect(historyOf(runs, metric)[0]?.curve).toEqual([
      { progress: 1, value: 0.2 },
      { progress: 2, value: 0.5 },
      { progress: 3, value: 0.5 },
      { progress: 4, value: 0.6 },
    ])
    expect(historyOf(runs, { ...metric, summary: 'last' })[0]?.curve).toEqual([])
  })

  it('names the line that cannot be read', () => {
    for (const bad of [
      '{',
      '[]',
      '{"state":"flying"}',
      '{"config":1}',
      '{"history":{}}',
      '{"history":[1]}',
    ]) {
      expect(() => parseRunsJsonl(`{}\n${bad}`), bad).toThrow(/^line 2: /)
      expect(() => parseRunsJsonl(bad)).toThrow(SweepError)
    }
  })
})
