// A process that holds simulated agents (simulated-agent.ts) for bench/dispatch.ts, whose runs end as they start.
// In the mode `bare` the same number of BullMQ workers with the same options take jobs and do nothing.
//
//   node simulated-agents.js sweep SERVER TOKEN SWEEP AGENTS SLOTS FOLDER [REDIS_URL]
//   node simulated-agents.js bare REDIS_URL PREFIX QUEUES
import { join } from 'node:path'
import { Worker } from 'bullmq'
import { Redis } from 'ioredis'
import type { AttemptJob } from '../sweeps/protocol.ts'
import { startSimulatedAgent } from './simulated-agent.ts'
import type { WorkTools } from './simulated-agent.ts'

/** The loss that a simulated run of this config reports; bench/dispatch.ts checks it. */
function lossOf(configText: string): number {
  return (JSON.parse(configText) as { x: number }).x
}

/** The run ends the moment it starts. */
async function work(job: AttemptJob, { key, journal, reporter }: WorkTools): Promise<void> {
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
    const directory = join(folder, String(i))
    await startSimulatedAgent({ server, token, sweepId, slots: Number(slots), directory, redisUrl, work })
  }
} else {
  const [url = '', prefix = '', queues = ''] = args
  startBareWorkers(url, prefix, Number(queues))
}
process.on('disconnect', () => process.exit(0)) // the benchmark ended, however it did
process.send?.('ready')
