// `sweep stops`: what early termination did to a sweep, and whether it can be trusted.
import type { StopsResponse } from '../../sweeps/sweep-schema.ts'
import { refPath } from '../api-client.ts'
import { defineCommand } from '../command.ts'
import { countOf, formatMetric } from '../show-values.ts'
import { layOutTable } from '../table.ts'
import { printable } from '../terminal.ts'
import { withSchema } from '../with-schema.ts'

export const command = defineCommand<object>({
  name: 'stops',
  summary: 'What early termination stopped and saved, check by check',
  arguments: '<id>',
  examples: [
    ['sweep stops @last', 'per check: reached, stopped, saved, and how well it foretells the end'],
    ['sweep stops k3v9r2td', 'of this sweep'],
    ["sweep stops k3v9 --json | jq '.savedHours'", 'for programs'],
  ],
  options: [],
  next: ['sweep show RUN', 'sweep explain-stop FILE --runs RUNS.jsonl', 'sweep best ID'],
  run: async (context, [ref = '']) => {
    const text = await context.api().get(refPath('sweeps', ref, '/stops'))
    if (context.isJson) context.print(withSchema(text, 'sweep.stops/1'))
    else for (const line of renderStops(JSON.parse(text) as StopsResponse, context.width)) context.print(line) // the server's schema
    return 0
  },
})

export function renderStops(report: StopsResponse, width: number | null): string[] {
  const { bands, controls } = report
  const lines = [`${report.sweep.id}  "${printable(report.sweep.name)}"  ${describeRule(report.rule)}`]
  if (bands.length === 0) return [...lines, 'No run has reached a check yet.']
  const titles = [
    'check',
    'reached',
    'stopped',
    'controls',
    'saved reports',
    'saved hours',
    'rank correlation',
  ]
  const rows = bands.map((band) => [
    band.band === 0 ? 'NaN' : String(band.band),
    String(band.reached),
    String(band.stopped),
    String(band.controls),
    shortNumber(band.savedReports, 0),
    shortNumber(band.savedHours, 3),
    band.rankCorrelation === null ? '-' : `${band.rankCorrelation.toFixed(2)} of ${band.finishedCount}`,
  ])
  lines.push(
    '',
    ...layOutTable(
      titles.map((title) => ({ title, align: 'right' as const })),
      rows,
      { width },
    ),
    '',
  )
  const saved =
    report.savedHours === null
      ? 'what that saved is known when a run has finished'
      : `saved ${shortNumber(report.savedHours, 3)} hours, ${shortNumber(report.savedReports, 0)} reports (a whole run has ${shortNumber(report.fullReports, 0)})`
  lines.push(`${countOf(report.stopped, 'run')} stopped early; ${saved}.`)
  if (controls.length === 0) return lines
  lines.push(
    report.wasAmongBest
      ? '! A run that would have been stopped ended among the best tenth:'
      : `${countOf(controls.length, 'control')} lived on; none ended among the best tenth of ${report.ranked}:`,
  )
  for (const { runId, band, value, threshold, rank } of controls) {
    const cut = `check ${band}: ${formatMetric(value, width !== null)}, cut ${formatMetric(threshold, width !== null)}`
    lines.push(`  ${runId}  ${cut}  ${rank === null ? 'not ranked yet' : `rank ${rank} of ${report.ranked}`}`)
  }
  return lines
}

function describeRule(rule: Readonly<Record<string, unknown>>): string {
  const { type, ...rest } = rule
  const settings = Object.entries(rest).map(([key, value]) => `${key} ${String(value)}`)
  return printable([String(type), ...settings].join(', '))
}

function shortNumber(value: number | null, digits: number): string {
  return value === null ? '-' : String(Number(value.toFixed(digits)))
}
