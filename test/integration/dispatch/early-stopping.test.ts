import { afterEach, beforeEach, expect, it } from 'vitest'
import type { AttemptJob, Command } from '../../../sweeps/protocol.ts'
import type { RunId, SweepRecord } from '../../../sweeps/sweep.ts'
import { startDispatchWorld } from '../../support/dispatch-world.ts'
import type { DispatchWorld } from '../../support/dispatch-world.ts'
import { ENDED } from '../../support/scripted-agent.ts'
import type { ScriptedAgent } from '../../support/scripted-agent.ts'
import { waitFor } from '../../support/wait.ts'

let world: DispatchWorld
beforeEach(async () => {
  world = await startDispatchWorld()
})
afterEach(() => world.close())

/** A grid of so many cells under hyperband with its first check at report 2. */
function startSweep(cells: number, settings = ''): Promise<SweepRecord> {
  const values = Array.from({ length: cells }, (_, i) => i).join(', ')
  return world.createGrid(cells, {
    configText: [
      'method: grid',
      'metric: {name: loss, goal: minimize}',
      'program: train.py',
      `parameters: {x: {values: [${values}]}}`,
      `early_terminate: {type: hyperband, min_iter: 2, eta: 2${settings}}`,
      '',
    ].join('\n'),
  })
}

async function startAgent(sweep: SweepRecord, capacity: number): Promise<ScriptedAgent> {
  const agent = await world.agent(sweep.id, { capacity })
  agent.takeJobs()
  agent.startBeating()
  return agent
}

async function start(agent: ScriptedAgent, number: number): Promise<AttemptJob> {
  const job = await agent.job(number)
  await agent.send([agent.report(job, { kind: 'started', pid: 1, host: 'h', slot: 0 })])
  await waitFor(`run ${number} runs`, async () => (await world.run(job.runId)).state === 'running')
  return job
}

/** Reports these values, one report each, and waits until they are stored. */
async function tell(
  agent: ScriptedAgent,
  job: AttemptJob,
  losses: readonly (number | 'NaN')[],
): Promise<void> {
  const step = async () =>
    (await world.store.listSummaries([job.runId as RunId])).get(job.runId as RunId)?.[0]?.steps ?? 0
  const before = await step()
  const rows = losses.map((loss, index) => ({ step: before + index + 1, at: 0, metrics: { loss } }))
  await agent.send(rows.map((row) => agent.report(job, { kind: 'metrics', rows: [row] })))
  await waitFor('the reports are stored', async () => (await step()) === before + losses.length)
}

const stopOf = (agent: ScriptedAgent, job: AttemptJob) =>
  waitFor(`the stop of ${job.runId}`, () =>
    agent.commands.find(
      (command): command is Command & { type: 'stop' } =>
        command.type === 'stop' && command.runId === job.runId,
    ),
  )
const isToldToStop = (agent: ScriptedAgent, job: AttemptJob) =>
  agent.commands.some((command) => command.type === 'stop' && command.runId === job.runId)
const checksOf = (job: AttemptJob) => world.store.listStopChecks({ runId: job.runId as RunId })

it('stops the run that is worse than the better half at its check, and keeps why', async () => {
  const sweep = await startSweep(4)
  const agent = await startAgent(sweep, 3)
  const jobs = [await start(agent, 1), await start(agent, 2), await start(agent, 3)] as const
  await tell(agent, jobs[0], [0.5, 0.3])
  await tell(agent, jobs[1], [0.5, 0.1])
  expect(isToldToStop(agent, jobs[0])).toBe(false)
  await tell(agent, jobs[2], [0.5, 0.4])

  expect(await stopOf(agent, jobs[2])).toMatchObject({
    how: 'early',
    reason: 'report 2: 0.4, cut 0.3, rank 3/3',
  })
  await agent.send([
    agent.report(jobs[2], {
      ...ENDED,
      outcome: 'stopped',
      exitCode: 143,
      reason: 'report 2: 0.4, cut 0.3, rank 3/3',
    }),
  ])
  await waitFor('it is stopped', async () => (await world.run(jobs[2].runId)).state === 'stopped')
  expect(await world.run(jobs[2].runId)).toMatchObject({
    value: 0.4,
    stopReason: 'report 2: 0.4, cut 0.3, rank 3/3',
  })
  expect(await checksOf(jobs[2])).toMatchObject([
    {
      band: 2,
      mark: 0.4,
      value: 0.4,
      threshold: 0.3,
      rank: 3,
      of: 3,
      outcome: 'stopped',
      rule: 'hyperband/report',
    },
  ])
  expect(await checksOf(jobs[1])).toMatchObject([{ band: 2, value: 0.1, rank: 1, of: 2, outcome: 'kept' }])
  await agent.job(4) // its slot has the next run
  const events = (await world.store.readChanges(0, 1000, { sweepId: sweep.id })).map(({ event }) => event)
  expect(events.filter((event) => event === 'run.condemned')).toHaveLength(1)
})

