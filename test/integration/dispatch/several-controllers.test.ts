// Several controllers on one store and one Redis: one leads, the others stand by and serve requests.
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Dispatcher } from '../../../controller/dispatch-port.ts'
import { aChange } from '../../support/records.ts'
import { startDispatchWorld } from '../../support/dispatch-world.ts'
import type { DispatchWorld } from '../../support/dispatch-world.ts'
import { waitFor } from '../../support/wait.ts'

let world: DispatchWorld
let standby: Dispatcher
beforeEach(async () => {
  world = await startDispatchWorld(3_000, { isSoleController: false })
  standby = await world.startAnother()
})
afterEach(async () => {
  await standby.stop()
  await world.close()
})

it('keeps to one leader', async () => {
  await waitFor('the standby has Redis', () => standby.health().redis)
  expect([world.dispatcher.health().leader, standby.health().leader]).toEqual([true, false])
})

it('works a sweep that was created, and cancelled, through the one that does not lead', async () => {
  const leader = world.dispatcher
  world.dispatcher = standby // requests go there from now on
  const sweep = await world.createGrid(3)
  const agent = await world.agent(sweep.id)
  agent.takeJobs()
  agent.startBeating()
  const job = await agent.job(1)
  await world.request(sweep.id, async (tx) => {
    const run = await world.run(job.runId)
    await tx.saveRuns([{ ...run, wish: 'cancel', wishReason: 'wrong data' }])
  })

  const stop = await waitFor('the stop', () => agent.commands.find(({ type }) => type === 'stop'))
  expect(stop).toMatchObject({ how: 'cancel', reason: 'wrong data', runId: job.runId })
  world.dispatcher = leader
})

it('has the standby lead, and work on, after a stop', async () => {
  const sweep = await world.createGrid(3)
  const stopped = world.dispatcher
  world.dispatcher = standby
  const agent = await world.agent(sweep.id)
  await stopped.stop()

  await waitFor('the standby leads', () => standby.health().leader)
  agent.takeJobs()
  agent.startBeating()
  expect(await agent.job(1)).toMatchObject({ sweepId: sweep.id })
})

it('goes on reading after a change that belongs to no sweep', async () => {
  await world.store.write((tx) => tx.recordChanges([aChange({ entity: 'agent', event: 'agent.registered' })]))
  const sweep = await world.createGrid(1)
  const agent = await world.agent(sweep.id)
  agent.takeJobs()
  agent.startBeating()
  expect(await agent.job(1)).toMatchObject({ sweepId: sweep.id })
})
