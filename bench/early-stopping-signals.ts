// From the report that condemns a run to the signal in its process, as the process itself sees it: it writes the time
// of its last line and of its SIGTERM. So the way holds everything between them: the agent's reading and journal, the
// stream, the commit of the report and of the decision, the command, the agent's journal again, and the signal.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Cluster } from '../test/support/cluster.ts'

const SLOTS = 8
/** Worse than all before it: each run after the first is condemned by its third report. */
const TRAINING = `
import { appendFileSync, readFileSync } from 'node:fs'
const { level } = JSON.parse(readFileSync(process.env.SWEEP_CONFIG_FILE, 'utf8'))
let reportedAt = 0
process.on('SIGTERM', () => {
  appendFileSync(process.argv[2], level + ' ' + reportedAt + ' ' + Date.now() + '\\n')
  process.exit(0)
})
const report = () => {
  reportedAt = Date.now()
  console.log(JSON.stringify({ loss: level + 1 }))
}
if (level === 0) for (let i = 0; i < 3; i++) report()
else {
  report()
  // Far enough from its start, which keeps the machine busy; and not all at one time
  setTimeout(report, 1000)
  setTimeout(report, 1500 + Math.random() * 1000)
  setInterval(() => {}, 1000)
}
`

/** Milliseconds. @throws Error when a run is not stopped */
export async function measureSignals(
  cluster: Cluster,
  count: number,
): Promise<{ readonly p50: number; readonly p99: number; readonly count: number }> {
  const ledger = join(cluster.folder, 'signals.txt')
  const script = cluster.writeFile('signals.mjs', TRAINING)
  const levels = Array.from({ length: count + 1 }, (_, level) => level).join(', ')
  const file = cluster.writeFile(
    'signals.yaml',
    [
      'method: grid',
      'metric: { name: loss, goal: minimize }',
      `parameters: { level: { values: [${levels}] } }`,
      // With so large an eta the threshold is the best value of all
      'early_terminate: { type: hyperband, min_iter: 3, eta: 1000000 }',
      `command: [node, ${script}, ${ledger}]`,
    ].join('\n'),
  )
  const sweepId = await cluster.create(file)
  const agent = cluster.startAgent({ name: 'signals', sweepIds: [sweepId], slots: SLOTS })
  const waited = await cluster.sweep(['wait', sweepId], { timeoutMs: 600_000 })
  if (waited.code !== 0) throw new Error(`the sweep did not finish: ${waited.stderr}`)
  agent.signal('SIGTERM')
  await agent.exited
  const times = readFileSync(ledger, 'utf8')
    .trim()
    .split('\n')
    .map((line) => {
      const [, reportedAt = NaN, signalledAt = NaN] = line.split(' ').map(Number)
      return signalledAt - reportedAt
    })
    .sort((a, b) => a - b)
  if (times.length !== count) throw new Error(`${times.length} of ${count} runs were stopped`)
  return {
    p50: times[Math.floor(count / 2)] ?? NaN,
    p99: times[Math.min(count - 1, Math.floor(count * 0.99))] ?? NaN,
    count,
  }
}
