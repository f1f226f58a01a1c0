// Agents that poll (W&B's) on a real leader, store and Redis; what each poll says is a test's decision.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createPollingAgentService } from '../../../controller/polling-agent-service.ts'
import type {
  PollOrder,
  PollingAgent,
  PollingAgentService,
} from '../../../controller/polling-agent-service.ts'
import { NO_LINES } from '../../../sweeps/line-ranges.ts'
import { transitionSweep } from '../../../sweeps/sweep.ts'
import type { RunRecord } from '../../../sweeps/run.ts'
import type { ClientRunRecord } from '../../../sweeps/client-run.ts'
import type { RunId, SweepRecord } from '../../../sweeps/sweep.ts'
import { startDispatchWorld } from '../../support/dispatch-world.ts'
import type { DispatchWorld } from '../../support/dispatch-world.ts'
import { waitFor } from '../../support/wait.ts'

let world: DispatchWorld
let service: PollingAgentService
/** How far the service's clock is ahead. */
let aheadMs = 0
beforeEach(async () => {
  aheadMs = 0
  world = await startDispatchWorld()
  service = openService()
})
afterEach(() => world.close())

/** On the dispatcher that runs now. */
function openService(): PollingAgentService {
  const clock = { now: () => Date.now() + aheadMs, monotonicMs: () => performance.now() }
  return createPollingAgentService({ store: world.store, dispatcher: world.dispatcher, clock })
}

async function restartController(): Promise<void> {
  await world.restartDispatcher()
  service = openService()
}

const join = (sweep: SweepRecord): Promise<PollingAgent> =>
  service.register({ host: 'laptop', sweepId: sweep.id })
const alive = (...runIds: readonly string[]) => new Set<string>(runIds)
const attemptsOf = (runId: string) => world.store.listAttempts([runId as RunId])

/** Polls with nothing at work until it is given a run. */
async function takeRun(agent: PollingAgent): Promise<Extract<PollOrder, { kind: 'start' }>['job']> {
  return waitFor('a run is handed out', async () => {
    const [order] = await service.poll(agent, alive())
    return order?.kind === 'start' ? order.job : null
  })
}

/** Its agent names it, and that is stored. */
async function showAtWork(agent: PollingAgent, runId: string): Promise<void> {
  expect(await service.poll(agent, alive(runId))).toEqual([])
  await waitFor('the run runs', async () => (await world.run(runId)).state === 'running')
}

const outcome = (runId: string, attempt: number) =>
  waitFor(`attempt ${attempt} of ${runId} ends`, async () =>
    (await attemptsOf(runId)).find((one) => one.attempt === attempt && one.outcome !== null),
  )

const wish = (sweep: SweepRecord, runId: string, how: RunRecord['wish']) =>
  world.request(sweep.id, async (tx) => {
    const run = await tx.findRun(runId as RunId)
    if (run !== null) await tx.saveRuns([{ ...run, wish: how, wishReason: 'a test' }])
  })

/** Its client spoke in this attempt. */
const clientSpoke = (run: RunRecord, facts: Partial<ClientRunRecord> = {}) =>
  world.store.write((tx) =>
    tx.clientRuns.save([
      {
        runId: run.id,
        entity: 'me',
        project: run.project,
        name: run.id,
        startedBy: null,
        attempt: run.attemptCount,
        wandbConfig: '{}',
        summary: '{}',
        history: NO_LINES,
        events: NO_LINES,
        logLines: 0,
        placed: { history: false, events: false, logs: false },
        owners: { client: [], agent: [], isNoticed: false },
        processStartedAt: null,
        formerStartedAt: null,
        heardAt: Date.now(),
        host: null,
        program: null,
        commit: null,
        repo: null,
        isPreempting: false,
        ...facts,
      },
    ]),
  )

