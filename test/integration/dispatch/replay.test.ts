import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readCurves } from '../../../controller/dispatch/run-curves.ts'
import { historyEntry } from '../../../controller/dispatch/suggestions.ts'
import { parseSweepFile } from '../../../sweeps/config.ts'
import { replaySuggestion } from '../../../sweeps/replay-suggestion.ts'
import { aSweep } from '../../support/records.ts'
import { startDispatchWorld } from '../../support/dispatch-world.ts'
import type { DispatchWorld } from '../../support/dispatch-world.ts'
import { ENDED } from '../../support/scripted-agent.ts'
import type { ScriptedAgent } from '../../support/scripted-agent.ts'
import type { AttemptJob } from '../../../sweeps/protocol.ts'
import type { SweepRecord } from '../../../sweeps/sweep.ts'
import { waitFor } from '../../support/wait.ts'

let world: DispatchWorld
beforeEach(async () => {
  world = await startDispatchWorld()
})
afterEach(() => world.close())

const FILE = `
method: bayes
metric: {name: loss, goal: minimize}
program: train.py
run_cap: 100
initial_configs: [{lr: 0.5, depth: 1, kind: c}]
parameters:
  lr: {distribution: log_uniform_values, min: 1.0e-5, max: 1.0}
  depth: {min: 1, max: 9}
  kind: {values: [a, b, c]}
`

function lossOf(configText: string): number {
  const { lr, depth, kind } = JSON.parse(configText) as { lr: number; depth: number; kind: string }
  return (Math.log10(lr) + 2) ** 2 + (depth - 4) ** 2 / 4 + (kind === 'b' ? 0 : 1)
}

describe('stored proposals', () => {
  it('are made again bit for bit, all 100 of four slots, with a controller that was replaced on the way', async () => {
    const sweep = await workSweep(FILE, 100, (agent, job) => agent.runToEnd(job, lossOf(job.configText)))
    const runs = await world.runs(sweep.id)
    expect(runs).toHaveLength(100)
    await expectReplayed(sweep, FILE)
    const sources = runs.map(({ suggestedBy }) => (JSON.parse(suggestedBy!) as { source: string }).source)
    expect(sources.filter((source) => source === 'model').length).toBeGreaterThan(80)
  })

  it('are made again when runs are stopped early and the method learns from their curves', async () => {
    const file = `${FILE.replace('run_cap: 100', 'run_cap: 40')}early_terminate: {type: hyperband, min_iter: 2, eta: 2}\n`
    const sweep = await workSweep(file, 40, workUntilJudged)
    const states = (await world.runs(sweep.id)).map(({ state }) => state)
    expect(states.filter((state) => state === 'stopped').length).toBeGreaterThan(5)
    expect(states.filter((state) => state === 'finished').length).toBeGreaterThan(5)
    await expectReplayed(sweep, file)
  })
})

/** Works a sweep to its end, four slots, one job after the other; half-way the controller is replaced. */
async function workSweep(
  configText: string,
  runCap: number,
  work: (agent: ScriptedAgent, job: AttemptJob, sweep: SweepRecord) => Promise<void>,
): Promise<SweepRecord> {
  const sweep = aSweep({ method: 'bayes', configText, runCap, size: null })
  await world.request(sweep.id, (tx) => tx.insertSweep(sweep))
  const agent = await world.agent(sweep.id, { capacity: 4 })
  agent.takeJobs()
  agent.startBeating()
  // A slow machine may see an offer taken back and made again: more jobs than runs
  const isFinished = async () => (await world.store.findSweep(sweep.id))?.state === 'finished'
  for (let next = 0; !(await isFinished());) {
    if (next === runCap / 2) await world.restartDispatcher()
    const job = await waitFor(`job ${next + 1}`, async () => agent.jobs[next] ?? (await isFinished()))
    if (job === true) break
    next += 1
    await work(agent, job, sweep)
  }
  return sweep
}

/** Two reports, then as early termination decides: six more, or the end. */
async function workUntilJudged(agent: ScriptedAgent, job: AttemptJob, sweep: SweepRecord): Promise<void> {
  const loss = lossOf(job.configText)
  const rows = (from: number, to: number) =>
    Array.from({ length: to - from + 1 }, (_, i) => ({
      step: from + i,
      at: 0,
      metrics: { loss: loss + 2 / (from + i) },
    }))
  await agent.send([
    agent.report(job, { kind: 'started', pid: 1, host: 'h', slot: 0 }),
    agent.report(job, { kind: 'metrics', rows: rows(1, 2) }),
  ])
  const check = await waitFor(`${job.runId} is judged at report 2`, async () =>
    (await world.store.listStopChecks({ sweepId: sweep.id })).find(({ runId }) => runId === job.runId),
  )
  await agent.send(
    check.outcome === 'stopped'
      ? [agent.report(job, { ...ENDED, outcome: 'stopped' })]
      : [agent.report(job, { kind: 'metrics', rows: rows(3, 8) }), agent.report(job, ENDED)],
  )
}

async function expectReplayed(sweep: SweepRecord, file: string): Promise<void> {
  const runs = await world.runs(sweep.id)
  const { config } = parseSweepFile(file)
  const curves = await readCurves(world.store, config, runs)
  const entries = runs.map((run) => historyEntry(run, { curve: curves.get(run.id) }))
  for (const run of runs) {
    const again = replaySuggestion(config, sweep.seed, entries, run.suggestedBy ?? '')
    expect(again).toEqual({
      index: run.suggestionIndex,
      configText: run.configText,
      configHash: run.configHash,
      suggestedBy: run.suggestedBy,
    })
  }
}
