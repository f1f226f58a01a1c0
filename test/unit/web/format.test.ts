import { describe, expect, it } from 'vitest'
import {
  formatCount,
  formatMetric,
  formatNumber,
  formatParameter,
  formatShare,
  formatValue,
} from '../../../web/format/number.ts'
import { formatAge, formatDuration } from '../../../web/format/time.ts'

describe('numbers', () => {
  it('writes four significant digits, and an exponent where zeros would only be counted', () => {
    const said = [0, 64, 8000, 0.5, 0.00073128, 1e-5, 0.28136, 12.3456, 1234.56, 99999.6, 1234567, -0.25]
    expect(said.map(formatNumber)).toEqual([
      '0',
      '64',
      '8000',
      '0.5',
      '7.313e-4',
      '1e-5',
      '0.2814',
      '12.35',
      '1235',
      '100000',
      '1.235e6',
      '-0.25',
    ])
  })

  it('keeps the digits of a metric, so that a column lines up', () => {
    expect([0.283, 0.28, 1e-4, 9999.96].map(formatValue)).toEqual(['0.2830', '0.2800', '1.000e-4', '10000'])
  })

  it('says what is not a number, and what is not there', () => {
    expect(
      ['NaN', 'Infinity', '-Infinity', null, undefined].map((value) => formatMetric(value as null)),
    ).toEqual(['NaN', 'Infinity', '-Infinity', '–', '–'])
    expect([NaN, Infinity].map(formatValue)).toEqual(['NaN', 'Infinity'])
  })

  it('writes a parameter of any kind', () => {
    expect([1e-3, 'adam', true, null, [1, 2]].map(formatParameter)).toEqual([
      '0.001',
      'adam',
      'true',
      '–',
      '[1,2]',
    ])
  })

  it('writes counts and shares', () => {
    expect(formatCount(10_000)).toBe('10,000')
    expect([0.003, 0.123, -0.5].map(formatShare)).toEqual(['0.3 %', '12 %', '-50 %'])
  })
})

describe('times', () => {
  it('writes a duration in its two largest units', () => {
    const said = [400, 12_000, 59_600, 461_000, 3_600_000, 6_600_000, 187_200_000, null]
    expect(said.map(formatDuration)).toEqual(['0.4s', '12s', '1m', '7m41s', '1h', '1h50m', '2d4h', '–'])
  })

  it('writes an age in one unit, and none that is below zero', () => {
    const said = [-5, 2_400, 2_460_000, 21_600_000, 90_000_000, 172_800_000]
    expect(said.map(formatAge)).toEqual(['0s', '2s', '41m', '6h', '25h', '2d'])
  })
})
