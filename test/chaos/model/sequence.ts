// A sequence of random commands, played on the table and on the model side by side; after each step both must tell the
// same of every run, and in the end everything must have been worked.
import fc from 'fast-check'
import type { SweepStore } from '../../../sweeps/store.ts'
import type { AgentId, SweepId } from '../../../sweeps/sweep.ts'
import { anAgent } from '../../support/records.ts'
import { createRandom } from '../random.ts'
import { ended, SimulatedAgent } from './simulated-agent.ts'
import type { Held } from './simulated-agent.ts'
import { SweepModel, isWaiting } from './sweep-model.ts'
import type { ModelOutcome } from './sweep-model.ts'
import { openTableLeader } from './table-leader.ts'

const PLAIN = ['beat', 'take', 'send', 'kill', 'silent for a lease'] as const
const ENDS = ['finished', 'failed', 'preempted'] as const
const CHANGES = ['pause', 'resume', 'stop', 'cancel'] as const

export type Step =
  | { readonly what: (typeof PLAIN)[number]; readonly agent: number }
  | { readonly what: 'metric'; readonly agent: number; readonly at: number }
  | {
      readonly what: 'end'
      readonly agent: number
      readonly at: number
      readonly outcome: (typeof ENDS)[number]
    }
  | {
      readonly what: 'create'
      readonly cells: number
      readonly cap: number | null
      readonly maxParallel: number | null
    }
  | { readonly what: 'change'; readonly sweep: number; readonly action: (typeof CHANGES)[number] }
  | { readonly what: 'restart' }
  | { readonly what: 'flush' }

const agent = fc.nat(2)
const small = fc.nat(3)

export const sequences: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    { weight: 10, arbitrary: fc.record({ what: fc.constantFrom(...PLAIN.slice(0, 3)), agent }) },
    { weight: 2, arbitrary: fc.record({ what: fc.constantFrom(...PLAIN.slice(3)), agent }) },
    { weight: 3, arbitrary: fc.record({ what: fc.constant('metric' as const), agent, at: small }) },
    {
      weight: 4,
      arbitrary: fc.record({
        what: fc.constant('end' as const),
        agent,
        at: small,
        outcome: fc.constantFrom(...ENDS),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        what: fc.constant('create' as const),
        cells: fc.integer({ min: 1, max: 6 }),
        cap: fc.option(fc.integer({ min: 1, max: 5 }), { nil: null }),
        maxParallel: fc.option(fc.integer({ min: 1, max: 3 }), { nil: null }),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        what: fc.constant('change' as const),
        sweep: fc.nat(2),
        action: fc.constantFrom(...CHANGES),
      }),
    },
    { weight: 1, arbitrary: fc.constantFrom({ what: 'restart' as const }, { what: 'flush' as const }) },
  ),
  { maxLength: 60 },
)

const CAPACITIES = [1, 2, 1]
const MAX_SWEEPS = 3
/** More rounds than any sequence needs to be worked off. */
const CLOSING_ROUNDS = 60

/** @returns what differs, or null */
export async function playSequence(store: SweepStore, steps: readonly Step[]): Promise<string | null> {
  const play = await openPlay(store)
  try {
    await play.step({ what: 'create', cells: 4, cap: null, maxParallel: null })
    for (const step of steps) await play.step(step)
    await play.close()
    return null
  } catch (error) {
    if (error instanceof Divergence) return `${error.message}\n${play.log.join('\n')}`
    throw error
  }
}

class Divergence extends Error {}

