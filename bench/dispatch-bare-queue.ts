// The limit for bench/dispatch.ts: BullMQ alone, with the queue and worker options of the dispatcher, one queue per
// agent, jobs of the same size, and nothing done with them: no store, no journal, no reports, no second handover.
import { Queue } from 'bullmq'
import { Redis } from 'ioredis'
import { startSimulated } from './simulated-process.ts'

const QUEUES = 8
const BATCH = 50
const PREFIX = 'bare'
/** About as long as an AttemptJob. */
const JOB = { text: 'x'.repeat(600) }

/** Jobs per second from the first one added to the last one completed. */
export async function measureBareQueue(redisUrl: string, jobs: number): Promise<number> {
  let completed = 0
  let onAll = () => {}
  const all = new Promise<void>((resolve) => (onAll = resolve))
  const workers = await startSimulated(['bare', redisUrl, PREFIX, String(QUEUES)], () => {
    completed += 1
    if (completed === jobs) onAll()
  })
  const connection = new Redis(redisUrl, { maxRetriesPerRequest: null })
  const queues = Array.from({ length: QUEUES }, (_, i) => new Queue(`bare-${i}`, { connection, prefix: PREFIX }))
  const startedAt = performance.now()
  for (let added = 0, next = 0; added < jobs; next += 1) {
    const count = Math.min(BATCH, jobs - added)
    const options = { attempts: 1, removeOnComplete: true, removeOnFail: true }
    const batch = Array.from({ length: count }, (_, i) => ({
      name: 'attempt',
      data: JOB,
      opts: { ...options, jobId: `job-${added + i}` },
    }))
    await queues[next % QUEUES]?.addBulk(batch)
    added += count
  }
  await all
  const seconds = (performance.now() - startedAt) / 1000
  workers.disconnect()
  for (const queue of queues) await queue.close()
  connection.disconnect()
  return jobs / seconds
}
