import { describe, expect, it } from 'vitest'
import { createRng } from '../../../../optimizers/rng.ts'
import { assessParameters, sampleRuns } from '../../../../sweeps/analysis/importance.ts'
import { collectParameters } from '../../../../sweeps/analysis/parameter-columns.ts'

describe('parameters as columns', () => {
  it('know numbers, categories, nested names and what a run does not have', () => {
    const columns = collectParameters([
      '{"lr":0.1,"opt":{"name":"adam"},"seed":1,"flag":true,"mixed":1}',
      '{"lr":1,"opt":{"name":"sgd","momentum":0.9},"seed":1,"flag":false,"mixed":"x"}',
    ])
    expect(columns.map(({ name, kind }) => [name, kind])).toEqual([
      ['lr', 'number'],
      ['opt.name', 'category'],
      ['seed', 'number'],
      ['flag', 'category'],
      ['mixed', 'category'],
      ['opt.momentum', 'number'],
    ])
    expect([...(columns.at(-1)?.values ?? [])]).toEqual([NaN, 0.9])
    expect(columns[1]?.categories).toEqual(['"adam"', '"sgd"'])
  })
})

describe('what parameters are worth', () => {
  const rng = createRng(3, 'worth')
  const runs = Array.from({ length: 120 }, () => {
    const [lr, depth, opt, useless] = [10 ** (-5 + 4 * rng()), 2 + rng.integer(6), rng() < 0.5, rng()]
    const value = (Math.log10(lr) + 4.2) ** 2 - 0.2 * depth + 0.2 * rng() // the curve over lr has its foot inside
    return { text: JSON.stringify({ lr, depth, opt, useless, fixed: 3 }), value }
  })
  const assess = (values: readonly number[]) =>
    assessParameters(
      runs.map(({ text }) => text),
      values,
      1,
    )

  it('ranks them, names what is not above chance, and gives correlations their sign', () => {
    const { r2, parameters } = assess(runs.map(({ value }) => value))
    expect(r2).toBeGreaterThan(0.6)
    expect(parameters[0]).toMatchObject({ name: 'lr', isAboveChance: true, distinct: 120 })
    const byName = new Map(parameters.map((parameter) => [parameter.name, parameter]))
    expect(byName.get('useless')?.isAboveChance).toBe(false)
    expect(byName.get('depth')?.correlation).toBeLessThan(-0.1)
    expect(byName.get('lr')?.correlation).toBeGreaterThan(0.3)
    expect(byName.get('fixed')).toMatchObject({ importance: null, correlation: null, distinct: 1 })
    expect(byName.get('opt')?.correlation).toBeTypeOf('number') // false before true
    expect(parameters.at(-1)?.name).toBe('fixed')
  })

  it('depends on the order of values alone', () => {
    const values = runs.map(({ value }) => value)
    const diverged = values.map((value) => (value === Math.max(...values) ? Infinity : Math.exp(value)))
    expect(assess(diverged)).toEqual(assess(values))
  })
})

it('samples evenly, in order', () => {
  expect(sampleRuns([1, 2, 3], 5)).toEqual([1, 2, 3])
  expect(
    sampleRuns(
      Array.from({ length: 100 }, (_, index) => index),
      4,
    ),
  ).toEqual([12, 37, 62, 87])
})