async function openPlay(store: SweepStore) {
  const random = createRandom(steadySeed++)
  const table = await openTableLeader(store, (n) => Math.floor(random() * n))
  const model = new SweepModel()
  const agents = CAPACITIES.map((capacity) => new SimulatedAgent(anAgent().id, capacity))
  const sweepIds: SweepId[] = []
  const log: string[] = []
  for (const { id, capacity } of agents)
    await store.write((tx) => tx.saveAgent({ ...anAgent(), id, slots: capacity }))

  /** Reports that the model has been told of, by attempt. */
  const told = new Map<string, number>()
  let offersSeen = 0
  /** Offers of the leader that leads now. */
  const fresh = new Set<string>()

  async function step(one: Step): Promise<void> {
    log.push(JSON.stringify(one))
    await carryOut(one)
    takeOffers()
    await compare()
  }

  async function carryOut(one: Step): Promise<void> {
    switch (one.what) {
      case 'create': {
        if (sweepIds.length >= MAX_SWEEPS) return
        const id = await table.createSweep(sweepText(one))
        sweepIds.push(id)
        model.create(id, one)
        return
      }
      case 'change': {
        const id = sweepIds[one.sweep % sweepIds.length]
        if (id === undefined) return
        const wanted = model.change(id, one.action)
        const found = await table.change(id, one.action)
        if (wanted !== found) throw new Divergence(`${one.action}: ${found}, and the model says ${wanted}`)
        return
      }
      case 'restart':
        fresh.clear()
        return table.restart()
      case 'flush':
        table.flush()
        fresh.clear()
        return table.restart() // whoever leads brings what nobody has shown to hold
      default:
        return carryOutAt(agents[one.agent % agents.length] as SimulatedAgent, one)
    }
  }

  async function carryOutAt(who: SimulatedAgent, one: Step & { agent: number }): Promise<void> {
    switch (one.what) {
      case 'take':
        return who.take((table.boxes.get(who.id) ?? []).splice(0))
      case 'metric':
      case 'end': {
        const held = who.atWork()[one.at % Math.max(1, who.atWork().length)]
        if (held === undefined) return
        if (one.what === 'end') who.say(held, ended(one.outcome))
        else
          who.say(held, {
            kind: 'metrics',
            rows: [{ step: held.reports.length, at: 0, metrics: { loss: 1 } }],
          })
        return
      }
      case 'send': {
        for (const held of who.held.values()) creditModel(held)
        await table.report(who.unsent())
        return listen(who)
      }
      case 'beat':
        return beat(who)
      case 'kill':
        who.restart()
        return
      case 'silent for a lease': {
        for (const { runId, attempt, isUntaken } of openAt(who.id))
          model.endByLeader(runId, attempt, isUntaken ? 'recalled' : 'lost')
        await table.loseLease(who.id)
        return
      }
    }
  }

  /** What of an attempt's reports is new to the controller is new to the model. */
  function creditModel({ job, reports }: Held): void {
    const key = `${job.runId}-${job.attempt}`
    for (const body of reports.slice(told.get(key) ?? 0)) {
      const what = body.kind === 'started' ? 'start' : body.kind === 'ended' ? body.outcome : 'other'
      model.credit(job.runId, job.attempt, what as 'start' | 'other' | ModelOutcome)
    }
    told.set(key, Math.max(told.get(key) ?? 0, reports.length))
  }

  async function beat(who: SimulatedAgent): Promise<void> {
    const next = who.nextBeat(sweepIds)
    for (const { runId, attempt } of next.attempts) model.revive(runId, attempt)
    if (next.number === 1) {
      const listed = new Set(next.attempts.map(({ runId, attempt }) => `${runId}-${attempt}`))
      for (const open of openAt(who.id)) {
        if (listed.has(`${open.runId}-${open.attempt}`)) continue
        if (open.isUntaken) model.endByLeader(open.runId, open.attempt, 'recalled')
        else if (open.isInBox || (await isAccepted(open))) model.endByLeader(open.runId, open.attempt, 'lost')
      }
    }
    await table.beat(who.id, who.incarnation, next)
    for (const { runId, attempt } of next.attempts) accepted.add(`${runId}-${attempt}`)
    listen(who)
  }

  /** Attempts that a beat has listed or whose start is stored: the leader knows that they were taken. */
  const accepted = new Set<string>()
  async function isAccepted({ runId, attempt }: { runId: string; attempt: number }): Promise<boolean> {
    const [record] = await store.findAttempts([{ runId: runId as Held['job']['runId'], attempt }])
    return accepted.has(`${runId}-${attempt}`) || (record?.reportSeq ?? 0) > 0
  }

  function listen(who: SimulatedAgent): void {
    const commands = table.commands.get(who.id) ?? []
    table.commands.delete(who.id)
    who.obey(commands)
  }

  /**
   * Open attempts of an agent in the model. Untaken for certain is only what lies in the mailbox since it was offered:
   * a leader that comes later delivers again what may have been taken.
   */
  function openAt(id: AgentId): { runId: string; attempt: number; isInBox: boolean; isUntaken: boolean }[] {
    const box = table.boxes.get(id) ?? []
    return [...model.sweeps.values()].flatMap((sweep) =>
      [...sweep.runs].flatMap(([runId, run]) => {
        const last = run.attempts.at(-1)
        if (last?.agent !== id || last.outcome !== null) return []
        const attempt = run.attempts.length
        const isInBox = box.some((job) => job.runId === runId && job.attempt === attempt)
        return [{ runId, attempt, isInBox, isUntaken: isInBox && fresh.has(`${runId}-${attempt}`) }]
      }),
    )
  }

  function takeOffers(): void {
    for (const offer of table.offers.slice(offersSeen)) {
      const { sweepId, runId, attempt, agentId, configText } = offer
      const problem = model.offer(sweepId, runId, attempt, agentId, configText)
      fresh.add(`${runId}-${attempt}`)
      if (problem !== null) throw new Divergence(`offered ${runId}-${attempt} to ${agentId}: ${problem}`)
      const capacity = agents.find(({ id }) => id === agentId)?.capacity ?? 0
      if (openAt(agentId).length > capacity) throw new Divergence(`${agentId} was offered more than it takes`)
    }
    offersSeen = table.offers.length
  }

  async function compare(): Promise<void> {
    for (const [id, sweep] of model.sweeps) {
      const record = await store.findSweep(id as SweepId)
      takeSettling(sweep, record?.state ?? 'gone')
      if (record?.state !== sweep.state)
        throw new Divergence(`sweep ${id} is ${record?.state}, not ${sweep.state}`)
      const runs = await store.listRuns({ sweepId: id as SweepId })
      const attempts = await store.listAttempts(runs.map((run) => run.id))
      const found = runs.map((run) => {
        const own = attempts.filter((attempt) => attempt.runId === run.id).map(({ outcome }) => outcome)
        return `${run.id} ${run.state} ${own.join(',')}`
      })
      const wanted = [...sweep.runs].map(
        ([runId, run]) => `${runId} ${run.state} ${run.attempts.map(({ outcome }) => outcome).join(',')}`,
      )
      if (found.sort().join('\n') !== wanted.sort().join('\n'))
        throw new Divergence(`stored:\n${found.join('\n')}\nthe model:\n${wanted.join('\n')}`)
    }
  }

  /** By itself a sweep becomes `finishing` when nothing is left to propose, `finished` when nothing is left to work. */
  function takeSettling(sweep: ReturnType<typeof model.sweeps.get> & object, found: string): void {
    const isAllProposed = sweep.runs.size >= Math.min(sweep.cap, sweep.cells)
    if (sweep.state === 'running' && found === 'finishing' && isAllProposed) sweep.state = found
    if (['running', 'finishing'].includes(sweep.state) && found === 'finished' && model.isWorkedOff(sweep))
      sweep.state = found
  }

  /** With all agents well and every sweep resumed, everything is worked off. */
  async function close(): Promise<void> {
    for (let sweep = 0; sweep < sweepIds.length; sweep += 1)
      if (model.sweeps.get(sweepIds[sweep] ?? '')?.state === 'paused')
        await step({ what: 'change', sweep, action: 'resume' })
    for (let index = 0; index < agents.length; index += 1) {
      await step({ what: 'silent for a lease', agent: index })
      await step({ what: 'kill', agent: index })
    }
    for (let round = 0; round < CLOSING_ROUNDS && !isOver(); round += 1) {
      for (let index = 0; index < agents.length; index += 1) {
        await step({ what: 'beat', agent: index })
        await step({ what: 'take', agent: index })
        for (let slot = 0; slot < (CAPACITIES[index] ?? 1); slot += 1)
          await step({ what: 'end', agent: index, at: 0, outcome: 'finished' })
        await step({ what: 'send', agent: index })
      }
    }
    if (!isOver()) throw new Divergence('not everything was worked off')
  }

  function isOver(): boolean {
    return [...model.sweeps.values()].every(
      (sweep) =>
        ['finished', 'stopped', 'cancelled'].includes(sweep.state) &&
        model.openOf(sweep).length === 0 &&
        ![...sweep.runs.values()].some(isWaiting),
    )
  }

  return { step, close, log }
}

/** Ids differ from one play to the next on the same store. */
let steadySeed = 1

function sweepText(facts: { cells: number; cap: number | null; maxParallel: number | null }): string {
  const values = Array.from({ length: facts.cells }, (_, index) => index).join(', ')
  return [
    'method: grid',
    'metric: {name: loss, goal: minimize}',
    'program: train.py',
    ...(facts.cap === null ? [] : [`run_cap: ${facts.cap}`]),
    ...(facts.maxParallel === null ? [] : [`max_parallel: ${facts.maxParallel}`]),
    `parameters: {x: {values: [${values}]}}`,
    '',
  ].join('\n')
}
