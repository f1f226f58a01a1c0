// A small leader for the agent's tests: registers agents over HTTP, puts jobs into their mailboxes, reads the report
// stream, answers what it stored, and sends commands. It keeps every report and beat for the test to look at.
import { randomBytes, randomInt } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Queue } from 'bullmq'
import { Redis } from 'ioredis'
import {
  AttemptJob,
  Envelope,
  RegisterAgentRequest,
  Report,
  attemptKey,
  redisNames,
} from '../../sweeps/protocol.ts'
import type { Beat, Command, ReportBody } from '../../sweeps/protocol.ts'
import { createId } from '../../sweeps/sweep.ts'
import type { TestRedis } from './agent-redis.ts'
import { waitFor } from './wait.ts'

export interface HeardBeat extends Beat {
  readonly agentId: string
  readonly incarnation: number
  /** How many reports were in the stream before it. */
  readonly reportsBefore: number
}

export interface TestLeader {
  readonly server: string
  readonly registrations: RegisterAgentRequest[]
  readonly reports: Report[]
  readonly beats: HeardBeat[]
  /** Whether reports are answered as stored; on by default. */
  storesReports: boolean
  offer(agentId: string, job: Partial<AttemptJob> & { runId: string }): Promise<AttemptJob>
  command(agentId: string, command: Command): Promise<void>
  /** Bodies of one attempt, each number once, in order. */
  bodies(runId: string, attempt?: number): ReportBody[]
  ended(runId: string, attempt?: number): (ReportBody & { kind: 'ended' }) | undefined
  waitForEnd(runId: string, attempt?: number, timeoutMs?: number): Promise<ReportBody & { kind: 'ended' }>
  queueOf(agentId: string): Queue
  setGeneration(text: string): Promise<void>
  close(): Promise<void>
}

export interface TestLeaderOptions {
  /** @default 500 */
  readonly beatIntervalMs?: number
  /** @default 10_000 */
  readonly leaseMs?: number
  /** Kinds of optional reports that it takes. @default says nothing, as a leader that knows none */
  readonly accepts?: readonly string[]
  /** What registration answers instead. */
  readonly refusal?: { readonly status: number; readonly body: unknown }
}

