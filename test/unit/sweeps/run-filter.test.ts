import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
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
    bestStep: null,
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
    ['opt:"two words"|sgd', true],
    ['"opt":"two words"', true],
    ['"a b">2', true],
    ['c."a b":3', true],
    ['c.optimizer.name:adam|sgd', true],
    ['c.optimizer:adam', false],
    ['shift<-1e-3', true],
    ['shift:-2.5E-3', true],
    ['shift>=-0.0025', true],
    ['shift>-.0025', false],
    ['-shift<0', false],
    ['lr:+3', true],
    ['lr:0x3', false],
    ['has:optimizer.name', true],
    ['has:optimizer.lr', false],
    ['opt:two', false],
  ])('compares parameters: %s is %s', (filter, expected) => {
    const config =
      '{"lr":3,"a b":3,"shift":-0.0025,"flag":true,"optimizer":{"name":"adam"},"opt":"two words"}'
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

  it('takes ids by their beginning, of three characters or more', () => {
    const facts: RunFacts = { sweepId: 'k3v9r2td', agentIds: ['b2x8kd01'] }
    expect(takes('id:r12 sweep:k3v9 agent:b2x8kd', facts)).toBe(true)
    expect(takes('id:r1', facts)).toBe(false)
    expect(takes('-id:r12|k3v', facts)).toBe(false)
  })

  it('takes states and hosts in either case, tags and parameters as they are written', () => {
    const facts: RunFacts = { hosts: ['GPU-3'], tags: ['Base'], config: '{"opt":"AdamW"}' }
    expect(takes('state:Finished host:gpu-3', facts)).toBe(true)
    expect(takes('tag:base', facts)).toBe(false)
    expect(takes('opt:adamw', facts)).toBe(false)
  })

  it('finds infinite values', () => {
    const facts: RunFacts = { metrics: { loss: Number.POSITIVE_INFINITY } }
    expect(takes('loss:inf loss>1e300 loss<=Infinity', facts)).toBe(true)
    expect(takes('loss:-inf', facts)).toBe(false)
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
    ['a:1 lr==3', 'no operator "==": one of', 'where:7'],
    ['lr=<3', 'no operator "=<"', 'where:3'],
    ['lr>0x10', 'needs a number, found "0x10"', 'where:1'],
    ['opt:"a"b', 'expected a space after the closing quote', 'where:8'],
    ['a:1 -', 'expected a name such as state or lr, found the end', 'where:5'],
    ['a:1 | | b:2', 'needs a term on its left', 'where:7'],
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
    `a:${'x|'.repeat(4095)}`,
    'x '.repeat(4096),
    `a:"${'\\'.repeat(8188)}`,
    ' '.repeat(8192),
    `lr>${'9'.repeat(8188)}`,
    `lr>${'9'.repeat(8186)}x`,
  ])('looks at each character of hostile text a few times only: %.20s', (text) => {
    const looks = vi.spyOn(String.prototype, 'charAt')
    const matches = vi.spyOn(String.prototype, 'startsWith')
    try {
      parseRunFilter(text)(run())
    } catch (error) {
      expect(error).toBeInstanceOf(SweepError)
    }
    const steps = looks.mock.calls.length + matches.mock.calls.length
    vi.restoreAllMocks()
    expect(steps).toBeLessThan(4 * text.length)
  })

  it('counts values as terms', () => {
    expect(() => parseRunFilter(`a:${Array.from({ length: 101 }, () => 'x').join('|')}`)).toThrow(
      /more than 100 terms and values/,
    )
    expect(takes(`id:${Array.from({ length: 99 }, (_, i) => `x${i}`).join('|')}|r12`, {})).toBe(true)
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

  it('takes every fact that runs are shown with', () => {
    const first = { bestStep: 1, stopReason: 'a', notes: 'a', tags: ['a'], hosts: ['a'], group: 'a', rank: 1 }
    const second = {
      bestStep: 2,
      stopReason: 'b',
      notes: 'b',
      tags: ['b'],
      hosts: ['b'],
      group: 'b',
      rank: 2,
    }
    const runs = [run({ id: 'none' }), run({ id: 'two', ...second }), run({ id: 'one', ...first })]
    for (const name of ['step', 'reason', 'note', 'tags', 'host', 'group', 'rank']) {
      expect(sorted(name, runs), name).toEqual(['one', 'two', 'none'])
      expect(sorted(`-${name}`, runs), name).toEqual(['two', 'one', 'none'])
    }
    expect(sorted('run', runs)).toEqual(['none', 'one', 'two'])
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
