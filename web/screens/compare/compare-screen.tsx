// Two to twelve runs side by side: what they came to, what they were given, their curves on one axis, and what would
// make one of them into another.
import { useState, type FormEvent } from 'react'
import type { SweepTable } from '../../live/sweep-table.ts'
import { CopyButton } from '../../shell/copy-button.tsx'
import { FailedRequest, PanelBoundary } from '../../shell/failure.tsx'
import { SweepFrame } from '../../shell/sweep-frame.tsx'
import { useView } from '../../view/use-view.ts'
import '../run/run.css'
import { CompareConfig } from './compare-config.tsx'
import { CompareCurves } from './compare-curves.tsx'
import { compareAsMarkdown } from './compare-markdown.ts'
import { CompareSummary } from './compare-summary.tsx'
import './compare.css'
import { MAX_COMPARED, useCompared, type Compared } from './compare-data.ts'
import { MakeInto } from './make-into.tsx'

export default function CompareScreen() {
  return (
    <SweepFrame page="compare">
      {({ sweepRef, table, version }) => <Comparison sweepRef={sweepRef} table={table} version={version} />}
    </SweepFrame>
  )
}

interface ComparisonProps {
  readonly sweepRef: string
  readonly table: SweepTable
  /** Goes up with every change of the table. */
  readonly version: number
}

function Comparison({ sweepRef, table, version }: ComparisonProps) {
  const compared = useCompared()
  const { view } = useView()
  const { runs, problems, leftOut } = compared
  const metric = table.sweep.metric
  return (
    <div className="compare-screen">
      <div className="row">
        <h2>
          Compare {runs.length} {runs.length === 1 ? 'run' : 'runs'}
        </h2>
        <AddRun compared={compared} table={table} />
        <span className="grow" />
        {runs.length > 0 && (
          <>
            <CopyButton text={() => compareAsMarkdown(runs, metric, view.sum)}>Copy as Markdown</CopyButton>
            <CopyButton text={() => window.location.href}>Copy link</CopyButton>
          </>
        )}
      </div>
      {leftOut > 0 && (
        <p className="banner">
          The link names {leftOut} more: {MAX_COMPARED} at most are compared.
        </p>
      )}
      {problems.map(({ ref, error }) => (
        <FailedRequest key={ref} what={`Run ${ref.slice(0, 60)}`} error={error} />
      ))}
      {runs.length < 2 && !compared.isLoading && (
        <p className="muted">
          Choose at least two: check runs in the leaderboard and press Compare (or c), or add them here by
          their ids.
        </p>
      )}
      {runs.length > 0 && (
        <>
          <PanelBoundary what="The summary">
            <CompareSummary compared={compared} metric={metric} />
          </PanelBoundary>
          <PanelBoundary what="The configs">
            <CompareConfig runs={runs} />
          </PanelBoundary>
          {runs.length > 1 && (
            <PanelBoundary what="What would make one into another">
              <MakeInto sweepRef={sweepRef} table={table} version={version} runs={runs} />
            </PanelBoundary>
          )}
          <PanelBoundary what="The curves">
            <CompareCurves runs={runs} metric={metric?.name ?? null} />
          </PanelBoundary>
        </>
      )}
    </div>
  )
}

/** Offered are the best that are not there yet. */
const MAX_OFFERED = 30

function AddRun({ compared, table }: { readonly compared: Compared; readonly table: SweepTable }) {
  const [text, setText] = useState('')
  const isFull = compared.refs.length >= MAX_COMPARED
  const offered = [...table.ids.keys()]
    .filter((row) => (table.ranks[row] ?? 0) > 0 && (table.ranks[row] ?? 0) <= MAX_OFFERED)
    .sort((a, b) => (table.ranks[a] ?? 0) - (table.ranks[b] ?? 0))
  function submit(event: FormEvent): void {
    event.preventDefault()
    const ref = text.trim()
    if (ref === '') return
    compared.add(ref)
    setText('')
  }
  return (
    <form className="row" onSubmit={submit}>
      <input
        aria-label="Id of a run to add"
        placeholder="add a run"
        list="compare-offered"
        value={text}
        disabled={isFull}
        title={isFull ? `${MAX_COMPARED} runs at most are compared` : undefined}
        onChange={(event) => setText(event.target.value)}
      />
      <datalist id="compare-offered">
        {offered.map((row) => (
          <option key={table.ids[row]} value={table.ids[row]}>
            {`#${table.ranks[row] ?? ''} ${(table.text.name[row] ?? '').slice(0, 60)}`}
          </option>
        ))}
      </datalist>
      <button disabled={isFull || text.trim() === ''}>Add</button>
    </form>
  )
}
