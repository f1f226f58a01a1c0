// The agent's mailbox: a BullMQ worker that hands each job over and lets it be removed. Everything that matters about
// a job is in the journal; nothing is read back from BullMQ.
import { Worker } from 'bullmq'
import type { Redis } from 'ioredis'
import { redisNames } from '../sweeps/protocol.ts'

export interface MailboxOptions {
  /** Waits while Redis is away; stays the caller's to disconnect. */
  readonly client: Redis
  readonly deployment: string
  readonly agentId: string
  /** Takes the job's data; when it resolves the job is the agent's and leaves the queue. */
  readonly onJob: (data: unknown) => Promise<void>
  /** The job has left the queue, or was taken a second ago: its process may start. */
  readonly onSettled: (jobId: string) => void
  readonly onError: (error: Error) => void
}

/** With Redis away a job cannot be completed; its process need not wait for that. */
const SETTLE_LIMIT_MS = 1_000
const CLOSE_LIMIT_MS = 2_000

export class Mailbox {
  private readonly worker: Worker
  private readonly unsettled = new Map<string, NodeJS.Timeout>()
  private closing: Promise<void> | null = null

  constructor(private readonly options: MailboxOptions) {
    const names = redisNames(options.deployment)
    this.worker = new Worker(
      names.mailbox(options.agentId),
      async (job) => {
        await options.onJob(job.data)
        const jobId = job.id ?? ''
        this.unsettled.set(
          jobId,
          setTimeout(() => this.settle(jobId), SETTLE_LIMIT_MS),
        )
      },
      {
        connection: options.client,
        prefix: names.queuePrefix,
        autorun: false,
        skipVersionCheck: true,
        concurrency: 1,
        drainDelay: 10,
        // The stalled check runs inside other workers and fails jobs whose worker is well: there is none.
        skipStalledCheck: true,
        skipLockRenewal: true,
        lockDuration: 10_000,
        runRetryDelay: 1_000,
        removeOnComplete: { count: 0 },
        removeOnFail: { count: 0 },
      },
    )
    this.worker.on('error', options.onError)
    this.worker.on('completed', (job) => this.settle(job.id ?? ''))
    this.worker.on('failed', (_job, error) => options.onError(error))
  }

  /** Takes jobs from now on: after the first beat, which tells the leader that a new incarnation is there. */
  start(): void {
    this.worker.run().catch(this.options.onError)
  }

  /** Takes no more jobs; does not wait for a Redis that is away. */
  close(): Promise<void> {
    this.closing ??= this.closeOnce()
    return this.closing
  }

  private async closeOnce(): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    // A worker's close hangs while Redis is away.
    const limitMs = this.options.client.status === 'ready' ? CLOSE_LIMIT_MS : 0
    const limit = new Promise<void>((resolve) => (timer = setTimeout(resolve, limitMs)))
    await Promise.race([this.worker.close().catch(this.options.onError), limit])
    clearTimeout(timer)
    for (const waiting of this.unsettled.values()) clearTimeout(waiting)
    this.unsettled.clear()
  }

  private settle(jobId: string): void {
    const timer = this.unsettled.get(jobId)
    if (timer === undefined) return
    clearTimeout(timer)
    this.unsettled.delete(jobId)
    this.options.onSettled(jobId)
  }
}
