// A process that holds simulated agents for bench/dispatch.ts. Each is the real agent (registration, tunnel, mailbox,
// journal with its fsyncs, reporter, commands) except that a run is not a process: it ends the moment it starts.
// In the mode `bare` the same number of BullMQ workers with the same options take jobs and do nothing.
//
//   node simulated-agents.js sweep SERVER TOKEN SWEEP AGENTS SLOTS FOLDER [REDIS_URL]
//   node simulated-agents.js bare REDIS_URL PREFIX QUEUES
import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from 'bullmq'
import { Redis } from 'ioredis'
import { CommandReader } from '../agent/commands.ts'
import { Journal } from '../agent/journal.ts'
import { Mailbox } from '../agent/mailbox.ts'
import { createRedisClient } from '../agent/redis-connection.ts'
import { registerAgent } from '../agent/registration.ts'
import { Reporter } from '../agent/reporter.ts'
import { AttemptJob, PROTOCOL_VERSION, attemptKey } from '../sweeps/protocol.ts'

/** The loss that a simulated run of this config reports; bench/dispatch.ts checks it. */
function lossOf(configText: string): number {
  return (JSON.parse(configText) as { x: number }).x
}

async function startAgent(
  server: string,
  token: string,
  sweepId: string,
  slots: number,
  directory: string,
  redisUrl: string | undefined,
): Promise<void> {
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
  const reporter = new Reporter({
    client: createRedisClient(access, { whenAway: 'fail', onError }),
    deployment,
    agentId,
    agentKey,
    incarnation,
    host: 'simulated',
    journal,
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
  const work = async (job: AttemptJob) => {
    const key = attemptKey(job.runId, job.attempt)
    const now = Date.now()
    const loss = lossOf(job.configText)
    await journal.starting(key)
    const written = [
      journal.report(key, { kind: 'started', pid: 1, host: 'simulated', slot: 0 }, now),
      journal.report(key, { kind: 'metrics', rows: [{ step: 0, at: now, metrics: { loss } }] }, now),
      journal.report(
        key,
        { kind: 'ended', outcome: 'finished', exitCode: 0, signal: null, reason: null, stderrTail: null },
        now,
      ),
    ]
    await Promise.all(written)
    reporter.wake()
  }
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
    onSettled: (jobId) => {
      const job = accepted.get(jobId)
      accepted.delete(jobId)
      if (job !== undefined) work(job).catch(fail)
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

function startBareWorkers(url: string, prefix: string, count: number): void {
  for (let i = 0; i < count; i++) {
    const worker = new Worker(`bare-${i}`, () => Promise.resolve(), {
      connection: new Redis(url, { maxRetriesPerRequest: null }),
      prefix,
      concurrency: 1,
      skipStalledCheck: true,
      skipLockRenewal: true,
      lockDuration: 10_000,
      removeOnComplete: { count: 0 },
      removeOnFail: { count: 0 },
    })
    worker.on('error', () => {})
    worker.on('completed', () => process.send?.('completed'))
  }
}

const [mode, ...args] = process.argv.slice(2)
if (mode === 'sweep') {
  const [server = '', token = '', sweepId = '', agents = '', slots = '', folder = '', redisUrl] = args
  for (let i = 0; i < Number(agents); i++) {
    await startAgent(server, token, sweepId, Number(slots), join(folder, String(i)), redisUrl)
  }
} else {
  const [url = '', prefix = '', queues = ''] = args
  startBareWorkers(url, prefix, Number(queues))
}
process.on('disconnect', () => process.exit(0)) // the benchmark ended, however it did
process.send?.('ready')
