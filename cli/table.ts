// Plain aligned columns: two spaces between them, no border, nothing before the first cell but the indent.
import { cutToWidth, textWidth } from './text-width.ts'

export interface Column {
  readonly title: string
  /** @default 'left' */
  readonly align?: 'left' | 'right'
  /** This column gives way when the line is wider than the terminal. */
  readonly isElastic?: boolean
}

export interface TableOptions {
  /** Columns of the terminal; null when there is none, and then nothing is cut. */
  readonly width: number | null
  /** @default '  ' */
  readonly indent?: string
  /** Dresses a whole line after it is laid out; line 0 is the header. */
  readonly dress?: (line: string, lineIndex: number) => string
}

/** Lines of the table, header first; no trailing spaces. */
export function layOutTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  options: TableOptions,
): string[] {
  const indent = options.indent ?? '  '
  const widths = columns.map((column, index) =>
    Math.max(textWidth(column.title), ...rows.map((row) => textWidth(row[index] ?? ''))),
  )
  const elastic = columns.findIndex((column) => column.isElastic)
  if (options.width !== null && elastic >= 0) {
    const total = indent.length + widths.reduce((sum, width) => sum + width, 0) + 2 * (columns.length - 1)
    const excess = total - options.width
    if (excess > 0) widths[elastic] = Math.max(8, (widths[elastic] ?? 0) - excess)
  }
  const layOut = (cells: readonly string[]): string => {
    const fitted = columns.map((column, index) => {
      const width = widths[index] ?? 0
      const cell = cells[index] ?? ''
      const text = cutToWidth(cell, width)
      const padding = ' '.repeat(width - textWidth(text))
      return column.align === 'right' ? padding + text : text + padding
    })
    return (indent + fitted.join('  ')).trimEnd()
  }
  const lines = [layOut(columns.map((column) => column.title)), ...rows.map(layOut)]
  return options.dress ? lines.map(options.dress) : lines
}
