// A store in motion: runs of one sweep are made, report, end and are edited, as the dispatcher and people would do it,
// each step one unit with its entries in the change log. Which steps come is drawn from a seed.
import type { AttemptRecord, RunRecord } from '../../sweeps/run.ts'
import type { NewChange, StoreTransaction, SweepStore } from '../../sweeps/store.ts'
import type { AgentId, SweepRecord } from '../../sweeps/sweep.ts'
import { aRun, aSummary, anAgent, anAttempt } from './records.ts'

export interface LiveWriter {
  /** One unit with one to four steps. */
  step(): Promise<void>
  readonly sweep: () => SweepRecord
}

interface LiveRun {
  run: RunRecord
  attempt: AttemptRecord
}

export function createLiveWriter(store: SweepStore, first: SweepRecord, draw: () => number): LiveWriter {
  let sweep = first
  let now = first.createdAt
  let agent = anAgent({ sweepIds: [first.id] })
  const open: LiveRun[] = []
  const ended: RunRecord[] = []
  const pick = <T>(list: readonly T[]): T | undefined => list[Math.floor(draw() * list.length)]
  const change = (entity: NewChange['entity'], entityId: string, event: string, data = {}): NewChange => ({
    at: (now += 1),
    entity,
    entityId,
    sweepId: entity === 'agent' ? null : sweep.id,
    event,
    data,
  })

  const steps: readonly (readonly [weight: number, (tx: StoreTransaction) => Promise<NewChange[]>])[] = [
    [3, offerRun],
    [8, reportMetrics],
    [3, endRun],
    [2, editRun],
    [1, toggleSweep],
    [1, changeAgent],
  ]

  async function offerRun(tx: StoreTransaction): Promise<NewChange[]> {
    const config = `{"lr":${(draw() + 1e-3).toFixed(6)},"layers":${Math.floor(draw() * 8)},"opt":{"name":"adam","beta":0.9}}`
    const made = aRun({
      sweepId: sweep.id,
      configText: config,
      attemptCount: 1,
      openAttempt: 1,
      createdAt: (now += 1),
    })
    const attempt = anAttempt({ runId: made.id, agentId: agent.id, host: '', offeredAt: now })
    await tx.insertRuns([made])
    await tx.insertAttempts([attempt])
    open.push({ run: made, attempt })
    return [change('run', made.id, 'run.offered', { attempt: 1, agentId: agent.id })]
  }

  async function reportMetrics(tx: StoreTransaction): Promise<NewChange[]> {
    const live = pick(open)
    if (live === undefined) return []
    const isFirst = live.run.state === 'queued'
    const value = draw() < 0.05 ? NaN : draw()
    live.run = {
      ...live.run,
      state: 'running',
      startedAt: live.run.startedAt ?? (now += 1),
      value,
      bestStep: 1,
    }
    if (isFirst) {
      live.attempt = { ...live.attempt, host: 'gpu-1', startedAt: now }
      await tx.saveAttempts([live.attempt])
    }
    await tx.saveRuns([live.run])
    const best = Number.isNaN(value) ? null : value
    await tx.saveSummaries(live.run.id, [
      aSummary({ key: 'loss', last: value, min: best, max: best, best }),
      aSummary({ key: 'epoch', last: Math.floor(draw() * 99), best: null, bestStep: null }),
    ])
    const reported = change('run', live.run.id, 'run.metrics', { attempt: 1, value, step: 1 })
    return isFirst ? [change('run', live.run.id, 'run.started', { attempt: 1 }), reported] : [reported]
  }

  async function endRun(tx: StoreTransaction): Promise<NewChange[]> {
    const live = pick(open)
    if (live === undefined || live.run.state !== 'running') return []
    open.splice(open.indexOf(live), 1)
    const state = draw() < 0.8 ? 'finished' : 'failed'
    const run: RunRecord = { ...live.run, state, openAttempt: null, finishedAt: (now += 1) }
    await tx.saveRuns([run])
    await tx.saveAttempts([{ ...live.attempt, outcome: state, endedAt: now }])
    ended.push(run)
    return [change('run', run.id, `run.${state}`, { attempt: 1, outcome: state })]
  }

  async function editRun(tx: StoreTransaction): Promise<NewChange[]> {
    const known = pick(ended)
    if (known === undefined) return []
    const run = { ...known, tags: [`tag${Math.floor(draw() * 9)}`], notes: 'a note\nof two lines' }
    ended[ended.indexOf(known)] = run
    await tx.saveRuns([run])
    return [change('run', run.id, 'run.edited', { fields: ['tags', 'notes'] })]
  }

  async function toggleSweep(tx: StoreTransaction): Promise<NewChange[]> {
    sweep = { ...sweep, state: sweep.state === 'running' ? 'paused' : 'running' }
    await tx.saveSweep(sweep)
    return [change('sweep', sweep.id, sweep.state === 'paused' ? 'sweep.paused' : 'sweep.resumed')]
  }

  async function changeAgent(tx: StoreTransaction): Promise<NewChange[]> {
    agent =
      draw() < 0.3 ? anAgent({ id: `agent${String(now).slice(-3)}` as AgentId, sweepIds: [sweep.id] }) : agent
    agent = { ...agent, state: agent.state === 'alive' ? 'lost' : 'alive' }
    await tx.saveAgent(agent)
    return [change('agent', agent.id, `agent.${agent.state}`)]
  }

  const bag = steps.flatMap(([weight, step]) => new Array<typeof step>(weight).fill(step))
  return {
    sweep: () => sweep,
    async step() {
      await store.write(async (tx) => {
        const changes: NewChange[] = []
        for (let left = 1 + Math.floor(draw() * 4); left > 0; left -= 1) {
          const step = pick(bag)
          if (step !== undefined) changes.push(...(await step(tx)))
        }
        await tx.recordChanges(changes)
      })
    },
  }
}
