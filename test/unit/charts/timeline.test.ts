import { describe, expect, it } from 'vitest'
import {
  buildLanes,
  countStarted,
  findSpan,
  summarizeTimeline,
  timelineTable,
  timeTicks,
  useOfLane,
  wholeWindow,
  type TimelineAgent,
  type TimelineSpan,
} from '../../../charts/timeline.ts'

const agent = (facts: Partial<TimelineAgent> = {}): TimelineAgent => ({
  id: 'b2x8kd00',
  host: 'gpu-1',
  slots: 2,
  isPresent: true,
  lastSeenMs: 1_000,
  ...facts,
})
const span = (startMs: number, endMs: number | null, facts: Partial<TimelineSpan> = {}): TimelineSpan => ({
  runId: `run${startMs}`,
  runName: `run ${startMs}`,
  attempt: 1,
  agentId: 'b2x8kd00',
  slot: 0,
  sweepId: null,
  startMs,
  endMs,
  outcome: endMs === null ? null : 'finished',
  ...facts,
})

describe('lanes', () => {
  it('are one for each slot of an agent that is there, worked or not', () => {
    const lanes = buildLanes([agent()], [span(20, 30), span(0, 10)])
    expect(lanes.map(({ label, spans }) => [label, spans.map(({ startMs }) => startMs)])).toEqual([
      ['gpu-1:0', [0, 20]],
      ['gpu-1:1', []],
    ])
  })

  it('are those that worked of an agent that is gone, and tell two agents of a host apart', () => {
    const gone = agent({ id: 'aaaa1111', isPresent: false })
    const lanes = buildLanes([gone, agent({ slots: 1 })], [span(0, 10, { agentId: 'aaaa1111', slot: null })])
    expect(lanes.map(({ label }) => label)).toEqual(['gpu-1 aaaa1', 'gpu-1 b2x8k:0'])
  })
})

describe('the use of a lane', () => {
  const lane = (spans: TimelineSpan[], facts = {}) => ({ label: 'x', agent: agent(facts), spans })

  it('counts from its first attempt to now, open ones up to now', () => {
    const use = useOfLane(lane([span(100, 200), span(300, null)]), { fromMs: 0, toMs: 1_000 }, 500)
    expect(use).toEqual({ busyMs: 300, presentMs: 400, idleShare: 0.25 })
  })

  it('counts what overlaps once, and what is outside of the window not at all', () => {
    const use = useOfLane(lane([span(0, 200), span(100, 300)]), { fromMs: 50, toMs: 250 }, 1_000)
    expect(use).toEqual({ busyMs: 200, presentMs: 200, idleShare: 0 })
  })

  it('ends with an agent that is gone, and is unknown without anything', () => {
    const gone = { isPresent: false, lastSeenMs: 400 }
    expect(useOfLane(lane([span(0, 300)], gone), { fromMs: 0, toMs: 1_000 }, 900).presentMs).toBe(400)
    expect(useOfLane(lane([], gone), { fromMs: 0, toMs: 1_000 }, 900).idleShare).toBeNull()
    expect(useOfLane(lane([]), { fromMs: 0, toMs: 1_000 }, 900).idleShare).toBe(1)
  })
})

it('finds the span under a moment, or near it, among many', () => {
  const spans = Array.from({ length: 1_000 }, (_, index) => span(index * 100, index * 100 + 60))
  const lane = { label: 'x', agent: agent(), spans }
  expect(findSpan(lane, 50_030, 0, 1e6)?.startMs).toBe(50_000)
  expect(findSpan(lane, 50_070, 5, 1e6)).toBeNull()
  expect(findSpan(lane, 50_063, 5, 1e6)?.startMs).toBe(50_000)
  expect(findSpan(lane, 50_098, 5, 1e6)?.startMs).toBe(50_100)
  expect(countStarted(spans, 50_000)).toBe(501)
})

it('shows the whole time with some air, and an hour when there is nothing', () => {
  const { fromMs, toMs } = wholeWindow([span(1_000, 2_000), span(3_000, null)], 11_000)
  expect(fromMs).toBe(900)
  expect(toMs).toBe(11_100)
  const empty = wholeWindow([], 7_200_000)
  expect(empty.toMs - empty.fromMs).toBeCloseTo(3_600_000 * 1.02)
})

it('has ticks at round times of the reader, a day where one begins', () => {
  const from = Date.UTC(2026, 0, 1, 22, 10)
  const ticks = timeTicks({ fromMs: from, toMs: from + 3 * 3_600_000 }, 8, 0)
  expect(ticks.map(({ text }) => text)).toEqual(['22:30', '23:00', '23:30', '01-02', '00:30', '01:00'])
  const west = timeTicks({ fromMs: from, toMs: from + 3_600_000 }, 2, 300)
  expect(west.map(({ text }) => text)).toEqual(['17:30', '18:00'])
})

it('says and tables what happened', () => {
  const lanes = buildLanes([agent()], [span(0, 100), span(200, 300, { outcome: 'failed' }), span(300, null)])
  const window = { fromMs: 0, toMs: 400 }
  expect(summarizeTimeline(lanes, window, 400)).toBe(
    '2 slots worked 3 attempts: 1 finished, 1 failed, 0 stopped early, 1 are worked now. Slots were idle 63 % of the time, most at gpu-1:1 (100 %).',
  )
  expect(timelineTable(lanes, window, 400).rows).toEqual([
    ['gpu-1:0', 3, 1, 1, 0, 0, 1, 0, 0.25],
    ['gpu-1:1', 0, 0, 0, 0, 0, 0, 0, 1],
  ])
})
