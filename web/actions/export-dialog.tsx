// The four formats of `sweep export`, of the runs that the filter takes or of all.
import { useState } from 'react'
import { Dialog } from '../shell/dialog.tsx'
import { useSelection } from '../selection/use-selection.ts'
import { formatCounted } from '../format/number.ts'

const FORMATS = ['csv', 'json', 'jsonl', 'parquet'] as const
const TITLES = { csv: 'CSV', json: 'JSON', jsonl: 'JSON Lines', parquet: 'Parquet' } as const
type What = 'runs' | 'history' | 'all'

export function exportPath(
  sweepRef: string,
  what: What,
  format: (typeof FORMATS)[number],
  where: string,
): string {
  const query = new URLSearchParams({ what, format, ...(where.trim() === '' ? {} : { where }) })
  return `/api/v1/sweeps/${encodeURIComponent(sweepRef)}/export?${query.toString()}`
}

export function ExportDialog({
  sweepRef,
  onClose,
}: {
  readonly sweepRef: string
  readonly onClose: () => void
}) {
  const { selected } = useSelection(sweepRef)
  const filter = selected?.filterProblem === null ? selected.filterText.trim() : ''
  const [isFiltered, setFiltered] = useState(filter !== '')
  const [what, setWhat] = useState<What>('runs')
  const count = isFiltered ? (selected?.filteredRows.length ?? 0) : (selected?.table.count ?? 0)
  return (
    <Dialog title="Export" onClose={onClose}>
      <label>
        What
        <select value={what} onChange={(event) => setWhat(event.target.value as What)}>
          <option value="runs">runs: parameters and results, a line each</option>
          <option value="history">history: every reported value</option>
          <option value="all">both</option>
        </select>
      </label>
      {filter !== '' && (
        <label className="row">
          <input
            type="checkbox"
            checked={isFiltered}
            onChange={(event) => setFiltered(event.target.checked)}
          />
          only what the filter takes: <code>{filter}</code>
        </label>
      )}
      <p className="muted">{formatCounted(count, 'run')}, with all their columns. A brush is not applied.</p>
      <div className="row">
        {FORMATS.map((format) =>
          what === 'all' && format === 'parquet' ? null : (
            <a
              key={format}
              className="button"
              href={exportPath(sweepRef, what, format, isFiltered ? filter : '')}
              download
            >
              {TITLES[format]}
            </a>
          ),
        )}
      </div>
    </Dialog>
  )
}
