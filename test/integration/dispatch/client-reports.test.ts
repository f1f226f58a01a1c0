// What clients of W&B report to a controller that leads, and to one that does not: the leader knows of it either way.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createClientRunService } from '../../../controller/client-runs/client-run-service.ts'
import type { ClientRunService } from '../../../controller/client-runs/client-run-service.ts'
import type { ClientClaim, ClientPost } from '../../../controller/client-runs/client-post.ts'
import type { Dispatcher } from '../../../controller/dispatch-port.ts'
import { systemClock } from '../../../runtime/clock.ts'
import type { AttemptJob } from '../../../sweeps/protocol.ts'
import { startDispatchWorld } from '../../support/dispatch-world.ts'
import type { DispatchWorld } from '../../support/dispatch-world.ts'
import { waitFor } from '../../support/wait.ts'

const NO_CLAIM: ClientClaim = {
  entity: 'sweep', project: null, name: null, runId: null, isStart: true, isPending: false, sweep: null,
  displayName: null, notes: null, tags: null, group: null, jobType: null, wandbConfig: null, summary: null,
  host: 'here', program: null, commit: null, repo: null,
} // prettier-ignore
const NO_POST: ClientPost = {
  history: null,
  events: null,
  log: null,
  summary: null,
  isPreempting: false,
  end: null,
}

let world: DispatchWorld
let standby: Dispatcher
beforeEach(async () => {
  world = await startDispatchWorld(10_000, { isSoleController: false })
  standby = await world.startAnother()
  await waitFor('the standby has Redis', () => standby.health().redis)
})
afterEach(async () => {
  await standby.stop()
  await world.close()
})

describe.each(['the leader', 'a standby'])('a client that reports to %s', (where) => {
  const serve = (): ClientRunService =>
    createClientRunService({
      store: world.store,
      dispatcher: where === 'the leader' ? world.dispatcher : standby,
      clock: systemClock,
      randomInt: (n) => Math.floor(Math.random() * n),
    })
  const refOf = ({ runId }: AttemptJob) => ({ project: 'default', name: runId })
  const rowsOf = (losses: readonly number[]): ClientPost => ({
    ...NO_POST,
    history: {
      offset: 0,
      lines: losses.map((loss, step) => ({ step, at: 1, metrics: { loss }, processStartedAt: 1 })),
    },
  })

  /** Jobs of one W&B agent: its clients' word ends its attempts. */
  async function start(earlyTerminate: string): Promise<readonly AttemptJob[]> {
    const sweep = await world.createGrid(4, {
      configText: `method: grid\nmetric: {name: loss, goal: minimize}\nprogram: train.py\nparameters: {x: {values: [0, 1, 2, 3]}}\n${earlyTerminate}`,
    })
    const agent = await world.agent(sweep.id, { capacity: 4 })
    const agentId = agent.registration.agentId
    await world.store.write(async (tx) => {
      const record = (await tx.listAgents()).find(({ id }) => id === agentId)
      if (record !== undefined) await tx.saveAgent({ ...record, version: 'wandb' })
    })
    agent.takeJobs()
    agent.startBeating()
    await agent.job(4)
    const jobs = agent.jobs
    for (const job of jobs)
      await serve().claim({ ...NO_CLAIM, project: 'default', name: job.runId, sweep: sweep.id }, null)
    return jobs
  }

  it('ends the attempts, and with the last one the sweep', async () => {
    const jobs = await start('')
    for (const job of jobs) {
      await serve().post(refOf(job), rowsOf([1]), null)
      await serve().post(refOf(job), { ...NO_POST, end: { exitCode: 0 } }, null)
    }
    const sweepId = (await world.run(jobs[0]?.runId ?? '')).sweepId
    await world.sweepState(sweepId as NonNullable<typeof sweepId>, 'finished')
    expect((await world.dispatcher.figures())?.attempts).toEqual({ offered: 0, accepted: 0 })
  })

  it('is stopped early by what it reports', async () => {
    const jobs = await start('early_terminate: {type: hyperband, min_iter: 2, eta: 2}\n')
    for (const [index, job] of jobs.entries())
      await serve().post(refOf(job), rowsOf([index, index, index]), null)
    const [best, worst] = [jobs.at(0), jobs.at(-1)]
    if (best === undefined || worst === undefined) throw new Error('there are no jobs')
    const run = await waitFor('the stop', async () => {
      const found = await world.run(worst.runId)
      return found.wish === 'stop' ? found : null
    })
    expect(run.wishReason).not.toBe('')
    expect((await world.run(best.runId)).wish).toBeNull()
    expect(await serve().post(refOf(worst), NO_POST, null)).toEqual({ isStopped: true })
  })
})
