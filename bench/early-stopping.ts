// `npm run bench -- early-stopping`: what a decision of early termination costs with 100, 1,000 and 10,000 runs, and how
// long a report takes to become the SIGTERM of its process, with 8 real processes under a real controller and agent.
// Exits 1 when a limit is missed.
import { loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { measureDecisions } from './early-stopping-decisions.ts'
import { measureRestart } from './early-stopping-restart.ts'
import { measureSignals } from './early-stopping-signals.ts'
import { describeMachine, printFigure } from './figure-table.ts'
import { startCluster } from '../test/support/cluster.ts'

const LIMITS = { decisionMs: 1, signalP99Ms: 1000 }

const { values } = parseArgs({
  options: {
    /** Processes that are stopped. */
    runs: { type: 'string', default: '200' },
  },
})

// Eight processes on a machine that others use measure the others: the load at the start stands beside the figures
console.log(`${describeMachine('SQLite', `load ${loadavg()[0]?.toFixed(1)}`)}\n`)
for (const type of ['hyperband', 'asha', 'median'] as const) {
  for (const runCount of [100, 1_000, 10_000]) {
    const { medianMs, p99Ms } = measureDecisions(type, runCount)
    const limit = `p99 at most ${LIMITS.decisionMs} ms`
    const figure = `${(medianMs * 1000).toFixed(1)} / ${(p99Ms * 1000).toFixed(1)} us`
    printFigure(`${type}, ${runCount} runs: p50 / p99`, figure, limit, p99Ms <= LIMITS.decisionMs)
  }
}
const restartSeconds = await measureRestart(10_000)
printFigure('after a restart, 10,000 ended runs and 64 open', `${restartSeconds.toFixed(2)} s`)
const cluster = await startCluster()
try {
  const { p50, p99, count } = await measureSignals(cluster, Number(values.runs))
  printFigure(`report to SIGTERM, 8 processes, ${count} stops: p50`, `${p50.toFixed(0)} ms`)
  const limit = `at most ${LIMITS.signalP99Ms} ms`
  printFigure('  p99', `${p99.toFixed(0)} ms`, limit, p99 <= LIMITS.signalP99Ms)
} finally {
  await cluster.close()
}
