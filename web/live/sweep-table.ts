// All runs of one sweep in columns, as a snapshot gives them and the messages of the change stream change them. Rows
// keep their place: a run's row is its order of creation. Nothing here draws.
import type { ChangesMessage, LiveRun, LiveSweep, RunState, SweepSnapshot } from '../api/records.ts'
import { sortByRank } from '../../charts/top-runs.ts'
import { NumberColumn } from './number-column.ts'
import { mergeRanked, ranksOf, sortRanked } from './rank-rows.ts'

export interface ParameterColumn {
  /** Dotted for a nested parameter. */
  readonly name: string
  kind: 'int' | 'float' | 'mixed' | 'other'
  /** Numbers, texts, booleans, lists; null: the run does not have it. */
  readonly values: unknown[]
  /** The search space declares it logarithmic. */
  readonly isLog: boolean
}

export interface MetricColumns {
  readonly name: string
  readonly last: NumberColumn
  readonly min: NumberColumn
  readonly max: NumberColumn
  readonly best: NumberColumn
}
const SUMMARIES = ['last', 'min', 'max', 'best'] as const

/** What a message changed. */
export interface TableChange {
  /** Rows that changed, new ones included. */
  readonly rows: ReadonlySet<number>
  /** Runs came or went away, or the order of rows is another: everything is to be looked at anew. */
  readonly isRebuilt: boolean
  /** Runs went away: rows stand at other places than before. */
  readonly isMoved: boolean
}

type TextColumnName = 'name' | 'host' | 'agentId' | 'stopReason' | 'notes' | 'group' | 'jobType'
type NumberColumnName = 'value' | 'bestStep' | 'attempt' | 'createdAtMs' | 'startedAtMs' | 'finishedAtMs'
const TEXT_COLUMNS = ['name', 'host', 'agentId', 'stopReason', 'notes', 'group', 'jobType'] as const
const NUMBER_COLUMNS = ['value', 'bestStep', 'attempt', 'createdAtMs', 'startedAtMs', 'finishedAtMs'] as const

/** Of the last change of any run in any table. */
let lastRunVersion = 0

export class SweepTable {
  sweep: LiveSweep
  /** Everything up to here is in it. */
  seq: number
  /** Goes up with every change: what is derived from the table is current as long as it is the same. */
  version = 0
  readonly ids: string[]
  readonly states: RunState[]
  readonly tags: (readonly string[])[]
  readonly text: Record<TextColumnName, (string | null)[]>
  readonly numbers: Record<NumberColumnName, NumberColumn>
  readonly params = new Map<string, ParameterColumn>()
  readonly metrics = new Map<string, MetricColumns>()
  /** Place in the ranking from 1, by row; 0: not ranked. */
  ranks: Uint32Array
  /** Ranked rows, the best first. */
  rowsByRank: Uint32Array
  /** The ranking is our own, no longer the snapshot's: from there on a message changes it by its runs alone. */
  #hasRanked = false
  readonly #rowOfId = new Map<string, number>()
  /** By row; undefined: #firstVersion. */
  readonly #runVersions: (number | undefined)[] = []
  #firstVersion = ++lastRunVersion

  constructor(snapshot: SweepSnapshot) {
    const { columns } = snapshot
    this.sweep = snapshot.sweep
    this.seq = snapshot.seq
    this.ids = columns.id
    this.states = columns.state
    this.tags = columns.tags
    this.text = {
      name: columns.name,
      host: columns.host,
      agentId: columns.agentId,
      stopReason: columns.stopReason,
      notes: columns.notes,
      group: columns.group,
      jobType: columns.jobType,
    }
    this.numbers = {
      value: NumberColumn.of(columns.value),
      bestStep: NumberColumn.of(columns.bestStep),
      attempt: NumberColumn.of(columns.attempt),
      createdAtMs: NumberColumn.of(columns.createdAtMs),
      startedAtMs: NumberColumn.of(columns.startedAtMs),
      finishedAtMs: NumberColumn.of(columns.finishedAtMs),
    }
    for (const { name, kind, values, log } of snapshot.params)
      this.params.set(name, { name, kind, values, isLog: log === true })
    for (const { name, ...cells } of snapshot.metrics) {
      const columnOf = (given: (typeof cells)['last']) =>
        given === undefined ? new NumberColumn() : NumberColumn.of(given)
      this.metrics.set(name, {
        name,
        last: columnOf(cells.last),
        min: columnOf(cells.min),
        max: columnOf(cells.max),
        best: columnOf(cells.best),
      })
    }
    for (const [row, id] of this.ids.entries()) this.#rowOfId.set(id, row)
    this.ranks = Uint32Array.from(columns.rank, (rank) => rank ?? 0)
    this.rowsByRank = sortByRank(this.ranks)
  }

  get count(): number {
    return this.ids.length
  }

