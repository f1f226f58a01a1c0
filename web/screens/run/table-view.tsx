// A wandb.Table: its file is read, and shown as far as a page can carry it.
import { useQuery } from '@tanstack/react-query'
import { formatCount, formatNumber } from '../../format/number.ts'
import { problemOf, unreachable } from '../../api/client.ts'
import { FailedRequest } from '../../shell/failure.tsx'
import { readLoggedTable, readMediaValue } from './media-shapes.ts'
import { fileAddress } from './run-data.ts'
import { ForeignText } from './section.tsx'

const MAX_BYTES = 8_000_000
const MAX_ROWS = 200
const MAX_COLUMNS = 40

interface TableViewProps {
  readonly runId: string
  /** Name of the run's file. */
  readonly path: string
  readonly name: string
}

export function TableView({ runId, path, name }: TableViewProps) {
  const address = fileAddress({ kind: 'runs', id: runId }, path)
  const { data, error, refetch } = useQuery({
    queryKey: ['logged-table', address],
    queryFn: () => fetchTable(address),
    staleTime: Infinity,
  })
  const download = (
    <a href={address} download>
      Download
    </a>
  )
  if (error !== null) return <FailedRequest what="The table" error={error} onRetry={() => void refetch()} />
  if (data === undefined) return <p className="muted">The table is being read.</p>
  if (typeof data === 'string')
    return (
      <p className="muted">
        {data} {download}
      </p>
    )
  const rows = data.rows.slice(0, MAX_ROWS)
  const columns = data.columns.slice(0, MAX_COLUMNS)
  const isCut = rows.length < data.rows.length || columns.length < data.columns.length
  return (
    <>
      <p className="muted">
        {formatCount(data.rows.length)} rows, {formatCount(data.columns.length)} columns
        {isCut && `; the first ${rows.length} and ${columns.length} are here`}. {download}
      </p>
      <div
        className="run-scroll media-table"
        tabIndex={0}
        role="region"
        aria-label={`Table ${name.slice(0, 200)}`}
      >
        <table className="run-table">
          <thead>
            <tr>
              {columns.map((column, index) => (
                <th key={index} scope="col">
                  <ForeignText text={column} most={80} />
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row, index) => (
              <tr key={index}>
                {columns.map((_, column) => (
                  <td key={column}>
                    <Cell runId={runId} value={row[column]} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  )
}

/** @returns words instead of a table that cannot be shown */
async function fetchTable(address: string) {
  const response = await fetch(address).catch(() => {
    throw unreachable()
  })
  if (!response.ok) throw problemOf(response.status, await response.json().catch(() => undefined))
  if (Number(response.headers.get('content-length') ?? 0) > MAX_BYTES) {
    await response.body?.cancel()
    return 'The table is too large for a page.'
  }
  return readLoggedTable(await response.text()) ?? 'The file is no table that can be read here.'
}

function Cell({ runId, value }: { readonly runId: string; readonly value: unknown }) {
  if (typeof value === 'number') return <span className="number">{formatNumber(value)}</span>
  if (typeof value === 'string') return <ForeignText text={value} most={160} />
  if (typeof value === 'object' && value !== null && '_type' in value) {
    const shape = readMediaValue(value as Record<string, unknown>)
    const image = shape.kind === 'images' ? shape.images[0] : undefined
    if (image?.isShowable === true)
      return (
        <img
          className="media-cell"
          src={fileAddress({ kind: 'runs', id: runId }, image.path, true)}
          alt={image.caption ?? 'picture'}
          loading="lazy"
        />
      )
  }
  return <ForeignText text={value === undefined ? '–' : JSON.stringify(value)} most={160} />
}
