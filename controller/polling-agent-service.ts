// The use cases of agents that poll (W&B's): they register, and from then on say every few seconds which of their runs
// live, and are told what to do. Each poll becomes a beat, so the leader sees agents like all others; what only a
// connection would carry is remembered in hand-outs (sweeps/handout.ts).
import { randomBytes } from 'node:crypto'
import type { Clock } from '../runtime/clock.ts'
import { NotFoundError, SweepError } from '../sweeps/errors.ts'
import { POLLING_AGENT_VERSION, PROTOCOL_VERSION } from '../sweeps/protocol.ts'
import type { AttemptJob, Beat } from '../sweeps/protocol.ts'
import type { AgentRecord, SweepStore } from '../sweeps/store.ts'
import { isTerminalSweepState, mayStartRuns } from '../sweeps/sweep.ts'
import type { AgentId, RunId, SweepId, SweepRecord } from '../sweeps/sweep.ts'
import type { Dispatcher } from './dispatch-port.ts'
import { PollReading } from './poll-reading.ts'

/** What a polling agent shows at each poll: with it any controller can speak for it, and needs to remember nothing. */
export interface PollingAgent {
  readonly id: AgentId
  readonly key: string
  /** When it registered, epoch milliseconds: its beats are numbered from there. */
  readonly incarnation: number
}

/** start: one run, at most; stop: end its process; leave: end, there is nothing more to do. */
export type PollOrder =
  | { readonly kind: 'start'; readonly job: AttemptJob }
  | { readonly kind: 'stop'; readonly runId: string }
  | { readonly kind: 'leave' }

export interface PollingAgentService {
  /** @throws NotFoundError; SweepError ILLEGAL_TRANSITION when the sweep is over */
  register(request: { readonly host: string; readonly sweepId: string }): Promise<PollingAgent>
  /**
   * @param alive the runs whose processes live there
   * @returns the most urgent order first; none: ask again
   * @throws NotFoundError when the sweep or the agent is gone; SweepError REDIS_UNAVAILABLE: nothing was decided
   */
  poll(agent: PollingAgent, alive: ReadonlySet<string>): Promise<PollOrder[]>
}

export interface PollingAgentDeps {
  readonly store: SweepStore
  readonly dispatcher: Pick<Dispatcher, 'polled' | 'registerAgent'>
  readonly clock: Clock
}

/** A poll with a free slot waits so long for the leader's offer. */
const OFFER_LIMIT_MS = 1_000
/** It works one run at a time: what it was given before these is over. */
const HANDOUTS_LOOKED_AT = 20