it('stops a run that passed its check when others tighten the threshold', async () => {
  const agent = await startAgent(await startSweep(3), 3)
  const jobs = [await start(agent, 1), await start(agent, 2), await start(agent, 3)] as const
  await tell(agent, jobs[0], [0.9, 0.9, 0.9])
  await tell(agent, jobs[1], [0.2, 0.2])
  await tell(agent, jobs[2], [0.1, 0.1])

  expect(await stopOf(agent, jobs[0])).toMatchObject({ reason: 'report 2: 0.9, cut 0.2, rank 3/3' })
  expect(isToldToStop(agent, jobs[1])).toBe(false)
})

it('stops a run that reports nothing but NaN', async () => {
  const agent = await startAgent(await startSweep(1, ', nan_patience: 3'), 1)
  const job = await start(agent, 1)
  await tell(agent, job, ['NaN', 'NaN'])
  expect(isToldToStop(agent, job)).toBe(false)
  await tell(agent, job, ['NaN'])

  expect((await stopOf(agent, job)).reason).toBe('3 reports of the metric in a row were NaN (nan_patience 3)')
  expect(await checksOf(job)).toMatchObject([{ band: 0, mark: null, value: null, outcome: 'stopped' }])
})

it('lets an audited run live, and keeps what it would have been', async () => {
  const agent = await startAgent(await startSweep(3, ', audit: 100%'), 3)
  const jobs = [await start(agent, 1), await start(agent, 2), await start(agent, 3)] as const
  for (const [index, job] of jobs.entries()) await tell(agent, job, [0.1 * (index + 1), 0.1 * (index + 1)])

  await waitFor('the last one is a control', async () => (await checksOf(jobs[2]))[0]?.outcome === 'control')
  expect((await world.run(jobs[2].runId)).wish).toBeNull()
})

it('leaves a run alone that ended in the batch that would stop it', async () => {
  const agent = await startAgent(await startSweep(3), 3)
  const jobs = [await start(agent, 1), await start(agent, 2), await start(agent, 3)] as const
  await tell(agent, jobs[0], [0.1, 0.1])
  await tell(agent, jobs[1], [0.2, 0.2])
  const rows = [1, 2].map((step) => ({ step, at: 0, metrics: { loss: 0.9 } }))
  await agent.send([agent.report(jobs[2], { kind: 'metrics', rows }), agent.report(jobs[2], ENDED)])

  await waitFor('it is finished', async () => (await world.run(jobs[2].runId)).state === 'finished')
  await waitFor('its value counts', async () => (await checksOf(jobs[2]))[0]?.outcome === 'unjudged')
  expect(await world.run(jobs[2].runId)).toMatchObject({ stopReason: null, wish: null, value: 0.9 })
  expect(isToldToStop(agent, jobs[2])).toBe(false)
})

it('a stop that comes too late leaves the run finished, without a reason', async () => {
  const agent = await startAgent(await startSweep(3), 3)
  const jobs = [await start(agent, 1), await start(agent, 2), await start(agent, 3)] as const
  await tell(agent, jobs[0], [0.1, 0.1])
  await tell(agent, jobs[1], [0.2, 0.2])
  await tell(agent, jobs[2], [0.9, 0.9])
  await stopOf(agent, jobs[2])
  await agent.send([agent.report(jobs[2], ENDED)])

  await waitFor('it is finished', async () => (await world.run(jobs[2].runId)).state === 'finished')
  expect((await world.run(jobs[2].runId)).stopReason).toBeNull()
})

