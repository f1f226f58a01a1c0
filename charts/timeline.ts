// Attempts on the lanes of the slots that worked them: what a timeline draws, says and tells as a table. Gaps in a lane
// are idle time. Pure: times in, places out; the drawing is the page's.

export type SpanOutcome = 'finished' | 'failed' | 'stopped' | 'cancelled' | 'preempted' | 'lost' | 'recalled'

export interface TimelineSpan {
  readonly runId: string
  readonly runName: string
  readonly attempt: number
  readonly agentId: string
  /** null: not known. */
  readonly slot: number | null
  readonly sweepId: string | null
  /** Epoch ms. */
  readonly startMs: number
  /** null: it is worked now. */
  readonly endMs: number | null
  /** null: it is worked now. */
  readonly outcome: SpanOutcome | null
}

export interface TimelineAgent {
  readonly id: string
  readonly host: string
  readonly slots: number
  /** It could work now. */
  readonly isPresent: boolean
  readonly lastSeenMs: number
}

export interface Lane {
  /** `gpu-04:0` */
  readonly label: string
  readonly agent: TimelineAgent
  /** In order of start. */
  readonly spans: readonly TimelineSpan[]
}

export interface TimeWindow {
  readonly fromMs: number
  readonly toMs: number
}

/** How a lane spent a window, from its first attempt (or the window's begin) on, for as long as its agent was there. */
export interface LaneUse {
  readonly busyMs: number
  readonly presentMs: number
  /** Of the time that it was there; null: it was not. */
  readonly idleShare: number | null
}

/** A lane for each slot, in the order of the agents; slots that never worked have one too while the agent is there. */
export function buildLanes(agents: readonly TimelineAgent[], spans: readonly TimelineSpan[]): Lane[] {
  const byAgent = new Map<string, Map<number, TimelineSpan[]>>()
  for (const span of spans) {
    const slots = byAgent.get(span.agentId) ?? new Map<number, TimelineSpan[]>()
    byAgent.set(span.agentId, slots)
    const slot = span.slot ?? -1
    const known = slots.get(slot)
    if (known === undefined) slots.set(slot, [span])
    else known.push(span)
  }
  const hosts = new Map<string, number>()
  for (const { host } of agents) hosts.set(host, (hosts.get(host) ?? 0) + 1)
  return agents.flatMap((agent): Lane[] => {
    const bySlot = byAgent.get(agent.id) ?? new Map<number, TimelineSpan[]>()
    if (agent.isPresent)
      for (let slot = 0; slot < agent.slots; slot += 1) if (!bySlot.has(slot)) bySlot.set(slot, [])
    // Two agents of one host are told apart by their ids.
    const name = (hosts.get(agent.host) ?? 0) > 1 ? `${agent.host} ${agent.id.slice(0, 5)}` : agent.host
    return [...bySlot]
      .sort(([left], [right]) => left - right)
      .map(([slot, own]) => ({
        label: slot < 0 ? name : `${name}:${slot}`,
        agent,
        spans: own.sort((left, right) => left.startMs - right.startMs),
      }))
  })
}

export function useOfLane({ spans, agent }: Lane, { fromMs, toMs }: TimeWindow, nowMs: number): LaneUse {
  const first = spans[0]
  if (first === undefined && !agent.isPresent) return { busyMs: 0, presentMs: 0, idleShare: null }
  const begin = Math.max(fromMs, first?.startMs ?? fromMs)
  const lastEnd = spans.reduce((end, span) => Math.max(end, span.endMs ?? nowMs), 0)
  const end = Math.min(toMs, agent.isPresent ? nowMs : Math.max(lastEnd, agent.lastSeenMs))
  const presentMs = Math.max(0, end - begin)
  let busyMs = 0
  let coveredTo = begin
  for (const span of spans) {
    const from = Math.max(span.startMs, coveredTo)
    const to = Math.min(span.endMs ?? nowMs, end)
    if (to <= from) continue
    busyMs += to - from
    coveredTo = to
  }
  return { busyMs, presentMs, idleShare: presentMs === 0 ? null : Math.max(0, 1 - busyMs / presentMs) }
}

/** The whole time that there is something of; an hour when there is nothing. */
export function wholeWindow(spans: readonly TimelineSpan[], nowMs: number): TimeWindow {
  const first = spans.reduce((least, { startMs }) => Math.min(least, startMs), Infinity)
  const fromMs = Number.isFinite(first) ? first : nowMs - 3_600_000
  const hasOpen = spans.some(({ endMs }) => endMs === null)
  const last = spans.reduce((most, { endMs }) => Math.max(most, endMs ?? nowMs), hasOpen ? nowMs : fromMs)
  const toMs = spans.length === 0 ? nowMs : Math.max(last, fromMs + 1_000)
  const air = (toMs - fromMs) * 0.01
  return { fromMs: fromMs - air, toMs: toMs + air }
}

