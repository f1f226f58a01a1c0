import { describe, expect, it } from 'vitest'
import { describeSweepFile } from '../../../sweeps/describe-sweep-file.ts'

const FILE = `method: random
program: train.py
parameters:
  lr: {distribution: log_uniform_values, min: 1e-5, max: 1e-1}
  bs: {values: [32, 64, 128]}
  depth: {min: 2, max: 12}
  opt:
    parameters:
      name: {value: adam}
      beta: {distribution: q_uniform, min: 0, max: 1, q: 0.5}
`

describe('describeSweepFile', () => {
  it('describes the space in words', () => {
    const described = describeSweepFile(FILE)
    expect(described).toMatchObject({ valid: true, errors: [], warnings: [], size: null })
    expect(described.parameterLines).toEqual([
      'bs {32,64,128}',
      'depth 2..12',
      'lr log 1e-5..0.1',
      'opt.beta 0..1 step 0.5',
      'opt.name = adam',
    ])
  })

  it('counts what is finite', () => {
    expect(
      describeSweepFile('method: grid\nparameters: {a: {values: [1, 2]}, b: {min: 1, max: 3}}').size,
    ).toBe(6)
    expect(
      describeSweepFile('method: random\nparameters: {a: {values: [1, 2]}, b: {min: 1, max: 3}}').size,
    ).toBe(6)
  })

  it('gives quantiles of every parameter, int and float apart', () => {
    const { documentText } = describeSweepFile(FILE, { quantiles: [0, 1] })
    expect(documentText).toContain(
      '"quantiles":{"bs":[32,128],"depth":[2,12],"lr":[1e-05,0.1],"opt.beta":[0.0,1.0],"opt.name":["adam","adam"]}',
    )
    expect(() => JSON.parse(documentText) as unknown).not.toThrow()
  })

  it('draws samples and shows their commands', () => {
    const described = describeSweepFile(FILE, { sampleCount: 2, showCommands: true, seed: 4 })
    const document = JSON.parse(described.documentText) as {
      schema: string
      samples: object[]
      commands: string[][]
    }
    expect(document.schema).toBe('sweep.validate/1')
    expect(document.samples).toHaveLength(2)
    expect(document.commands[0]?.slice(0, 3)).toEqual(['/usr/bin/env', 'python', 'train.py'])
    expect(document.commands[0]?.at(-1)).toBe('--opt.name=adam')
    expect(describeSweepFile(FILE, { sampleCount: 2, seed: 4 }).sampleTexts).toEqual(described.sampleTexts)
  })

  it('turns warnings into errors when strict', () => {
    const text = 'method: bayes\nmetric: {name: l}\nparameters: {a: {value: 1}}'
    expect(describeSweepFile(text)).toMatchObject({
      valid: true,
      warnings: [{ code: 'program_missing' }],
    })
    expect(describeSweepFile(text, { strict: true })).toMatchObject({ valid: false, warnings: [] })
  })

  it('answers with a document for any bytes', () => {
    for (const text of ['', '\0', '[', '['.repeat(9000), 'method: random', '\ufffd\ufffd', 'a: *b']) {
      const { documentText, valid } = describeSweepFile(text, {
        sampleCount: 3,
        quantiles: [0.5],
        showCommands: true,
      })
      expect(valid).toBe(false)
      expect(JSON.parse(documentText)).toMatchObject({
        valid: false,
        size: null,
        parameters: [],
        samples: [],
      })
    }
  })
})
