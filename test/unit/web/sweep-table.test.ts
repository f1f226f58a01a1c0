import { describe, expect, it } from 'vitest'
import type { SweepTable } from '../../../web/live/sweep-table.ts'
import { aMessage, aTable, liveRunOf } from './table-support.ts'

const THREE = [{ value: 0.3 }, { value: 0.2 }, { value: 0.1 }]
const versionsOf = (table: SweepTable) => table.ids.map((_, row) => table.runVersion(row))

function removalOf(runId: string, sweepId: string) {
  const at = '2026-01-01T00:00:00.000Z'
  return { seq: 2, at, entity: 'run' as const, entityId: runId, sweepId, event: 'run.removed', data: {} }
}

describe('the version of a run', () => {
  it('is another when a message changes the run, and stays with the other runs', () => {
    const table = aTable(THREE)
    const [first, second, third] = versionsOf(table)
    table.apply(aMessage({ runs: [{ ...liveRunOf(table, 1), value: 0.05 }] }))
    const changed = table.runVersion(1)
    expect(versionsOf(table)).toEqual([first, changed, third])
    expect(changed).not.toBe(second)
    table.apply(aMessage({ seq: 3, runs: [{ ...liveRunOf(table, 1), value: 0.04 }] }))
    expect(table.runVersion(1)).not.toBe(changed)
  })

  it('is its own for each run that comes, and stays with those that are there', () => {
    const table = aTable(THREE)
    const before = versionsOf(table)
    const arrived = ['new00001', 'new00002'].map((id) => ({ ...liveRunOf(table, 0), id }))
    table.apply(aMessage({ runs: arrived }))
    const [fourth, fifth] = versionsOf(table).slice(3)
    expect(versionsOf(table)).toEqual([...before, fourth, fifth])
    expect(new Set([...before, fourth, fifth]).size).toBe(new Set(before).size + 2)
  })

  it('stays when a message was applied already, tells of another sweep or of no run', () => {
    const table = aTable(THREE)
    const before = versionsOf(table)
    const run = liveRunOf(table, 0)
    table.apply(aMessage({ seq: 1, runs: [run] }))
    table.apply(aMessage({ runs: [{ ...run, sweepId: 'swp99999' }] }))
    table.apply(aMessage({ seq: 3, sweeps: [{ ...table.sweep, name: 'another name' }] }))
    expect(versionsOf(table)).toEqual(before)
  })

  it('is another in every row after a run was removed: the rows hold other runs than before', () => {
    const table = aTable(THREE)
    table.apply(aMessage({ runs: [liveRunOf(table, 1)] }))
    const before = new Set(versionsOf(table))
    table.apply(aMessage({ seq: 3, events: [removalOf(table.ids[0] ?? '', table.sweep.id)] }))
    expect(table.count).toBe(2)
    expect(versionsOf(table).filter((version) => before.has(version))).toEqual([])
  })

  it('is in no other table, not even in one of the same snapshot that heard the same', () => {
    const tables = [aTable(THREE), aTable(THREE)]
    const seen = tables.map((table) => new Set(versionsOf(table)))
    for (const table of tables) table.apply(aMessage({ runs: [liveRunOf(table, 0)] }))
    for (const table of tables)
      table.apply(aMessage({ seq: 3, events: [removalOf(table.ids[1] ?? '', table.sweep.id)] }))
    for (const [index, table] of tables.entries())
      for (const version of versionsOf(table)) seen[index]?.add(version)
    const [one, other] = seen
    expect([...(one ?? [])].filter((version) => other?.has(version))).toEqual([])
  })
})
