// Configurations that a person puts into a queue: the forms they may have, and where a fault stands.
import { describe, expect, it } from 'vitest'
import { parseSweepFile } from '../../../sweeps/config.ts'
import { SweepConfigError } from '../../../sweeps/errors.ts'
import { MAX_GIVEN_CONFIGS, readGivenConfigs } from '../../../sweeps/given-configs.ts'

const { parameters } = parseSweepFile(`method: random
program: train.py
parameters:
  lr: {min: 0.0, max: 1.0}
  layers: {min: 1, max: 8}
  data: {value: small}
`).config

const read = (text: string) => readGivenConfigs(text, parameters).configTexts
const problemsOf = (text: string) => {
  try {
    read(text)
  } catch (error) {
    if (error instanceof SweepConfigError) return error.problems
    throw error
  }
  throw new Error('no problem was found')
}

const ONE = '{"data":"small","layers":3,"lr":0.5}'
const TWO = '{"data":"small","layers":4,"lr":1.0}'

describe('readGivenConfigs', () => {
  it.each([
    ['a mapping', 'lr: 0.5\nlayers: 3\n', [ONE]],
    ['a list', '- {lr: 0.5, layers: 3}\n- {lr: 1.0, layers: 4}\n', [ONE, TWO]],
    ['JSON Lines', '{"lr":0.5,"layers":3}\n\n{"lr":1.0,"layers":4}\n', [ONE, TWO]],
    ['a JSON list', '[{"lr":0.5,"layers":3},{"lr":1.0,"layers":4}]', [ONE, TWO]],
  ])('takes %s; constants are filled in, 1 and 1.0 stay apart', (_form, text, texts) => {
    expect(read(text)).toEqual(texts)
  })

  it('says what is wrong and in which line, all at once', () => {
    const problems = problemsOf('{"lr":0.5,"layers":3}\n{"lr":0.5}\n{"lr":0.1,"layers":2,"depth":1}\n')
    expect(problems.map(({ code, line }) => [code, line])).toEqual([
      ['missing_parameter', 2],
      ['unknown_parameter', 3],
    ])
  })

  it('warns of a value outside of the space and takes it', () => {
    const { configTexts, warnings } = readGivenConfigs('{lr: 7.5, layers: 3}', parameters)
    expect(configTexts).toEqual(['{"data":"small","layers":3,"lr":7.5}'])
    expect(warnings.map(({ code }) => code)).toEqual(['outside_space'])
  })

  it('refuses nothing, and too much', () => {
    expect(problemsOf('[]').map(({ code }) => code)).toEqual(['empty'])
    const line = '{"lr":0.5,"layers":3}\n'
    expect(problemsOf(line.repeat(MAX_GIVEN_CONFIGS + 1)).map(({ code }) => code)).toEqual([
      'too_many_configs',
    ])
  })
})
