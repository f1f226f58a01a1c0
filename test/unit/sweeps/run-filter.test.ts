import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseConfigText } from '../../../sweeps/config-text.ts'
import { SweepError } from '../../../sweeps/errors.ts'
import {
  parseRunFilter,
  parseRunOrder,
  parseRunSort,
  type FilterableRun,
} from '../../../sweeps/run-filter.ts'

interface RunFacts extends Partial<Omit<FilterableRun, 'config' | 'metric'>> {
  config?: string
  metrics?: Record<string, number>
}

function run(facts: RunFacts = {}): FilterableRun {
  const { config = '{}', metrics = {}, ...rest } = facts
  return {
    id: 'r1234567',
    name: 'brave run',
    state: 'finished',
    project: 'default',
    sweepId: null,
    group: null,
    jobType: null,
    tags: [],
    notes: '',
    stopReason: null,
    attemptCount: 1,
    rank: null,
    value: null,
    createdAt: 0,
    startedAt: null,
    finishedAt: null,
    hosts: [],
    agentIds: [],
    ...rest,
    config: parseConfigText(config),
    metric: (name) => new Map(Object.entries(metrics)).get(name) ?? null,
  }
}

const takes = (filter: string, facts: RunFacts) => parseRunFilter(filter)(run(facts))

describe('run filter', () => {
  it('takes every run when it is empty', () => {
    expect(takes('', {})).toBe(true)
    expect(takes('  ', {})).toBe(true)
  })

  it('reads the example of the documentation', () => {
    const filter =
      'state:failed lr>=1e-3 opt:adamw|lion host:gpu-3 tag:base -note:debug val_loss<0.3 has:wd rank<=20'
    const facts: RunFacts = {
      state: 'failed',
      config: '{"lr":0.001,"opt":"lion","wd":0}',
      hosts: ['gpu-1', 'gpu-3'],
      tags: ['base'],
      metrics: { val_loss: 0.2 },
      rank: 20,
    }
    expect(takes(filter, facts)).toBe(true)
    expect(takes(filter, { ...facts, state: 'finished' })).toBe(false)
    expect(takes(filter, { ...facts, notes: 'a Debug run' })).toBe(false)
    expect(takes(filter, { ...facts, rank: 21 })).toBe(false)
    expect(takes(filter, { ...facts, config: '{"lr":0.001,"opt":"lion"}' })).toBe(false)
  })

  it.each([
    ['lr:3', true],
    ['lr=3.0', true],
    ['lr!=3', false],
    ['lr!=4', true],
    ['lr>3', false],
    ['lr<=3', true],
    ['missing!=3', false],
    ['-missing:3', true],
    ['flag:true', true],
    ['optimizer.name:adam', true],
    ['opt:"two words"', true],
    ['opt:two', false],
  ])('compares parameters: %s is %s', (filter, expected) => {
    const config = '{"lr":3,"flag":true,"optimizer":{"name":"adam"},"opt":"two words"}'
    expect(takes(filter, { config })).toBe(expected)
  })

  it('prefers the parameter for a bare name, and tells them apart by c. and m.', () => {
    const facts: RunFacts = { config: '{"loss":1}', metrics: { loss: 2 } }
    expect(takes('loss:1', facts)).toBe(true)
    expect(takes('c.loss:1 m.loss:2', facts)).toBe(true)
    expect(takes('loss:2', facts)).toBe(false)
  })

  it('finds NaN by its name only', () => {
    const facts: RunFacts = { metrics: { loss: Number.NaN } }
    expect(takes('loss:nan', facts)).toBe(true)
    expect(takes('loss<1', facts)).toBe(false)
    expect(takes('loss>=1', facts)).toBe(false)
  })

  it('joins terms by a bar of its own', () => {
    expect(takes('state:failed | lr>2', { config: '{"lr":3}' })).toBe(true)
    expect(takes('state:failed | lr>2 tag:x', { config: '{"lr":3}' })).toBe(false)
  })

  it('looks for a bare word in id, name, notes and tags', () => {
    expect(takes('brave', {})).toBe(true)
    expect(takes('r123', {})).toBe(true)
    expect(takes('-brave', {})).toBe(false)
  })

  it('has no prototype names', () => {
    expect(takes('has:__proto__', {})).toBe(false)
    expect(takes('has:constructor', {})).toBe(false)
    expect(takes('toString:1', {})).toBe(false)
  })

  it.each([
    ['lr>=', 'expected a value after "lr>="', 'where:5'],
    [':3', 'expected a name before ":"', 'where:1'],
    ['a:1 lr>x', 'needs a number, found "x"', 'where:5'],
    ['state:faild', 'no run state "faild"', 'where:1'],
    ['note:"open', 'never closed', 'where:6'],
    ['| a', 'needs a term on its left', 'where:1'],
    ['a |', 'needs a term on its right', 'where:3'],
    ['tag>3', 'takes ":" only', 'where:1'],
  ])('says what is wrong and where: %s', (filter, message, at) => {
    expect(() => parseRunFilter(filter)).toThrow(
      expect.objectContaining({
        code: 'REQUEST_INVALID',
        at,
        message: expect.stringContaining(message) as string,
      }),
    )
  })

  it('throws nothing but SweepError on any text', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), (text) => {
        try {
          parseRunFilter(text)(run())
        } catch (error) {
          expect(error).toBeInstanceOf(SweepError)
        }
      }),
      { numRuns: 2000 },
    )
  })

  it.each([
    '-'.repeat(8192),
    'a|'.repeat(4096),
    '"'.repeat(8192),
    'a:' + '|'.repeat(8190),
    'x '.repeat(4096),
  ])('answers 8 KiB of hostile text within 50 ms', (text) => {
    const start = performance.now()
    try {
      parseRunFilter(text)(run())
    } catch (error) {
      expect(error).toBeInstanceOf(SweepError)
    }
    expect(performance.now() - start).toBeLessThan(50)
  })
})