it.each(['the same controller', 'the next controller'])(
  'decides what could not be kept as soon as the store is back: %s',
  async (which) => {
    const agent = await startAgent(await startSweep(5), 5)
    const jobs = [
      await start(agent, 1),
      await start(agent, 2),
      await start(agent, 3),
      await start(agent, 4),
      await start(agent, 5),
    ] as const
    await tell(agent, jobs[0], [0.1, 0.1])
    await tell(agent, jobs[1], [0.3, 0.2])
    await waitFor('two are kept', async () => (await checksOf(jobs[1])).length === 1)
    world.failStopChecks(true)
    await tell(agent, jobs[2], [0.9, 0.9]) // stored, and not judged
    await tell(agent, jobs[3], [0.15])
    if (which === 'the next controller') await world.restartDispatcher()
    expect(isToldToStop(agent, jobs[2])).toBe(false)
    world.failStopChecks(false)

    expect(await stopOf(agent, jobs[2])).toMatchObject({ reason: 'report 2: 0.9, cut 0.2, rank 3/3' })
    await tell(agent, jobs[3], [0.15]) // and its reports before count on
    await waitFor('the last is judged', async () => (await checksOf(jobs[3]))[0]?.of === 4)
    expect(await checksOf(jobs[3])).toMatchObject([{ value: 0.15, threshold: 0.2, rank: 2, outcome: 'kept' }])
    expect(isToldToStop(agent, jobs[1])).toBe(false)
    await tell(agent, jobs[4], [0.95, 0.95]) // nothing was known of it
    expect(await stopOf(agent, jobs[4])).toMatchObject({ reason: 'report 2: 0.95, cut 0.2, rank 5/5' })
  },
)

it('a run whose agent dies while it is being stopped is stopped, for that reason', async () => {
  const agent = await startAgent(await startSweep(3), 3)
  const jobs = [await start(agent, 1), await start(agent, 2), await start(agent, 3)] as const
  await tell(agent, jobs[0], [0.1, 0.1])
  await tell(agent, jobs[1], [0.2, 0.2])
  await tell(agent, jobs[2], [0.9, 0.9])
  await stopOf(agent, jobs[2])
  agent.restart() // its next beat lists nothing

  await waitFor('it is stopped', async () => (await world.run(jobs[2].runId)).state === 'stopped')
  expect((await world.run(jobs[2].runId)).stopReason).toBe('report 2: 0.9, cut 0.2, rank 3/3')
  await waitFor('another went back', async () => (await world.run(jobs[0].runId)).state === 'queued')
})

it('judges a run anew when its next attempt begins its history anew', async () => {
  const agent = await startAgent(await startSweep(3), 3)
  const jobs = [await start(agent, 1), await start(agent, 2), await start(agent, 3)] as const
  await tell(agent, jobs[1], [0.2, 0.2])
  await tell(agent, jobs[2], [0.3, 0.3])
  await tell(agent, jobs[0], [0.1, 0.1])
  await agent.send([agent.report(jobs[0], { ...ENDED, outcome: 'preempted', exitCode: 143 })])
  await waitFor('it has another attempt', () => agent.jobs[3])
  const again = await start(agent, 4)
  expect([again.runId, again.attempt]).toEqual([jobs[0].runId, 2])
  const rows = [1, 2].map((step) => ({ step, at: 0, metrics: { loss: 0.9 } }))
  await agent.send([agent.report(again, { kind: 'metrics', rows })])

  expect(await stopOf(agent, again)).toMatchObject({ attempt: 2, reason: 'report 2: 0.9, cut 0.3, rank 3/3' })
  expect(await checksOf(again)).toMatchObject([{ band: 2, value: 0.9, of: 3, outcome: 'stopped' }])
})
