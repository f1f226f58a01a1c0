// The limit for bench/dispatch.ts: BullMQ alone, with the queue and worker options of the dispatcher, one queue per
// agent, jobs of the same size, and nothing done with them: no store, no journal, no reports.
//
// Two figures. In the closed loop a queue is given its next job when BullMQ's own events tell that one is completed,
// and never holds more than an agent has slots: the work that the dispatcher has, so the figure to compare with. In
// the open loop all jobs are added in bulk without waiting for anything, which no dispatcher can do.
import { Queue, QueueEvents } from 'bullmq'
import { Redis } from 'ioredis'
import { startSimulated } from './simulated-process.ts'

const QUEUES = 8
const BATCH = 50
/** About as long as an AttemptJob. */
const JOB = { text: 'x'.repeat(600) }

export type Loop = { readonly window: number } | 'open'

/** Jobs per second from the first one added to the last one completed. */
export async function measureBareQueue(redisUrl: string, jobs: number, loop: Loop): Promise<number> {
  const prefix = loop === 'open' ? 'bare-open' : 'bare-closed'
  let completed = 0
  let onAll = () => {}
  const all = new Promise<void>((resolve) => (onAll = resolve))
  const workers = await startSimulated(['bare', redisUrl, prefix, String(QUEUES)], () => {
    completed += 1
    if (completed === jobs) onAll()
  })
  const connection = new Redis(redisUrl, { maxRetriesPerRequest: null })
  const queues = Array.from({ length: QUEUES }, (_, i) => new Queue(`bare-${i}`, { connection, prefix }))
  const events: QueueEvents[] = []
  let added = 0
  const add = async (queue: Queue, wanted: number) => {
    const count = Math.min(wanted, jobs - added)
    const first = added
    added += count
    if (count > 0) await queue.addBulk(Array.from({ length: count }, (_, i) => jobOf(first + i)))
  }

  if (loop !== 'open') {
    for (const queue of queues) {
      const own = new QueueEvents(queue.name, { connection, prefix })
      events.push(own)
      refillOnCompletion(own, (count) => add(queue, count))
      await own.waitUntilReady()
    }
  }
  const startedAt = performance.now()
  if (loop === 'open') {
    for (let next = 0; added < jobs; next += 1) await add(queues[next % QUEUES] as Queue, BATCH)
  } else {
    await Promise.all(queues.map((queue) => add(queue, loop.window)))
  }
  await all
  const seconds = (performance.now() - startedAt) / 1000
  workers.disconnect()
  for (const open of [...events, ...queues]) await open.close()
  connection.disconnect()
  return jobs / seconds
}

function jobOf(number: number) {
  const opts = { attempts: 1, removeOnComplete: true, removeOnFail: true, jobId: `job-${number}` }
  return { name: 'attempt', data: JOB, opts }
}

/** As many new jobs as were completed, in one call for all that come in one turn. */
function refillOnCompletion(events: QueueEvents, add: (count: number) => Promise<void>): void {
  let due = 0
  events.on('completed', () => {
    due += 1
    if (due > 1) return
    setImmediate(() => {
      const count = due
      due = 0
      void add(count)
    })
  })
}
