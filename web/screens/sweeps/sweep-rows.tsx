// The rows of the list: a sweep each, and under it what a person should look at.
import { Link } from 'wouter'
import { sweepPath } from '../../format/entity-link.tsx'
import { formatMetric, NOTHING } from '../../format/number.ts'
import { StateLabel } from '../../format/state-label.tsx'
import { formatAge, formatMoment, toMs } from '../../format/time.ts'
import type { SweepOutline } from './filter-sweeps.ts'
import { ProgressBar } from './progress-bar.tsx'
import { TrendLine } from './trend-line.tsx'

export function SweepRows({
  sweeps,
  nowMs,
}: {
  readonly sweeps: readonly SweepOutline[]
  readonly nowMs: number
}) {
  return (
    <table className="sweep-list">
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col">State</th>
          <th scope="col">Progress</th>
          <th scope="col" className="number">
            Best
          </th>
          <th
            scope="col"
            title="When the best run ended, and the best value so far over the runs; up is better"
          >
            Improved
          </th>
          <th scope="col" className="number">
            GPU-h
          </th>
          <th scope="col" className="number" title="Slots that work of all slots of agents that are there">
            Slots
          </th>
          <th scope="col" className="number">
            Age
          </th>
        </tr>
      </thead>
      {sweeps.map((sweep) => (
        <SweepRow key={sweep.id} sweep={sweep} nowMs={nowMs} />
      ))}
    </table>
  )
}

function SweepRow({ sweep, nowMs }: { readonly sweep: SweepOutline; readonly nowMs: number }) {
  const { metric, best, agents } = sweep
  const createdMs = toMs(sweep.createdAt)
  const improvedMs = toMs(sweep.improvedAt)
  return (
    <tbody data-sweep={sweep.id}>
      <tr>
        <th scope="row">
          <Link href={sweepPath(sweep.id)} className="clip sweep-name" title={sweep.name}>
            {sweep.name}
          </Link>
          <span className="muted clip sweep-project" title={`project ${sweep.project}, ${sweep.id}`}>
            {sweep.project}
          </span>
        </th>
        <td>
          <StateLabel state={sweep.state} title={sweep.stateReason} />
        </td>
        <td>
          <ProgressBar sweep={sweep} />
        </td>
        <td className="number sweep-best">
          {metric !== null && <span className="muted clip">{metric.name}</span>}{' '}
          <span>{best === null ? NOTHING : formatMetric(best.value)}</span>
        </td>
        <td>
          <div className="sweep-improved">
            <span className="number" title={formatMoment(improvedMs)}>
              {improvedMs === null ? NOTHING : formatAge(nowMs - improvedMs)}
            </span>
            {metric !== null && <TrendLine values={sweep.trend} goal={metric.goal} />}
          </div>
        </td>
        <td className="number">
          <Hours sweep={sweep} />
        </td>
        <td className="number">{agents.alive === 0 ? NOTHING : `${agents.busy}/${agents.slots}`}</td>
        <td className="number" title={formatMoment(createdMs)}>
          {createdMs === null ? NOTHING : formatAge(nowMs - createdMs)}
        </td>
      </tr>
      {sweep.warnings.map(({ code, text }) => (
        <tr key={`${code} ${text}`} className="sweep-warning">
          <td colSpan={8}>
            <span className="warning-mark" aria-hidden="true">
              !
            </span>
            <span className="visually-hidden">Warning: </span>
            {text}
            {code === 'quarantine' && (
              <>
                {' '}
                <Link href={sweepPath(sweep.id, 'agents')}>agents</Link>
              </>
            )}
          </td>
        </tr>
      ))}
    </tbody>
  )
}

/** Without GPUs the hours of slots, which are said to be that. */
function Hours({ sweep: { gpuHours, slotHours } }: { readonly sweep: SweepOutline }) {
  if (gpuHours !== null) return <>{shortHours(gpuHours)}</>
  if (slotHours === 0) return <>{NOTHING}</>
  return (
    <span className="muted sweep-hours" title="Hours of slots: no agent told of GPUs">
      {shortHours(slotHours)} slot-h
    </span>
  )
}

function shortHours(hours: number): string {
  return hours >= 10 ? String(Math.round(hours)) : String(Number(hours.toPrecision(2)))
}
