import fc from 'fast-check'
import { expect, it } from 'vitest'
import { RawJson, writeJson } from '../../../sweeps/raw-json.ts'

it('splices ready-made text and writes non-finite numbers as strings', () => {
  const value = {
    config: new RawJson('{"lr":3.0}'),
    nan: Number.NaN,
    inf: -Infinity,
    none: undefined,
    list: [1, null],
  }
  expect(writeJson(value)).toBe('{"config":{"lr":3.0},"nan":"NaN","inf":"-Infinity","list":[1,null]}')
})

it('writes what JSON.stringify writes for plain data, on one line and indented', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(writeJson(value)).toBe(JSON.stringify(value))
      expect(writeJson(value, 2)).toBe(JSON.stringify(value, null, 2))
    }),
  )
})
