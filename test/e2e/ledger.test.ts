// A grid of 200 cells worked by 8 agent processes, judged by the ledger that the training scripts write themselves.
import { expect, test } from 'vitest'
import { formatReport } from '../chaos/chaos-table.ts'
import { runChaos } from '../chaos/chaos-run.ts'

test(
  'works each of 200 cells exactly once with 8 agents, and records the right value for each',
  { timeout: 300_000 },
  async () => {
    const report = await runChaos({
      cells: 200,
      agents: 8,
      kills: 0,
      seed: 1,
      withFlushAll: false,
      trainingMs: [20, 200],
      deadlineMs: 240_000,
    })
    process.stdout.write(`${formatReport(report)}\n`)
    expect(report.violations, report.logs).toEqual([])
    expect(report.attemptsPerRun).toEqual(new Map([[1, 200]]))
    expect(report.outcomes).toEqual(new Map([['finished', 200]]))
    expect(report.overlaps).toEqual([])
    expect(report.unexpectedExits).toEqual(new Map())
  },
)
