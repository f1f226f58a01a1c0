import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { historyEntry } from '../../../controller/dispatch/suggestions.ts'
import { parseSweepFile } from '../../../sweeps/config.ts'
import { replaySuggestion } from '../../../sweeps/replay-suggestion.ts'
import { aSweep } from '../../support/records.ts'
import { startDispatchWorld } from '../../support/dispatch-world.ts'
import type { DispatchWorld } from '../../support/dispatch-world.ts'
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
    const sweep = aSweep({ method: 'bayes', configText: FILE, runCap: 100, size: null })
    await world.request(sweep.id, (tx) => tx.insertSweep(sweep))
    const agent = await world.agent(sweep.id, { capacity: 4 })
    agent.takeJobs()
    agent.startBeating()
    // A slow machine may see an offer taken back and made again: more jobs than runs
    const isFinished = async () => (await world.store.findSweep(sweep.id))?.state === 'finished'
    for (let next = 0; !(await isFinished());) {
      if (next === 50) await world.restartDispatcher()
      const job = await waitFor(`job ${next + 1}`, async () => agent.jobs[next] ?? (await isFinished()))
      if (job === true) break
      next += 1
      await agent.runToEnd(job, lossOf(job.configText))
    }
    const runs = await world.runs(sweep.id)
    expect(runs).toHaveLength(100)
    const entries = runs.map((run) => historyEntry(run))
    const { config } = parseSweepFile(FILE)
    for (const run of runs) {
      const again = replaySuggestion(config, sweep.seed, entries, run.suggestedBy ?? '')
      expect(again).toEqual({
        index: run.suggestionIndex,
        configText: run.configText,
        configHash: run.configHash,
        suggestedBy: run.suggestedBy,
      })
    }
    const sources = runs.map(({ suggestedBy }) => (JSON.parse(suggestedBy!) as { source: string }).source)
    expect(sources.filter((source) => source === 'model').length).toBeGreaterThan(80)
  })
})
