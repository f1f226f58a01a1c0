import fc from 'fast-check'
import { expect, it } from 'vitest'
import { parseSweepFile } from '../../../sweeps/config.ts'
import { hashConfig } from '../../../sweeps/config-hash.ts'
import { writeConfigText } from '../../../sweeps/config-text.ts'
import { searchSpaceOf } from '../../../sweeps/suggest.ts'

const KINDS = [
  '{values: [1, 2.0, "1", true, null, [1, 1.0], {b: 1, a: 2.0}]}',
  '{min: 0.0, max: 10.0}',
  '{distribution: q_uniform, min: 0.0, max: 4.0, q: 1.0}',
  '{distribution: log_uniform_values, min: 1e-300, max: 1e+300}',
  '{min: -3, max: 3}',
  '{value: {z: [1.0], a: "ü"}}',
  '{distribution: normal}',
]

it('gives what composing, writing and hashing give, for any tree of parameters and any point', () => {
  const name = fc.constantFrom('a', 'B', 'b.c', '_', 'z', 'alpha', 'k1')
  const { node } = fc.letrec<{ node: string }>((tie) => ({
    node: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constantFrom(...KINDS),
      fc
        .uniqueArray(fc.tuple(name, tie('node')), { minLength: 1, maxLength: 4, selector: ([key]) => key })
        .map((members) => `{parameters: {${members.map(([key, text]) => `${key}: ${text}`).join(', ')}}}`),
    ),
  }))
  const parameters = fc.uniqueArray(fc.tuple(name, node), {
    minLength: 1,
    maxLength: 5,
    selector: ([key]) => key,
  })
  const coordinate = fc.double({ min: 1e-9, max: 1 - 1e-9, noNaN: true })
  fc.assert(
    fc.property(parameters, fc.array(coordinate, { minLength: 40, maxLength: 40 }), (members, point) => {
      const text = `{method: random, program: t.py, parameters: {${members.map(([key, one]) => `${key}: ${one}`).join(', ')}}}`
      const space = searchSpaceOf(parseSweepFile(text).config)
      const config = space.configAt(point)
      expect(space.renderAt(point)).toEqual({ text: writeConfigText(config), hash: hashConfig(config) })
    }),
    { numRuns: 300 },
  )
})
