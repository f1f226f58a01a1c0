// Tells screen readers what happened in the sweep that is looked at: a new best run, another state.
import { useEffect, useRef } from 'react'
import { formatMetric } from '../../format/number.ts'
import type { SweepTable } from '../../live/sweep-table.ts'
import { announce } from '../../shell/announce.tsx'

export function useNews(table: SweepTable): void {
  const { state, best } = table.sweep
  const known = useRef({ state, bestId: best?.runId ?? null })
  useEffect(() => {
    const before = known.current
    known.current = { state, bestId: best?.runId ?? null }
    if (before.state !== state) announce(`The sweep is ${state}.`)
    else if (best !== null && before.bestId !== best.runId)
      announce(`New best: ${formatMetric(best.value)}, run ${best.runId}.`)
  }, [state, best])
}
