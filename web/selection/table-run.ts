// A row of the table as filters read runs (sweeps/run-filter.ts): a view that is moved from row to row, so that a
// filter over 10,000 runs makes no 10,000 objects. Hosts and agents are those of the newest attempt: the page knows no
// others.
import { ConfigNumber, type ConfigMap, type ConfigValue } from '../../sweeps/config-text.ts'
import type { FilterableRun } from '../../sweeps/run-filter.ts'
import type { RunState } from '../api/records.ts'
import type { NumberColumn } from '../live/number-column.ts'
import type { SweepTable } from '../live/sweep-table.ts'

export class TableRun implements FilterableRun {
  /** Which run it shows. */
  row = 0
  readonly #table: SweepTable
  readonly config: ConfigMap

  constructor(table: SweepTable) {
    this.#table = table
    this.config = new RowConfig(table, this)
  }

  get id(): string {
    return this.#table.ids[this.row] ?? ''
  }
  get name(): string {
    return this.#table.text.name[this.row] ?? ''
  }
  get state(): RunState {
    return this.#table.states[this.row] ?? 'queued'
  }
  get project(): string {
    return this.#table.sweep.project
  }
  get sweepId(): string {
    return this.#table.sweep.id
  }
  get group(): string | null {
    return this.#table.text.group[this.row] ?? null
  }
  get jobType(): string | null {
    return this.#table.text.jobType[this.row] ?? null
  }
  get tags(): readonly string[] {
    return this.#table.tags[this.row] ?? []
  }
  get notes(): string {
    return this.#table.text.notes[this.row] ?? ''
  }
  get stopReason(): string | null {
    return this.#table.text.stopReason[this.row] ?? null
  }
  get attemptCount(): number {
    return this.#table.numbers.attempt.at(this.row) ?? 0
  }
  get rank(): number | null {
    return this.#table.ranks[this.row] || null
  }
  get value(): number | null {
    return this.#cell(this.#table.numbers.value)
  }
  get bestStep(): number | null {
    return this.#cell(this.#table.numbers.bestStep)
  }
  get createdAt(): number {
    return this.#table.numbers.createdAtMs.at(this.row) ?? 0
  }
  get startedAt(): number | null {
    return this.#table.numbers.startedAtMs.at(this.row)
  }
  get finishedAt(): number | null {
    return this.#table.numbers.finishedAtMs.at(this.row)
  }
  get hosts(): readonly string[] {
    const host = this.#table.text.host[this.row] ?? null
    return host === null ? [] : [host]
  }
  get agentIds(): readonly string[] {
    const agentId = this.#table.text.agentId[this.row] ?? null
    return agentId === null ? [] : [agentId]
  }

  metric(name: string): number | null {
    const columns = this.#table.metrics.get(name)
    if (columns === undefined) return null
    const last = this.#cell(columns.last)
    const isRanked = this.#cell(columns.best) !== null
    return isRanked ? (this.value ?? last) : last
  }

  /** A value that is NaN is one, unlike a missing one. */
  #cell(column: NumberColumn): number | null {
    return column.at(this.row) ?? (column.isNaN(this.row) ? NaN : null)
  }
}

/** The parameters of a row by their dotted names, read when a filter asks for one. */
class RowConfig extends Map<string, ConfigValue> {
  readonly #table: SweepTable
  readonly #run: TableRun

  constructor(table: SweepTable, run: TableRun) {
    super()
    this.#table = table
    this.#run = run
  }

  override get(name: string): ConfigValue | undefined {
    const value = this.#table.params.get(name)?.values[this.#run.row]
    return value === null || value === undefined ? undefined : configValueOf(value)
  }
}

function configValueOf(value: unknown): ConfigValue {
  if (typeof value === 'number') return ConfigNumber.float(value)
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value
  if (Array.isArray(value)) return value.map(configValueOf)
  return JSON.stringify(value)
}
