// What the dispatcher does with a mended sweep: runs that were put into its queue or sent back, another file, and
// failures that `retry` allows.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createMendingService } from '../../../controller/mending-service.ts'
import type { MendingService } from '../../../controller/mending-service.ts'
import { createStandings } from '../../../controller/standings.ts'
import { systemClock } from '../../../runtime/clock.ts'
import { ENDED } from '../../support/scripted-agent.ts'
import type { ScriptedAgent } from '../../support/scripted-agent.ts'
import { startDispatchWorld } from '../../support/dispatch-world.ts'
import type { DispatchWorld } from '../../support/dispatch-world.ts'

let world: DispatchWorld
let mending: MendingService

beforeEach(async () => {
  world = await startDispatchWorld()
  mending = createMendingService({
    store: world.store,
    dispatcher: { lookForChanges: () => world.dispatcher.lookForChanges() },
    standings: createStandings(world.store),
    clock: systemClock,
    randomInt: (n) => Math.floor(Math.random() * n),
  })
})
afterEach(() => world.close())

const FAILED = { ...ENDED, outcome: 'failed', exitCode: 1, reason: 'exit code 1' } as const
const STARTED = { kind: 'started', pid: 1, host: 'h', slot: 0 } as const

async function fail(agent: ScriptedAgent, count: number): Promise<void> {
  const job = await agent.job(count)
  await agent.send([agent.report(job, STARTED), agent.report(job, FAILED)])
}

async function working(agent: ScriptedAgent): Promise<ScriptedAgent> {
  agent.takeJobs()
  agent.startBeating()
  return agent
}

describe('a mended sweep', () => {
  it('works what was put into its queue before its own proposals, and never proposes it', async () => {
    const sweep = await world.createGrid(3, { state: 'paused' })
    await mending.enqueue(sweep.id, { text: '{x: 2}' })
    await world.request(sweep.id, async (tx) => {
      const now = await tx.findSweep(sweep.id)
      if (now !== null) await tx.saveSweep({ ...now, state: 'running' })
    })
    const agent = await working(await world.agent(sweep.id))
    for (let count = 1; count <= 3; count++) await agent.runToEnd(await agent.job(count), count)
    await world.sweepState(sweep.id, 'finished')
    expect(agent.jobs.map((job) => job.configText)).toEqual(['{"x":2}', '{"x":0}', '{"x":1}'])
    expect(agent.jobs.map((job) => job.attempt)).toEqual([1, 1, 1])
  })

  it('goes on after an extension, up to the new cap and not further', async () => {
    const sweep = await world.createGrid(9, { runCap: 2 })
    await world.store.write(async (tx) => {
      const configText = sweep.configText.replace('method: grid', 'method: grid\nrun_cap: 2')
      await tx.saveSweep({ ...sweep, configText })
    })
    const agent = await working(await world.agent(sweep.id))
    for (let count = 1; count <= 2; count++) await agent.runToEnd(await agent.job(count), count)
    await world.sweepState(sweep.id, 'finished')
    await mending.extendSweep(sweep.id, { addRuns: 2 })
    for (let count = 3; count <= 4; count++) await agent.runToEnd(await agent.job(count), count)
    await world.sweepState(sweep.id, 'finished')
    const runs = await world.runs(sweep.id)
    expect(runs.map((run) => [run.configText, run.specVersion])).toEqual([
      ['{"x":0}', 1],
      ['{"x":1}', 1],
      ['{"x":2}', 2],
      ['{"x":3}', 2],
    ])
  })

  it('starts a run by the command of its own version, also when it goes back after an edit', async () => {
    const sweep = await world.createGrid(2)
    await world.store.write((tx) => tx.insertSpecVersion(sweep.id, 1, sweep.configText, 1))
    const agent = await working(await world.agent(sweep.id))
    const first = await agent.job(1)
    await mending.editSweep(sweep.id, { set: ['program=new.py'] })
    await agent.send([agent.report(first, { ...ENDED, outcome: 'preempted', exitCode: null })])
    const again = await agent.job(2)
    await agent.runToEnd(again, 1)
    const next = await agent.job(3)
    expect([first.program, again.program, next.program]).toEqual(['train.py', 'train.py', 'new.py'])
    expect(again).toMatchObject({ runId: first.runId, attempt: 2 })
  })

  it('works failed cells of a finished grid again and finishes once more', async () => {
    const sweep = await world.createGrid(2)
    const agent = await working(await world.agent(sweep.id))
    await fail(agent, 1)
    await agent.runToEnd(await agent.job(2), 1)
    await world.sweepState(sweep.id, 'finished')
    const { retried } = await mending.retry(sweep.id, {})
    expect(retried).toEqual([agent.jobs[0]?.runId])
    const job = await agent.job(3)
    expect(job).toMatchObject({ runId: agent.jobs[0]?.runId, attempt: 2, configText: '{"x":0}' })
    await agent.runToEnd(job, 0.5)
    await world.sweepState(sweep.id, 'finished')
    expect(await world.run(job.runId)).toMatchObject({ state: 'finished', attemptCount: 2 })
  })

  it('goes to agents with the labels that it requires, and by an edit to others', async () => {
    const sweep = await world.createGrid(3)
    await mending.editSweep(sweep.id, { set: ['requires.gpu=h100'] })
    const other = await working(await world.agent(sweep.id, { name: 'other', labels: { gpu: 'a100' } }))
    const right = await working(
      await world.agent(sweep.id, { name: 'right', labels: { gpu: 'h100', site: 'b' } }),
    )
    await right.runToEnd(await right.job(1), 1)
    await right.job(2) // held: its slot is taken from here on
    expect(other.jobs).toEqual([])
    await mending.editSweep(sweep.id, { set: ['requires.gpu=a100'] })
    expect((await other.job(1)).configText).toBe('{"x":2}')
  })

  it('sends a failed run back by its rule, and no more often than that; losses and hand-backs are free', async () => {
    const sweep = await world.createGrid(1, { maxAttempts: 2 })
    const agent = await working(await world.agent(sweep.id))
    const first = await agent.job(1)
    await agent.send([agent.report(first, { ...ENDED, outcome: 'preempted', exitCode: null })])
    await fail(agent, 2)
    await fail(agent, 3)
    await world.sweepState(sweep.id, 'finished')
    expect(agent.jobs.map(({ attempt }) => attempt)).toEqual([1, 2, 3])
    expect(await world.run(first.runId)).toMatchObject({ state: 'failed', failureCount: 2, attemptCount: 3 })
  })
})
