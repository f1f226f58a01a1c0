import fc from 'fast-check'
import { expect, it } from 'vitest'
import { MIN_DEMO_RUNS, planDemoSweeps } from '../../../cli/demo/demo-sweeps.ts'
import { describeSweepFile } from '../../../sweeps/describe-sweep-file.ts'

it('shares out exactly the runs that were asked for, over sound sweep files', () => {
  fc.assert(
    fc.property(fc.integer({ min: MIN_DEMO_RUNS, max: 2000 }), (runCount) => {
      const plan = planDemoSweeps({ runCount, pauseMs: 2, command: ['node', 'toy.js'] })
      expect(plan.reduce((sum, sweep) => sum + sweep.runCount, 0)).toBe(runCount)
      for (const sweep of plan) {
        expect(sweep.runCount).toBeGreaterThan(0)
        const { errors, config } = describeSweepFile(sweep.text, { strict: true })
        expect(errors).toEqual([])
        expect(config?.runCap).toBeGreaterThanOrEqual(sweep.runCount)
      }
    }),
    { numRuns: 30 },
  )
})
