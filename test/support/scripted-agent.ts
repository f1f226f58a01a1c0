// An agent whose every step a test decides: it speaks the real protocol over a real Redis (BullMQ mailbox, report
// stream, command list), but starts no process and sends only what it is told to.
import { Worker } from 'bullmq'
import { Redis } from 'ioredis'
import { AttemptJob, Command, PROTOCOL_VERSION, redisNames } from '../../sweeps/protocol.ts'
import type { Beat, Report, ReportBody, RegisterAgentResponse } from '../../sweeps/protocol.ts'
import type { Dispatcher } from '../../controller/dispatch-port.ts'
import { waitFor } from './wait.ts'

export interface ScriptedAgent {
  readonly registration: RegisterAgentResponse
  /** Jobs taken so far, in order. */
  readonly jobs: readonly AttemptJob[]
  /** Commands received so far, in order. */
  readonly commands: readonly Command[]
  /** Beats by itself from now on, listing what it holds; `capacity` as given at the start. */
  startBeating(): void
  /** Beats of this incarnation so far. */
  readonly beatCount: number
  stopBeating(): void
  beat(overrides?: Partial<Beat>): Promise<void>
  /** Beats by itself until the step is done, then is silent: a single beat grows old before a slow machine looks at it. */
  beatDuring<T>(step: () => Promise<T>): Promise<T>
  /** Takes jobs from its mailbox from now on. */
  takeJobs(): void
  /** Takes no more jobs until it is told to again. */
  stopTaking(): Promise<void>
  job(count: number): Promise<AttemptJob>
  /** A report with the attempt's next number, or the one given. */
  report(job: AttemptJob, body: ReportBody, overrides?: Partial<Report>): Report
  send(reports: readonly Report[], incarnation?: number): Promise<void>
  /** started, metrics, ended. */
  runToEnd(job: AttemptJob, loss: number): Promise<void>
  /** Puts text into the stream as it is. */
  sendRaw(text: string): Promise<void>
  /** A new incarnation: nothing is held, beats count from 1. */
  restart(): void
  close(): Promise<void>
}

