// What the page counts by itself is what the server says: the ranking and the filter, over sweeps of random runs.
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { RunState } from '../../sweeps/run.ts'
import { parseRunFilter } from '../../sweeps/run-filter.ts'
import { rankRows } from '../../web/live/rank-rows.ts'
import { SweepTable } from '../../web/live/sweep-table.ts'
import { TableRun } from '../../web/selection/table-run.ts'
import { aRun, aSummary, aSweep } from '../support/records.ts'
import { startApi, type ApiHarness } from './api-harness.ts'

let api: ApiHarness
beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api?.close())

// Few different values, so that ties are common
const value = fc.option(fc.constantFrom(NaN, Infinity, -Infinity, -1, 0, 0.25, 0.5, 1, 1e-9))
const run = fc.record({
  state: fc.constantFrom<RunState>('finished', 'stopped', 'running', 'failed', 'queued', 'lost', 'cancelled'),
  value,
  finishedAt: fc.integer({ min: 10, max: 14 }),
  createdAt: fc.integer({ min: 1, max: 4 }),
  lr: fc.option(fc.constantFrom('0.1', '1e-3', '2', '"text"', 'true', '[1,2]')),
  opt: fc.constantFrom('adam', 'sgd'),
  tags: fc.subarray(['base', 'debug']),
})
const FILTERS = [
  'state:finished|stopped',
  'lr>=0.1',
  'lr:text|true',
  'has:lr -opt:sgd',
  'tag:base | opt:adam',
  'rank<=3',
  'value:nan',
  'loss<0.4',
  'm.loss>=0 state:finished',
  'other>0.5',
  '-tag:debug',
]

async function store(
  runs: readonly (typeof run extends fc.Arbitrary<infer T> ? T : never)[],
  goal: 'minimize' | 'maximize',
) {
  const sweep = aSweep({ metric: { name: 'loss', goal, summary: 'best', target: null } })
  await api.store.write(async (tx) => {
    await tx.insertSweep(sweep)
    const made = runs.map(({ lr, opt, state, finishedAt, ...facts }) =>
      aRun({
        ...facts,
        state,
        sweepId: sweep.id,
        finishedAt: state === 'queued' || state === 'running' ? null : finishedAt,
        configText: `{${lr === null ? '' : `"lr":${lr},`}"opt":"${opt}"}`,
      }),
    )
    await tx.insertRuns(made)
    for (const { id, value: best } of made)
      if (best !== null)
        await tx.saveSummaries(id, [
          aSummary({ key: 'loss', last: 0.7, min: best, max: best, best }),
          aSummary({ key: 'other', last: 0.75, best: null, bestStep: null }),
        ])
  })
  return sweep.id
}

it('ranks and filters as the server does', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(run, { minLength: 1, maxLength: 30 }),
      fc.constantFrom('minimize', 'maximize'),
      async (runs, goal) => {
        const id = await store(runs, goal)
        const [snapshot, best] = await Promise.all([
          api.get(`/api/v1/sweeps/${id}/snapshot`),
          api.get(`/api/v1/sweeps/${id}/best?n=1000`),
        ])
        const table = new SweepTable(snapshot.json)
        const counted = rankRows(table)
        expect([...counted]).toEqual([...table.ranks])
        const order = [...table.ids.keys()]
          .filter((row) => (counted[row] ?? 0) > 0)
          .sort((a, b) => (counted[a] ?? 0) - (counted[b] ?? 0))
        expect(order.map((row) => table.ids[row])).toEqual(
          best.json.runs.map((ranked: { id: string }) => ranked.id),
        )
        for (const filter of FILTERS) {
          const { json } = await api.get(
            `/api/v1/sweeps/${id}/runs?limit=1000&where=${encodeURIComponent(filter)}`,
          )
          const fits = parseRunFilter(filter)
          const view = new TableRun(table)
          const taken = table.ids.filter((_, row) => {
            view.row = row
            return fits(view)
          })
          expect({ filter, ids: [...taken].sort() }).toEqual({
            filter,
            ids: json.runs.map((known: { id: string }) => known.id).sort(),
          })
        }
      },
    ),
    { numRuns: 25 },
  )
})
