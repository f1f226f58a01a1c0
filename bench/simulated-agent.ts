// A simulated agent: the real one (registration, tunnel, mailbox, journal with its fsyncs, reporter, commands) except
// that a run is not a process: what it does instead is given.
import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { CommandReader } from '../agent/commands.ts'
import { JobLeases } from '../agent/job-leases.ts'
import { Journal } from '../agent/journal.ts'
import { Mailbox } from '../agent/mailbox.ts'
import { createRedisClient } from '../agent/redis-connection.ts'
import { registerAgent } from '../agent/registration.ts'
import { Reporter } from '../agent/reporter.ts'
import { systemClock } from '../runtime/clock.ts'
import { AttemptJob, PROTOCOL_VERSION, attemptKey } from '../sweeps/protocol.ts'

export interface SimulatedAgentOptions {
  readonly server: string
  readonly token: string
  readonly sweepId: string
  readonly slots: number
  /** Made when missing. */
  readonly directory: string
  /** undefined: through the controller's tunnel. */
  readonly redisUrl: string | undefined
  /** Called when a job is this agent's: instead of a training. */
  readonly work: (job: AttemptJob, tools: WorkTools) => Promise<void>
  /** Reports 1..seq of the attempt are stored. @default nothing is done */
  readonly onStored?: (key: string, seq: number) => void
}

export interface WorkTools {
  readonly key: string
  readonly journal: Journal
  readonly reporter: Reporter
}

/** Resolves when it takes work. Whatever fails ends the process: a benchmark of half of the agents is none. */
export async function startSimulatedAgent(options: SimulatedAgentOptions): Promise<void> {
  const { server, token, sweepId, slots, directory, redisUrl } = options
  mkdirSync(directory, { recursive: true })
  const agentKey = randomBytes(32).toString('hex')
  const fail = (error: unknown): never => {
    process.stderr.write(`${String(error)}\n`)
    process.exit(1)
  }
  const journal = new Journal({ directory, onFatal: fail })
  journal.recover()
  const incarnation = await journal.beginIncarnation(Date.now())
  const registration = await registerAgent({
    server,
    token,
    request: {
      protocol: PROTOCOL_VERSION,
      agentKey,
      incarnation,
      host: 'simulated',
      pid: process.pid,
      sweepIds: [sweepId],
      slots,
      labels: {},
      version: 'bench',
    },
  })
  const { agentId, deployment } = registration
  const access = { server, agentId, agentKey, login: registration.redis, redisUrl }
  const onError = () => {} // only while everything is being shut down
  const leases = new JobLeases({ incarnation, leaseMs: registration.leaseMs, clock: systemClock })
  const reporter = new Reporter({
    client: createRedisClient(access, { whenAway: 'fail', onError }),
    deployment,
    agentId,
    agentKey,
    incarnation,
    host: 'simulated',
    journal,
    leases,
    describeBeat: () => ({
      capacity: slots,
      freeSlots: slots,
      sweepIds: [sweepId],
      attempts: [...journal.attempts()].map(({ runId, attempt, token }) => ({
        runId,
        attempt,
        token,
        state: 'running' as const,
      })),
      leaving: false,
    }),
    onFirstBeat: () => mailbox.start(),
    onTrouble: onError,
  })
  const accepted = new Map<string, AttemptJob>()
  const mailbox = new Mailbox({
    client: createRedisClient(access, { whenAway: 'wait', onError }),
    deployment,
    agentId,
    onJob: async (data) => {
      const job = AttemptJob.parse(data)
      await journal.accept(job)
      accepted.set(attemptKey(job.runId, job.attempt), job)
    },
    onSettled: (key) => {
      const job = accepted.get(key)
      accepted.delete(key)
      if (job !== undefined) options.work(job, { key, journal, reporter }).catch(fail)
    },
    onError,
  })
  const commands = new CommandReader({
    client: createRedisClient(access, { whenAway: 'wait', onError }),
    deployment,
    agentId,
    onCommand: (command) => {
      if (command.type === 'stored') {
        for (const { runId, attempt, seq } of command.items) {
          const key = attemptKey(runId, attempt)
          reporter.stored(key, seq)
          options.onStored?.(key, seq)
        }
      }
      return Promise.resolve()
    },
    onUnusable: onError,
  })
  void commands
  const beats = setInterval(() => reporter.beat(), registration.beatIntervalMs)
  beats.unref()
  await reporter.beatNow()
}