export async function startScriptedAgent(options: {
  readonly dispatcher: Dispatcher
  readonly redisPort: number
  readonly sweepIds: readonly string[]
  readonly capacity?: number
  readonly name?: string
  readonly labels?: Readonly<Record<string, string>>
}): Promise<ScriptedAgent> {
  const { dispatcher, redisPort, sweepIds } = options
  const capacity = options.capacity ?? 1
  const agentKey = (options.name ?? 'agent').padEnd(48, 'k')
  let incarnation = 1
  const registration = await dispatcher.registerAgent({
    protocol: PROTOCOL_VERSION,
    agentKey,
    incarnation,
    host: options.name ?? 'scripted',
    pid: 1,
    sweepIds: [...sweepIds],
    slots: capacity,
    labels: { ...options.labels },
    version: 'test',
  })
  const names = redisNames(registration.deployment)
  const { agentId } = registration
  // The test Redis' default user: the users' rights have tests of their own, and this agent outlives FLUSHALL and restarts.
  const connection = {
    host: '127.0.0.1',
    port: redisPort,
    password: 'onlyForThisTest',
    retryStrategy: () => 50,
    maxRetriesPerRequest: null,
  }
  const redis = new Redis(connection)
  const commandRedis = new Redis(connection)
  for (const client of [redis, commandRedis]) client.on('error', () => {})
  const jobs: AttemptJob[] = []
  const commands: Command[] = []
  const held = new Map<string, AttemptJob>()
  const seqs = new Map<string, number>()
  let beatNumber = 0
  let beating: NodeJS.Timeout | null = null
  let worker: Worker | null = null
  let isClosed = false
  const keyOf = (job: AttemptJob) => `${job.runId}-${job.attempt}`

  const listen = async () => {
    while (!isClosed) {
      const item = await commandRedis.blpop(names.commands(agentId), 1).catch(() => null)
      if (item === null) continue
      const command = Command.parse(JSON.parse(item[1]))
      commands.push(command)
      if (command.type === 'stored') {
        for (const { runId, attempt, seq } of command.items) {
          const key = `${runId}-${attempt}`
          if (seqs.get(key) === seq && ended.has(key)) held.delete(key)
        }
      }
      if (command.type === 'disowned') held.delete(`${command.runId}-${command.attempt}`)
    }
  }
  const ended = new Set<string>()
  const listening = listen()

  const add = (message: object) =>
    redis.xadd(
      names.reports,
      '*',
      'm',
      JSON.stringify({ protocol: PROTOCOL_VERSION, agentId, agentKey, incarnation, ...message }),
    )

  const agent: ScriptedAgent = {
    registration,
    jobs,
    commands,
    get beatCount() {
      return beatNumber
    },
    async beat(overrides = {}) {
      beatNumber += 1
      const attempts = [...held.values()].map(({ runId, attempt, token }) => ({
        runId,
        attempt,
        token,
        state: 'running' as const,
      }))
      const beat: Beat = {
        number: beatNumber,
        capacity,
        freeSlots: Math.max(0, capacity - held.size),
        sweepIds: [...sweepIds],
        attempts,
        leaving: false,
        ...overrides,
      }
      await add({ beat })
    },
    startBeating() {
      void agent.beat()
      beating = setInterval(() => void agent.beat(), registration.beatIntervalMs)
    },
    stopBeating() {
      if (beating !== null) clearInterval(beating)
      beating = null
    },
    async beatDuring(step) {
      agent.startBeating()
      try {
        return await step()
      } finally {
        agent.stopBeating()
      }
    },
    takeJobs() {
      worker = new Worker(
        names.mailbox(agentId),
        (job) => {
          const taken = AttemptJob.parse(job.data)
          jobs.push(taken)
          held.set(keyOf(taken), taken)
          return Promise.resolve()
        },
        { connection, prefix: names.queuePrefix, concurrency: 1, skipStalledCheck: true, runRetryDelay: 100 },
      )
      worker.on('error', () => {})
    },
    async stopTaking() {
      await worker?.close(true)
      worker = null
    },
    job: (count) => waitFor(`job ${count} reaches agent ${agentId}`, () => jobs[count - 1]),
    report(job, body, overrides = {}) {
      const seq = overrides.seq ?? (seqs.get(keyOf(job)) ?? 0) + 1
      seqs.set(keyOf(job), Math.max(seq, seqs.get(keyOf(job)) ?? 0))
      if (body.kind === 'ended') ended.add(keyOf(job))
      return {
        runId: job.runId,
        attempt: job.attempt,
        token: job.token,
        seq,
        at: Date.now(),
        body,
        ...overrides,
      }
    },
    async send(reports) {
      await add({ reports })
    },
    async runToEnd(job, loss) {
      await agent.send([
        agent.report(job, { kind: 'started', pid: 1, host: 'h', slot: 0 }),
        agent.report(job, { kind: 'metrics', rows: [{ step: 1, at: 0, metrics: { loss } }] }),
        agent.report(job, ENDED),
      ])
    },
    async sendRaw(text) {
      await redis.xadd(names.reports, '*', 'm', text)
    },
    restart() {
      incarnation += 1
      beatNumber = 0
      held.clear()
    },
    async close() {
      isClosed = true
      agent.stopBeating()
      await worker?.close(true)
      redis.disconnect()
      commandRedis.disconnect()
      await listening
    },
  }
  return agent
}

/** The end of a process that exited with 0. */
export const ENDED: Extract<ReportBody, { kind: 'ended' }> = {
  kind: 'ended',
  outcome: 'finished',
  exitCode: 0,
  signal: null,
  reason: null,
  stderrTail: null,
}
