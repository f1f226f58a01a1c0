// The timeline as a person meets it: it scrolls over the lanes, zooms and moves in time by wheel, dragging and keys,
// and says what is under the pointer. The zoom is the address's (`x`), so that an update leaves it alone.
import { useEffect, useMemo, useRef, useState, type KeyboardEvent, type PointerEvent } from 'react'
import { useLocation } from 'wouter'
import {
  findSpan,
  summarizeTimeline,
  wholeWindow,
  type Lane,
  type TimelineSpan,
  type TimeWindow,
} from '../../../charts/timeline.ts'
import { runPath } from '../../format/entity-link.tsx'
import { formatDuration, formatMoment } from '../../format/time.ts'
import {
  AXIS_HEIGHT,
  drawTimeline,
  GLYPHS,
  LANE_HEIGHT,
  measureLabels,
  plotArea,
  type TimelineLook,
} from './draw-timeline.ts'
import type { Timeline } from './merge-timeline.ts'

const MAX_HEIGHT = 400
const MIN_WINDOW_MS = 10_000
const REACH_PX = 4

interface TimelineCanvasProps {
  readonly timeline: Timeline
  readonly lanes: readonly Lane[]
  /** null: all of it, moving on with the time. */
  readonly zoom: TimeWindow | null
  readonly onZoom: (zoom: TimeWindow | null) => void
  /** What a gap in a lane is, in a word. */
  readonly gapWord: string
  /** For its picture. */
  readonly onCanvas: (canvas: HTMLCanvasElement | null) => void
}

export function TimelineCanvas({ timeline, lanes, zoom, onZoom, gapWord, onCanvas }: TimelineCanvasProps) {
  const scroller = useRef<HTMLDivElement>(null)
  const canvas = useRef<HTMLCanvasElement>(null)
  const drag = useRef<{ readonly x: number; readonly window: TimeWindow; hasMoved: boolean } | null>(null)
  const [hover, setHover] = useState<{ span: TimelineSpan; x: number; y: number } | null>(null)
  const [width, setWidth] = useState(0)
  const [scrollTop, setScrollTop] = useState(0)
  const [, navigate] = useLocation()
  const look = useTimelineLook()
  const { nowMs } = timeline
  const window_ = useMemo(() => zoom ?? wholeWindow(timeline.spans, nowMs), [zoom, timeline, nowMs])
  const height = Math.min(MAX_HEIGHT, AXIS_HEIGHT + lanes.length * LANE_HEIGHT + 4)

  useEffect(() => {
    const element = scroller.current
    if (element === null) return
    const observer = new ResizeObserver(() => setWidth(element.clientWidth))
    observer.observe(element)
    return () => observer.disconnect()
  }, [])
  useEffect(() => {
    onCanvas(canvas.current)
    return () => onCanvas(null)
  }, [onCanvas])
  useEffect(() => {
    const context = canvas.current?.getContext('2d')
    if (context === null || context === undefined || width === 0) return
    const scale = window.devicePixelRatio
    context.canvas.width = Math.round(width * scale)
    context.canvas.height = Math.round(height * scale)
    context.setTransform(scale, 0, 0, scale, 0, 0)
    const view = {
      lanes,
      window: window_,
      nowMs,
      width,
      height,
      scrollTop,
      hovered: hover?.span ?? null,
      gapWord,
    }
    drawTimeline(context, view, look)
  }, [lanes, window_, nowMs, width, height, scrollTop, hover, look, gapWord])

  function area() {
    const context = canvas.current?.getContext('2d')
    return plotArea(
      context === null || context === undefined ? 0 : measureLabels(context, lanes, look.font),
      width,
    )
  }
  function zoomBy(factor: number, atMs = (window_.fromMs + window_.toMs) / 2): void {
    const length = Math.max(MIN_WINDOW_MS, (window_.toMs - window_.fromMs) * factor)
    const share = (atMs - window_.fromMs) / (window_.toMs - window_.fromMs)
    const fromMs = atMs - share * length
    onZoom({ fromMs, toMs: fromMs + length })
  }
  function move(share: number): void {
    const byMs = (window_.toMs - window_.fromMs) * share
    onZoom({ fromMs: window_.fromMs + byMs, toMs: window_.toMs + byMs })
  }
  function timeAt(x: number): number {
    const { left, right } = area()
    return window_.fromMs + ((x - left) / (right - left)) * (window_.toMs - window_.fromMs)
  }
  function spanAt(x: number, y: number): TimelineSpan | null {
    const { left, right } = area()
    if (x < left || x > right || y < AXIS_HEIGHT) return null
    const lane = lanes[Math.floor((y - AXIS_HEIGHT + scrollTop) / LANE_HEIGHT)]
    const reachMs = (REACH_PX / (right - left)) * (window_.toMs - window_.fromMs)
    return lane === undefined ? null : findSpan(lane, timeAt(x), reachMs, nowMs)
  }
  const placeOf = (event: { readonly clientX: number; readonly clientY: number }) => {
    const box = canvas.current?.getBoundingClientRect()
    return { x: event.clientX - (box?.left ?? 0), y: event.clientY - (box?.top ?? 0) }
  }

  // React listens to the wheel passively, where the page's own zoom could not be held off.
  const zoomWheel = useRef<(event: WheelEvent) => void>(() => undefined)
  zoomWheel.current = (event) => {
    if (!event.ctrlKey && !event.shiftKey && !event.metaKey) return
    event.preventDefault()
    const delta = event.deltaY === 0 ? event.deltaX : event.deltaY
    zoomBy(delta > 0 ? 1.25 : 0.8, timeAt(placeOf(event).x))
  }
  useEffect(() => {
    const element = scroller.current
    const listen = (event: WheelEvent) => zoomWheel.current(event)
    element?.addEventListener('wheel', listen, { passive: false })
    return () => element?.removeEventListener('wheel', listen)
  }, [])

  function press(event: PointerEvent): void {
    if (event.button !== 0) return
    drag.current = { x: event.clientX, window: window_, hasMoved: false }
    event.currentTarget.setPointerCapture(event.pointerId)
  }
  function point(event: PointerEvent): void {
    const held = drag.current
    if (held !== null) {
      const dx = event.clientX - held.x
      if (Math.abs(dx) > 3) held.hasMoved = true
      if (!held.hasMoved) return
      const { left, right } = area()
      const byMs = (-dx / (right - left)) * (held.window.toMs - held.window.fromMs)
      return onZoom({ fromMs: held.window.fromMs + byMs, toMs: held.window.toMs + byMs })
    }
    const { x, y } = placeOf(event)
    const span = spanAt(x, y)
    setHover(span === null ? null : { span, x, y })
  }
  function release(event: PointerEvent): void {
    const held = drag.current
    drag.current = null
    if (held === null || held.hasMoved) return
    const { x, y } = placeOf(event)
    const span = spanAt(x, y)
    if (span !== null) navigate(runPath(span.runId, span.sweepId))
  }
  function pressKey(event: KeyboardEvent): void {
    const actions: Readonly<Record<string, () => void>> = {
      ArrowLeft: () => move(-0.2),
      ArrowRight: () => move(0.2),
      '+': () => zoomBy(0.7),
      '=': () => zoomBy(0.7),
      '-': () => zoomBy(1.4),
      '0': () => onZoom(null),
    }
    const action = actions[event.key]
    if (action === undefined || event.ctrlKey || event.metaKey || event.altKey) return
    event.preventDefault()
    event.stopPropagation()
    action()
  }

  return (
    <div className="timeline">
      <div
        ref={scroller}
        className="timeline-scroller"
        style={{ height }}
        tabIndex={0}
        role="group"
        aria-label="Timeline. Arrow keys move it, plus and minus zoom, 0 shows all."
        onScroll={(event) => setScrollTop(event.currentTarget.scrollTop)}
        onKeyDown={pressKey}
      >
        <canvas
          ref={canvas}
          role="img"
          aria-label={summarizeTimeline(lanes, window_, nowMs)}
          className="timeline-canvas"
          style={{ width, height, cursor: hover === null ? 'grab' : 'pointer' }}
          onPointerDown={press}
          onPointerMove={point}
          onPointerUp={release}
          onPointerCancel={() => (drag.current = null)}
          onPointerLeave={() => setHover(null)}
        />
        <div style={{ height: Math.max(0, AXIS_HEIGHT + lanes.length * LANE_HEIGHT + 4 - height) }} />
      </div>
      {hover !== null && <Tip timeline={timeline} hover={hover} width={width} />}
    </div>
  )
}