export function createPollingAgentService({
  store,
  dispatcher,
  clock,
}: PollingAgentDeps): PollingAgentService {
  const { polled } = dispatcher

  async function find({ id, key }: PollingAgent): Promise<{ agent: AgentRecord; sweep: SweepRecord }> {
    const agent = await polled.authenticate(id, key).catch((error: unknown) => {
      if (error instanceof SweepError && error.code === 'UNAUTHORIZED') throw new NotFoundError('agent', id)
      throw error
    })
    const [sweepId] = agent.sweepIds
    const sweep = sweepId === undefined ? null : await store.findSweep(sweepId)
    if (sweep === null) throw new NotFoundError('sweep', sweepId ?? '')
    return { agent, sweep }
  }

  async function say(
    { id, key, incarnation }: PollingAgent,
    { host, sweepIds }: Pick<AgentRecord, 'host' | 'sweepIds'>,
    reading: PollReading,
    isLeaving: boolean,
  ): Promise<void> {
    const { held, reports, isFree } = reading
    const beat: Beat = {
      // Time is a number that grows and that nobody needs to remember.
      number: Math.max(1, clock.now() - incarnation + 1),
      // A slot is free only while it asks: one that will not ask again is offered nothing.
      capacity: isFree && !isLeaving ? 1 : held.length,
      freeSlots: isFree && !isLeaving ? 1 : 0,
      sweepIds: [...sweepIds],
      attempts: held,
      leaving: isLeaving,
      polls: true,
    }
    try {
      await polled.say({ agentId: id, agentKey: key, incarnation, host }, { beat, reports })
    } catch (cause) {
      throw new SweepError('REDIS_UNAVAILABLE', 'the agent could not be heard', { cause, hint: 'Ask again.' })
    }
  }

  async function mark(reading: PollReading, now: number): Promise<void> {
    if (reading.marks.length === 0) return
    await store.write(async (tx) => {
      for (const { moment, handout } of reading.marks) await tx.handouts.mark(moment, handout, now)
    })
  }

  /** What it was given, as it stands by its word. */
  async function readHeld(agentId: AgentId, alive: ReadonlySet<string>, now: number): Promise<PollReading> {
    const handouts = await store.handouts.listOfAgent(agentId, HANDOUTS_LOOKED_AT)
    const runIds = [...new Set(handouts.map(({ runId }) => runId))]
    const [attempts, runs, clients] = await Promise.all([
      store.findAttempts(handouts),
      store.findRuns(runIds),
      store.clientRuns.find(runIds),
    ])
    const reading = new PollReading(alive, now)
    for (const handout of handouts) {
      const attempt = attempts.find((a) => a.runId === handout.runId && a.attempt === handout.attempt)
      const run = runs.find(({ id }) => id === handout.runId)
      if (attempt === undefined || run === undefined) continue
      const client = clients.get(run.id) ?? null
      reading.take({ handout, attempt, run, client: client?.attempt === attempt.attempt ? client : null })
    }
    reading.stopStrangers()
    return reading
  }

  /** Takes one job out of the mailbox and writes down that it was; null: there is none, or it is not to be started. */
  async function handOut(agentId: AgentId): Promise<AttemptJob | null> {
    const job = await polled.takeJob(agentId, OFFER_LIMIT_MS).catch(() => null) // the leader brings it again
    if (job === null) return null
    const runId = job.runId as RunId
    const isHandedOut = await store.write(async (tx) => {
      const [attempt] = await tx.findAttempts([{ runId, attempt: job.attempt }])
      const run = await tx.findRun(runId)
      const isMeant = attempt?.agentId === agentId && attempt.token === job.token && attempt.outcome === null
      if (!isMeant || run === null) return false
      const moments = { seenAt: null, stopAskedAt: null }
      const handout = { runId, attempt: job.attempt, agentId, handedAt: clock.now(), ...moments }
      // With a wish for its end it is handed to nobody: the next poll ends it so.
      return (await tx.handouts.insert(handout)) && run.wish === null
    })
    return isHandedOut ? job : null
  }

  return {
    async register({ host, sweepId }) {
      const sweep = await store.findSweep(sweepId as SweepId)
      if (sweep === null) throw new NotFoundError('sweep', sweepId)
      if (isTerminalSweepState(sweep.state)) throw notRunning(sweep)
      const key = randomBytes(32).toString('hex')
      const incarnation = clock.now()
      const { agentId } = await dispatcher.registerAgent({
        protocol: PROTOCOL_VERSION,
        agentKey: key,
        incarnation,
        host: host.slice(0, 200),
        pid: 0,
        sweepIds: [sweepId],
        slots: 1,
        labels: {},
        version: POLLING_AGENT_VERSION,
      })
      const agent: PollingAgent = { id: agentId as AgentId, key, incarnation }
      const nothing = new PollReading(new Set(), incarnation)
      // Its first run is found while it gets ready. What cannot be said now is said by its first poll.
      await say(agent, { host, sweepIds: [sweep.id] }, nothing, false).catch(() => {})
      return agent
    },

    async poll(caller, alive) {
      const { agent, sweep } = await find(caller)
      const now = clock.now()
      const reading = await readHeld(agent.id, alive, now)
      const isOver = isTerminalSweepState(sweep.state) || agent.drain || agent.quarantine !== null
      const isLeaving = isOver && alive.size === 0
      await mark(reading, now)
      await say(caller, agent, reading, isLeaving)
      if (isLeaving) return [{ kind: 'leave' }]
      const stops = reading.stops.map((runId): PollOrder => ({ kind: 'stop', runId }))
      if (isOver || !reading.isFree || !mayStartRuns(sweep)) return stops
      const job = await handOut(agent.id)
      if (job !== null) return [...stops, { kind: 'start', job }]
      const again = await store.findSweep(sweep.id)
      if (alive.size > 0 || again === null || !isTerminalSweepState(again.state)) return stops
      await say(caller, agent, reading, true) // it ended while the agent waited
      return [{ kind: 'leave' }]
    },
  }
}

function notRunning(sweep: SweepRecord): SweepError {
  return new SweepError('ILLEGAL_TRANSITION', `sweep ${sweep.id} is not running: it is ${sweep.state}`, {
    hint: 'Make a new sweep, or extend this one if it finished.',
  })
}
