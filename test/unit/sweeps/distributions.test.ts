import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ConfigNumber, parseConfigText, writeConfigText } from '../../../sweeps/config-text.ts'
import type { ConfigValue } from '../../../sweeps/config-text.ts'
import {
  coordinateOf,
  distributionFunction,
  gridValues,
  quantile,
  rangeOf,
  roundHalfEven,
  sampledValues,
} from '../../../sweeps/distributions.ts'
import type { Distribution } from '../../../sweeps/distributions.ts'
import { sortedLeaves } from '../../../sweeps/compose-config.ts'
import { SweepConfigError } from '../../../sweeps/errors.ts'
import { listOf, mapOf, numberOf, readVectors, sweepOf, textOf } from './wandb-vectors.ts'

/** Cases in which the product differs from W&B on purpose. */
const BEAT: Readonly<Record<string, string>> = {
  'q_uniform-q4': 'W&B gives 0 and 12 for a range of 1..10: quantised values stay inside here',
  'normal-sigma-0': 'W&B samples NaN: an error here',
  'beta-a-0': 'W&B samples NaN: an error here',
}

function distributionOf(parameter: ConfigValue): Distribution {
  const [leaf] = sortedLeaves(sweepOf('random', new Map([['x', parameter]])).parameters)
  if (leaf === undefined) throw new Error('no parameter')
  return leaf.distribution
}

function expectSame(found: ConfigValue, wanted: ConfigValue, relative: number, where: string): void {
  if (!(wanted instanceof ConfigNumber))
    return expect(writeConfigText(found), where).toBe(writeConfigText(wanted))
  expect(found, where).toBeInstanceOf(ConfigNumber)
  const number = found as ConfigNumber // just checked
  expect(number.isInteger, `${where}: int or float`).toBe(wanted.isInteger)
  const error = Math.abs(number.value - wanted.value)
  expect(error, `${where}: ${number.text} for ${wanted.text}`).toBeLessThanOrEqual(
    relative * Math.abs(wanted.value),
  )
}

describe("W&B's inverse distribution functions", () => {
  const cases = readVectors('params.json')

  for (const one of cases.filter((candidate) => BEAT[textOf(candidate.get('name'))] === undefined)) {
    const name = textOf(one.get('name'))
    it(`agree: ${name}`, () => {
      const distribution = distributionOf(one.get('config') ?? null)
      const relative = distribution.name.includes('beta') ? 1e-7 : 1e-9
      const range = 'q' in distribution ? rangeOf(distribution) : { low: -Infinity, high: Infinity }
      for (const row of listOf(mapOf(one.get('expected')).get('ppf')).map(mapOf)) {
        const u = numberOf(row.get('u'))
        const wanted = row.get('value') ?? null
        const found = quantile(distribution, u)
        const leavesRange =
          wanted instanceof ConfigNumber &&
          (wanted.value < range.low * (1 - 1e-9) || wanted.value > range.high * (1 + 1e-9))
        if (!leavesRange) expectSame(found, wanted, relative, `u=${u}`)
        else if (found instanceof ConfigNumber) {
          expect(found.value >= range.low && found.value <= range.high, `BEAT at u=${u}: ${found.text}`).toBe(
            true,
          )
        }
      }
    })

    it(`have the same distribution function: ${name}`, () => {
      const distribution = distributionOf(one.get('config') ?? null)
      if (distribution.name === 'constant') return
      for (const row of listOf(mapOf(one.get('expected')).get('cdf') ?? []).map(mapOf)) {
        const x = row.get('x') ?? null
        const wanted = row.get('value') ?? null
        if (
          !(x instanceof ConfigNumber) ||
          !(wanted instanceof ConfigNumber) ||
          !Number.isFinite(wanted.value)
        )
          continue
        const found = distributionFunction(distribution, x.value)
        expect(Math.abs(found - wanted.value), `x=${x.text}`).toBeLessThanOrEqual(
          1e-9 * Math.max(wanted.value, 1e-3),
        )
      }
    })
  }

  it('keeps quantised values inside the range, where W&B leaves it (BEAT q_uniform-q4)', () => {
    const distribution = distributionOf(
      cases.find((one) => one.get('name') === 'q_uniform-q4')?.get('config') ?? null,
    )
    const values = [0, 0.001, 0.3, 0.5, 0.9, 0.999, 1].map((u) => writeConfigText(quantile(distribution, u)))
    expect(values).toEqual(['4', '4', '4', '4', '8', '8', '8'])
  })

  it('refuses what W&B samples as NaN (BEAT)', () => {
    for (const name of ['normal-sigma-0', 'beta-a-0']) {
      const config = cases.find((one) => one.get('name') === name)?.get('config') ?? null
      expect(() => distributionOf(config), name).toThrow(SweepConfigError)
    }
  })
})

