import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { aSweep } from '../../support/records.ts'
import { startDispatchWorld } from '../../support/dispatch-world.ts'
import type { DispatchWorld } from '../../support/dispatch-world.ts'
import { ENDED } from '../../support/scripted-agent.ts'
import { waitFor } from '../../support/wait.ts'

let world: DispatchWorld
beforeEach(async () => {
  world = await startDispatchWorld()
})
afterEach(() => world.close())

const fileWith = (settings: string) => `
method: bayes
metric: {name: loss, goal: minimize, ${settings}}
program: train.py
run_cap: 9
parameters: {lr: {min: 0.0, max: 1.0}}
`

interface Record {
  source: string
  n: number
  basis: { soFar?: [number, number][] }
}

async function startSweep(settings: string, capacity: number) {
  const sweep = aSweep({ method: 'bayes', configText: fileWith(settings), runCap: 9, size: null })
  await world.request(sweep.id, (tx) => tx.insertSweep(sweep))
  const agent = await world.agent(sweep.id, { capacity })
  agent.takeJobs()
  agent.startBeating()
  const recordOf = async (runId: string) => JSON.parse((await world.run(runId)).suggestedBy!) as Record
  return { agent, recordOf }
}

describe('a sweep that asks for imputed values', () => {
  it('has a run that goes on counted by what it reported so far', async () => {
    const { agent, recordOf } = await startSweep('impute_while_running: best', 2)
    const staying = await agent.job(1)
    await agent.send([
      agent.report(staying, { kind: 'started', pid: 1, host: 'h', slot: 0 }),
      agent.report(staying, { kind: 'metrics', rows: [{ step: 1, at: 0, metrics: { loss: 0.25 } }] }),
    ])
    await waitFor('its value is stored', async () => (await world.run(staying.runId)).value === 0.25)
    for (let next = 2; next <= 6; next++) await agent.runToEnd(await agent.job(next), next)
    const seventh = await agent.job(7)
    const record = await recordOf(seventh.runId)
    expect(record).toMatchObject({ source: 'model', n: 6, basis: { soFar: [[0, 0.25]] } })
  })

  it('has failed runs counted by their last values', async () => {
    const { agent, recordOf } = await startSweep('impute: latest', 1)
    for (let next = 1; next <= 5; next++) {
      const job = await agent.job(next)
      const rows = [9, next].map((loss, step) => ({ step: step + 1, at: 0, metrics: { loss } }))
      await agent.send([
        agent.report(job, { kind: 'started', pid: 1, host: 'h', slot: 0 }),
        agent.report(job, { kind: 'metrics', rows }),
        agent.report(job, { ...ENDED, outcome: 'failed', exitCode: 1 }),
      ])
    }
    // With failures alone there is no model
    const record = await recordOf((await agent.job(6)).runId)
    expect(record.source).toBe('model')
  })
})
