// All metrics of a run as curves, in groups by what stands before their `/`. The controls are for all of them, and stand
// in the address.
import { useMemo, useState, type ReactNode } from 'react'
import type { Run } from '../../api/records.ts'
import { formatCounted } from '../../format/number.ts'
import { FailedRequest } from '../../shell/failure.tsx'
import { isTerminalRunState } from '../../../sweeps/run.ts'
import { CurveChart } from './curve-chart.tsx'
import { CurveControls, useCurveView } from './curve-controls.tsx'
import { groupMetrics } from './curve-groups.ts'
import { fetchCurves, useRunPart, type Curve } from './run-data.ts'
import { Section } from './section.tsx'
import { WhenSeen } from './when-seen.tsx'

/** Pixels of a chart are about 400: twice as many points are enough. */
const POINTS = 400
/** Charts of a group that are there without asking. */
const FIRST = 8

interface CurvesPanelProps {
  readonly run: Run
  /** The sweep's. */
  readonly metric: string | null
}

export function CurvesPanel({ run, metric }: CurvesPanelProps) {
  const { data, error, refetch } = useRunPart(run.id, 'curves', () => fetchCurves(run.id, POINTS))
  const [wanted, setWanted] = useState('')
  const curveView = useCurveView()
  const curves = useMemo(() => new Map(data?.curves.map((curve) => [curve.key, curve])), [data])
  const groups = useMemo(() => {
    const word = wanted.trim().toLowerCase()
    return groupMetrics(
      [...curves.keys()].filter((key) => key.toLowerCase().includes(word)),
      metric,
    )
  }, [curves, wanted, metric])
  const resumes = data?.resumes ?? []

  return (
    <Section
      id="curves"
      title="Curves"
      note={data === undefined ? undefined : formatCounted(curves.size, 'metric')}
      controls={<CurveControls control={curveView} />}
    >
      {error !== null && <FailedRequest what="The curves" error={error} onRetry={() => void refetch()} />}
      {data !== undefined && curves.size === 0 && <NoCurves run={run} />}
      {curves.size > FIRST && (
        <input
          type="search"
          className="curve-search"
          aria-label="Metrics whose name has"
          placeholder="find a metric"
          value={wanted}
          onChange={(event) => setWanted(event.target.value)}
        />
      )}
      {curves.size > 0 && groups.length === 0 && <p className="muted">No metric has this in its name.</p>}
      {groups.map(({ name, keys }) => (
        <CurveGroup
          key={name}
          title={groups.length === 1 && name === '' ? null : name === '' ? 'no prefix' : name}
          curves={keys.flatMap((key) => curves.get(key) ?? [])}
          draw={(curve) => (
            <CurveChart
              key={curve.key}
              curve={curve}
              isObjective={curve.key === metric}
              startMs={startOf(run)}
              resumes={resumes}
              control={curveView}
            />
          )}
        />
      ))}
      {data === undefined && error === null && (
        <div className="curve-skeleton" role="status" aria-label="Loading" />
      )}
    </Section>
  )
}

function startOf(run: Run): number {
  return Date.parse(run.startedAt ?? run.createdAt)
}

interface CurveGroupProps {
  /** null: there is one group only. */
  readonly title: string | null
  readonly curves: readonly Curve[]
  readonly draw: (curve: Curve) => ReactNode
}

function CurveGroup({ title, curves, draw }: CurveGroupProps) {
  const [isAll, setAll] = useState(false)
  const shown = isAll ? curves : curves.slice(0, FIRST)
  const charts = (
    <>
      <div className="curve-grid">
        {shown.map((curve) => (
          <WhenSeen key={curve.key} height={230}>
            {draw(curve)}
          </WhenSeen>
        ))}
      </div>
      {shown.length < curves.length && (
        <button onClick={() => setAll(true)}>Show all {curves.length} of this group</button>
      )}
    </>
  )
  if (title === null) return charts
  return (
    <details className="curve-group" open>
      <summary>
        <h3>
          <bdi>{title.slice(0, 120)}</bdi>
        </h3>{' '}
        <span className="muted">{curves.length}</span>
      </summary>
      {charts}
    </details>
  )
}

function NoCurves({ run }: { readonly run: Run }) {
  if (isTerminalRunState(run.state)) return <p className="muted">This run reported no metric.</p>
  return (
    <p className="muted">
      {run.state === 'running'
        ? 'No metric yet. The first usually comes with the first printed line of results; this page updates by itself.'
        : 'The run waits for a slot of an agent. This page updates by itself.'}
    </p>
  )
}
