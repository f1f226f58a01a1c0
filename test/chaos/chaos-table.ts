// The result of a kill test as text for people: one fact per line, violations last.
import type { CarriedOutKill, ChaosReport } from './chaos-run.ts'

export function formatKill(kill: CarriedOutKill): string {
  const back = kill.planned.restartAfterMs > 0 && kill.planned.target !== 'redis'
  return (
    `${(kill.atMs / 1000).toFixed(1).padStart(7)} s  kill -9 ${kill.what}`.replace(
      'kill -9 FLUSHALL',
      'FLUSHALL',
    ) + (back ? `, back after ${kill.planned.restartAfterMs} ms` : '')
  )
}

export function formatReport(report: ChaosReport): string {
  const lines: [string, string][] = [
    ['seed', String(report.seed)],
    ['cells', String(report.cells)],
    ['time until finished', `${(report.durationMs / 1000).toFixed(1)} s`],
    ['kills', formatCounts(countKills(report.kills))],
    ['planned, but too late', String(report.missedKills)],
    ['runs by number of attempts', formatCounts(report.attemptsPerRun)],
    ['attempts by outcome', formatCounts(report.outcomes)],
    ['attempts that overlapped', formatOverlaps(report)],
    ['exits without a kill', formatCounts(report.unexpectedExits)],
    ['violations', String(report.violations.length)],
  ]
  const width = Math.max(...lines.map(([label]) => label.length))
  const violations = report.violations.map(
    (found) => `  ${found.invariant}  ${found.runId ?? '-'}  ${found.message}`,
  )
  return [...lines.map(([label, text]) => `${label.padEnd(width)}  ${text}`), ...violations].join('\n')
}

/** Kills by kind, and their total. */
function countKills(kills: readonly CarriedOutKill[]): Map<string, number> {
  const counts = new Map<string, number>([
    ['controller', 0],
    ['redis', 0],
    ['agent', 0],
  ])
  for (const { planned } of kills) counts.set(planned.target, (counts.get(planned.target) ?? 0) + 1)
  return counts
}

function formatCounts(counts: ReadonlyMap<string | number, number>): string {
  const entries = [...counts].sort(([left], [right]) => (left < right ? -1 : 1))
  return entries.map(([key, count]) => `${key}: ${count}`).join(', ') || 'none'
}

function formatOverlaps({ overlaps }: ChaosReport): string {
  if (overlaps.length === 0) return '0'
  return `${overlaps.length}, the longest by ${Math.max(...overlaps.map((overlap) => overlap.overlapMs))} ms`
}
