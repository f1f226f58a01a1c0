// The comparison as Markdown: for an issue, a chat, a report. Pure.
import { NOTHING } from '../../format/number.ts'
import { compareConfigs } from '../run/config-rows.ts'
import type { ComparedRun } from './compare-data.ts'
import { summaryRows, type Metric, type SummaryChoice } from './summary-rows.ts'

export function compareAsMarkdown(
  runs: readonly Pick<ComparedRun, 'run'>[],
  metric: Metric | null,
  which: SummaryChoice,
): string {
  const records = runs.map(({ run }) => run)
  const head = ['', ...records.map(({ id }) => `\`${id}\``)]
  const results = summaryRows(records, metric, which).map(({ name, cells, best }) => [
    cellOf(name),
    ...cells.map((cell, place) => (best.includes(place) ? `**${cellOf(cell)}**` : cellOf(cell))),
  ])
  const configs = compareConfigs(records.map(({ configText }) => configText))
  const different = configs.filter(({ isDifferent }) => isDifferent)
  const same = configs.filter(({ isDifferent }) => !isDifferent)
  return [
    table(head, [['name', ...records.map(({ name }) => cellOf(name))], ...results]),
    different.length === 0
      ? 'The configs are the same.'
      : table(
          ['parameter', ...head.slice(1)],
          different.map(({ name, cells }) => [cellOf(name), ...cells.map((cell) => cellOf(cell ?? NOTHING))]),
        ),
    same.length === 0 || records.length < 2
      ? ''
      : `The same in all: ${same.map(({ name, cells }) => `${cellOf(name)} = ${cellOf(cells[0] ?? NOTHING)}`).join(', ')}`,
  ]
    .filter((part) => part !== '')
    .join('\n\n')
    .concat('\n')
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

const MAX_CELL = 200

/** Text from outside stays in its cell and is no markup. */
function cellOf(text: string): string {
  const short = text.length > MAX_CELL ? `${text.slice(0, MAX_CELL)}…` : text
  return short
    .replace(/[\u0000-\u001f\u007f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g, ' ')
    .replace(/[\\`*_{}[\]<>#|~!]/g, '\\$&')
}
