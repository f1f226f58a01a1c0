import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { MetricValue, RunState } from '../../../web/api/records.ts'
import { nextSort, orderRows, parseSort, standingOf, writeSort } from '../../../web/table/order-rows.ts'
import { aMessage, aTable, liveRunOf } from './table-support.ts'

const all = (count: number) => Uint32Array.from({ length: count }, (_, row) => row)
const order = (table: ReturnType<typeof aTable>, sort: string) => [
  ...orderRows(table, all(table.count), parseSort(sort), standingOf(table, ''), ''),
]

function rankedTable(runs: Parameters<typeof aTable>[0], goal: 'minimize' | 'maximize' = 'minimize') {
  const table = aTable(runs, goal)
  // As after any message of the stream: the page counts the ranks
  table.apply(aMessage({ runs: [liveRunOf(table, 0)] }))
  return table
}

describe('the ranking', () => {
  it('puts running runs where they would stand, and what has no value behind all of them', () => {
    const table = rankedTable([
      { value: 0.5 },
      { state: 'running', value: 0.3 },
      { state: 'failed', value: 0.1 },
      { value: 0.2 },
      { value: 'NaN' },
      { state: 'queued' },
      { state: 'running' },
      { state: 'stopped', value: 0.4 },
    ])
    expect(order(table, 'rank')).toEqual([3, 1, 7, 0, 6, 4, 5, 2])
    expect(order(table, '')).toEqual([3, 1, 7, 0, 6, 4, 5, 2])
    expect(order(table, '-rank')).toEqual([0, 7, 1, 3, 6, 4, 5, 2])
  })

  it('puts a running run behind an ended one with the same value', () => {
    const table = rankedTable([{ state: 'running', value: 1 }, { value: 1 }])
    expect(order(table, 'rank')).toEqual([1, 0])
  })

  it('ranks by another value of the metric when it is asked for', () => {
    const table = rankedTable([{ value: 1 }, { value: 2 }, { value: 3 }])
    const last = table.metrics.get('loss')?.last
    if (last === undefined) throw new Error('no such metric')
    for (const [row, value] of [3, 2, 1].entries()) last.set(row, value)
    expect([...standingOf(table, 'last').ranks]).toEqual([3, 2, 1])
    expect(standingOf(table, 'last').bestRow).toBe(2)
    expect([...standingOf(table, 'best').ranks]).toEqual([1, 2, 3])
  })
})

describe('an order by columns', () => {
  const runs = [
    { params: { lr: 0.1, opt: 'b' }, value: 4 },
    { params: { lr: 0.3, opt: 'a' }, value: 3 },
    { params: { opt: 'b' }, value: 2 },
    { params: { lr: 0.2, opt: 'a' }, value: 'NaN' as const },
  ]

  it('puts what is missing, and NaN, last in both directions', () => {
    const table = rankedTable(runs)
    expect(order(table, 'lr')).toEqual([0, 3, 1, 2])
    expect(order(table, '-lr')).toEqual([1, 3, 0, 2])
    expect(order(table, 'loss')).toEqual([2, 1, 0, 3])
    expect(order(table, '-loss')).toEqual([0, 1, 2, 3])
  })

  it('goes by several columns, and by the ranking where they are equal', () => {
    const table = rankedTable(runs)
    expect(order(table, 'opt,-lr')).toEqual([1, 3, 0, 2])
    expect(order(table, 'opt')).toEqual([1, 3, 2, 0])
  })

  it('is a permutation whatever the values are, and every number stands before what has none', () => {
    const value = fc.option(
      fc.oneof(fc.double({ noNaN: true }), fc.constantFrom<MetricValue>('NaN', 'Infinity', '-Infinity')),
    )
    const state = fc.constantFrom<RunState>('finished', 'running', 'failed', 'stopped', 'queued')
    const lr = fc.option(fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.string()))
    const run = fc.record({ value, state, params: lr.map((given) => ({ lr: given })) })
    fc.assert(
      fc.property(
        fc.array(run, { minLength: 1, maxLength: 40 }),
        fc.constantFrom('lr', '-lr', 'loss', '-rank'),
        (made, sort) => {
          const table = rankedTable(
            made.map((given) => ({
              ...given,
              value:
                typeof given.value === 'number' && !Number.isFinite(given.value) ? 'Infinity' : given.value,
            })),
          )
          const rows = order(table, sort)
          expect([...rows].sort((a, b) => a - b)).toEqual([...all(table.count)])
          if (sort === 'loss') {
            const missing = rows.map((row) => table.numbers.value.at(row) === null)
            expect(missing).toEqual([...missing].sort())
          }
        },
      ),
    )
  })
})

it('reads back an order that it wrote, commas in names included', () => {
  const keys = [
    { name: 'a,b', isDescending: true },
    { name: 'c%2c', isDescending: false },
  ]
  expect(parseSort(writeSort(keys))).toEqual(keys)
})

it('goes up, down and back to the ranking by clicks, and adds a column by shift', () => {
  const up = nextSort([], 'lr', false)
  const down = nextSort(up, 'lr', false)
  expect([writeSort(up), writeSort(down), writeSort(nextSort(down, 'lr', false))]).toEqual(['lr', '-lr', ''])
  const two = nextSort(up, 'opt', true)
  expect([writeSort(two), writeSort(nextSort(two, 'opt', true))]).toEqual(['lr,opt', 'lr,-opt'])
  expect(writeSort(nextSort(two, 'opt', false))).toBe('-opt')
})
