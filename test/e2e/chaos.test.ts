// The short form of `npm run bench -- chaos`: controller, Redis and agents are killed while a small grid is worked.
import { describe, expect, test } from 'vitest'
import { formatKill, formatReport } from '../chaos/chaos-table.ts'
import { runChaos } from '../chaos/chaos-run.ts'
import type { ChaosOptions } from '../chaos/chaos-run.ts'

const short: ChaosOptions = {
  cells: 24,
  agents: 3,
  kills: 5,
  seed: 1,
  withFlushAll: false,
  leaseSeconds: 5,
  trainingMs: [200, 1500],
  maxDelayMs: 800,
  deadlineMs: 150_000,
}

describe('a sweep under kill -9', () => {
  test.each([
    { what: 'controller, Redis and agents', options: short },
    {
      what: 'controller, Redis and agents, and FLUSHALL in the middle',
      options: { ...short, seed: 2, withFlushAll: true },
    },
  ])('is complete and correct after 5 kills of $what', { timeout: 240_000 }, async ({ options }) => {
    const report = await runChaos(options)
    process.stdout.write(`${report.kills.map(formatKill).join('\n')}\n${formatReport(report)}\n`)
    expect(report.violations, report.logs).toEqual([])
    expect(report.missedKills).toBe(0)
  })
})
