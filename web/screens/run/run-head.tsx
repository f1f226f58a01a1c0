// The headline of a run: its state, its place in the ranking, what it came to, and what may be done with it.
import type { Run } from '../../api/records.ts'
import { formatCount, formatMetric } from '../../format/number.ts'
import { StateLabel } from '../../format/state-label.tsx'
import { formatAge, formatDuration, formatMoment, toMs } from '../../format/time.ts'
import { useNow } from '../../format/use-now.ts'
import { isTerminalRunState } from '../../../sweeps/run.ts'
import { RunActions } from './run-actions.tsx'
import type { SweepOfRun } from './run-data.ts'
import { RunLabels } from './run-labels.tsx'

interface RunHeadProps {
  readonly run: Run
  readonly inSweep: SweepOfRun | null
}

export function RunHead({ run, inSweep }: RunHeadProps) {
  const metric = inSweep?.sweep.metric ?? null
  const last = metric === null ? null : (run.summary[metric.name]?.last ?? null)
  return (
    <header className="run-head">
      <div className="run-head-line">
        <h1 className="clip" title={run.name.slice(0, 1000)}>
          <bdi>{run.name.slice(0, 300)}</bdi>
        </h1>
        <StateLabel state={run.state} title={run.stopReason} />
        {run.rank !== null && (
          <span className={run.rank === 1 ? 'run-rank run-rank-best' : 'run-rank'}>
            #{formatCount(run.rank)}
            {inSweep !== null && inSweep.rankedCount >= run.rank && (
              <span className="muted"> of {formatCount(inSweep.rankedCount)}</span>
            )}
          </span>
        )}
        <span className="grow" />
        <RunActions run={run} sweep={inSweep?.sweep ?? null} />
      </div>
      <p className="run-result">
        {metric !== null && (
          <span className="run-value">
            <span className="muted clip">{metric.name.slice(0, 200)}</span>{' '}
            <strong>{formatMetric(run.value)}</strong>
            {run.bestStep !== null && <span className="muted"> at step {formatCount(run.bestStep)}</span>}
            {last !== null && last !== run.value && (
              <span className="muted"> (last {formatMetric(last)})</span>
            )}
            <DeltaToBest run={run} inSweep={inSweep} />
          </span>
        )}
        <Times run={run} />
      </p>
      <RunLabels run={run} />
    </header>
  )
}

function DeltaToBest({ run, inSweep }: RunHeadProps) {
  const best = inSweep?.best ?? null
  if (best === null || best.id === run.id) return null
  if (typeof best.value !== 'number' || typeof run.value !== 'number') return null
  const difference = run.value - best.value
  const share = best.value === 0 ? null : Math.abs(difference / best.value) * 100
  return (
    <span className="muted">
      {' '}
      · {difference >= 0 ? '+' : '−'}
      {share === null ? formatMetric(Math.abs(difference)) : `${share.toPrecision(2)} %`} to the best
    </span>
  )
}

function Times({ run }: { readonly run: Run }) {
  const nowMs = useNow()
  const startedMs = toMs(run.startedAt)
  const endedMs = toMs(run.finishedAt)
  const attempt = run.attempts.at(-1)
  const parts = [
    startedMs === null
      ? null
      : isTerminalRunState(run.state) && endedMs !== null
        ? `took ${formatDuration(endedMs - startedMs)}`
        : `runs for ${formatDuration(Math.max(0, nowMs - startedMs))}`,
    startedMs === null ? 'has not started' : `started ${formatAge(nowMs - startedMs)} ago`,
    attempt === undefined || attempt.host === '' ? null : `on ${attempt.host.slice(0, 80)}`,
    run.attempts.length > 1 ? `attempt ${run.attempt}` : null,
  ].filter((part) => part !== null)
  return (
    <span className="muted" title={startedMs === null ? undefined : `started ${formatMoment(startedMs)}`}>
      {parts.join(' · ')}
    </span>
  )
}
