// A chart's table as CSV (RFC 4180): numbers as they are, texts safe to open in a spreadsheet.
import type { ChartCell, ChartTable } from '../../charts/chart-table.ts'
import { guardFormula } from '../../sweeps/spreadsheet-cell.ts'

/** Lines end with CRLF; a cell without a value is empty. */
export function chartTableAsCsv({ columns, rows }: ChartTable): string {
  return [columns, ...rows].map((cells) => `${cells.map(csvCell).join(',')}\r\n`).join('')
}

function csvCell(cell: ChartCell): string {
  if (cell === null) return ''
  if (typeof cell === 'number') return String(cell)
  const text = guardFormula(cell)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
