// What becomes of an agent whose run was erased while it was silent.
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createRemovalService } from '../../../controller/removal-service.ts'
import { createStandings } from '../../../controller/standings.ts'
import { createSweepService } from '../../../controller/sweep-service.ts'
import { systemClock } from '../../../runtime/clock.ts'
import type { RunId } from '../../../sweeps/sweep.ts'
import { SOME_TIME } from '../../support/records.ts'
import { startDispatchWorld } from '../../support/dispatch-world.ts'
import type { DispatchWorld } from '../../support/dispatch-world.ts'
import { waitFor } from '../../support/wait.ts'

let world: DispatchWorld
beforeEach(async () => {
  world = await startDispatchWorld()
})
afterEach(() => world.close())

it('is told that nobody knows its run, and to leave; nothing is stored of what it says', async () => {
  const { store, dispatcher } = world
  const standings = createStandings(store)
  const services = { store, dispatcher, standings, clock: systemClock, cleaner: { noteDeletion() {} } }
  const sweeps = createSweepService({ ...services, randomInt: () => 0 })
  const removal = createRemovalService(services)
  const sweep = await world.createGrid(1)
  const agent = await world.agent(sweep.id)
  agent.takeJobs()
  const job = await agent.beatDuring(async () => {
    const taken = await agent.job(1)
    await agent.send([agent.report(taken, { kind: 'started', pid: 1, host: 'scripted', slot: 0 })])
    await waitFor('the run has started', async () => (await world.run(taken.runId)).state === 'running')
    return taken
  })
  await sweeps.changeSweep(sweep.id, 'cancel', null)
  await expect(removal.removeSweep(sweep.id)).rejects.toMatchObject({ code: 'ILLEGAL_TRANSITION' })
  await waitFor('its lease has ended', async () => (await world.run(job.runId)).state === 'cancelled')

  await removal.removeSweep(sweep.id)
  agent.startBeating()
  const rows = [{ step: 0, at: SOME_TIME, metrics: { loss: 1 } }]
  await agent.send([agent.report(job, { kind: 'metrics', rows })])

  const disowned = await waitFor('it is disowned', () =>
    agent.commands.find((command) => command.type === 'disowned'),
  )
  expect(disowned).toMatchObject({ runId: job.runId, attempt: 1, verdict: 'unknown' })
  await waitFor('it is told to leave', () => agent.commands.some((command) => command.type === 'leave'))
  expect(await store.listRuns({})).toEqual([])
  expect(await store.readMetrics(job.runId as RunId)).toEqual([])
})
