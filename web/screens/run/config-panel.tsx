// What the run was given, beside the best run's, differing parameters first.
import { useMemo, useState } from 'react'
import { Link } from 'wouter'
import type { Run } from '../../api/records.ts'
import { runPath } from '../../format/entity-link.tsx'
import { formatCounted, NOTHING } from '../../format/number.ts'
import { CopyButton } from '../../shell/copy-button.tsx'
import { compareConfigs, type ConfigRow } from './config-rows.ts'
import { ForeignText, Section } from './section.tsx'

/** Rows that are there without asking. */
const FIRST = 40

interface ConfigPanelProps {
  readonly run: Run
  /** null: none is ranked, or the run is outside sweeps. */
  readonly best: Run | null
}

export function ConfigPanel({ run, best }: ConfigPanelProps) {
  const [isAll, setAll] = useState(false)
  const [onlyDifferent, setOnlyDifferent] = useState(false)
  const other = best === null || best.id === run.id ? null : best
  const rows = useMemo(
    () => compareConfigs([run.configText, ...(other === null ? [] : [other.configText])]),
    [run.configText, other],
  )
  const different = rows.filter(({ isDifferent }) => isDifferent).length
  const wanted = onlyDifferent ? rows.filter(({ isDifferent }) => isDifferent) : rows
  const shown = isAll ? wanted : wanted.slice(0, FIRST)
  return (
    <Section
      id="config"
      title="Config"
      note={other === null ? formatCounted(rows.length, 'parameter') : `${different} differ from the best`}
      controls={<CopyButton text={run.configText}>Copy JSON</CopyButton>}
    >
      {rows.length === 0 && <p className="muted">It was given no parameters.</p>}
      {other !== null && rows.length > 0 && (
        <label className="row">
          <input
            type="checkbox"
            checked={onlyDifferent}
            onChange={(event) => setOnlyDifferent(event.target.checked)}
          />
          only what differs from the best run
        </label>
      )}
      {rows.length > 0 && (
        <div className="run-scroll config-scroll" tabIndex={0} role="region" aria-label="Parameters">
          <table className="run-table config-table">
            <thead>
              <tr>
                <th scope="col">parameter</th>
                <th scope="col">this run</th>
                {other !== null && (
                  <th scope="col">
                    best: <Link href={runPath(other.id, other.sweepId)}>{other.id}</Link>
                  </th>
                )}
              </tr>
            </thead>
            <tbody>
              {shown.map((row) => (
                <ConfigLine key={row.name} row={row} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {onlyDifferent && wanted.length === 0 && <p className="muted">Nothing differs.</p>}
      {shown.length < wanted.length && <button onClick={() => setAll(true)}>Show all {wanted.length}</button>}
    </Section>
  )
}

function ConfigLine({ row }: { readonly row: ConfigRow }) {
  return (
    <tr className={row.isDifferent ? 'config-differs' : undefined}>
      <th scope="row">
        <ForeignText text={row.name} most={120} />
        {row.isDifferent && <span className="visually-hidden"> (differs)</span>}
      </th>
      {row.cells.map((cell, index) => (
        <td key={index} className="mono">
          {cell === null ? <span className="muted">{NOTHING}</span> : <ForeignText text={cell} most={160} />}
        </td>
      ))}
    </tr>
  )
}
