// The column types that differ between the databases; each dialect names its own.

/** What the databases call differently. */
export interface ColumnTypes {
  /** Text that sorts byte by byte: prefix search needs it. */
  readonly id: string
}
