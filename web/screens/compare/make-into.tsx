// What would make one run into another: the parameters that differ, those first that matter most to the metric, each
// with all runs of the sweep over it and where the two stand.
import { useQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { answer, api } from '../../api/client.ts'
import type { Run } from '../../api/records.ts'
import { formatMetric, formatShare, NOTHING } from '../../format/number.ts'
import type { SweepTable } from '../../live/sweep-table.ts'
import { CopyButton } from '../../shell/copy-button.tsx'
import { compareConfigs, configAsArguments } from '../run/config-rows.ts'
import { ForeignText } from '../run/section.tsx'
import type { ComparedRun } from './compare-data.ts'
import { ParameterSlice } from './parameter-slice.tsx'

/** Parameters that are there without asking. */
const FIRST = 6

interface MakeIntoProps {
  readonly sweepRef: string
  readonly table: SweepTable
  /** Goes up with every change of the table. */
  readonly version: number
  readonly runs: readonly ComparedRun[]
}

export function MakeInto({ sweepRef, table, version, runs }: MakeIntoProps) {
  const ranked = runs.toSorted((a, b) => (a.run.rank ?? Infinity) - (b.run.rank ?? Infinity))
  const [wantedA, setA] = useState<string | null>(null)
  const [wantedB, setB] = useState<string | null>(null)
  const [isAll, setAll] = useState(false)
  const a = runs.find(({ run }) => run.id === wantedA) ?? ranked[0]
  const b =
    runs.find(({ run }) => run.id === wantedB && run.id !== a?.run.id) ??
    ranked.find(({ run }) => run.id !== a?.run.id)
  const importance = useImportance(sweepRef)
  const rows = useMemo(() => {
    if (a === undefined || b === undefined) return []
    const different = compareConfigs([b.run.configText, a.run.configText]).filter((row) => row.isDifferent)
    const weight = (name: string) => importance.get(name) ?? 0
    return different.sort((one, other) => weight(other.name) - weight(one.name))
  }, [a, b, importance])
  if (a === undefined || b === undefined) return null
  const shown = isAll ? rows : rows.slice(0, FIRST)
  return (
    <section className="panel compare-panel" aria-labelledby="compare-into">
      <header className="run-section-head">
        <h2 id="compare-into">What would make</h2>
        <RunChoice label="B" runs={runs} value={b.run.id} not={a.run.id} onChange={setB} />
        <span>into</span>
        <RunChoice label="A" runs={runs} value={a.run.id} not={b.run.id} onChange={setA} />
        <span className="grow" />
        <CopyButton text={() => configAsArguments(a.run.configText)}>Copy args of A</CopyButton>
      </header>
      <p className="muted">{sentenceOf(a.run, b.run, rows.length)}</p>
      <ul className="into-list">
        {shown.map(({ name, cells: [from, to] }) => (
          <li key={name} className="into-item">
            <strong>
              <ForeignText text={name} most={80} />
            </strong>
            <span className="mono into-change">
              <ForeignText text={from ?? NOTHING} most={60} /> <span aria-label="becomes">→</span>{' '}
              <ForeignText text={to ?? NOTHING} most={60} />
            </span>
            {importance.has(name) && (
              <span className="muted">importance {formatShare(importance.get(name) ?? 0)}</span>
            )}
            <ParameterSlice
              table={table}
              version={version}
              parameter={name}
              marks={[
                { id: b.run.id, colour: b.colour },
                { id: a.run.id, colour: a.colour },
              ]}
            />
          </li>
        ))}
      </ul>
      {shown.length < rows.length && <button onClick={() => setAll(true)}>Show all {rows.length}</button>}
    </section>
  )
}

function sentenceOf(a: Run, b: Run, count: number): string {
  if (count === 0)
    return 'Their configs are the same: what differs between them is chance, the code or the machine.'
  const change = count === 1 ? 'One parameter' : `${count} parameters`
  return `${change}; the metric went from ${formatMetric(b.value)} (B) to ${formatMetric(a.value)} (A) with all of them at once. The dots are all runs of the sweep.`
}

interface RunChoiceProps {
  readonly label: string
  readonly runs: readonly ComparedRun[]
  readonly value: string
  readonly not: string
  readonly onChange: (id: string) => void
}

function RunChoice({ label, runs, value, not, onChange }: RunChoiceProps) {
  return (
    <select aria-label={`Run ${label}`} value={value} onChange={(event) => onChange(event.target.value)}>
      {runs
        .filter(({ run }) => run.id !== not)
        .map(({ run }) => (
          <option key={run.id} value={run.id}>
            {`${label}: ${run.id}${run.rank === null ? '' : ` (#${run.rank})`}`}
          </option>
        ))}
    </select>
  )
}

/** By parameter; empty while there are too few runs to say. */
function useImportance(sweepRef: string): ReadonlyMap<string, number> {
  const { data } = useQuery({
    queryKey: ['importance', sweepRef],
    queryFn: () =>
      answer(api.GET('/api/v1/sweeps/{ref}/importance', { params: { path: { ref: sweepRef }, query: {} } })),
    staleTime: 60_000,
  })
  return useMemo(
    () =>
      new Map(
        (data?.parameters ?? []).flatMap(({ name, importance }) =>
          importance === null ? [] : [[name, importance] as const],
        ),
      ),
    [data],
  )
}