describe('an agent that polls', () => {
  it('is given a run by its first poll, once, and is seen at work', async () => {
    const sweep = await world.createGrid(1)
    const agent = await join(sweep)
    const job = await takeRun(agent)

    expect(job).toMatchObject({ attempt: 1, configText: '{"x":0}' })
    await showAtWork(agent, job.runId)
    expect(await service.poll(agent, alive(job.runId))).toEqual([])
    expect(await attemptsOf(job.runId)).toHaveLength(1)
  })

  it('loses a run that it was given and did not start within a minute: it goes back', async () => {
    const sweep = await world.createGrid(1)
    const agent = await join(sweep)
    const first = await takeRun(agent)
    aheadMs = 59_000
    expect(await service.poll(agent, alive())).toEqual([]) // not given a second time
    aheadMs = 61_000
    const again = await takeRun(agent)

    expect((await outcome(first.runId, 1)).outcome).toBe('lost')
    expect(again).toMatchObject({ runId: first.runId, attempt: 2 })
  })

  it('whose process is gone without a word has failed at it', async () => {
    const sweep = await world.createGrid(1)
    const agent = await join(sweep)
    const job = await takeRun(agent)
    await showAtWork(agent, job.runId)
    await service.poll(agent, alive())

    expect((await outcome(job.runId, 1)).outcome).toBe('failed')
    expect((await world.run(job.runId)).state).toBe('failed')
  })

  it('whose run was too short to be seen has failed at it, when its client was there', async () => {
    const sweep = await world.createGrid(1)
    const agent = await join(sweep)
    const job = await takeRun(agent)
    await clientSpoke(await world.run(job.runId))
    await service.poll(agent, alive())

    expect((await outcome(job.runId, 1)).outcome).toBe('failed')
  })

  it('whose run said that it would be preempted gives it back', async () => {
    const sweep = await world.createGrid(1)
    const agent = await join(sweep)
    const job = await takeRun(agent)
    await showAtWork(agent, job.runId)
    await clientSpoke(await world.run(job.runId), { isPreempting: true })
    const again = await takeRun(agent)

    expect((await outcome(job.runId, 1)).outcome).toBe('preempted')
    expect(again).toMatchObject({ runId: job.runId, attempt: 2 })
  })

  it('is told to stop a run 20 s after its client was, and again at each poll; then it is stopped', async () => {
    const sweep = await world.createGrid(2)
    const agent = await join(sweep)
    const job = await takeRun(agent)
    await showAtWork(agent, job.runId)
    await clientSpoke(await world.run(job.runId))
    await wish(sweep, job.runId, 'stop')

    expect(await service.poll(agent, alive(job.runId))).toEqual([])
    aheadMs = 21_000
    const stop = [{ kind: 'stop', runId: job.runId }]
    expect(await service.poll(agent, alive(job.runId))).toEqual(stop)
    expect(await service.poll(agent, alive(job.runId))).toEqual(stop)
    await service.poll(agent, alive())
    expect((await outcome(job.runId, 1)).outcome).toBe('stopped')
  })

  it('is told at once to stop a run that has no client', async () => {
    const sweep = await world.createGrid(1)
    const agent = await join(sweep)
    const job = await takeRun(agent)
    await showAtWork(agent, job.runId)
    await wish(sweep, job.runId, 'cancel')

    expect(await service.poll(agent, alive(job.runId))).toEqual([{ kind: 'stop', runId: job.runId }])
    await service.poll(agent, alive())
    expect((await outcome(job.runId, 1)).outcome).toBe('cancelled')
  })

  it('is offered nothing when it asks no more: an agent that has done its count holds up nobody', async () => {
    const sweep = await world.createGrid(2)
    const agent = await join(sweep)
    const job = await takeRun(agent)
    await showAtWork(agent, job.runId)
    const other = await join(sweep)
    const second = await takeRun(other)
    await showAtWork(other, second.runId)

    expect(second.runId).not.toBe(job.runId)
    const open = await world.store.listOpenAttempts()
    expect(open.map(({ runId }) => runId).sort()).toEqual([job.runId, second.runId].sort())
  })

  it('that is gone between two polls gives back what was offered to it, though the job was brought again', async () => {
    const sweep = await world.createGrid(1)
    await join(sweep) // it is offered the run, and never asks
    await waitFor('the run is offered', async () => (await world.store.listOpenAttempts()).length === 1)
    const other = await join(sweep)
    const job = await waitFor(
      'the other one is given it',
      async () => {
        const [order] = await service.poll(other, alive())
        return order?.kind === 'start' ? order.job : null
      },
      { timeoutMs: 40_000 },
    )

    expect(job.attempt).toBe(2)
    expect((await outcome(job.runId, 1)).outcome).toBe('recalled')
    expect((await world.run(job.runId)).lossCount).toBe(0)
  }, 60_000)

  it('leaves when its sweep is over and nothing of it lives, not before', async () => {
    const sweep = await world.createGrid(2)
    const agent = await join(sweep)
    const job = await takeRun(agent)
    await showAtWork(agent, job.runId)
    await world.request(sweep.id, async (tx) => {
      const now = await tx.findSweep(sweep.id)
      if (now !== null) await tx.saveSweep({ ...transitionSweep(now, 'stopped'), finishedAt: 1 })
    })

    expect(await service.poll(agent, alive(job.runId))).toEqual([])
    expect(await service.poll(agent, alive())).toEqual([{ kind: 'leave' }])
    await waitFor('it has left', async () => (await world.store.findAgent(agent.id))?.state === 'left')
    await expect(join(sweep)).rejects.toThrow(`sweep ${sweep.id} is not running`)
  })

  it('is given nothing while the sweep is paused, and stays', async () => {
    const sweep = await world.createGrid(1, { state: 'paused' })
    const agent = await join(sweep)

    expect(await service.poll(agent, alive())).toEqual([])
  })

  it('ends what it was never given', async () => {
    const agent = await join(await world.createGrid(1))

    expect(await service.poll(agent, alive('nobodysx'))).toEqual([{ kind: 'stop', runId: 'nobodysx' }])
  })

  it('is not found without its key, or when its sweep was erased', async () => {
    const sweep = await world.createGrid(1)
    const agent = await join(sweep)
    await expect(service.poll({ ...agent, key: 'x'.repeat(64) }, alive())).rejects.toMatchObject({
      code: 'NOT_FOUND',
    })
    await world.store.write((tx) => tx.deleteSweep(sweep.id))
    await expect(service.poll(agent, alive())).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  it('keeps its run through a new leader', async () => {
    const sweep = await world.createGrid(1)
    const agent = await join(sweep)
    const job = await takeRun(agent)
    await showAtWork(agent, job.runId)
    await restartController()

    expect(await service.poll(agent, alive(job.runId))).toEqual([])
    expect(await attemptsOf(job.runId)).toMatchObject([{ attempt: 1, outcome: null }])
  })

  it('is given a run again that a controller took from the mailbox and did not write down', async () => {
    const sweep = await world.createGrid(1)
    const agent = await join(sweep)
    // The controller is killed here: the job is out of the mailbox, and no hand-out is stored.
    const taken = await world.dispatcher.polled.takeJob(agent.id, 5_000)
    await restartController()
    const job = await takeRun(agent)

    expect(job).toEqual(taken)
  })

  it('is given a run once though the answer was lost: after a minute it goes back', async () => {
    const sweep = await world.createGrid(1)
    const agent = await join(sweep)
    const lost = await takeRun(agent) // the controller is killed here, and the agent never hears of it
    await restartController()

    expect(await service.poll(agent, alive())).toEqual([])
    aheadMs = 61_000
    const again = await takeRun(agent)
    expect(again).toMatchObject({ runId: lost.runId, attempt: 2 })
    expect(again.token).not.toBe(lost.token)
  })

  it('whose lost run lives after all keeps it while nobody else has it', async () => {
    const sweep = await world.createGrid(1)
    const agent = await join(sweep)
    const job = await takeRun(agent)
    await world.request(sweep.id, async (tx) => {
      const now = await tx.findSweep(sweep.id)
      if (now !== null) await tx.saveSweep(transitionSweep(now, 'paused')) // nobody is offered the run again
    })
    aheadMs = 61_000
    await service.poll(agent, alive())
    expect((await outcome(job.runId, 1)).outcome).toBe('lost')
    await service.poll(agent, alive(job.runId))

    await waitFor('it is open again', async () => (await world.run(job.runId)).openAttempt === 1)
    expect(await service.poll(agent, alive(job.runId))).toEqual([])
  })

  it('and one of ours share a grid: every cell once, none twice', async () => {
    const sweep = await world.createGrid(8)
    const agent = await join(sweep)
    const ours = await world.agent(sweep.id)
    ours.takeJobs()
    ours.startBeating()
    const given: string[] = []
    const isOver = async () => (await world.store.findSweep(sweep.id))?.state === 'finished'
    const workOurs = async () => {
      for (let next = 0; !(await isOver());) {
        const job = ours.jobs[next]
        if (job === undefined) await new Promise((resolve) => setTimeout(resolve, 5))
        else await ours.runToEnd(job, next++)
      }
    }
    const workPolling = async () => {
      for (;;) {
        const [order] = await service.poll(agent, alive())
        if (order?.kind === 'leave') return
        if (order?.kind !== 'start') continue
        given.push(order.job.configText)
        await service.poll(agent, alive(order.job.runId))
      }
    }
    await Promise.all([workOurs(), workPolling()])

    const runs = await world.runs(sweep.id)
    expect(runs.map(({ configText }) => configText).sort()).toEqual(
      Array.from({ length: 8 }, (_, x) => `{"x":${x}}`),
    )
    expect(runs.map(({ attemptCount }) => attemptCount)).toEqual(Array(8).fill(1))
    expect(given.length).toBeGreaterThan(0)
    expect(ours.jobs.length).toBeGreaterThan(0)
    expect(given.length + ours.jobs.length).toBe(8)
  })
})
