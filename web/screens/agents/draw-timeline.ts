// The timeline on a canvas: only the lanes that are in view, and of a lane no more rectangles than it has pixels.
import {
  countStarted,
  timeTicks,
  useOfLane,
  type Lane,
  type SpanOutcome,
  type TimelineSpan,
  type TimeWindow,
} from '../../../charts/timeline.ts'

export const LANE_HEIGHT = 20
export const AXIS_HEIGHT = 22
const BAR_HEIGHT = 14
const MIN_GLYPH_WIDTH = 16
const RIGHT_WIDTH = 76
const MAX_LABEL_WIDTH = 170

export interface TimelineLook {
  readonly font: string
  readonly text: string
  readonly muted: string
  readonly background: string
  readonly lane: string
  readonly grid: string
  readonly outcomes: Readonly<Record<SpanOutcome | 'open', string>>
}

export interface TimelineView {
  readonly lanes: readonly Lane[]
  readonly window: TimeWindow
  readonly nowMs: number
  readonly width: number
  readonly height: number
  /** Pixels above the part in view. */
  readonly scrollTop: number
  readonly hovered: TimelineSpan | null
  /** What a gap is: `idle`, or not working this sweep. */
  readonly gapWord: string
}

export const GLYPHS: Readonly<Record<SpanOutcome | 'open', string>> = {
  finished: '✓',
  failed: '✗',
  stopped: '⊣',
  cancelled: '⊘',
  preempted: '↻',
  lost: '?',
  recalled: '↻',
  open: '●',
}

export interface PlotArea {
  readonly left: number
  readonly right: number
}

/** Between the names and the idle shares. */
export function plotArea(labelWidth: number, width: number): PlotArea {
  const left = Math.min(MAX_LABEL_WIDTH, labelWidth) + 8
  return { left, right: Math.max(left + 40, width - RIGHT_WIDTH) }
}

export function measureLabels(
  context: CanvasRenderingContext2D,
  lanes: readonly Lane[],
  font: string,
): number {
  context.font = `12px ${font}`
  const longest = lanes.reduce((long, { label }) => (label.length > long.length ? label : long), '')
  return context.measureText(longest.slice(0, 40)).width
}

export function drawTimeline(
  context: CanvasRenderingContext2D,
  view: TimelineView,
  look: TimelineLook,
): void {
  const { lanes, width, height, scrollTop } = view
  context.clearRect(0, 0, width, height)
  context.fillStyle = look.background
  context.fillRect(0, 0, width, height)
  const area = plotArea(measureLabels(context, lanes, look.font), width)
  const first = Math.max(0, Math.floor(scrollTop / LANE_HEIGHT))
  const last = Math.min(lanes.length, Math.ceil((scrollTop + height - AXIS_HEIGHT) / LANE_HEIGHT))
  drawAxis(context, view, area, look)
  context.save()
  context.beginPath()
  context.rect(0, AXIS_HEIGHT, width, height - AXIS_HEIGHT)
  context.clip()
  for (let index = first; index < last; index += 1) {
    const lane = lanes[index]
    if (lane !== undefined)
      drawLane(context, { lane, top: AXIS_HEIGHT + index * LANE_HEIGHT - scrollTop }, { view, area, look })
  }
  context.restore()
}

function drawAxis(
  context: CanvasRenderingContext2D,
  { window, height, width, gapWord }: TimelineView,
  { left, right }: PlotArea,
  look: TimelineLook,
): void {
  context.font = `12px ${look.font}`
  context.textBaseline = 'middle'
  context.textAlign = 'center'
  const perMs = (right - left) / (window.toMs - window.fromMs)
  const offset = new Date(window.toMs).getTimezoneOffset()
  for (const { atMs, text } of timeTicks(window, Math.max(2, Math.floor((right - left) / 90)), offset)) {
    const x = Math.round(left + (atMs - window.fromMs) * perMs) + 0.5
    context.strokeStyle = look.grid
    context.beginPath()
    context.moveTo(x, AXIS_HEIGHT - 3)
    context.lineTo(x, height)
    context.stroke()
    context.fillStyle = look.muted
    if (x > left + 12 && x < right - 12) context.fillText(text, x, AXIS_HEIGHT / 2)
  }
  context.textAlign = 'right'
  context.fillStyle = look.muted
  context.fillText(gapWord, width - 8, AXIS_HEIGHT / 2)
}

