import { describe, expect, it } from 'vitest'
import { ModelSpace } from '../../../optimizers/model-space.ts'
import { ConfigNumber, parseConfigText } from '../../../sweeps/config-text.ts'
import { parseSweepFile } from '../../../sweeps/config.ts'
import { buildSearchSpace } from '../../../sweeps/search-space.ts'

function spaceOf(parameters: string) {
  const { config } = parseSweepFile(`{method: bayes, metric: {name: l}, parameters: {${parameters}}}`)
  const space = buildSearchSpace(config.parameters)
  return { space, model: new ModelSpace(space.dimensions, space.activity) }
}

/** Model coordinate of a config's only parameter. */
function coordinate(parameter: string, value: string): number {
  const { space, model } = spaceOf(`x: ${parameter}`)
  return model.rowOf(space.pointOf(parseConfigText(`{"x":${value}}`))!)[0]!
}

describe('where a model sees a value', () => {
  it.each([
    ['{min: -2.0, max: 6.0}', '0.0', 0.25],
    ['{distribution: log_uniform_values, min: 0.0001, max: 1.0}', '0.01', 0.5],
    ['{distribution: log_uniform, min: -4, max: 0}', String(Math.exp(-1)), 0.75],
    ['{distribution: inv_log_uniform_values, min: 0.0001, max: 1.0}', '0.01', 0.5],
    // Three deviations to either side of the mean
    ['{distribution: normal, mu: 1, sigma: 2}', '1.0', 0.5],
    ['{distribution: normal, mu: 1, sigma: 2}', '3.0', 0.5 + 1 / 6],
    ['{distribution: normal, mu: 1, sigma: 2}', '900.0', 1],
    ['{distribution: log_normal, mu: 0, sigma: 1}', String(Math.exp(-3)), 0],
    // The value itself, whatever its density
    ['{distribution: beta, a: 2, b: 5}', '0.3', 0.3],
    ['{min: 1, max: 4}', '2', 0.375],
    ['{distribution: q_uniform, min: 0, max: 1, q: 0.25}', '0.5', 0.5],
    // Ratios alike: logarithms, with half a gap at both ends
    ['{values: [16, 32, 64, 128]}', '32', 0.375],
    ['{values: [10, 20, 30]}', '30', 5 / 6],
    // Falling values keep their neighbours
    ['{values: [30, 20, 10]}', '30', 1 / 6],
  ])('%s at %s is %d', (parameter, value, wanted) => {
    expect(coordinate(parameter, value)).toBeCloseTo(wanted, 9)
  })

  it.each([
    ['text', '{values: [a, b, c]}'],
    ['two numbers', '{values: [1, 2]}'],
    ['numbers in no order', '{values: [1, 3, 2]}'],
    ['numbers and text', '{values: [1, 2, auto]}'],
    ['booleans', '{values: [true, false]}'],
  ])('%s have no order', (_, parameter) => {
    expect(spaceOf(`x: ${parameter}`).model.axes[0]?.kind).toBe('category')
  })

  it('leads back to the value, of every kind', () => {
    const parameters = `
      a: {min: 0.0, max: 1.0}, b: {distribution: log_normal, mu: 0, sigma: 1}, c: {distribution: beta, a: 2, b: 5},
      d: {min: 1, max: 2000000}, e: {values: [x, y, z]}, f: {distribution: q_log_uniform_values, min: 1, max: 3000, q: 1},
      g: {values: [8, 16, 32]}, h: {value: 3}, i: {distribution: q_normal, mu: 0, sigma: 10, q: 1}`
    const { space, model } = spaceOf(parameters)
    for (let i = 1; i < 20; i++) {
      const point = space.dimensions.map((_, j) => ((i * (j + 3)) % 20) / 20 + 0.01)
      const config = space.renderAt(point).text
      const row = model.rowOf(space.pointOf(parseConfigText(config))!)
      const settled = row.slice()
      model.settle(settled)
      expect(settled).toEqual(row)
      const again = space.renderAt(model.pointOf(row)).text
      const [numbers, wanted] = [again, config].map((text) =>
        [...parseConfigText(text).values()].map((value) =>
          value instanceof ConfigNumber ? value.value : value,
        ),
      )
      for (const [j, value] of numbers!.entries()) {
        if (typeof value === 'number') expect(value).toBeCloseTo(Number(wanted![j]), 6)
        else expect(value).toBe(wanted![j])
      }
    }
  })

  it('puts parameters that do not exist in one place, and its neighbours bring them to life', () => {
    const { space, model } = spaceOf(
      'opt: {values: [adam, sgd]}, momentum: {min: 0.0, max: 1.0, when: {opt: sgd}}, lr: {min: 0.0, max: 1.0}',
    )
    const row = (config: string) => model.rowOf(space.pointOf(parseConfigText(config))!)
    const adam = row('{"opt":"adam","lr":0.25}')
    const sgd = row('{"opt":"sgd","lr":0.25,"momentum":0.9}')
    expect(space.renderAt(model.pointOf(adam)).text).toBe('{"lr":0.25,"opt":"adam"}')
    const low = new Float64Array(3)
    const high = new Float64Array(3).fill(1)
    const [turned] = model.neighbours(adam, low, high, [sgd])
    expect(space.renderAt(model.pointOf(turned!)).text).toBe('{"lr":0.25,"momentum":0.9,"opt":"sgd"}')
    const [back] = model.neighbours(sgd, low, high, [adam])
    expect(back).toEqual(adam)
  })
})
