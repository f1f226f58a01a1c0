// What a person should know or do now: no agent, no metric, a host in quarantine, the end and what may come next.
import { CopyButton } from '../../shell/copy-button.tsx'
import { SweepLink } from '../../format/entity-link.tsx'
import { formatCounted } from '../../format/number.ts'
import { formatDuration, formatMoment, toMs } from '../../format/time.ts'
import { useNow } from '../../format/use-now.ts'
import type { SweepTable } from '../../live/sweep-table.ts'
import type { OverviewFacts } from './use-overview.ts'

interface BannersProps {
  readonly sweepRef: string
  readonly table: SweepTable
  readonly facts: OverviewFacts
}

export function Banners({ sweepRef, table, facts }: BannersProps) {
  const { sweep } = table
  const { detail, agents, outlook } = facts
  const isOpen = sweep.state === 'running' || sweep.state === 'paused' || sweep.state === 'finishing'
  const quarantined = (agents ?? []).filter(({ quarantine }) => (quarantine ?? null) !== null)
  const aliveCount = (agents ?? []).filter(({ state }) => state === 'alive' || state === 'draining').length
  return (
    <>
      {sweep.state === 'failed' && (
        <p className="banner banner-bad">
          This sweep cannot go on: {sweep.stateReason ?? 'no reason is known'}
        </p>
      )}
      {isOpen && agents !== null && aliveCount === 0 && <NoAgent sweepId={sweep.id} />}
      {isOpen && aliveCount > 0 && <NoMetricYet table={table} />}
      {quarantined.map((agent) => (
        <p key={agent.id} className="banner">
          ! {agent.host.slice(0, 100)} gets no work: {agent.quarantine?.reason}{' '}
          <SweepLink id={sweepRef} page="agents">
            Agents
          </SweepLink>
        </p>
      ))}
      {(detail?.notices ?? []).map(({ code, text }) => (
        <p key={`${code} ${text}`} className="banner">
          ! {text}
          {code === 'metric_missing' && (
            <>
              {' '}
              <SweepLink id={sweepRef} page="config">
                Change metric.name
              </SweepLink>
            </>
          )}
        </p>
      ))}
      {isOpen && (detail?.advice ?? null) !== null && <p className="banner">{detail?.advice?.reason}</p>}
      {!isOpen && sweep.state !== 'failed' && <Ended sweepRef={sweepRef} table={table} facts={facts} />}
      {outlook !== null && isOpen && sweep.state === 'paused' && (
        <p className="banner">
          Paused{sweep.stateReason === null ? '' : `: ${sweep.stateReason}`}. Runs that had started go on;
          nothing new is proposed until it is resumed.
        </p>
      )}
    </>
  )
}

function NoAgent({ sweepId }: { readonly sweepId: string }) {
  const command = `sweep agent ${sweepId} --server ${window.location.origin}`
  return (
    <div className="banner row">
      <span>0 agents. On each machine that should work:</span>
      <code className="banner-command">{command}</code>
      <CopyButton text={command}>Copy</CopyButton>
      <span className="muted">This page updates by itself.</span>
    </div>
  )
}

const USUAL_WAIT_MS = 120_000

function NoMetricYet({ table }: { readonly table: SweepTable }) {
  const nowMs = useNow()
  const { metric, counts } = table.sweep
  if (metric === null || counts.running === 0 || counts.finished + counts.stopped > 0) return null
  const first = [...table.ids.keys()].reduce<number | null>((earliest, row) => {
    const startedAtMs = table.numbers.startedAtMs.at(row)
    return startedAtMs !== null && (earliest === null || startedAtMs < earliest) ? startedAtMs : earliest
  }, null)
  const hasValue = [...table.ids.keys()].some((row) => table.numbers.value.at(row) !== null)
  if (hasValue || first === null) return null
  const waited = nowMs - first
  return (
    <p className="banner">
      {formatCounted(counts.running, 'run')} running for {formatDuration(waited)}; no value of “
      {metric.name.slice(0, 80)}” has come yet.
      {waited > USUAL_WAIT_MS &&
        ' Likely: the script has not reported yet, reports under another name, or prints into a buffer (python -u).'}
    </p>
  )
}

function Ended({ sweepRef, table, facts }: BannersProps) {
  const { sweep } = table
  const endedAtMs = toMs(sweep.finishedAt)
  const command = `sweep best ${sweep.id} --args`
  const next = facts.outlook?.next ?? []
  return (
    <div className="ended">
      <span>
        {sweep.state} {endedAtMs === null ? '' : formatMoment(endedAtMs)}
        {sweep.stateReason === null ? '' : ` (${sweep.stateReason.slice(0, 200)})`}.
      </span>
      {sweep.best !== null && (
        <>
          <span>Train the winner again:</span>
          <code className="banner-command">{command}</code>
          <CopyButton text={command}>Copy</CopyButton>
        </>
      )}
      {next.length > 0 && (
        <details>
          <summary>What to try next ({next.length})</summary>
          <ul>
            {next.map(({ parameter, text }) => (
              <li key={`${parameter} ${text}`}>{text}</li>
            ))}
          </ul>
          <SweepLink id={sweepRef} page="config">
            Edit the space
          </SweepLink>
        </details>
      )}
    </div>
  )
}