describe('run order', () => {
  const sorted = (sort: string, runs: FilterableRun[]) =>
    [...runs].sort(parseRunSort(sort)).map((one) => one.id)

  it('puts missing values and NaN last in both directions', () => {
    const runs = [
      run({ id: 'nan', metrics: { loss: Number.NaN } }),
      run({ id: 'none' }),
      run({ id: 'two', metrics: { loss: 2 } }),
      run({ id: 'one', metrics: { loss: 1 } }),
    ]
    expect(sorted('loss', runs)).toEqual(['one', 'two', 'nan', 'none'])
    expect(sorted('-loss', runs)).toEqual(['two', 'one', 'nan', 'none'])
  })

  it('sorts by how long runs took, and by text', () => {
    const runs = [
      run({ id: 'slow', name: 'a', startedAt: 0, finishedAt: 9 }),
      run({ id: 'fast', name: 'b', startedAt: 5, finishedAt: 6 }),
    ]
    expect(sorted('took', runs)).toEqual(['fast', 'slow'])
    expect(sorted('-name', runs)).toEqual(['fast', 'slow'])
  })

  it('refuses an empty name', () => {
    expect(() => parseRunSort('-')).toThrow(/expected a name/)
  })
})

describe('parseRunOrder', () => {
  it.each(['lr', '-lr', 'name', '-took', 'm.loss', 'rank'])(
    'sorts as parseRunSort compares, ties in their order: %s',
    (text) => {
      const runs = [3, null, 1, 2, 1, NaN].map((number, index) =>
        run({
          id: `r000000${index}`,
          name: `n${number}`,
          rank: number,
          config: number === null || Number.isNaN(number) ? '{}' : `{"lr":${number}}`,
          metrics: number === null ? {} : { loss: number },
        }),
      )

      expect(parseRunOrder(text)(runs)).toEqual(runs.toSorted(parseRunSort(text)))
    },
  )
})
