// The answer in words: the best run and how sure that is, how far the sweep is and when it ends, who works on it, and
// what is not as it should be. What the server does not tell (too few runs) is left out.
import type { ReactNode } from 'react'
import { RunLink } from '../../format/entity-link.tsx'
import { formatCount, formatCounted, formatMetric, formatNumber, formatShare } from '../../format/number.ts'
import { formatAge, formatDuration, toMs } from '../../format/time.ts'
import { useNow } from '../../format/use-now.ts'
import type { SweepTable } from '../../live/sweep-table.ts'
import { selectionOf } from '../../selection/selection.ts'
import type { Outlook, OverviewFacts } from './use-overview.ts'

interface SummaryProps {
  readonly sweepRef: string
  readonly table: SweepTable
  readonly facts: OverviewFacts
}

export function Summary({ sweepRef, table, facts }: SummaryProps) {
  const nowMs = useNow()
  const { outlook } = facts
  return (
    <div className="summary" role="region" aria-label="Summary">
      <p className="summary-first">
        <Sentence>{bestSentence(sweepRef, table, outlook, nowMs)}</Sentence>
        {(outlook?.noise?.equalCount ?? 0) > 1 && outlook?.noise && (
          <Sentence title={outlook.noise.text}>
            {outlook.noise.equalCount === 2
              ? 'the first 2 are equal within noise'
              : `1–${formatCount(outlook.noise.equalCount)} are equal within noise`}
          </Sentence>
        )}
        <Sentence>{progressSentence(table)}</Sentence>
        {outlook !== null && <Eta outlook={outlook} />}
        {outlook !== null && outlook.chance.probability !== null && (
          <Sentence title={chanceTitle(outlook)}>
            next {outlook.chance.runs} runs: {formatShare(outlook.chance.probability)} chance to beat it by
            &gt;1 %
          </Sentence>
        )}
      </p>
      <p className="summary-second muted">
        <Work facts={facts} />
        <Counts sweepRef={sweepRef} table={table} />
      </p>
    </div>
  )
}

function Sentence({ children, title }: { readonly children: ReactNode; readonly title?: string }) {
  return (
    <span className="summary-part" title={title}>
      {children}
    </span>
  )
}

function bestSentence(
  sweepRef: string,
  table: SweepTable,
  outlook: Outlook | null,
  nowMs: number,
): ReactNode {
  const { metric, best } = table.sweep
  if (metric === null) return 'This sweep has no metric: nothing is ranked.'
  if (best === null) return `No run is ranked by ${metric.name.slice(0, 80)} yet`
  const row = table.rowOf(best.runId)
  const atMs =
    (outlook?.best?.runId === best.runId ? toMs(outlook.best.at) : null) ??
    (row === null ? null : table.numbers.finishedAtMs.at(row))
  const since = outlook?.best?.runId === best.runId ? outlook.best.runsSince : 0
  return (
    <>
      Best <strong className="summary-best">{formatMetric(best.value)}</strong> (
      <RunLink id={best.runId} sweepRef={sweepRef} />
      {atMs === null ? '' : `, ${formatAge(nowMs - atMs)} ago`})
      {since > 0 && outlook?.best?.isImproving === false
        ? `, no better one in ${formatCounted(since, 'run')} since`
        : ''}
    </>
  )
}

function progressSentence(table: SweepTable): string {
  const { counts, runCap, size } = table.sweep
  const ended = counts.finished + counts.stopped + counts.failed + counts.cancelled + counts.lost
  const all = runCap ?? size
  return all === null
    ? `${formatCount(ended)} of ${formatCounted(table.count, 'run')} ended`
    : `${formatCount(ended)} of ${formatCounted(all, 'run')} ended`
}

function Eta({ outlook }: { readonly outlook: Outlook }) {
  const { eta, etaReason } = outlook
  if (eta === null) return null
  return (
    <Sentence title={etaReason ?? 'From what the runs took; 8 of 10 ends lie in this range'}>
      ends in <strong>{aboutDuration(eta.medianMs)}</strong> ({aboutDuration(eta.lowMs)} to{' '}
      {aboutDuration(eta.highMs)})
    </Sentence>
  )
}

const MINUTE_MS = 60_000

/** A forecast knows no seconds. */
function aboutDuration(ms: number): string {
  return formatDuration(ms < 10 * MINUTE_MS ? ms : Math.round(ms / MINUTE_MS) * MINUTE_MS)
}

function chanceTitle({ chance }: Outlook): string {
  const { record } = chance
  if (record === null) return ''
  return `Its own record here: ${record.forecasts} earlier forecasts said ${formatShare(record.expected)} on average, and it came true in ${formatShare(record.observed)}`
}

function Work({ facts: { agents, outlook } }: { readonly facts: OverviewFacts }) {
  const alive = outlook?.agents.alive ?? agents?.filter(({ state }) => state === 'alive').length
  const total = outlook?.agents.total ?? agents?.length
  return (
    <>
      {alive !== undefined && total !== undefined && total > 0 && (
        <Sentence>
          {formatCount(alive)}/{formatCount(total)} agents
        </Sentence>
      )}
      {outlook !== null && outlook.slots.alive > 0 && (
        <Sentence>
          {formatCount(outlook.slots.busy)}/{formatCount(outlook.slots.alive)} slots busy
        </Sentence>
      )}
      {outlook !== null && outlook.runsPerHour !== null && (
        <Sentence>{formatNumber(round(outlook.runsPerHour))} runs/h</Sentence>
      )}
      {outlook !== null && outlook.hours.spent > 0 && (
        <Sentence>
          {formatNumber(round(outlook.hours.spent))} {outlook.hours.unit === 'gpu' ? 'GPU-h' : 'slot-h'} spent
          {outlook.hours.toGo === null || outlook.hours.toGo < 0.1
            ? ''
            : `, ~${formatNumber(round(outlook.hours.toGo))} to go`}
        </Sentence>
      )}
    </>
  )
}

/** Two digits: hours are an account, not a measurement. */
function round(hours: number): number {
  return Number(hours.toPrecision(hours >= 100 ? 3 : 2))
}

function Counts({ sweepRef, table }: { readonly sweepRef: string; readonly table: SweepTable }) {
  const { counts } = table.sweep
  const nanCount = table.numbers.value.nanRows.size
  const parts: readonly (readonly [number, string, string])[] = [
    [counts.running, 'running', 'state:running'],
    [counts.queued, 'queued', 'state:queued|preempted'],
    [counts.stopped, 'stopped early', 'state:stopped'],
    [counts.failed, 'failed', 'state:failed'],
    [counts.lost, 'lost', 'state:lost'],
    [counts.cancelled, 'cancelled', 'state:cancelled'],
    [nanCount, 'ended with NaN', 'value:nan'],
  ]
  return (
    <>
      {parts
        .filter(([count]) => count > 0)
        .map(([count, word, filter]) => (
          <button
            key={word}
            className="summary-count"
            title={`Show these: filter ${filter}`}
            onClick={() => selectionOf(sweepRef).setFilter(filter)}
          >
            {word === 'failed' || word === 'lost' || word === 'ended with NaN' ? '! ' : ''}
            {formatCount(count)} {word}
          </button>
        ))}
    </>
  )
}