export async function startTestLeader(
  redis: TestRedis,
  options: TestLeaderOptions = {},
): Promise<TestLeader> {
  const deployment = randomBytes(4).toString('hex')
  const names = redisNames(deployment)
  const registrations: RegisterAgentRequest[] = []
  const reports: Report[] = []
  const beats: HeardBeat[] = []
  const queues = new Map<string, Queue>()
  const password = randomBytes(16).toString('hex')
  await redis.client.call('ACL', 'SETUSER', 'agent', 'on', `>${password}`, '~*', '&*', '+@all')

  const http = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const answer = (status: number, body: unknown) => {
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
      }
      if (options.refusal) return answer(options.refusal.status, options.refusal.body)
      // It hears of no metrics but from the agent: asked for others, it is as a controller that knows none.
      if (request.method === 'GET') return answer(200, { lastMetricAt: null })
      const registration = RegisterAgentRequest.parse(JSON.parse(Buffer.concat(chunks).toString('utf8')))
      registrations.push(registration)
      // As unique as a controller's: processes and cgroups are found by it, and other tests run beside this one.
      const agentId = registration.agentId ?? createId(randomInt)
      answer(200, {
        protocol: 1,
        agentId,
        deployment,
        leaseMs: options.leaseMs ?? 10_000,
        beatIntervalMs: options.beatIntervalMs ?? 500,
        redis: { username: 'agent', password },
        ...(options.accepts === undefined ? {} : { accepts: options.accepts }),
        sweeps: registration.sweepIds.map((id) => ({ id, name: 'test', state: 'running' })),
      })
    })
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const { port } = http.address() as AddressInfo

  const reader = new Redis({
    port: redis.port,
    host: '127.0.0.1',
    retryStrategy: () => 50,
    maxRetriesPerRequest: null,
  })
  reader.on('error', () => {})
  let isClosed = false
  const stored = new Map<string, number>()
  const highest = new Map<string, number>()
  const queueClient = redis.client.duplicate()
  queueClient.on('error', () => {})

  async function take(envelope: Envelope): Promise<void> {
    const answers = new Map<string, { runId: string; attempt: number; seq: number }>()
    for (const raw of envelope.reports ?? []) {
      const report = Report.parse(raw)
      reports.push(report)
      const key = attemptKey(report.runId, report.attempt)
      if (!leader.storesReports) continue
      if (report.seq === (stored.get(key) ?? 0) + 1) stored.set(key, report.seq)
      answers.set(key, { runId: report.runId, attempt: report.attempt, seq: stored.get(key) ?? 0 })
    }
    if (envelope.beat) {
      const { agentId, incarnation } = envelope
      beats.push({ ...envelope.beat, agentId, incarnation, reportsBefore: reports.length })
    }
    if (answers.size > 0)
      await leader.command(envelope.agentId, { type: 'stored', items: [...answers.values()] })
  }

  async function readAll(): Promise<void> {
    let cursor = '0-0'
    while (!isClosed) {
      try {
        const found = await reader.xread('COUNT', 100, 'BLOCK', 200, 'STREAMS', names.reports, cursor)
        for (const [entryId, fields] of found?.[0]?.[1] ?? []) {
          cursor = entryId
          await take(Envelope.parse(JSON.parse(fields[1] ?? '')))
        }
        // An empty or new stream starts at 0-0 again.
        if (found === null && (await reader.exists(names.reports)) === 0) cursor = '0-0'
      } catch (error) {
        if (isClosed) return
        if (error instanceof Error && !/closed|UNBLOCKED|ECONN|max retries/i.test(error.message)) throw error
      }
    }
  }

  const leader: TestLeader = {
    server: `http://127.0.0.1:${port}`,
    registrations,
    reports,
    beats,
    storesReports: true,
    async offer(agentId, partial) {
      const attempt = partial.attempt ?? (highest.get(partial.runId) ?? 0) + 1
      highest.set(partial.runId, attempt)
      const job = AttemptJob.parse({
        protocol: 1,
        token: randomBytes(8).toString('hex'),
        sweepId: 'swp10000',
        sweepName: 'test',
        project: 'default',
        configText: '{"lr":0.1}',
        command: [process.execPath, '-e', 'process.exit(0)'],
        program: null,
        groups: [],
        conditional: [],
        seed: 7,
        metric: { name: 'loss', goal: 'minimize' },
        graceMs: 5_000,
        ...partial,
        attempt,
      })
      await leader.queueOf(agentId).add('attempt', job, {
        jobId: attemptKey(job.runId, attempt),
        removeOnComplete: true,
        removeOnFail: true,
      })
      return job
    },
    async command(agentId, command) {
      await redis.client.rpush(names.commands(agentId), JSON.stringify(command))
    },
    bodies(runId, attempt = 1) {
      const bySeq = new Map<number, ReportBody>()
      for (const report of reports) {
        if (report.runId === runId && report.attempt === attempt) bySeq.set(report.seq, report.body)
      }
      return [...bySeq].sort(([a], [b]) => a - b).map(([, body]) => body)
    },
    ended(runId, attempt = 1) {
      return leader.bodies(runId, attempt).find((body) => body.kind === 'ended')
    },
    waitForEnd(runId, attempt = 1, timeoutMs = 15_000) {
      return waitFor(`the end of ${runId}-${attempt}`, () => leader.ended(runId, attempt), { timeoutMs })
    },
    queueOf(agentId) {
      let queue = queues.get(agentId)
      if (queue === undefined) {
        queue = new Queue(names.mailbox(agentId), { connection: queueClient, prefix: names.queuePrefix })
        queue.on('error', () => {})
        queues.set(agentId, queue)
      }
      return queue
    },
    async setGeneration(text) {
      await redis.client.set(names.generation, text)
    },
    async close() {
      isClosed = true
      for (const queue of queues.values()) await queue.close()
      queueClient.disconnect()
      reader.disconnect()
      await reading
      await new Promise((resolve) => http.close(resolve))
    },
  }
  await leader.setGeneration('first')
  const reading = readAll()
  return leader
}
