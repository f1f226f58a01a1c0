// The analysis of a sweep: what its parameters are worth, the metric against each of them and against two, learning
// curves, and whether early termination can be trusted. Every part obeys the one filter and brush.
import { FilterBox } from '../../selection/filter-box.tsx'
import { useSelection } from '../../selection/use-selection.ts'
import { PanelBoundary } from '../../shell/failure.tsx'
import { SweepFrame, type SweepScreen } from '../../shell/sweep-frame.tsx'
import { useView } from '../../view/use-view.ts'
import { ContourPanel } from './contour-panel.tsx'
import { CurvesPanel } from './curves-panel.tsx'
import { ImportancePanel } from './importance-panel.tsx'
import { NextPanel } from './next-panel.tsx'
import { SlicesPanel } from './slices-panel.tsx'
import { StoppingPanel } from './stopping-panel.tsx'
import { useCalm, useImportance } from './use-analysis.ts'
import './analysis.css'

/** Charts of all runs are drawn anew at most so often. */
const DRAW_EVERY_MS = 1_000

export default function AnalysisScreen() {
  return (
    <SweepFrame page="analysis" tools={(sweepRef) => <Tools sweepRef={sweepRef} />}>
      {({ sweepRef }: SweepScreen) => <Analysis sweepRef={sweepRef} />}
    </SweepFrame>
  )
}

function Analysis({ sweepRef }: { readonly sweepRef: string }) {
  const { view } = useView()
  const { selected: newest, selection } = useSelection(sweepRef)
  const selected = useCalm(newest, DRAW_EVERY_MS)
  const table = newest?.table ?? null
  const metric = view.metric === '' ? (table?.sweep.metric?.name ?? '') : view.metric
  const where = newest === null || newest.filterProblem !== null ? '' : newest.filterText
  const importance = useImportance(sweepRef, view.metric, where)
  if (newest === null) return null
  // Until the next drawing the old selection, unless it is of another table
  const drawn = selected === null || selected.table !== newest.table ? newest : selected
  const common = { sweepRef, selected: drawn }
  return (
    <div className="analysis">
      <PanelBoundary what="What to try next">
        <NextPanel sweepRef={sweepRef} />
      </PanelBoundary>
      <div className="analysis-two">
        <PanelBoundary what="Importance">
          <ImportancePanel asked={importance} isBrushed={newest.brush.size > 0} />
        </PanelBoundary>
        <PanelBoundary what="The surface">
          <ContourPanel {...common} importance={importance.data} isOrderKnown={!importance.isPending} />
        </PanelBoundary>
      </div>
      <PanelBoundary what="Slices">
        <SlicesPanel
          {...common}
          metric={metric}
          isLogY={view.log.split(',').includes('y')}
          importance={importance.data}
        />
      </PanelBoundary>
      <PanelBoundary what="Curves">
        <CurvesPanel {...common} metric={metric} where={where} />
      </PanelBoundary>
      <PanelBoundary what="Stopping">
        <StoppingPanel {...common} selected={newest} selection={selection} />
      </PanelBoundary>
    </div>
  )
}

/** Which metric is looked at, and the filter. */
function Tools({ sweepRef }: { readonly sweepRef: string }) {
  const { view, change } = useView()
  const { selected } = useSelection(sweepRef)
  const own = selected?.table.sweep.metric?.name ?? ''
  const names = [...new Set([own, ...(selected?.table.metrics.keys() ?? [])])].filter((name) => name !== '')
  const metric = view.metric === '' ? own : view.metric
  return (
    <div className="analysis-tools">
      {names.length > 1 && (
        <label className="row">
          <span className="muted">metric</span>
          <select
            className="analysis-choice"
            value={metric}
            onChange={(event) => change({ metric: event.target.value === own ? '' : event.target.value })}
          >
            {(names.includes(metric) ? names : [...names, metric]).map((name) => (
              <option key={name} value={name}>
                {name.slice(0, 60)}
              </option>
            ))}
          </select>
        </label>
      )}
      <FilterBox sweepRef={sweepRef} />
    </div>
  )
}
