// What the lists of sweeps, agents and projects choose and say.
import { describe, expect, it } from 'vitest'
import type { Agent } from '../../../web/api/records.ts'
import { agentState, orderAgents, summarizeAgents } from '../../../web/screens/agents/agent-state.ts'
import { mergeTimeline, readTimeline } from '../../../web/screens/agents/merge-timeline.ts'
import { chooseColumns } from '../../../web/screens/projects/project-columns.ts'
import {
  filterSweeps,
  parseListView,
  progressOf,
  writeListView,
  type SweepOutline,
} from '../../../web/screens/sweeps/filter-sweeps.ts'
import type { Run } from '../../../web/api/records.ts'

const NO_RUNS = { queued: 0, running: 0, finished: 0, stopped: 0, failed: 0, cancelled: 0, lost: 0 }
const outline = (facts: Partial<SweepOutline> = {}) =>
  ({
    id: 'k3v9r2td',
    name: 'vit-small lr',
    project: 'vision',
    state: 'running',
    method: 'bayes',
    metric: { name: 'val_loss', goal: 'minimize', summary: 'best', target: null },
    counts: NO_RUNS,
    runCap: null,
    size: null,
    warnings: [],
    ...facts,
  }) as unknown as SweepOutline

describe('the list of sweeps', () => {
  const sweeps = [
    outline(),
    outline({ id: 'z7h2p4nc', name: 'warmup grid', state: 'finished', project: 'language' }),
    outline({ id: 'q7m2c4wz', state: 'paused', warnings: [{ code: 'failing', text: 'x' }] }),
  ]
  const ids = (search: string) => filterSweeps(sweeps, parseListView(search)).map(({ id }) => id)

  it('is filtered by state, project and words of names, ids and metrics', () => {
    expect(ids('')).toHaveLength(3)
    expect(ids('?state=open')).toEqual(['k3v9r2td', 'q7m2c4wz'])
    expect(ids('?state=trouble')).toEqual(['q7m2c4wz'])
    expect(ids('?state=finished&p=language')).toEqual(['z7h2p4nc'])
    expect(ids('?q=GRID+z7h')).toEqual(['z7h2p4nc'])
    expect(ids('?q=val_loss+vit')).toEqual(['k3v9r2td', 'q7m2c4wz'])
  })

  it('stands in its address', () => {
    const view = { state: 'open', project: 'a b', words: 'x&y', page: 3 }
    expect(parseListView(`?${writeListView(view)}`)).toEqual(view)
    expect(writeListView(parseListView('?page=0'))).toBe('')
  })

  it('says how far a sweep is of what bounds it first, and of what there is when it had more', () => {
    const counts = { ...NO_RUNS, finished: 8, failed: 2, running: 3, queued: 1 }
    expect(progressOf(outline({ counts, runCap: 200, size: 96 }))).toEqual({
      ended: 10,
      running: 3,
      total: 96,
    })
    expect(progressOf(outline({ counts })).total).toBeNull()
    expect(progressOf(outline({ counts, runCap: 5 })).total).toBe(14)
  })
})

describe('the list of agents', () => {
  const agent = (facts: Partial<Agent> = {}) =>
    ({
      id: 'a7fq2m00',
      host: 'gpu-2',
      state: 'alive',
      slots: 4,
      busy: 3,
      lastSeenAt: '2026',
      ...facts,
    }) as Agent
  const quarantine = { by: 'rule' as const, at: '2026', reason: '' }

  it('says an order before what the agent does by itself', () => {
    expect(agentState(agent())).toBe('working')
    expect(agentState(agent({ busy: 0 }))).toBe('idle')
    expect(agentState(agent({ suspect: true }))).toBe('silent')
    expect(agentState(agent({ drained: true, suspect: true }))).toBe('draining')
    expect(agentState(agent({ drained: true, quarantine }))).toBe('quarantined')
    expect(agentState(agent({ state: 'lost', quarantine }))).toBe('lost')
  })

  it('has those that are there first, hosts in the order of their numbers', () => {
    const listed = orderAgents([
      agent({ host: 'gpu-10' }),
      agent({ host: 'gpu-1', state: 'left' }),
      agent({ host: 'gpu-9' }),
    ])
    expect(listed.map(({ host }) => host)).toEqual(['gpu-9', 'gpu-10', 'gpu-1'])
    expect(summarizeAgents([...listed, agent({ quarantine }), agent({ state: 'lost' })])).toBe(
      '3 agents · 9 of 12 slots work · 1 in quarantine · 1 lost',
    )
  })
})

describe('the timeline', () => {
  const answer = (ends: (number | null)[], nowMs: number, state: 'alive' | 'left' = 'alive') => ({
    sinceMs: 0,
    untilMs: nowMs,
    nowMs,
    agents: [{ id: 'a7fq2m00', host: 'gpu-1', slots: 1, state, lastSeenMs: nowMs }],
    sweeps: [{ id: 'k3v9r2td', name: 'vit' }],
    spans: {
      agent: ends.map(() => 0),
      slot: ends.map(() => 0),
      runId: ends.map((_, index) => `run0000${index}`),
      runName: ends.map(() => 'a run'),
      attempt: ends.map(() => 1),
      sweep: ends.map(() => 0),
      startMs: ends.map((_, index) => index * 100),
      endMs: ends,
      outcome: ends.map((end) => (end === null ? null : ('finished' as const))),
    },
    cut: false,
  })

  it('takes in what ended and began since, once each', () => {
    const first = readTimeline(answer([50, null], 150))
    const merged = mergeTimeline(first, readTimeline(answer([50, 180, null], 250)))
    expect(merged.spans.map(({ endMs }) => endMs)).toEqual([50, 180, null])
    expect(merged.nowMs).toBe(250)
    expect(merged.sweepNames.get('k3v9r2td')).toBe('vit')
  })

  it('knows that an agent which is no longer named is gone', () => {
    const first = readTimeline(answer([50], 150))
    const merged = mergeTimeline(first, readTimeline({ ...answer([], 250), agents: [] }))
    expect(merged.agents).toMatchObject([{ id: 'a7fq2m00', isPresent: false }])
    expect(merged.spans).toHaveLength(1)
  })
})

it('takes as columns what most runs have, and parameters that differ', () => {
  const run = (config: object, metrics: string[]) =>
    ({ config, summary: Object.fromEntries(metrics.map((name) => [name, {}])) }) as unknown as Run
  const runs = [
    run({ seed: 1, lr: 0.1, opt: { name: 'sgd' } }, ['loss', 'rare']),
    run({ seed: 1, lr: 0.2, opt: { name: 'adamw' } }, ['loss']),
    run({ seed: 1, lr: 0.3, opt: { name: 'adamw' }, extra: true }, ['loss']),
  ]
  expect(chooseColumns(runs)).toEqual({
    parameters: ['lr', 'opt.name', 'extra'],
    metrics: ['loss', 'rare'],
  })
})