describe('quantised values', () => {
  it('are the decimals they are written as, never -0.0 and never 0.30000000000000004', () => {
    const distribution: Distribution = {
      name: 'q_uniform',
      min: ConfigNumber.float(-0.4),
      max: ConfigNumber.float(0.4),
      q: ConfigNumber.float(0.1),
    }
    const values = sampledValues(distribution)
    const texts = Array.from({ length: values?.count ?? 0 }, (_, index) =>
      writeConfigText(values?.valueAt(index) ?? null),
    )
    expect(texts).toEqual(['-0.4', '-0.3', '-0.2', '-0.1', '0.0', '0.1', '0.2', '0.3', '0.4'])
    expect(writeConfigText(quantile(distribution, 0.499))).toBe('0.0')
  })

  it('fall back to the nearer bound where no multiple lies inside', () => {
    const distribution: Distribution = {
      name: 'q_uniform',
      min: ConfigNumber.float(1.2),
      max: ConfigNumber.float(1.8),
      q: ConfigNumber.int(1),
    }
    expect([0.1, 0.9].map((u) => writeConfigText(quantile(distribution, u)))).toEqual(['1.2', '1.8'])
    expect(sampledValues(distribution)?.count).toBe(2)
  })

  it('of a grid count from the minimum and include a maximum that lies on it (BEAT)', () => {
    const grid = (min: ConfigNumber, max: ConfigNumber, q: ConfigNumber) => {
      const values = gridValues({ name: 'q_uniform', min, max, q })
      return Array.from({ length: values?.count ?? 0 }, (_, index) =>
        writeConfigText(values?.valueAt(index) ?? null),
      )
    }
    expect(grid(ConfigNumber.int(1), ConfigNumber.int(11), ConfigNumber.int(5))).toEqual(['1', '6', '11'])
    expect(grid(ConfigNumber.int(1), ConfigNumber.float(1.3), ConfigNumber.float(0.1))).toEqual([
      '1.0',
      '1.1',
      '1.2',
      '1.3',
    ])
  })

  it('round half to even', () => {
    expect([0.5, 1.5, 2.5, -0.5, -1.5, 2.4999, -2.6].map((x) => roundHalfEven(x) + 0)).toEqual([
      0, 2, 2, 0, -2, 2, -3,
    ])
  })
})

describe('quantiles of the normal distributions', () => {
  it('agree with scipy to 1e-11', () => {
    const path = new URL('../../vectors/statistics/distributions.json', import.meta.url)
    type Table = { mu: number; sigma: number; u: number[]; x: number[] }
    const tables = JSON.parse(readFileSync(path, 'utf8')) as { normal: Table[]; lognormal: Table[] }
    for (const [name, listed] of [
      ['normal', tables.normal],
      ['log_normal', tables.lognormal],
    ] as const) {
      for (const { mu, sigma, u, x } of listed) {
        for (const [index, probability] of u.entries()) {
          const found = quantile({ name, mu, sigma, q: null }, probability)
          const wanted = x[index]!
          // Relative to the shift where the quantile crosses 0
          const scale = Math.max(Math.abs(wanted), name === 'normal' ? sigma : 0)
          expect(Math.abs((found as ConfigNumber).value - wanted) / scale, `u=${probability}`) //
            .toBeLessThan(1e-11)
        }
      }
    }
  })
})