  /** null: there is no such run. */
  rowOf(id: string): number | null {
    return this.#rowOfId.get(id) ?? null
  }

  /** Another number whenever the run in this row may be another than before; no two tables share one. */
  runVersion(row: number): number {
    return this.#runVersions[row] ?? this.#firstVersion
  }

  /**
   * Applies a message of the stream; a message that was applied already changes nothing.
   * @returns null when it does not concern this sweep
   */
  apply(message: ChangesMessage): TableChange | null {
    if (message.seq <= this.seq) return null
    this.seq = message.seq
    const rows = new Set<number>()
    let isRebuilt = false
    for (const run of message.runs) {
      if (run.sweepId !== this.sweep.id) continue
      const known = this.#rowOfId.get(run.id)
      isRebuilt ||= known === undefined
      rows.add(this.#write(known ?? this.#append(run.id), run))
    }
    const sweep = message.sweeps.find(({ id }) => id === this.sweep.id)
    const isOtherMetric =
      sweep !== undefined && JSON.stringify(sweep.metric) !== JSON.stringify(this.sweep.metric)
    if (sweep !== undefined) this.sweep = sweep
    const removed = message.events.filter(
      ({ event, entityId }) => event === 'run.removed' && this.#rowOfId.has(entityId),
    )
    if (removed.length > 0) {
      this.#remove(new Set(removed.map(({ entityId }) => entityId)))
      isRebuilt = true
    }
    if (rows.size === 0 && sweep === undefined && removed.length === 0) return null
    if (rows.size > 0 || removed.length > 0 || isOtherMetric) {
      const isAnew = removed.length > 0 || isOtherMetric || !this.#hasRanked
      this.#hasRanked = true
      this.rowsByRank = isAnew ? sortRanked(this) : mergeRanked(this, this.rowsByRank, rows)
      this.ranks = ranksOf(this.rowsByRank, this.count)
    }
    this.version += 1
    return { rows, isRebuilt, isMoved: removed.length > 0 }
  }

  #append(id: string): number {
    const row = this.ids.length
    this.ids.push(id)
    this.#rowOfId.set(id, row)
    return row
  }

  #write(row: number, run: LiveRun): number {
    this.#runVersions[row] = ++lastRunVersion
    this.states[row] = run.state
    this.tags[row] = run.tags
    for (const name of TEXT_COLUMNS) this.text[name][row] = run[name] ?? null
    for (const name of NUMBER_COLUMNS) this.numbers[name].set(row, run[name])
    for (const [name, value] of Object.entries(run.params)) {
      if (!this.params.has(name)) this.params.set(name, newParameter(name, value, row))
    }
    for (const { name, values } of this.params.values()) values[row] = run.params[name] ?? null
    for (const name of Object.keys(run.metrics)) {
      if (!this.metrics.has(name)) this.metrics.set(name, newMetric(name))
    }
    for (const columns of this.metrics.values()) {
      for (const which of SUMMARIES) columns[which].set(row, run.metrics[columns.name]?.[which])
    }
    return row
  }

  /** Rows after a removed one move up. */
  #remove(gone: ReadonlySet<string>): void {
    const kept = [...this.ids.keys()].filter((row) => !gone.has(this.ids[row] ?? ''))
    const pick = <T>(cells: T[]) => {
      const left = kept.map((row) => cells[row] as T) // the row exists: it comes from the same table
      cells.length = 0
      for (const cell of left) cells.push(cell)
    }
    const pickNumbers = (column: NumberColumn) => {
      const cells = kept.map((row) => (column.isNaN(row) ? ('NaN' as const) : column.at(row)))
      column.length = 0
      column.nanRows.clear()
      for (const [row, cell] of cells.entries())
        column.set(row, cell === Infinity ? 'Infinity' : cell === -Infinity ? '-Infinity' : cell)
    }
    for (const cells of [this.ids, this.states, this.tags, ...Object.values(this.text)])
      pick(cells as unknown[])
    for (const column of Object.values(this.numbers)) pickNumbers(column)
    for (const { values } of this.params.values()) pick(values)
    for (const columns of this.metrics.values()) for (const which of SUMMARIES) pickNumbers(columns[which])
    this.#runVersions.length = 0
    this.#firstVersion = ++lastRunVersion
    this.#rowOfId.clear()
    for (const [row, id] of this.ids.entries()) this.#rowOfId.set(id, row)
  }
}

function newParameter(name: string, value: unknown, rows: number): ParameterColumn {
  const kind = typeof value !== 'number' ? 'other' : Number.isInteger(value) ? 'int' : 'float'
  return { name, kind, values: new Array<unknown>(rows).fill(null), isLog: false }
}

function newMetric(name: string): MetricColumns {
  return {
    name,
    last: new NumberColumn(),
    min: new NumberColumn(),
    max: new NumberColumn(),
    best: new NumberColumn(),
  }
}
