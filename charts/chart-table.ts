// What a chart shows, as a table: the same rows for screen readers, for CSV, and for whoever wants the numbers.

/** null: there is no value. NaN and the infinities are values, written out. */
export type ChartCell = string | number | null

export interface ChartTable {
  readonly columns: readonly string[]
  readonly rows: readonly (readonly ChartCell[])[]
}
