// Agents on which runs keep failing, over the real protocol: quarantine, what goes back, the pause when it is not the
// machine, and people's drain and quarantine.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AttemptJob } from '../../../sweeps/protocol.ts'
import type { AgentRecord } from '../../../sweeps/store.ts'
import type { AgentId, SweepRecord } from '../../../sweeps/sweep.ts'
import { ENDED } from '../../support/scripted-agent.ts'
import type { ScriptedAgent } from '../../support/scripted-agent.ts'
import { startDispatchWorld } from '../../support/dispatch-world.ts'
import type { DispatchWorld } from '../../support/dispatch-world.ts'
import { waitFor } from '../../support/wait.ts'

let world: DispatchWorld
beforeEach(async () => {
  world = await startDispatchWorld(10_000)
})
afterEach(() => world.close())

interface Worker {
  readonly agent: ScriptedAgent
  readonly id: AgentId
  readonly host: string
}

async function worker(sweep: SweepRecord, host: string, capacity = 1): Promise<Worker> {
  const agent = await world.agent(sweep.id, { name: host, capacity })
  agent.takeJobs()
  agent.startBeating()
  return { agent, id: agent.registration.agentId as AgentId, host }
}

async function fail(
  { agent, host }: Worker,
  job: AttemptJob,
  line = 'ImportError: libcudnn.so.9',
): Promise<void> {
  await agent.send([
    agent.report(job, { kind: 'started', pid: 1, host, slot: 0 }),
    agent.report(job, {
      ...ENDED,
      outcome: 'failed',
      exitCode: 1,
      reason: 'exit code 1',
      stderrTail: `Traceback\n${line}\n`,
    }),
  ])
}

const leaveOf = ({ agent }: Worker) => agent.commands.find((command) => command.type === 'leave')
const record = (id: AgentId): Promise<AgentRecord | null> => world.store.findAgent(id)
const stateOf = async (job: AttemptJob) => (await world.run(job.runId)).state

describe('an agent on which three runs fail at once', () => {
  it('is told to leave with the comparison, and its configurations are worked elsewhere, outside the budget', async () => {
    const sweep = await world.createGrid(6)
    const good = await worker(sweep, 'gpu-1')
    await good.agent.runToEnd(await good.agent.job(1), 0.5)
    await good.agent.job(2) // it goes on working
    const bad = await worker(sweep, 'gpu-2')
    for (let count = 1; count <= 3; count++) await fail(bad, await bad.agent.job(count))

    const leave = await waitFor('it is told to leave', () => leaveOf(bad))
    expect(leave).toMatchObject({ why: 'told', hasGivenUp: true })
    expect(leave).toHaveProperty(
      'reason',
      '3 of its last 3 runs failed within 20 s, all with: ImportError: libcudnn.so.9. On other agents 1 of 1 runs did not fail, so this looks like the machine. The 3 configurations went back to the queue.',
    )
    expect((await record(bad.id))?.quarantine).toMatchObject({ by: 'rule' })
    for (let count = 2; count <= 6; count++) await good.agent.runToEnd(await good.agent.job(count), 0.5)
    await world.sweepState(sweep.id, 'finished')
    const runs = await world.runs(sweep.id)
    expect(runs.map((run) => [run.state, run.failureCount])).toEqual(runs.map(() => ['finished', 0]))
    expect(runs.filter((run) => run.attemptCount === 2)).toHaveLength(3)
    expect(bad.agent.jobs).toHaveLength(3)
  })

  it('is offered nothing while others still work, and is judged when the first of them ends', async () => {
    const sweep = await world.createGrid(8)
    const good = await worker(sweep, 'gpu-1')
    const job = await good.agent.job(1)
    const bad = await worker(sweep, 'gpu-2')
    for (let count = 1; count <= 3; count++) await fail(bad, await bad.agent.job(count))
    await waitFor(
      'the third is stored',
      async () => (await stateOf(bad.agent.jobs[2] as AttemptJob)) === 'failed',
    )
    const beats = bad.agent.beatCount
    await waitFor('it beats on', () => bad.agent.beatCount > beats + 1)
    expect([bad.agent.jobs.length, leaveOf(bad)]).toEqual([3, undefined])
    await good.agent.runToEnd(job, 0.5)
    await waitFor('it is told to leave', () => leaveOf(bad))
    expect(bad.agent.jobs).toHaveLength(3)
  })

  it('goes on alone: with nobody to compare with, its failures are the runs’ own', async () => {
    const sweep = await world.createGrid(4)
    const only = await worker(sweep, 'gpu-1')
    for (let count = 1; count <= 4; count++) await fail(only, await only.agent.job(count))
    await world.sweepState(sweep.id, 'finished')
    expect((await world.runs(sweep.id)).map(({ state }) => state)).toEqual(Array(4).fill('failed'))
  })

  it('is judged by a leader that was elected in between', async () => {
    const sweep = await world.createGrid(8)
    const good = await worker(sweep, 'gpu-1')
    const job = await good.agent.job(1)
    const bad = await worker(sweep, 'gpu-2')
    for (let count = 1; count <= 3; count++) await fail(bad, await bad.agent.job(count))
    await waitFor(
      'the third is stored',
      async () => (await stateOf(bad.agent.jobs[2] as AttemptJob)) === 'failed',
    )
    await world.restartDispatcher()
    await good.agent.runToEnd(job, 0.5)
    await waitFor('it is told to leave', () => leaveOf(bad))
    expect(bad.agent.jobs).toHaveLength(3)
  })

  it('pauses the sweep when machines fail alike, with that line', async () => {
    const sweep = await world.createGrid(40)
    const workers = [await worker(sweep, 'gpu-1'), await worker(sweep, 'gpu-2')]
    const failAll = async (each: Worker) => {
      for (let count = 1; !isPaused; count++) {
        await waitFor('a job or the pause', () => isPaused || each.agent.jobs.length >= count)
        if (!isPaused) await fail(each, await each.agent.job(count), 'OSError: /data is not mounted')
      }
    }
    let isPaused = false
    const failing = workers.map(failAll)
    const paused = await world.sweepState(sweep.id, 'paused')
    isPaused = true
    await Promise.all(failing)
    expect(paused.stateReason).toBe(
      'runs fail at once on gpu-1, gpu-2, all with: OSError: /data is not mounted',
    )
    for (const { id } of workers) expect((await record(id))?.quarantine).toBeNull()
  })
})

