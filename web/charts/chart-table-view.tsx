// A chart as a table. Long ones are cut: a page of 10,000 rows helps nobody, and all of them are in the CSV.
import { useMemo } from 'react'
import type { ChartCell, ChartTable } from '../../charts/chart-table.ts'

const MAX_ROWS = 1_000

interface ChartTableViewProps {
  readonly title: string
  readonly table: () => ChartTable
}

export function ChartTableView({ title, table }: ChartTableViewProps) {
  const { columns, rows } = useMemo(table, [table])
  const isCut = rows.length > MAX_ROWS
  return (
    <div className="chart-table" role="region" aria-label={`${title} as a table`} tabIndex={0}>
      {isCut && (
        <p className="muted">
          The first {MAX_ROWS.toLocaleString('en')} of {rows.length.toLocaleString('en')} rows; all of them
          are in the CSV.
        </p>
      )}
      <table>
        <caption className="visually-hidden">{title}</caption>
        <thead>
          <tr>
            {columns.map((column, index) => (
              <th key={index} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, MAX_ROWS).map((cells, row) => (
            <tr key={row}>
              {cells.map((cell, index) => (
                <td key={index} className={typeof cell === 'number' ? 'number' : undefined}>
                  {cellText(cell)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length === 0 && <p className="muted">Nothing to show yet.</p>}
    </div>
  )
}

function cellText(cell: ChartCell): string {
  if (cell === null) return '–'
  return typeof cell === 'number' ? String(Number(cell.toPrecision(6))) : cell
}
