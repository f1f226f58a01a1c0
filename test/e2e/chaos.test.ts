// The short tier of `npm run chaos`: every fault of the suite, a few times each; and all kinds of kills in one sweep.
import { describe, expect, test } from 'vitest'
import { formatKill, formatReport } from '../chaos/chaos-table.ts'
import { runChaos } from '../chaos/chaos-run.ts'
import { countInjections } from '../chaos/faults/fault.ts'
import { FAULTS } from '../chaos/faults/registry.ts'

describe.each(FAULTS.filter(({ shortCount }) => shortCount > 0))('$id $title', (fault) => {
  test(`leaves everything right, ${fault.shortCount} times`, { timeout: 300_000 }, async ({ skip }) => {
    const reason = (await fault.whyNot?.()) ?? null
    if (reason !== null) skip(reason)
    const round = await fault.runRound({ seed: 1, count: fault.shortCount, onInjection: () => {} })
    expect(round.violations, round.evidence.slice(0, 20_000)).toEqual([])
    expect(countInjections(round.injections)).toBeGreaterThan(0)
  })
})

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
