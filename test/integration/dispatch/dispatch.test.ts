import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { PROTOCOL_VERSION, redisNames } from '../../../sweeps/protocol.ts'
import type { RunId, SweepId, SweepRecord } from '../../../sweeps/sweep.ts'
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

const attemptsOf = (runId: string) => world.store.listAttempts([runId as RunId])
const outcomesOf = async (runId: string) => (await attemptsOf(runId)).map(({ outcome }) => outcome)
const answered = (agent: ScriptedAgent, type: string) =>
  waitFor(`a ${type} command`, () => agent.commands.find((command) => command.type === type))

const offersOf = (sweepId: SweepId, count: number) =>
  waitFor(`${count} offers`, async () => {
    const runs = await world.runs(sweepId)
    return runs.length === count ? runs : null
  })

/** Works everything that comes, each run with its x as loss. */
async function workAll(agent: ScriptedAgent, until: () => Promise<boolean>): Promise<void> {
  let next = 0
  while (!(await until())) {
    const job = agent.jobs[next]
    if (job !== undefined) {
      next += 1
      await agent.runToEnd(job, (JSON.parse(job.configText) as { x: number }).x)
    } else {
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }
}

describe('the path of a run', () => {
  it('gives every cell of a grid to exactly one of two agents and credits each with its own value', async () => {
    const sweep = await world.createGrid(20)
    const agents = [
      await world.agent(sweep.id, { capacity: 2 }),
      await world.agent(sweep.id, { name: 'second' }),
    ]
    for (const agent of agents) {
      agent.takeJobs()
      agent.startBeating()
    }
    const isDone = async () => (await world.store.findSweep(sweep.id))?.state === 'finished'
    await Promise.all(agents.map((agent) => workAll(agent, isDone)))
    const runs = await world.runs(sweep.id)
    expect(runs.map(({ configText }) => configText).sort()).toEqual(
      Array.from({ length: 20 }, (_, x) => `{"x":${x}}`).sort(),
    )
    for (const run of runs) {
      expect(run).toMatchObject({ state: 'finished', attemptCount: 1, openAttempt: null })
      expect(run.value).toBe((JSON.parse(run.configText) as { x: number }).x)
    }
    for (const agent of agents) expect(await answered(agent, 'leave')).toMatchObject({ why: 'done' })
  })

  it.each([1, 2, 4])(
    'loses no cell when the database goes away at a commit, with %i slots',
    async (slots) => {
      const sweep = await world.createGrid(2)
      const agent = await world.agent(sweep.id, { capacity: slots })
      if (slots > 1) world.failInserts(2)
      agent.takeJobs()
      agent.startBeating()
      const first = await agent.job(1)
      if (slots === 1) world.failInserts(2)
      await agent.runToEnd(first, 1)
      await agent.runToEnd(await agent.job(2), 2)
      await world.sweepState(sweep.id, 'finished')
      expect((await world.runs(sweep.id)).map(({ state }) => state)).toEqual(['finished', 'finished'])
    },
  )

  it('is finishing as soon as the last cell has its run, whether a slot is free or not', async () => {
    const sweep = await world.createGrid(2)
    const agent = await world.agent(sweep.id, { capacity: 2 })
    agent.takeJobs()
    agent.startBeating()
    await world.sweepState(sweep.id, 'finishing')
    expect(await world.store.countOpenAttempts(sweep.id)).toBe(2)
  })

  it('tells the agent which parameters are nested blocks and which are values', async () => {
    const parameters = 'parameters: {opt: {parameters: {lr: {values: [1]}}}, layers: {values: [{a: 1}]}}'
    const sweep = await world.createGrid(1, {
      configText: `method: grid\nprogram: train.py\n${parameters}\n`,
    })
    const agent = await world.agent(sweep.id)
    agent.takeJobs()
    agent.startBeating()
    expect(await agent.job(1)).toMatchObject({
      configText: '{"layers":{"a":1},"opt":{"lr":1}}',
      groups: [['opt']],
    })
  })

  it('never has more attempts open than run_cap and max_parallel allow', async () => {
    const sweep = await world.createGrid(20, { runCap: 5, maxParallel: 2 })
    const agent = await world.agent(sweep.id, { capacity: 8 })
    agent.takeJobs()
    agent.startBeating()
    await agent.job(2)
    await agent.beat()
    expect(await world.store.countOpenAttempts(sweep.id)).toBe(2)
    await workAll(agent, async () => (await world.store.findSweep(sweep.id))?.state === 'finished')
    expect(await world.runs(sweep.id)).toHaveLength(5)
  })

  it('starts nothing while paused, not even a run that went back', async () => {
    const sweep = await world.createGrid(3)
    const agent = await world.agent(sweep.id)
    agent.takeJobs()
    agent.startBeating()
    const job = await agent.job(1)
    const saveAs = (state: SweepRecord['state']) =>
      world.request(sweep.id, (tx) => tx.saveSweep({ ...sweep, state, runCount: 1, nextIndex: 1 }))
    await saveAs('paused')
    await agent.send([
      agent.report(job, { ...ENDED, outcome: 'preempted', exitCode: null, signal: 'SIGTERM' }),
    ])
    await waitFor('the run went back', async () => (await world.run(job.runId)).state === 'preempted')
    await agent.beat()
    await agent.send([agent.report(job, { kind: 'notice', code: 'x', text: 'after the beat' })])
    await answered(agent, 'disowned') // both were read: the scheduler has looked
    expect(agent.jobs).toHaveLength(1)
    await saveAs('running')
    expect(await agent.job(2)).toMatchObject({ runId: job.runId, attempt: 2, configText: job.configText })
  })
})

describe('an agent that goes silent', () => {
  it('has its untaken offers recalled and given to another agent', async () => {
    const sweep = await world.createGrid(1)
    const silent = await world.agent(sweep.id)
    const [run] = await silent.beatDuring(() => offersOf(sweep.id, 1)) // never taken
    const other = await world.agent(sweep.id, { name: 'other' })
    other.takeJobs()
    other.startBeating()
    const job = await other.job(1)
    expect(job).toMatchObject({ runId: run?.id, attempt: 2 })
    expect(await outcomesOf(job.runId)).toEqual(['recalled', null])
    silent.takeJobs()
    await other.runToEnd(job, 1)
    await world.sweepState(sweep.id, 'finished')
    expect(silent.jobs).toHaveLength(0)
  })

  it('loses its run after a lease, and whatever it says after the next offer is superseded', async () => {
    const sweep = await world.createGrid(1)
    const silent = await world.agent(sweep.id)
    silent.takeJobs()
    silent.startBeating()
    const lost = await silent.job(1)
    silent.stopBeating()
    await silent.send([silent.report(lost, { kind: 'started', pid: 1, host: 'h', slot: 0 })])
    const other = await world.agent(sweep.id, { name: 'other' })
    other.takeJobs()
    other.startBeating()
    const job = await other.job(1)
    expect(job).toMatchObject({ runId: lost.runId, attempt: 2, configText: lost.configText })
    await silent.runToEnd(lost, 666)
    expect(await answered(silent, 'disowned')).toMatchObject({ attempt: 1, verdict: 'superseded' })
    await other.runToEnd(job, 7)
    await world.sweepState(sweep.id, 'finished')
    expect(await world.run(job.runId)).toMatchObject({ value: 7, lossCount: 1 })
    expect(await outcomesOf(job.runId)).toEqual(['lost', 'finished'])
  })

  it('gets its lost run back when it speaks before the next offer', async () => {
    const sweep = await world.createGrid(1)
    const agent = await world.agent(sweep.id)
    agent.takeJobs()
    agent.startBeating()
    const job = await agent.job(1)
    agent.stopBeating()
    await agent.send([agent.report(job, { kind: 'started', pid: 1, host: 'h', slot: 0 })])
    await waitFor('the attempt is lost', async () => (await outcomesOf(job.runId))[0] === 'lost')
    await agent.send([agent.report(job, ENDED)])
    await world.sweepState(sweep.id, 'finished')
    expect(await outcomesOf(job.runId)).toEqual(['finished'])
    expect(await world.run(job.runId)).toMatchObject({ state: 'finished', lossCount: 0 })
  })

  it('keeps the run that its beats list for as long as it likes', async () => {
    const sweep = await world.createGrid(1)
    const agent = await world.agent(sweep.id)
    agent.takeJobs()
    agent.startBeating()
    const job = await agent.job(1)
    const before = agent.commands.length
    const beatsInTwoLeases = (2 * agent.registration.leaseMs) / agent.registration.beatIntervalMs
    await waitFor('beats of two leases', () => agent.beatCount > beatsInTwoLeases + 1)
    expect(await outcomesOf(job.runId)).toEqual([null])
    expect(agent.commands.slice(before)).toEqual([])
  })
})

describe('an agent that was killed and started again', () => {
  it('loses at once what its first beat does not list', async () => {
    const sweep = await world.createGrid(1)
    const agent = await world.agent(sweep.id)
    agent.takeJobs()
    const job = await agent.beatDuring(() => agent.job(1))
    await agent.send([agent.report(job, { kind: 'started', pid: 1, host: 'h', slot: 0 })])
    await agent.beat()
    agent.restart()
    const next = await agent.beatDuring(() => agent.job(2))
    expect(next).toMatchObject({ runId: job.runId, attempt: 2 })
    expect(await outcomesOf(job.runId)).toEqual(['lost', null])
  })
})

describe('an agent that registers again', () => {
  it('finds no command that was meant for its last start', async () => {
    const sweep = await world.createGrid(1)
    const request = {
      protocol: PROTOCOL_VERSION,
      agentKey: 'k'.repeat(48),
      incarnation: 1,
      host: 'test',
      pid: 1,
      sweepIds: [sweep.id],
      slots: 1,
      labels: {},
      version: 'test',
    } as const
    const { agentId, deployment } = await world.dispatcher.registerAgent({ ...request, sweepIds: [sweep.id] })
    const list = redisNames(deployment).commands(agentId)
    await world.redis.client.rpush(list, JSON.stringify({ type: 'leave', why: 'done', reason: 'before' }))
    await world.dispatcher.registerAgent({ ...request, agentId, incarnation: 2, sweepIds: [sweep.id] })
    expect(await world.redis.client.llen(list)).toBe(0)
  })
})

describe('reports', () => {
  it('are stored once and in order, whatever order and however often they come', async () => {
    const sweep = await world.createGrid(1)
    const agent = await world.agent(sweep.id)
    agent.takeJobs()
    agent.startBeating()
    const job = await agent.job(1)
    const started = agent.report(job, { kind: 'started', pid: 1, host: 'h', slot: 0 })
    const first = agent.report(job, { kind: 'metrics', rows: [{ step: 1, at: 0, metrics: { loss: 3 } }] })
    const second = agent.report(job, { kind: 'metrics', rows: [{ step: 2, at: 0, metrics: { loss: 2 } }] })
    const end = agent.report(job, ENDED)
    await agent.send([end])
    await agent.send([second, first])
    await agent.send([started, first])
    await agent.send([first, second, first, end])
    await agent.send([end])
    await world.sweepState(sweep.id, 'finished')
    const chunks = await world.store.readMetrics(job.runId as RunId)
    expect(chunks.map(({ seq }) => seq)).toEqual([2, 3])
    expect(
      (await world.store.listSummaries([job.runId as RunId])).get(job.runId as RunId)?.[0],
    ).toMatchObject({
      steps: 2,
      last: 2,
    })
  })

  it('with another token credit nothing', async () => {
    const sweep = await world.createGrid(1)
    const agent = await world.agent(sweep.id)
    agent.takeJobs()
    agent.startBeating()
    const job = await agent.job(1)
    await agent.send([agent.report({ ...job, token: 'forged' }, ENDED, { seq: 1 })])
    expect(await answered(agent, 'disowned')).toMatchObject({ verdict: 'unknown' })
    expect((await world.run(job.runId)).state).toBe('queued')
  })

  it('that cannot be read are set aside and stop nobody', async () => {
    const sweep = await world.createGrid(1)
    const agent = await world.agent(sweep.id)
    agent.takeJobs()
    agent.startBeating()
    const job = await agent.job(1)
    await agent.sendRaw('{"half": ')
    await agent.sendRaw('{"protocol":99}')
    const bad = agent.report(job, { kind: 'notice', code: 'x', text: 'y' })
    await agent.send([{ ...bad, body: { kind: 'nonsense' } } as never])
    await agent.runToEnd(job, 1)
    await world.sweepState(sweep.id, 'finished')
    const logs = await world.store.readLogs(job.runId as RunId)
    expect(logs.map(({ text }) => text).join()).toContain('set aside')
  })
})

describe('Redis that forgets everything', () => {
  it('costs nothing: offers are made again, reports are sent again, and the sweep ends', async () => {
    const sweep = await world.createGrid(2)
    const agent = await world.agent(sweep.id, { capacity: 2 })
    await agent.beatDuring(() => offersOf(sweep.id, 2))
    await world.redis.client.flushall()
    agent.takeJobs()
    agent.startBeating()
    const jobs = [await agent.job(1), await agent.job(2)]
    const [first, second] = jobs
    if (first === undefined || second === undefined) throw new Error('unreachable')
    const lostReport = agent.report(first, { kind: 'started', pid: 1, host: 'h', slot: 0 })
    await world.redis.client.flushall() // as if it had been sent and lost with the flush
    const { generation } = redisNames(await world.store.deployment())
    await waitFor('another generation', () => world.redis.client.get(generation))
    await agent.send([lostReport, agent.report(first, ENDED)])
    await agent.runToEnd(second, 2)
    await world.sweepState(sweep.id, 'finished')
    for (const run of await world.runs(sweep.id))
      expect(run).toMatchObject({ state: 'finished', attemptCount: 1 })
  })

  it('by a kill -9 of an unsaved Redis costs nothing either', async () => {
    const sweep = await world.createGrid(1)
    const agent = await world.agent(sweep.id)
    await agent.beatDuring(() => offersOf(sweep.id, 1))
    await world.redis.killAndRestart()
    agent.takeJobs()
    agent.startBeating()
    await agent.runToEnd(await agent.job(1), 3)
    await world.sweepState(sweep.id, 'finished')
  })
})

describe('a controller that is replaced', () => {
  it('offers again what nobody listed only once it has heard the agent, and names that beat', async () => {
    const sweep = await world.createGrid(1)
    const agent = await world.agent(sweep.id)
    agent.takeJobs()
    await agent.beat()
    const job = await agent.job(1)
    expect(job.lease).toMatchObject({ incarnation: 1, heardBeat: 1 })
    await world.restartDispatcher() // knows of the offer, and nothing of its acceptance
    await agent.beat({ attempts: [] })
    const again = await agent.job(2)
    expect(again).toEqual({ ...job, lease: { ...job.lease, heardBeat: 2 } })
  })

  it('takes over open attempts and loses none', async () => {
    const sweep = await world.createGrid(3)
    const agent = await world.agent(sweep.id)
    agent.takeJobs()
    agent.startBeating()
    const job = await agent.job(1)
    await agent.send([agent.report(job, { kind: 'started', pid: 1, host: 'h', slot: 0 })])
    await world.restartDispatcher()
    await agent.send([agent.report(job, ENDED)])
    await agent.runToEnd(await agent.job(2), 2)
    await agent.runToEnd(await agent.job(3), 3)
    await world.sweepState(sweep.id, 'finished')
    for (const run of await world.runs(sweep.id))
      expect(run).toMatchObject({ state: 'finished', attemptCount: 1 })
  })
})

describe('a person cancels a sweep', () => {
  it('tells the agent to stop, repeats it at each beat, and the end counts as the agent says', async () => {
    const sweep = await world.createGrid(2)
    const agent = await world.agent(sweep.id)
    agent.takeJobs()
    const job = await agent.beatDuring(() => agent.job(1))
    await agent.send([agent.report(job, { kind: 'started', pid: 1, host: 'h', slot: 0 })])
    await waitFor('the run is running', async () => (await world.run(job.runId)).state === 'running')
    await world.request(sweep.id, async (tx) => {
      const now = await tx.findSweep(sweep.id)
      const run = await tx.findRun(job.runId as RunId)
      if (now === null || run === null) throw new Error('unreachable')
      await tx.saveSweep({ ...now, state: 'cancelled' })
      await tx.saveRuns([{ ...run, wish: 'cancel', wishReason: 'wrong data' }])
    })
    expect(await answered(agent, 'stop')).toMatchObject({ how: 'cancel', reason: 'wrong data', attempt: 1 })
    await agent.beat()
    await waitFor('the stop again', () => agent.commands.filter(({ type }) => type === 'stop').length === 2)
    await agent.send([
      agent.report(job, { ...ENDED, outcome: 'cancelled', exitCode: null, signal: 'SIGTERM' }),
    ])
    await waitFor('the run is cancelled', async () => (await world.run(job.runId)).state === 'cancelled')
    expect(await answered(agent, 'leave')).toMatchObject({ why: 'told' })
  })
})
