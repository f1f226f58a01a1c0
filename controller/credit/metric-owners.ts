// A script under an agent of ours may print a metric and log it with W&B's client too. Both copies come here by different
// ways; of each metric of an attempt, those of the first to report it count.
import { NOTICE_SEQ_BASE } from '../../sweeps/client-run.ts'
import type { MetricOwners } from '../../sweeps/client-run.ts'
import type { MetricRow } from '../../sweeps/protocol.ts'
import { hasMetrics } from '../../sweeps/run-history.ts'
import type { LogChunk } from '../../sweeps/store.ts'
import type { RunId } from '../../sweeps/sweep.ts'

export const NO_OWNERS: MetricOwners = { client: [], agent: [], isNoticed: false }

const WAYS = { client: "W&B's client", agent: 'the agent' } as const

/**
 * The rows without the metrics that the other side reported first; a row that holds nothing else is left out.
 * @param side who reports these rows: names that are new become its own
 * @returns `dropped` a metric of which copies were dropped, when that was not said before
 */
export function keepOwnMetrics(
  rows: readonly MetricRow[],
  owners: MetricOwners,
  side: 'client' | 'agent',
): { rows: MetricRow[]; owners: MetricOwners; dropped: string | null } {
  const others = new Set(owners[side === 'client' ? 'agent' : 'client'])
  const own = new Set(owners[side])
  let dropped: string | null = null
  const kept: MetricRow[] = []
  for (const row of rows) {
    const names = Object.keys(row.metrics)
    const copies = names.filter((name) => others.has(name))
    for (const name of names) if (!others.has(name)) own.add(name)
    if (copies.length === 0) {
      kept.push(row)
      continue
    }
    dropped ??= copies[0] ?? null
    const metrics = Object.fromEntries(Object.entries(row.metrics).filter(([name]) => !others.has(name)))
    const rest = { ...row, metrics }
    if (hasMetrics(rest) || row.values !== undefined) kept.push(rest)
  }
  const isNews = dropped !== null && !owners.isNoticed
  const hasGrown = own.size > owners[side].length
  return {
    rows: kept,
    owners:
      hasGrown || isNews ? { ...owners, [side]: [...own], isNoticed: owners.isNoticed || isNews } : owners,
    dropped: isNews ? dropped : null,
  }
}

/** The notice on the first copy that was dropped; one for an attempt. */
export function copyNotice(
  { runId, attempt }: { readonly runId: RunId; readonly attempt: number },
  metric: string,
  side: 'client' | 'agent',
  at: number,
): LogChunk {
  const first = side === 'client' ? 'agent' : 'client'
  const text = `"${metric}" comes from ${WAYS[first]}; its copy from ${WAYS[side]} is dropped, as are other copies.`
  return { runId, attempt, seq: NOTICE_SEQ_BASE, at, stream: 'notice', text }
}
