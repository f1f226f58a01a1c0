// The cost of a decision alone: runs of a sweep have reported up to a check, and one more reaches it. Every open run
// is watched for the threshold that moves.
import { EarlyStopping } from '../sweeps/early-stopping.ts'
import { stoppingSettings } from '../sweeps/stopping-settings.ts'

/** A check of every rule: the third rung of asha and median, in whose brackets each run has it. */
const REPORTS = 9
const MEASURED = 1_000

/** Milliseconds for the report that reaches a check, the decisions of all runs with it. */
export function measureDecisions(
  type: 'hyperband' | 'asha' | 'median',
  runCount: number,
): { readonly medianMs: number; readonly p99Ms: number } {
  const stopping = new EarlyStopping(stoppingSettings({ type, min_iter: REPORTS, grace_steps: 1 }), {
    goal: 'minimize',
  })
  let seed = 1
  const random = () => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647
  const row = (step: number, value: number) => ({ step, seconds: step, epoch: null, value })
  const rowsBefore = () => Array.from({ length: REPORTS - 1 }, (_, step) => row(step, random()))
  for (let run = 0; run < runCount; run++)
    stopping.take(`run${run}`, [...rowsBefore(), row(REPORTS - 1, random())])
  const times: number[] = []
  for (let run = 0; run < MEASURED; run++) {
    const id = `measured${run}`
    stopping.take(id, rowsBefore())
    const last = row(REPORTS - 1, random())
    const start = performance.now()
    const decisions = stopping.take(id, [last])
    times.push(performance.now() - start)
    if (decisions.length === 0) throw new Error('nothing was decided')
    // As many as before: the next one finds the same number
    stopping.forget(id)
  }
  times.sort((a, b) => a - b)
  return { medianMs: times[MEASURED / 2] ?? NaN, p99Ms: times[Math.floor(MEASURED * 0.99)] ?? NaN }
}
