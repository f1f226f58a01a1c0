import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readMetricRows, writeMetricRows } from '../../../../controller/store/metric-chunk-text.ts'
import type { MetricRow } from '../../../../sweeps/protocol.ts'

const row = (step: number, metrics: MetricRow['metrics'], more: Partial<MetricRow> = {}): MetricRow => ({
  step,
  at: 1_700_000_000_000 + step * 50,
  metrics,
  ...more,
})
const value = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((x) => x + 0), // JSON has no -0
  fc.integer(),
  fc.constantFrom('NaN' as const, 'Infinity' as const, '-Infinity' as const),
)
const name = fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme' }).filter((s) => s !== '__proto__')
const anyRow: fc.Arbitrary<MetricRow> = fc.record(
  {
    step: fc.oneof(
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((x) => x + 0),
    ),
    at: fc.integer({ min: 0, max: 2 ** 45 }),
    metrics: fc.dictionary(name, value, { noNullPrototype: true }),
    values: fc.dictionary(name, fc.string(), { noNullPrototype: true }),
  },
  { requiredKeys: ['step', 'at', 'metrics'] },
)
const sameMetrics = fc.uniqueArray(name, { maxLength: 5 }).chain((names) =>
  fc.array(
    fc
      .tuple(anyRow, fc.array(value, { minLength: names.length, maxLength: names.length }))
      .map(([base, values]) => ({
        ...base,
        metrics: Object.fromEntries(names.map((key, i) => [key, values[i] ?? 0])),
      })),
    { maxLength: 10 },
  ),
)

describe('metric rows as text', () => {
  it('come back as they were, whatever they hold', () => {
    fc.assert(
      fc.property(fc.oneof(fc.array(anyRow, { maxLength: 10 }), sameMetrics), (rows) => {
        expect(readMetricRows(writeMetricRows(rows))).toEqual(rows)
      }),
    )
  })

  it('stand by column when they have the same metrics', () => {
    const rows = [row(0, { loss: 1, acc: 0.5 }), row(1, { loss: 2, acc: 0.25 }, { values: { note: 'x' } })]
    expect(writeMetricRows(rows)).toBe(
      '{"s":[0,1],"t":[1700000000000,50],"m":{"loss":[1,2],"acc":[0.5,0.25]},"v":[[1,{"note":"x"}]]}',
    )
  })

  it('keep numbers of many digits bit by bit in fewer bytes than JSON', () => {
    const rows = Array.from({ length: 20 }, (_, i) => row(i, { loss: 1 / (i + 3), acc: Math.sqrt(i + 2) }))
    const text = writeMetricRows(rows)
    expect(readMetricRows(text)).toEqual(rows)
    expect(text.length).toBeLessThan(0.45 * JSON.stringify(rows).length)
  })

  it('give words for what is not finite', () => {
    const rows = [row(0, { loss: NaN }), row(1, { loss: -Infinity }), row(2, { loss: 1 / 3 })]
    expect(readMetricRows(writeMetricRows(rows)).map(({ metrics }) => metrics['loss'])).toEqual([
      'NaN',
      '-Infinity',
      1 / 3,
    ])
  })

  it('are read as earlier versions wrote them', () => {
    const rows = [row(0, { loss: 1 }), row(1, { acc: 2 })]
    expect(readMetricRows(JSON.stringify(rows))).toEqual(rows)
  })

  it('are refused when they are damaged', () => {
    expect(() => readMetricRows('{"s":[0')).toThrow(SyntaxError)
  })
})