describe('an agent that a person drains', () => {
  const order = async (id: AgentId, facts: Partial<AgentRecord>) => {
    await world.store.write(async (tx) => {
      const agent = await tx.findAgent(id)
      if (agent !== null) await tx.saveAgent({ ...agent, ...facts })
      await tx.recordChanges([
        { at: 1, entity: 'agent', entityId: id, sweepId: null, event: 'agent.drained', data: {} },
      ])
    })
    world.dispatcher.lookForChanges()
  }

  it('is told at once, gets nothing more, and is told when the order is taken back', async () => {
    const sweep = await world.createGrid(3)
    const { agent, id } = await worker(sweep, 'gpu-1')
    const job = await agent.job(1)
    await order(id, { drain: true })
    await waitFor('it is told', () => agent.commands.some(({ type }) => type === 'leave'))
    await agent.runToEnd(job, 0.5)
    await waitFor('the end is stored', async () => (await stateOf(job)) === 'finished')
    expect(agent.jobs).toHaveLength(1)
    await order(id, { drain: false })
    await waitFor('it is told to stay', () => agent.commands.some(({ type }) => type === 'stay'))
    await agent.job(2)
  })

  it('stays in a person’s quarantine over a new start, and not in the rule’s', async () => {
    const sweep = await world.createGrid(3)
    const { agent, id } = await worker(sweep, 'gpu-1')
    await agent.job(1)
    for (const by of ['person', 'rule'] as const) {
      await order(id, { quarantine: { by, at: 1, reason: 'no' } })
      const { agentId } = await world.dispatcher.registerAgent({
        protocol: 1,
        agentId: id,
        agentKey: 'gpu-1'.padEnd(48, 'k'),
        incarnation: 5,
        host: 'gpu-1',
        pid: 1,
        sweepIds: [sweep.id],
        slots: 1,
        labels: {},
        version: 'test',
      })
      expect((await record(agentId as AgentId))?.quarantine?.by ?? null).toBe(
        by === 'person' ? 'person' : null,
      )
    }
  })
})
