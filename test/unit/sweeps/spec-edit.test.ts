// What an edit of a sweep's file changes, and what it may not.
import { describe, expect, it } from 'vitest'
import type { SweepError } from '../../../sweeps/errors.ts'
import { compareSpecs, givesMoreToPropose, meaningOfEdit } from '../../../sweeps/spec-edit.ts'

const FILE = `method: random
program: train.py
metric: {name: loss, goal: minimize}
run_cap: 20
max_parallel: 4
early_terminate: {type: hyperband, min_iter: 3, eta: 3}
parameters:
  lr: {min: 0.0, max: 1.0}
  opt: {values: [a, b]}
`
const with_ = (from: string, to: string) => FILE.replace(from, to)

describe('compareSpecs', () => {
  it('names each setting with its value before and after', () => {
    const edited = with_('run_cap: 20', 'run_cap: 30')
      .replace('max_parallel: 4\n', '')
      .replace('eta: 3', 'eta: 4')
      .concat('requires: {gpu: h100}\n')
    expect(compareSpecs(FILE, edited).changes).toEqual([
      { path: 'run_cap', from: '20', to: '30' },
      { path: 'early_terminate.eta', from: '3', to: '4' },
      { path: 'requires', from: null, to: '{"gpu":"h100"}' },
      { path: 'max_parallel', from: '4', to: null },
    ])
  })

  it('does not take another order or other comments for a change', () => {
    const edited = `# mended\nrun_cap: 20\n${FILE.replace('run_cap: 20\n', '')}`
    expect(compareSpecs(FILE, edited).changes).toEqual([])
  })

  it.each([
    ['the space', 'max: 1.0', 'max: 2.0', 'parameters'],
    [
      'the order of parameters',
      'lr: {min: 0.0, max: 1.0}\n  opt: {values: [a, b]}',
      'opt: {values: [a, b]}\n  lr: {min: 0.0, max: 1.0}',
      'parameters',
    ],
    ['the method', 'method: random', 'method: grid', 'method'],
    ['the metric', 'name: loss', 'name: accuracy', 'metric.name'],
  ])('refuses another value of %s', (_what, from, to, path) => {
    const edited = with_(from, to).replace('method: grid', 'method: bayes')
    expect(() => compareSpecs(FILE, edited)).toThrow(
      expect.objectContaining({ code: 'REQUEST_INVALID', at: path }) as SweepError,
    )
  })

  it('refuses a file that is not sound', () => {
    expect(() => compareSpecs(FILE, with_('run_cap: 20', 'run_cap: -1'))).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID' }) as SweepError,
    )
  })
})

describe('meaningOfEdit', () => {
  const sweep = { state: 'running' as const, runCap: 20, runCount: 12, maxParallel: 4 }
  const meaning = (from: string, to: string, facts: Partial<typeof sweep> | { state: 'finished' } = {}) =>
    meaningOfEdit({ ...sweep, ...facts }, compareSpecs(FILE, with_(from, to)))

  it('says how many more runs a cap allows, or that it proposes nothing', () => {
    expect(meaning('run_cap: 20', 'run_cap: 30')).toEqual(['18 more runs may be proposed.'])
    expect(meaning('run_cap: 20', 'run_cap: 5')[0]).toContain('12 runs exist already')
    expect(meaning('run_cap: 20\n', '')[0]).toContain('No run_cap')
  })

  it('says which settings runs keep, and that a finished sweep opens again', () => {
    const [kept, opens] = meaning('program: train.py', 'program: new.py', { state: 'finished' })
    expect(kept).toContain('program: for runs proposed from now on; the 12 there are keep their own')
    expect(opens).toContain('opens it again')
  })
})

it('only another cap or target gives a sweep more to propose', () => {
  const changes = (from: string, to: string) => compareSpecs(FILE, with_(from, to)).changes
  expect(givesMoreToPropose(changes('run_cap: 20', 'run_cap: 30'))).toBe(true)
  expect(givesMoreToPropose(changes('goal: minimize', 'goal: minimize, target: 0.1'))).toBe(true)
  expect(givesMoreToPropose(changes('max_parallel: 4', 'max_parallel: 8'))).toBe(false)
})
