// A column of numbers that grows: what charts and sorting read without a box for each cell.
import type { MetricValue } from '../api/records.ts'

export class NumberColumn {
  /** NaN: no value, or the value NaN. Only the first `length` cells count. */
  data: Float64Array
  length = 0
  /** Rows whose value is NaN itself. */
  readonly nanRows = new Set<number>()

  constructor(capacity = 16) {
    this.data = new Float64Array(capacity).fill(NaN)
  }

  static of(cells: readonly (MetricValue | null)[]): NumberColumn {
    const column = new NumberColumn(Math.max(16, cells.length))
    column.length = cells.length
    for (let row = 0; row < cells.length; row += 1) {
      const cell = cells[row]
      if (typeof cell === 'number') column.data[row] = cell
      else if (cell !== null && cell !== undefined) column.set(row, cell)
    }
    return column
  }

  /** null: no value, or NaN: see isNaN. */
  at(row: number): number | null {
    const value = this.data[row]
    return value === undefined || Number.isNaN(value) ? null : value
  }

  isNaN(row: number): boolean {
    return this.nanRows.has(row)
  }

  set(row: number, cell: MetricValue | null | undefined): void {
    this.grow(row + 1)
    this.nanRows.delete(row)
    if (cell === null || cell === undefined) this.data[row] = NaN
    else if (cell === 'NaN') {
      this.data[row] = NaN
      this.nanRows.add(row)
    } else this.data[row] = Number(cell)
  }

  /** New rows have no value. */
  grow(length: number): void {
    if (length <= this.length) return
    if (length > this.data.length) {
      const wider = new Float64Array(Math.max(length, this.data.length * 2)).fill(NaN)
      wider.set(this.data.subarray(0, this.length))
      this.data = wider
    }
    this.length = length
  }
}
