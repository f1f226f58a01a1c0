// The sweep of the mock-ups, as `sweep top` knows it: fixed times and values, so that a frame can be written down.
import type { AgentJson } from '../../../../sweeps/agent-schema.ts'
import type { ChangesMessage, LiveRun, LiveSweep, SweepSnapshot } from '../../../../sweeps/live-schema.ts'
import { renderFrame } from '../../../../cli/top/frame.ts'
import { LiveRuns } from '../../../../cli/top/live-runs.ts'
import { dressLine } from '../../../../cli/top/styled-line.ts'
import type { FrameOptions, TopFacts } from '../../../../cli/top/top-facts.ts'
import { FIRST_VIEW } from '../../../../cli/top/view.ts'
import type { View } from '../../../../cli/top/view.ts'
import { createPaint } from '../../../../cli/terminal.ts'
import { sweepJson } from '../cli-world.ts'

export const NOW = Date.parse('2026-11-20T14:50:00.000Z')
const MINUTE = 60_000

export function aLiveSweep(changes: Partial<LiveSweep> = {}): LiveSweep {
  const { url: _url, ...sweep } = sweepJson()
  return { ...sweep, ...changes }
}

export function aLiveRun(changes: Partial<LiveRun> & { readonly id: string }): LiveRun {
  return {
    sweepId: 'k3v9r2td',
    project: 'vision',
    name: `run ${changes.id}`,
    state: 'finished',
    attempt: 1,
    createdAtMs: NOW - 100 * MINUTE,
    startedAtMs: NOW - 99 * MINUTE,
    ...(changes.state === undefined || changes.state === 'finished'
      ? { finishedAtMs: NOW - 60 * MINUTE }
      : {}),
    tags: [],
    notes: '',
    host: 'gpu-04',
    params: { lr: 0.00073128945, bs: 64, depth: 7, opt: 'adamw', seed: 1 },
    metrics: {},
    ...changes,
  }
}

/** Five runs: three ranked, one that would be third, one that failed. */
export const FIVE: readonly LiveRun[] = [
  aLiveRun({ id: 'q8x2m4kd', value: 0.2814, finishedAtMs: NOW - 41 * MINUTE }),
  aLiveRun({
    id: 'r5t0w9cc',
    value: 0.2823,
    params: { lr: 0.00081, bs: 64, depth: 8, opt: 'adamw', seed: 1 },
  }),
  aLiveRun({
    id: 'c1j7pxxx',
    value: 0.283,
    params: { lr: 0.00066, bs: 32, depth: 7, opt: 'adamw', seed: 1 },
  }),
  aLiveRun({
    id: 'w9k3tbbb',
    value: 0.2825,
    state: 'running',
    params: { lr: 0.0007, bs: 64, depth: 9, opt: 'sgd', seed: 1 },
  }),
  aLiveRun({
    id: 'm2v7cddd',
    state: 'failed',
    finishedAtMs: NOW - 39 * MINUTE,
    stopReason: 'CUDA out of memory',
  }),
]

export function liveRuns(runs: readonly LiveRun[], sweep: LiveSweep = aLiveSweep()): LiveRuns {
  const empty = { id: [], name: [], state: [], value: [], bestStep: [], attempt: [], createdAtMs: [] }
  const rest = { startedAtMs: [], finishedAtMs: [], host: [], agentId: [], stopReason: [], tags: [] }
  const columns = { ...empty, ...rest, notes: [], group: [], jobType: [], rank: [] }
  const snapshot: SweepSnapshot = {
    schema: 'sweep.snapshot/1',
    seq: 0,
    sweep,
    count: 0,
    columns,
    params: [],
    metrics: [],
  }
  const live = new LiveRuns(snapshot)
  live.apply(aMessage({ seq: 1, runs: [...runs] }))
  return live
}

export function aMessage(changes: Partial<ChangesMessage>): ChangesMessage {
  return { seq: 2, runs: [], sweeps: [], agents: [], events: [], ...changes }
}

export function anAgent(changes: Partial<AgentJson> = {}): AgentJson {
  return {
    id: 'b7fq2mcd',
    host: 'gpu-04',
    state: 'alive',
    slots: 8,
    busy: 6,
    sweepIds: [],
    labels: {},
    lastSeenAt: '2026-11-20T14:49:59.000Z',
    silentMs: 1000,
    suspect: false,
    runs: { finished: 31, failed: 1 },
    now: [],
    ...changes,
  }
}

export function someFacts(changes: Partial<TopFacts> = {}): TopFacts {
  return {
    runs: liveRuns(FIVE),
    trends: new Map([
      ['q8x2m4kd', { step: 8000, values: [1, 0.5, 0.3, 0.2814] }],
      ['w9k3tbbb', { step: 1210, values: [0.9, 0.4, 0.2825] }],
    ]),
    agents: [anAgent(), anAgent({ id: 'c9r3vtbb', host: 'gpu-02', state: 'lost' })],
    outlook: null,
    important: ['lr', 'depth'],
    notices: [],
    connection: { isLive: true },
    agentEvents: [],
    ...changes,
  }
}

/** The lines of a frame as text, without spaces at their ends. */
export function frameText(
  facts: TopFacts,
  view: Partial<View> = {},
  options: Partial<FrameOptions> & { readonly isAscii?: boolean } = {},
): string[] {
  const all = {
    width: 80,
    height: 24,
    now: NOW,
    glyphs: 'braille' as const,
    layout: new Map<string, number>(),
  }
  const { lines } = renderFrame(facts, { ...FIRST_VIEW, ...view }, { ...all, ...options })
  return lines.map((line) => dressLine(line, createPaint(false), options.isAscii === true).trimEnd())
}
