import { describe, expect, it } from 'vitest'
import { MetricRows } from '../../../agent/report-sources/metric-rows.ts'
import type { Notice } from '../../../agent/report-sources/metric-rows.ts'
import { parseReportJson } from '../../../agent/report-sources/report-json.ts'
import { MetricRow } from '../../../sweeps/protocol.ts'

function collect() {
  const rows: MetricRow[] = []
  const notices: Notice[] = []
  const sink = new MetricRows({
    now: () => 1000,
    onRow: (row) => rows.push(MetricRow.parse(structuredClone({ ...row, metrics: { ...row.metrics } }))),
    onNotice: (notice) => notices.push(notice),
  })
  return { sink, rows, notices }
}

describe('steps', () => {
  it.each([
    ['{"step": 5, "_step": 6, "loss": 1}', 5, { _step: 6, loss: 1 }],
    ['{"_step": 6, "global_step": 7, "loss": 1}', 6, { global_step: 7, loss: 1 }],
    ['{"global_step": 7, "loss": 1}', 7, { loss: 1 }],
    ['{"epoch": 3, "loss": 1}', 0, { epoch: 3, loss: 1 }],
    ['{"step": "5", "loss": 1}', 0, { loss: 1 }],
    ['{"step": NaN, "loss": 1}', 0, { step: 'NaN', loss: 1 }],
  ])('%s has step %d', (text, step, metrics) => {
    const { sink, rows } = collect()
    expect(sink.add('stdout', parseReportJson(text))).toBe(true)
    expect(rows).toMatchObject([{ step, metrics }])
  })

  it('are counted up where they are missing, from the last one given', () => {
    const { sink, rows } = collect()
    for (const text of ['{"a":1}', '{"a":1}', '{"a":1,"step":10}', '{"a":1}'])
      sink.add('file', parseReportJson(text))
    expect(rows.map((row) => row.step)).toEqual([0, 1, 10, 11])
  })
})

describe('rows of a distributed training', () => {
  it('count when they are of rank 0 only, whichever way they come, with one notice and no step lost', () => {
    const { sink, rows, notices } = collect()
    expect(sink.add('stdout', { _rank: 3, loss: 7 })).toBe(true)
    expect(sink.add('file', { _rank: '1', accuracy: 0.1 })).toBe(true)
    expect(sink.add('http', { _rank: 2, note: 'x' })).toBe(true)
    sink.add('stdout', { _rank: 0, loss: 1 })
    sink.add('stdout', { _rank: '0', loss: 2 })
    sink.add('stdout', { _rank: -1, loss: 3 })

    expect(rows.map(({ step, metrics }) => [step, { ...metrics }])).toEqual([
      [0, { loss: 1 }],
      [1, { loss: 2 }],
      [2, { loss: 3 }],
    ])
    expect(notices).toEqual([
      { code: 'rank_dropped', text: expect.stringContaining('(the first has "_rank": 3)') },
    ])
  })

  it('keep a metric called rank, and a _rank that is no rank', () => {
    const { sink, rows, notices } = collect()
    sink.add('stdout', { rank: 8, _rank: 'first', loss: 1 })
    sink.add('stdout', { rank: 16, loss: 1 })
    expect(rows).toMatchObject([
      { metrics: { rank: 8, loss: 1 }, values: { _rank: 'first' } },
      { metrics: { rank: 16 } },
    ])
    expect(notices).toEqual([])
  })
})

it('numbers are metrics, everything else is a value, and non-finite numbers keep their names', () => {
  const { sink, rows } = collect()
  const text = '{"a":-Infinity,"b":Infinity,"c":true,"d":"NaN","e":null,"f":[1,NaN],"g":{"h":"x\\u0000"}}'
  sink.add('http', parseReportJson(text))
  expect(rows[0]?.metrics).toEqual({ a: '-Infinity', b: 'Infinity' })
  expect(rows[0]?.values).toEqual({ c: true, d: 'NaN', e: null, f: [1, 'NaN'], g: { h: 'x\ufffd' } })
})

it.each(['[1]', '"text"', '3', 'null', '{}'])('%s is no report', (text) => {
  const { sink, rows } = collect()
  expect(sink.add('stdout', parseReportJson(text))).toBe(false)
  expect(rows).toEqual([])
})

it('values alone are kept at the step of the last numbers, and are no step of their own', () => {
  const { sink, rows } = collect()
  sink.add('file', { note: 'begin' })
  sink.add('file', { loss: 1 })
  sink.add('file', { loss: 2 })
  sink.add('file', { note: 'end' })
  expect(rows.map(({ step, metrics, values }) => [step, { ...metrics }, values])).toEqual([
    [0, {}, { note: 'begin' }],
    [0, { loss: 1 }, undefined],
    [1, { loss: 2 }, undefined],
    [1, {}, { note: 'end' }],
  ])
})

it('a key belongs to the first source that reports it; copies are dropped with one notice', () => {
  const { sink, rows, notices } = collect()
  sink.add('stdout', { loss: 1 })
  sink.add('file', { loss: 2, acc: 3 })
  sink.add('file', { loss: 4 })
  expect(rows.map((row) => row.metrics)).toEqual([{ loss: 1 }, { acc: 3 }])
  expect(notices.map((notice) => notice.code)).toEqual(['copy_dropped'])
})

it('refuses names that cannot be stored, and reaches no prototype', () => {
  const { sink, rows, notices } = collect()
  sink.add(
    'stdout',
    JSON.parse(`{"__proto__": 1, "": 2, "${'k'.repeat(257)}": 3, "a\\u0000": 4, "constructor": 5}`),
  )
  expect(rows.map((row) => Object.entries(row.metrics))).toEqual([[['constructor', 5]]])
  expect(notices.map((notice) => notice.code)).toEqual(['key_refused'])
  expect(({} as Record<string, unknown>)['1']).toBeUndefined()
})

it('takes 500 names and tells once that more are dropped', () => {
  const { sink, rows, notices } = collect()
  sink.add('stdout', Object.fromEntries(Array.from({ length: 600 }, (_, index) => [`m${index}`, index])))
  expect(Object.keys(rows[0]?.metrics ?? {})).toHaveLength(500)
  expect(notices.map((notice) => notice.code)).toEqual(['too_many_keys'])
})

it('cuts long texts, and refuses values too deep to be printed', () => {
  const { sink, rows, notices } = collect()
  const deep = JSON.parse('['.repeat(20_000) + ']'.repeat(20_000)) as unknown
  sink.add('stdout', { a: 1, long: 'x'.repeat(9000), deep })
  expect(rows[0]?.values).toEqual({ long: 'x'.repeat(8192) })
  expect(notices.map((notice) => notice.code)).toEqual(['value_cut', 'value_refused'])
})

describe('parseReportJson', () => {
  it('reads bare NaN and Infinity outside of strings only', () => {
    expect(parseReportJson('{"NaN":NaN,"s":"-Infinity, \\"NaN","l":[-Infinity,Infinity]}')).toEqual({
      NaN: NaN,
      s: '-Infinity, "NaN',
      l: [-Infinity, Infinity],
    })
  })

  it.each(['NaN1', '{"a":nan}', '{"a":-NaN}', '{"a":xInfinity}', '{"a":NaN', ''])('refuses %s', (text) => {
    expect(() => parseReportJson(text)).toThrow(SyntaxError)
  })
})
