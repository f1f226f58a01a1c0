// What the compared runs were given: differing parameters first.
import { useMemo, useState } from 'react'
import { NOTHING } from '../../format/number.ts'
import { compareConfigs } from '../run/config-rows.ts'
import { ForeignText } from '../run/section.tsx'
import type { ComparedRun } from './compare-data.ts'
import { RunSwatch } from './run-swatch.tsx'

export function CompareConfig({ runs }: { readonly runs: readonly ComparedRun[] }) {
  const [chosen, setChosen] = useState<boolean | null>(null)
  const onlyDifferent = chosen ?? runs.length > 1
  const rows = useMemo(() => compareConfigs(runs.map(({ run }) => run.configText)), [runs])
  const different = rows.filter(({ isDifferent }) => isDifferent)
  const shown = onlyDifferent ? different : rows
  return (
    <section className="panel compare-panel" aria-labelledby="compare-config">
      <header className="run-section-head">
        <h2 id="compare-config">Config</h2>
        <span className="muted">
          {different.length} of {rows.length} parameters differ
        </span>
        <span className="grow" />
        <label className="row">
          <input
            type="checkbox"
            checked={onlyDifferent}
            onChange={(event) => setChosen(event.target.checked)}
          />
          only differences
        </label>
      </header>
      {shown.length === 0 ? (
        <p className="muted">{rows.length === 0 ? 'They were given no parameters.' : 'Nothing differs.'}</p>
      ) : (
        <div className="run-scroll" tabIndex={0} role="region" aria-label="Parameters of the runs">
          <table className="run-table compare-table">
            <thead>
              <tr>
                <th scope="col">parameter</th>
                {runs.map(({ run, colour }) => (
                  <th key={run.id} scope="col">
                    <span className="compare-run">
                      <RunSwatch colour={colour} />
                      <code>{run.id}</code>
                    </span>
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {shown.map((row) => (
                <tr
                  key={row.name}
                  className={row.isDifferent && !onlyDifferent ? 'config-differs' : undefined}
                >
                  <th scope="row">
                    <ForeignText text={row.name} most={120} />
                    {row.isDifferent && <span className="visually-hidden"> (differs)</span>}
                  </th>
                  {row.cells.map((cell, index) => (
                    <td key={index} className="mono">
                      {cell === null ? (
                        <span className="muted">{NOTHING}</span>
                      ) : (
                        <ForeignText text={cell} most={80} />
                      )}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  )
}