/** The span of a lane at a moment, or the nearest within `reachMs`; null: none. */
export function findSpan({ spans }: Lane, atMs: number, reachMs: number, nowMs: number): TimelineSpan | null {
  let best: TimelineSpan | null = null
  let bestDistance = reachMs
  for (let index = countStarted(spans, atMs + reachMs) - 1; index >= 0; index -= 1) {
    const span = spans[index]
    if (span === undefined) break
    const end = span.endMs ?? nowMs
    const distance = atMs < span.startMs ? span.startMs - atMs : Math.max(0, atMs - end)
    if (distance <= bestDistance) {
      best = span
      bestDistance = distance
      if (distance === 0) return best
    }
    // Spans of one slot hardly overlap: what ended long before is no nearer.
    if (end < atMs - reachMs && index < spans.length - 4) break
  }
  return best
}

/** How many of the spans begin by then: a binary search. */
export function countStarted(spans: readonly TimelineSpan[], atMs: number): number {
  let low = 0
  let high = spans.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((spans[middle]?.startMs ?? Infinity) <= atMs) low = middle + 1
    else high = middle
  }
  return low
}

const STEPS_MS = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400,
]
  .map((seconds) => seconds * 1_000)
  .concat([2, 7, 14, 28, 84, 364].map((days) => days * 86_400_000))

/**
 * Round times for an axis.
 * @param offsetMinutes of the reader's time zone, as Date.getTimezoneOffset tells it
 */
export function timeTicks(
  { fromMs, toMs }: TimeWindow,
  maxTicks: number,
  offsetMinutes: number,
): { atMs: number; text: string }[] {
  const stepMs = STEPS_MS.find((step) => (toMs - fromMs) / step <= maxTicks) ?? 364 * 86_400_000
  const shiftMs = offsetMinutes * 60_000
  const ticks: { atMs: number; text: string }[] = []
  for (
    let local = Math.ceil((fromMs - shiftMs) / stepMs) * stepMs;
    local + shiftMs <= toMs;
    local += stepMs
  ) {
    const at = new Date(local)
    const two = (value: number) => String(value).padStart(2, '0')
    const day = `${two(at.getUTCMonth() + 1)}-${two(at.getUTCDate())}`
    const time = `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}`
    const isMidnight = local % 86_400_000 === 0
    const text =
      stepMs >= 86_400_000 || isMidnight ? day : stepMs < 60_000 ? `${time}:${two(at.getUTCSeconds())}` : time
    ticks.push({ atMs: local + shiftMs, text })
  }
  return ticks
}

/** What the timeline shows, in a sentence. */
export function summarizeTimeline(lanes: readonly Lane[], window: TimeWindow, nowMs: number): string {
  const spans = lanes.flatMap((lane) => lane.spans)
  if (spans.length === 0) return `${lanes.length} slots, none of which has worked anything.`
  const count = (outcome: SpanOutcome | null) => spans.filter((span) => span.outcome === outcome).length
  const idle = lanes
    .map((lane) => ({ label: lane.label, share: useOfLane(lane, window, nowMs).idleShare }))
    .flatMap(({ label, share }) => (share === null ? [] : [{ label, share }]))
    .sort((left, right) => right.share - left.share)
  const mean = idle.reduce((sum, { share }) => sum + share, 0) / Math.max(1, idle.length)
  const most = idle[0]
  const worst =
    most === undefined || idle.length < 2 ? '' : `, most at ${most.label} (${percent(most.share)})`
  return (
    `${lanes.length} slots worked ${spans.length} attempts: ${count('finished')} finished, ${count('failed')} failed, ` +
    `${count('stopped')} stopped early, ${count(null)} are worked now. Slots were idle ${percent(mean)} of the time${worst}.`
  )
}

/** A row a lane. */
export function timelineTable(
  lanes: readonly Lane[],
  window: TimeWindow,
  nowMs: number,
): { columns: readonly string[]; rows: readonly (readonly (string | number | null)[])[] } {
  const columns = [
    'slot',
    'attempts',
    'finished',
    'failed',
    'stopped',
    'other',
    'now',
    'busy hours',
    'idle share',
  ]
  const rows = lanes.map((lane) => {
    const count = (outcome: SpanOutcome | null) =>
      lane.spans.filter((span) => span.outcome === outcome).length
    const { busyMs, idleShare } = useOfLane(lane, window, nowMs)
    const [finished, failed, stopped, open] = [
      count('finished'),
      count('failed'),
      count('stopped'),
      count(null),
    ]
    const other = lane.spans.length - finished - failed - stopped - open
    return [
      lane.label,
      lane.spans.length,
      finished,
      failed,
      stopped,
      other,
      open,
      Math.round(busyMs / 36_000) / 100,
      idleShare === null ? null : Math.round(idleShare * 1000) / 1000,
    ]
  })
  return { columns, rows }
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}