function Tip({
  timeline,
  hover: { span, x, y },
  width,
}: {
  readonly timeline: Timeline
  readonly hover: { span: TimelineSpan; x: number; y: number }
  readonly width: number
}) {
  const outcome = span.outcome ?? 'open'
  const sweep = span.sweepId === null ? null : (timeline.sweepNames.get(span.sweepId) ?? span.sweepId)
  const isRight = x > width / 2
  return (
    <div
      className="timeline-tip"
      style={{ top: y + 14, ...(isRight ? { right: width - x + 8 } : { left: x + 8 }) }}
    >
      <strong className="clip">
        {GLYPHS[outcome]} {span.runName}
      </strong>
      <span>
        {span.outcome ?? 'running'}, {formatDuration((span.endMs ?? timeline.nowMs) - span.startMs)}
        {span.attempt > 1 && `, attempt ${span.attempt}`}
      </span>
      <span className="muted">{formatMoment(span.startMs)}</span>
      {sweep !== null && <span className="muted clip">{sweep}</span>}
    </div>
  )
}

function readLook(): TimelineLook {
  const style = getComputedStyle(document.documentElement)
  const token = (name: string) => style.getPropertyValue(`--${name}`).trim()
  return {
    font: token('font'),
    text: token('text'),
    muted: token('text-muted'),
    background: token('bg'),
    lane: token('bg-hover'),
    grid: token('chart-grid'),
    outcomes: {
      finished: token('good'),
      failed: token('bad'),
      stopped: token('chart-5'),
      cancelled: token('text-muted'),
      preempted: token('chart-2'),
      lost: token('chart-4'),
      recalled: token('chart-6'),
      open: token('accent'),
    },
  }
}

function useTimelineLook(): TimelineLook {
  const [look, setLook] = useState(readLook)
  useEffect(() => {
    const read = () => setLook(readLook())
    read()
    window.addEventListener('sweep-theme', read)
    return () => window.removeEventListener('sweep-theme', read)
  }, [])
  return look
}
