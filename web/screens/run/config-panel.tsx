// What the run was given, beside the best run's or the first one's, differing parameters first.
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
  /** What the sweep began with; null: as `best`. */
  readonly first: Run | null
}

type Beside = 'best' | 'first'

export function ConfigPanel({ run, best, first }: ConfigPanelProps) {
  const [beside, setBeside] = useState<Beside>('best')
  const [isAll, setAll] = useState(false)
  const [onlyDifferent, setOnlyDifferent] = useState(false)
  const offered = (
    [
      ['best', best],
      ['first', first],
    ] as const
  ).filter(([name, one]) => one !== null && one.id !== run.id && (name === 'best' || one.id !== best?.id))
  const [name, other] = offered.find(([one]) => one === beside) ?? offered[0] ?? ['best', null]
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
      note={
        other === null
          ? formatCounted(rows.length, 'parameter')
          : `${different} ${different === 1 ? 'differs' : 'differ'} from the ${name}`
      }
      controls={<CopyButton text={run.configText}>Copy JSON</CopyButton>}
    >
      {rows.length === 0 && <p className="muted">It was given no parameters.</p>}
      {other !== null && rows.length > 0 && (
        <div className="row">
          {offered.length > 1 && (
            <label className="row">
              beside
              <select
                value={name}
                onChange={(event) => setBeside(event.target.value === 'first' ? 'first' : 'best')}
              >
                <option value="best">the best run</option>
                <option value="first">the first run</option>
              </select>
            </label>
          )}
          <label className="row">
            <input
              type="checkbox"
              checked={onlyDifferent}
              onChange={(event) => setOnlyDifferent(event.target.checked)}
            />
            only differences
          </label>
        </div>
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
                    {name}: <Link href={runPath(other.id, other.sweepId)}>{other.id}</Link>
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
