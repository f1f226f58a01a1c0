// The timeline with its controls: how far back, zoom, and what the colours mean.
import { useCallback, useMemo, useState } from 'react'
import {
  buildLanes,
  timelineTable,
  wholeWindow,
  type SpanOutcome,
  type TimeWindow,
} from '../../../charts/timeline.ts'
import { ChartPanel, usePicture } from '../../charts/chart-panel.tsx'
import { formatCounted } from '../../format/number.ts'
import { FailedRequest } from '../../shell/failure.tsx'
import { Late } from '../../shell/late.tsx'
import { useView } from '../../view/use-view.ts'
import { GLYPHS } from './draw-timeline.ts'
import type { Timeline } from './merge-timeline.ts'
import { TimelineCanvas } from './timeline-canvas.tsx'
import { useTimeline } from './use-timeline.ts'

const RANGES: readonly (readonly [string, number])[] = [
  ['1 hour', 1],
  ['6 hours', 6],
  ['24 hours', 24],
  ['7 days', 168],
]

/** @param sweepRef null: of all sweeps, a day back */
export function TimelinePanel({ sweepRef }: { readonly sweepRef: string | null }) {
  const [hours, setHours] = useState(sweepRef === null ? 24 : null)
  const { view, change } = useView()
  const { data, error, refetch } = useTimeline(sweepRef, hours)
  const zoom = useMemo(() => parseZoom(view.x), [view.x])
  const onZoom = useCallback(
    (next: TimeWindow | null) =>
      change({ x: next === null ? '' : `${Math.round(next.fromMs)}..${Math.round(next.toMs)}` }),
    [change],
  )
  const lanes = useMemo(() => (data === undefined ? [] : buildLanes(data.agents, data.spans)), [data])
  const table = useCallback(() => {
    if (data === undefined) return { columns: [], rows: [] }
    return timelineTable(lanes, zoom ?? wholeWindow(data.spans, data.nowMs), data.nowMs)
  }, [data, lanes, zoom])
  if (data === undefined) {
    if (error === null) return <Late what="The timeline" rows={8} />
    return <FailedRequest what="The timeline" error={error} onRetry={() => void refetch()} />
  }
  const step = (factor: number): void => {
    const { fromMs, toMs } = zoom ?? wholeWindow(data.spans, data.nowMs)
    const middle = (fromMs + toMs) / 2
    const half = Math.max(5_000, ((toMs - fromMs) / 2) * factor)
    onZoom({ fromMs: middle - half, toMs: middle + half })
  }
  const controls = (
    <>
      {sweepRef === null && (
        <label className="row">
          Back
          <select value={hours ?? 24} onChange={(event) => setHours(Number(event.target.value))}>
            {RANGES.map(([title, value]) => (
              <option key={value} value={value}>
                {title}
              </option>
            ))}
          </select>
        </label>
      )}
      <button aria-label="Zoom in" onClick={() => step(0.6)}>
        +
      </button>
      <button aria-label="Zoom out" onClick={() => step(1.6)}>
        −
      </button>
      <button onClick={() => onZoom(null)} disabled={zoom === null}>
        All
      </button>
    </>
  )
  const note = `${formatCounted(lanes.length, 'slot')}, ${formatCounted(data.spans.length, 'attempt')}${data.isCut ? '; older ones are left out' : ''}`
  return (
    <ChartPanel title="Timeline" note={note} controls={controls} table={table} fileName="timeline">
      {lanes.length === 0 ? (
        <p className="muted">No agent has worked anything in this time.</p>
      ) : (
        <>
          <Picture
            timeline={data}
            lanes={lanes}
            zoom={zoom}
            onZoom={onZoom}
            gapWord={sweepRef === null ? 'idle' : 'not in it'}
          />
          <Legend timeline={data} gap={sweepRef === null ? 'idle' : 'idle, or works another sweep'} />
        </>
      )}
    </ChartPanel>
  )
}

function Picture(props: Omit<Parameters<typeof TimelineCanvas>[0], 'onCanvas'>) {
  const [canvas, setCanvas] = useState<HTMLCanvasElement | null>(null)
  usePicture(() => canvas)
  return <TimelineCanvas {...props} onCanvas={setCanvas} />
}

const ORDER: readonly (SpanOutcome | 'open')[] = [
  'open',
  'finished',
  'stopped',
  'failed',
  'lost',
  'preempted',
  'cancelled',
  'recalled',
]

function Legend({ timeline, gap }: { readonly timeline: Timeline; readonly gap: string }) {
  const seen = new Set(timeline.spans.map(({ outcome }) => outcome ?? 'open'))
  return (
    <div className="row timeline-legend muted">
      {ORDER.filter((outcome) => seen.has(outcome)).map((outcome) => (
        <span key={outcome} className="timeline-key">
          <span className={`timeline-swatch swatch-${outcome}`} aria-hidden="true">
            {GLYPHS[outcome]}
          </span>
          {outcome === 'open' ? 'running' : outcome}
        </span>
      ))}
      <span className="timeline-key">
        <span className="timeline-swatch swatch-idle" aria-hidden="true" />
        {gap}
      </span>
      <span className="grow" />
      <span>drag to move, Shift + wheel to zoom, click to open the run</span>
    </div>
  )
}

/** `x=FROM..TO` in epoch ms; null: all. */
function parseZoom(text: string): TimeWindow | null {
  const match = /^(\d{1,15})\.\.(\d{1,15})$/.exec(text)
  if (match === null) return null
  const [fromMs, toMs] = [Number(match[1]), Number(match[2])]
  return toMs > fromMs ? { fromMs, toMs } : null
}
