import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hashConfigText } from '../../../sweeps/config-hash.ts'
import {
  ConfigNumber,
  configToPlain,
  parseConfigText,
  parseConfigValue,
  printFloat,
  writeConfigText,
} from '../../../sweeps/config-text.ts'
import type { ConfigValue } from '../../../sweeps/config-text.ts'
import { SweepError } from '../../../sweeps/errors.ts'

const values = fc.letrec<{ value: ConfigValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom<ConfigValue>(null, true, false),
    fc.string({ unit: 'binary' }),
    fc.maxSafeInteger().map((x) => ConfigNumber.int(x)),
    fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }).map((x) => ConfigNumber.int(x)),
    fc.double().map((x) => ConfigNumber.float(x)),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.array(fc.tuple(fc.string(), tie('value')), { maxLength: 4 }).map((entries) => new Map(entries)),
  ),
})).value

describe('a config text', () => {
  it('round trips every value, int and float apart', () => {
    fc.assert(
      fc.property(values, (value) => {
        const text = writeConfigText(value)
        expect(writeConfigText(parseConfigValue(text))).toBe(text)
        expect(parseConfigValue(text)).toEqual(value)
        expect(() => JSON.parse(text) as unknown).not.toThrow()
      }),
    )
  })

  it('keeps how numbers were written and the order of keys', () => {
    const text = '{"z":1,"a":1.0,"m":{"big":12345678901234567890,"tiny":1e-300}}'
    expect(writeConfigText(parseConfigText(text))).toBe(text)
  })

  it('reads what Python writes, and stays strict JSON', () => {
    expect(writeConfigText(parseConfigText('{"a": NaN, "b": [Infinity, -Infinity], "c": -0}'))).toBe(
      '{"a":{"$float":"nan"},"b":[{"$float":"inf"},{"$float":"-inf"}],"c":0}',
    )
  })

  it('prints floats as Python: the same number back', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (x) =>
        Object.is(Number(printFloat(x)), x),
      ),
    )
    expect(printFloat(9999999999999998)).toBe('9999999999999998.0')
  })

  it('writes an exponent below 1e-4, of two digits at least, with the shortest mantissa', () => {
    const written = [1e-4, 9.9999e-5, 1e-5, 1.25e-5, 9.5e-6, -1e-6, 2.5e-6, 9.9e-7, 1e-7, -3e-300]
    expect(written.map(printFloat)).toEqual(
      '0.0001 9.9999e-05 1e-05 1.25e-05 9.5e-06 -1e-06 2.5e-06 9.9e-07 1e-07 -3e-300'.split(' '),
    )
    fc.assert(
      fc.property(fc.double({ min: 1e-8, max: 1e-4, maxExcluded: true, noNaN: true }), (x) => {
        const [mantissa, exponent] = x.toExponential().split('e-')
        expect(printFloat(x)).toBe(`${mantissa}e-${exponent?.padStart(2, '0')}`)
      }),
    )
  })

  it('refuses what is no JSON object, in words', () => {
    const bad = [
      '',
      '[1]',
      '{"a":1,}',
      '{"a" 1}',
      '{"a":01}',
      '{"a":1}x',
      '{"a":"x',
      "{'a':1}",
      '{"a":.5}',
      '{"a":\u00a01}',
    ]
    for (const text of [...bad, '['.repeat(100_000), `{"a":${'['.repeat(65)}${']'.repeat(65)}}`]) {
      expect(() => parseConfigText(text), text.slice(0, 40)).toThrow(SweepError)
    }
  })

  it('never reaches a prototype', () => {
    const plain = configToPlain('{"__proto__":{"polluted":1},"constructor":2,"x":NaN}')
    expect(Object.keys(plain)).toEqual(['__proto__', 'constructor', 'x'])
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
    expect(plain.x).toBe('NaN')
  })
})

describe('hashConfigText', () => {
  const same = (a: string, b: string) => hashConfigText(a) === hashConfigText(b)

  it('ignores the order of keys, and takes 3.0 for 3 as a parameter', () => {
    expect(same('{"a":1,"b":{"x":1,"y":2}}', '{"b":{"y":2,"x":1},"a":1}')).toBe(true)
    expect(same('{"a":3}', '{"a":3.0}')).toBe(true)
    expect(same('{"a":0}', '{"a":-0.0}')).toBe(true)
    expect(same('{"a":NaN}', '{"a":{"$float":"nan"}}')).toBe(true)
  })

  it('tells apart what W&B tells apart', () => {
    expect(same('{"a":[1]}', '{"a":[1.0]}')).toBe(false)
    expect(same('{"a":1}', '{"a":true}')).toBe(false)
    expect(same('{"a":1}', '{"a":"1"}')).toBe(false)
    expect(same('{"a":null}', '{}')).toBe(false)
    expect(same('{"a":1,"b":2}', '{"a":1}')).toBe(false)
    expect(same('{"a":0.1}', '{"a":0.2}')).toBe(false)
  })
})
