// The newest things that happened, on one line: runs that ended, from the runs themselves, and what the stream told of
// agents.
import type { LiveRun } from '../../sweeps/live-schema.ts'
import { formatClockTime } from '../durations.ts'
import { formatMetric } from '../show-values.ts'
import { oneLineOf } from '../text-width.ts'
import type { TopFacts } from './top-facts.ts'
import { joinThatFit, piece } from './styled-line.ts'
import type { Line, Look } from './styled-line.ts'

interface Happened {
  readonly atMs: number
  readonly glyph: string
  readonly look: Look
  readonly text: string
}

/** More of them never fit. */
const MAX_SHOWN = 6

export function recentLine(facts: TopFacts, width: number): Line {
  const newest = [...endedRuns(facts), ...agentEvents(facts)]
    .sort((a, b) => b.atMs - a.atMs)
    .slice(0, MAX_SHOWN)
  if (newest.length === 0) return [piece(' recent  nothing yet', 'dim')]
  const groups = newest.map(({ atMs, glyph, look, text }): Line => [
    piece(`${formatClockTime(atMs).slice(0, 5)} `, 'dim'),
    piece(glyph, look),
    piece(` ${text}`),
  ])
  return [piece(' recent  ', 'dim'), ...joinThatFit(groups, ' · ', width - 9)]
}

function endedRuns({ runs }: TopFacts): Happened[] {
  const newest: LiveRun[] = []
  for (const run of runs.all) {
    if (run.finishedAtMs === undefined) continue
    const oldest = newest.at(-1)
    if (newest.length === MAX_SHOWN && oldest !== undefined && (oldest.finishedAtMs ?? 0) >= run.finishedAtMs)
      continue
    newest.push(run)
    newest.sort((a, b) => (b.finishedAtMs ?? 0) - (a.finishedAtMs ?? 0))
    newest.length = Math.min(newest.length, MAX_SHOWN)
  }
  const records = new Set(runs.bestSteps().map(({ runId }) => runId))
  return newest.map((run) => describeEnd(run, runs.prefixLength(), records.has(run.id)))
}

function describeEnd(run: LiveRun, prefixLength: number, isRecord: boolean): Happened {
  const at = { atMs: run.finishedAtMs ?? 0 }
  const id = run.id.slice(0, prefixLength)
  const value = run.value === undefined ? '' : ` ${formatMetric(run.value, true)}`
  const reason = run.stopReason === undefined ? '' : ` ${oneLineOf(run.stopReason).slice(0, 60)}`
  const host = run.host === undefined ? '' : ` (${oneLineOf(run.host)})`
  switch (run.state) {
    case 'failed':
      return { ...at, glyph: '✗', look: 'red', text: `${id}${reason === '' ? ' failed' : reason}${host}` }
    case 'stopped':
      return { ...at, glyph: '⊣', look: 'yellow', text: `${id}${value}` }
    case 'cancelled':
      return { ...at, glyph: '⊘', look: 'yellow', text: `${id} cancelled` }
    case 'lost':
      return { ...at, glyph: '?', look: 'red', text: `${id} lost${host}` }
    default:
      return isRecord
        ? { ...at, glyph: '★', look: 'green', text: `${id}${value}` }
        : { ...at, glyph: '✓', look: 'green', text: `${id}${value}` }
  }
}

function agentEvents({ agentEvents }: TopFacts): Happened[] {
  return agentEvents.map(({ atMs, text }) => ({ atMs, glyph: '!', look: 'yellow', text: oneLineOf(text) }))
}