function drawLane(
  context: CanvasRenderingContext2D,
  { lane, top }: { readonly lane: Lane; readonly top: number },
  { view, area, look }: { readonly view: TimelineView; readonly area: PlotArea; readonly look: TimelineLook },
): void {
  const { window, nowMs, width, hovered } = view
  const { left, right } = area
  const perMs = (right - left) / (window.toMs - window.fromMs)
  const placeOf = (ms: number) => Math.min(right, Math.max(left, left + (ms - window.fromMs) * perMs))
  const barTop = top + (LANE_HEIGHT - BAR_HEIGHT) / 2
  const middle = top + LANE_HEIGHT / 2
  const use = useOfLane(lane, window, nowMs)

  context.font = `12px ${look.font}`
  context.textBaseline = 'middle'
  context.textAlign = 'left'
  context.fillStyle = lane.agent.isPresent ? look.text : look.muted
  context.fillText(lane.label, 0, middle, left - 8)
  context.textAlign = 'right'
  context.fillStyle = look.muted
  context.fillText(use.idleShare === null ? '–' : `${Math.round(use.idleShare * 100)} %`, width - 8, middle)

  if (use.presentMs > 0) {
    const begin = Math.max(window.fromMs, lane.spans[0]?.startMs ?? window.fromMs)
    context.fillStyle = look.lane
    context.fillRect(placeOf(begin), barTop, placeOf(begin + use.presentMs) - placeOf(begin), BAR_HEIGHT)
  }
  let drawnTo = -Infinity
  const end = countStarted(lane.spans, window.toMs)
  for (let index = 0; index < end; index += 1) {
    const span = lane.spans[index]
    if (span === undefined || (span.endMs ?? nowMs) < window.fromMs) continue
    const from = placeOf(span.startMs)
    const to = Math.max(from + 1, placeOf(span.endMs ?? nowMs))
    if (to <= drawnTo + 0.5) continue // within a pixel that is drawn already
    drawnTo = to
    drawSpan(context, span, { from, to, barTop, look, isHovered: span === hovered })
  }
}

interface SpanPlace {
  readonly from: number
  readonly to: number
  readonly barTop: number
  readonly look: TimelineLook
  readonly isHovered: boolean
}

function drawSpan(
  context: CanvasRenderingContext2D,
  span: TimelineSpan,
  { from, to, barTop, look, isHovered }: SpanPlace,
): void {
  const outcome = span.outcome ?? 'open'
  // A hair between two, so that they are two
  const width = to - from > 3 ? to - from - 1 : to - from
  context.fillStyle = look.outcomes[outcome]
  if (outcome === 'open') {
    context.globalAlpha = 0.35
    context.fillRect(from, barTop, width, BAR_HEIGHT)
    context.globalAlpha = 1
    context.strokeStyle = look.outcomes.open
    context.strokeRect(from + 0.5, barTop + 0.5, Math.max(0, width - 1), BAR_HEIGHT - 1)
  } else context.fillRect(from, barTop, width, BAR_HEIGHT)
  if (isHovered) {
    context.strokeStyle = look.text
    context.lineWidth = 2
    context.strokeRect(from, barTop - 1, width, BAR_HEIGHT + 2)
    context.lineWidth = 1
  }
  if (width < MIN_GLYPH_WIDTH) return
  context.fillStyle = outcome === 'open' ? look.text : look.background
  context.font = `11px ${look.font}`
  context.textAlign = 'right'
  context.fillText(GLYPHS[outcome], to - 4, barTop + BAR_HEIGHT / 2 + 0.5)
}
