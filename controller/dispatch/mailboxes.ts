// Each agent's mailbox: a BullMQ queue with at most one slot's worth of jobs per free slot. Puts jobs in and takes
// them back; decides nothing.
import { Queue } from 'bullmq'
import type { Redis } from 'ioredis'
import { attemptKey, redisNames } from '../../sweeps/protocol.ts'
import type { AttemptJob } from '../../sweeps/protocol.ts'
import type { AgentId } from '../../sweeps/sweep.ts'

/**
 * Takes a job back that no worker has taken yet. Never `queue.remove`: it answers 1 for a job that is gone.
 *   KEYS[1] the queue's wait list   KEYS[2] the job's hash   ARGV[1] the job's id
 *   returns 1: it was waiting and is now gone, never taken · 0: taken, locked or gone
 */
const RECALL_SCRIPT = `
if redis.call('LREM', KEYS[1], 1, ARGV[1]) == 1 then
  redis.call('DEL', KEYS[2])
  return 1
end
return 0
`

export interface Mailboxes {
  /** Adds jobs `<run>-<attempt>`; one that is still there is left as it is. Rejects while Redis is away. */
  deliver(agentId: AgentId, jobs: readonly AttemptJob[]): Promise<void>
  /** 'recalled': nobody has taken it nor ever will; 'taken': a worker has it, had it, or it is gone. */
  recall(agentId: AgentId, runId: string, attempt: number): Promise<'recalled' | 'taken'>
  close(): Promise<void>
}

export function createMailboxes(queueClient: Redis, control: Redis, deployment: string): Mailboxes {
  const names = redisNames(deployment)
  const queues = new Map<AgentId, Queue>()
  const queueOf = (agentId: AgentId): Queue => {
    let queue = queues.get(agentId)
    if (queue === undefined) {
      queue = new Queue(names.mailbox(agentId), {
        connection: queueClient,
        prefix: names.queuePrefix,
        skipVersionCheck: true,
        skipMetasUpdate: true,
        defaultJobOptions: { removeOnComplete: true, removeOnFail: true, attempts: 1 },
      })
      queue.on('error', () => {}) // the client's own listener tells
      queues.set(agentId, queue)
    }
    return queue
  }
  return {
    async deliver(agentId, jobs) {
      if (queueClient.status !== 'ready') throw new Error('Redis is not connected')
      await queueOf(agentId).addBulk(
        jobs.map((job) => ({
          name: 'attempt',
          data: job,
          opts: { jobId: attemptKey(job.runId, job.attempt) },
        })),
      )
    },
    async recall(agentId, runId, attempt) {
      const prefix = `${names.queuePrefix}:${names.mailbox(agentId)}:`
      const jobId = attemptKey(runId, attempt)
      const answer = await control.eval(RECALL_SCRIPT, 2, `${prefix}wait`, `${prefix}${jobId}`, jobId)
      return answer === 1 ? 'recalled' : 'taken'
    },
    async close() {
      await Promise.allSettled([...queues.values()].map((queue) => queue.close()))
    },
  }
}
