// Kills and partitions of the fault suite, a few times each; and all kinds of kills in one sweep.
import { expect, test } from 'vitest'
import { formatKill, formatReport } from '../chaos/chaos-table.ts'
import { runChaos } from '../chaos/chaos-run.ts'
import { isKill, testFaults } from './fault-tests.ts'

testFaults(isKill)

test(
  'a sweep is complete and correct after kills of controller, Redis and agents, and FLUSHALL',
  { timeout: 240_000 },
  async () => {
    const report = await runChaos({
      cells: 24,
      agents: 3,
      kills: 5,
      seed: 2,
      withFlushAll: true,
      leaseSeconds: 5,
      trainingMs: [200, 1500],
      maxDelayMs: 800,
      deadlineMs: 150_000,
    })
    process.stdout.write(`${report.kills.map(formatKill).join('\n')}\n${formatReport(report)}\n`)
    expect(report.violations, report.logs).toEqual([])
    expect(report.missedKills).toBe(0)
  },
)
