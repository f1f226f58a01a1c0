import { expect, it } from 'vitest'
import { parseRunFilter } from '../../../sweeps/run-filter.ts'
import { TableRun } from '../../../web/selection/table-run.ts'
import { groupRows } from '../../../web/table/group-rows.ts'
import { standingOf } from '../../../web/table/order-rows.ts'
import { splitParameters } from '../../../web/table/varying-parameters.ts'
import { aTable } from './table-support.ts'

function rowsOf(table: ReturnType<typeof aTable>, filter: string): number[] {
  const fits = parseRunFilter(filter)
  const run = new TableRun(table)
  return [...table.ids.keys()].filter((row) => {
    run.row = row
    return fits(run)
  })
}

it('shows a row as the filter language reads runs', () => {
  const table = aTable([
    { params: { lr: 1e-3, 'opt.name': 'adam', layers: [1, 2], flag: true }, value: 0.3, host: 'gpu-3' },
    { params: { lr: 1e-5, 'opt.name': 'sgd' }, value: 'NaN', tags: ['base'] },
    { params: { 'opt.name': 'lion' }, state: 'failed', notes: 'Debug run' },
  ])
  expect(rowsOf(table, 'lr>=1e-4')).toEqual([0])
  expect(rowsOf(table, 'opt.name:adam|lion')).toEqual([0, 2])
  expect(rowsOf(table, 'layers:[1,2] flag:true')).toEqual([0])
  expect(rowsOf(table, 'state:failed')).toEqual([2])
  expect(rowsOf(table, '-note:debug')).toEqual([0, 1])
  expect(rowsOf(table, 'loss<0.4')).toEqual([0])
  expect(rowsOf(table, 'value:nan')).toEqual([1])
  expect(rowsOf(table, 'has:lr')).toEqual([0, 1])
  expect(rowsOf(table, 'host:gpu-3 | tag:base')).toEqual([0, 1])
  expect(rowsOf(table, 'm.loss>0')).toEqual([0])
  expect(rowsOf(table, 'run0000')).toEqual([0, 1, 2])
})

it('groups by a parameter, or by all that vary but one: mean and deviation of the ranked runs', () => {
  const table = aTable([
    { params: { lr: 1, seed: 1, epochs: 9 }, value: 1 },
    { params: { lr: 1, seed: 2, epochs: 9 }, value: 3 },
    { params: { lr: 2, seed: 1, epochs: 9 }, value: 1.5 },
    { params: { lr: 2, seed: 2, epochs: 9 }, value: 0, state: 'running' },
    { params: { lr: 3, seed: 2, epochs: 9 }, value: 'NaN' },
  ])
  table.ranks = Uint32Array.from([1, 3, 2, 0, 0])
  expect(splitParameters(table)).toEqual({ varying: ['lr', 'seed'], constant: [['epochs', 9]] })
  for (const group of ['lr', '-seed']) {
    const { names, groups } = groupRows(
      table,
      Uint32Array.from([0, 1, 2, 3, 4]),
      group,
      standingOf(table, ''),
    )
    expect(names).toEqual(['lr'])
    expect(
      groups.map(({ shared, rankedCount, mean, deviation, bestRow }) => [
        shared[0],
        rankedCount,
        mean,
        deviation,
        bestRow,
      ]),
    ).toEqual([
      [2, 1, 1.5, null, 2],
      [1, 2, 2, Math.SQRT2, 0],
      [3, 0, null, null, null],
    ])
  }
})