describe('quantile and coordinateOf', () => {
  const float = (text: number): ConfigNumber => ConfigNumber.float(text)
  const distributions: Distribution[] = [
    { name: 'uniform', min: float(-3), max: float(4), q: null },
    { name: 'log_uniform_values', min: float(1e-5), max: float(1), q: null },
    { name: 'inv_log_uniform', min: float(1), max: float(3), q: null },
    {
      name: 'q_log_uniform_values',
      min: ConfigNumber.int(3),
      max: ConfigNumber.int(500),
      q: ConfigNumber.int(7),
    },
    { name: 'normal', mu: 2, sigma: 3, q: null },
    { name: 'log_normal', mu: 0, sigma: 1, q: null },
    { name: 'beta', a: 2, b: 3, q: null },
    { name: 'int_uniform', min: ConfigNumber.int(-5), max: ConfigNumber.int(1e9) },
    { name: 'categorical', values: ['a', true, ConfigNumber.int(1), null] },
    { name: 'categorical_w_probabilities', values: ['a', 'b', 'c'], probabilities: [0.2, 0, 0.8] },
  ]

  it('are inverse of each other for every kind', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...distributions),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (distribution, u) => {
          const value = quantile(distribution, u)
          const back = coordinateOf(distribution, value)
          expect(back).not.toBeNull()
          const again = quantile(distribution, back ?? 0)
          if (value instanceof ConfigNumber && !value.isInteger && again instanceof ConfigNumber) {
            const scale = Math.max(
              Math.abs(value.value),
              distribution.name === 'normal' || distribution.name === 'uniform' ? 1 : 0,
            )
            // Far in the upper tail 1 - u has few digits left, below 1e-300 u itself
            if (u < 0.999 && u > 1e-300)
              expect(Math.abs(again.value - value.value)).toBeLessThanOrEqual(1e-9 * scale)
          } else expect(writeConfigText(again)).toBe(writeConfigText(value))
        },
      ),
    )
  })

  it('stay inside the range at u = 0 and u = 1', () => {
    for (const distribution of distributions) {
      for (const u of [0, 1]) {
        const value = quantile(distribution, u)
        if (value instanceof ConfigNumber)
          expect(Number.isFinite(value.value), `${distribution.name} at ${u}`).toBe(true)
        else expect(distribution.name).toMatch(/^categorical/)
      }
    }
    expect(quantile({ name: 'categorical', values: ['first', 'last'] }, 0)).toBe('first')
    expect(
      quantile({ name: 'categorical_w_probabilities', values: ['a', 'b'], probabilities: [1, 0] }, 1),
    ).toBe('a')
  })
})

interface PpfRow {
  dist: string
  n?: number
  q?: number
  u?: number[]
  x: number[]
  [key: string]: unknown
}

describe("inverse distribution functions beside W&B's own", () => {
  const url = new URL('../../vectors/optimizer/wandb_params_ppf.json', import.meta.url)
  const { us, rows } = JSON.parse(readFileSync(url, 'utf8')) as { us: number[]; rows: PpfRow[] }

  it.each(
    rows.map((row) => [JSON.stringify({ ...row, x: undefined, cdf_at_values: undefined }), row] as const),
  )('%s', (_, row) => {
    const { dist, n, u: own, x, cdf_at_values: _cdf, ...rest } = row
    const given = n === undefined ? rest : { values: Array.from({ length: n }, (_value, index) => index) }
    const distribution = distributionOf(
      parseConfigText(JSON.stringify({ x: { ...given, distribution: dist, u: undefined } })).get('x') ?? null,
    )
    const range = 'q' in distribution ? rangeOf(distribution) : { low: -Infinity, high: Infinity }
    for (const [index, u] of (own ?? us).entries()) {
      const wanted = x[index]!
      const found = quantile(distribution, u)
      expect(found).toBeInstanceOf(ConfigNumber)
      const value = (found as ConfigNumber).value // just checked
      // BEAT: W&B's quantised values may leave the range; here they stay inside
      if (wanted < range.low - 1e-12 || wanted > range.high + 1e-12) {
        expect(value).toBeGreaterThanOrEqual(range.low)
        expect(value).toBeLessThanOrEqual(range.high)
        continue
      }
      // 0.30000000000000004 is 0.3 here: so quantised values are the same to 1e-12
      const relative = row.q === undefined ? 1e-11 : 1e-12
      expect(Math.abs(value - wanted), `u=${u}: ${value}, wanted ${wanted}`).toBeLessThanOrEqual(
        relative * Math.abs(wanted) * (dist === 'beta' ? 100 : 1),
      )
    }
  })
})
