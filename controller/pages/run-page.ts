// A run: its state, config, summary and metric values, and the end of its log.
import type { RunRecord } from '../../sweeps/run.ts'
import type { ApiServices } from '../api-services.ts'
import type { ClientRun } from '../client-runs/find-client-run.ts'
import { readLastLogLines } from '../log-lines.ts'
import { createHistories, sampleEvenly } from '../whole-history.ts'
import type { HistoryRow } from '../whole-history.ts'
import { runConfigOf, summaryOf } from '../wandb/run-summary.ts'
import { facts, markup, link, page, pathOf, said, table } from './html.ts'
import type { Html } from './html.ts'
import { shown, showSeconds, showTime, valueTable } from './show-values.ts'

const MAX_HISTORY_ROWS = 100
const MAX_HISTORY_COLUMNS = 20
const LOG_LINES = 200
const LINE_END = '\n'

/** @returns null when there is no such run */
export async function runPage(
  { store, runs, clientRuns }: Pick<ApiServices, 'store' | 'runs' | 'clientRuns'>,
  { entity, project, name }: { entity: string; project: string; name: string },
): Promise<string | null> {
  const found = await clientRuns.find(project, name)
  if (found === null) return null
  const { run, client } = found
  const [view, rows, lines] = await Promise.all([
    runs.viewRun(run),
    createHistories(store).rowsOf(run),
    readLastLogLines(store, run.id, LOG_LINES),
  ])
  const summary = summaryOf(run, {
    client,
    summaries: view.summaries,
    values: view.values ?? new Map<string, string>(),
    lastStep: rows.at(-1)?.step ?? null,
  })
  const attempts = view.attempts.map((attempt) => [
    attempt.attempt,
    said(attempt.host),
    attempt.outcome ?? 'open',
    attempt.exitCode,
    said(attempt.reason ?? ''),
    showTime(attempt.startedAt),
    showTime(attempt.endedAt),
  ])
  return page(
    run.name,
    markup`<nav>${link(pathOf(entity, project), `${entity} / ${project}`)}</nav>
      <h1>${said(run.name)}</h1>
      ${outline(found, entity)}
      <h2>Config</h2>
      ${valueTable(runConfigOf(run.configText, client), 'It has none.')}
      <h2>Summary</h2>
      ${valueTable(summary, 'Nothing was reported.')}
      <h2>Metric values</h2>
      ${historyTable(rows)}
      <h2>Attempts</h2>
      ${table({ columns: ['attempt', 'host', 'outcome', 'exit code', 'reason', 'started', 'ended'], rows: attempts }, 'None yet.')}
      <h2>Log</h2>
      ${lines.length === 0 ? markup`<p class="empty">Nothing was printed.</p>` : markup`<pre>${lines.map(({ text }) => [said(text), LINE_END])}</pre>`}`,
  )
}

function outline({ run, client }: ClientRun, entity: string): Html {
  return facts([
    ['state', markup`${run.state}${run.stopReason === null ? '' : markup`: ${said(run.stopReason)}`}`],
    ['id', said(client?.name ?? run.id)],
    [
      'sweep',
      run.sweepId === null ? '' : link(pathOf(entity, run.project, 'sweeps', run.sweepId), run.sweepId),
    ],
    ['group', run.group === null ? '' : link(pathOf(entity, run.project, 'groups', run.group), run.group)],
    ['job type', said(run.jobType ?? '')],
    ['tags', said(run.tags.join(' '))],
    ['notes', said(run.notes)],
    ['program', said(client?.program ?? '')],
    ['commit', said(client?.commit ?? '')],
    ['created', showTime(run.createdAt)],
    ['took', tookOf(run)],
  ])
}

function tookOf(run: RunRecord): string {
  return showSeconds(run.startedAt, run.finishedAt)
}

function historyTable(rows: readonly HistoryRow[]): Html {
  const sampled = sampleEvenly(rows, MAX_HISTORY_ROWS)
  const keys = [...new Set(sampled.flatMap(({ cells }) => [...cells.keys()]))]
  const columns = keys.filter((key) => !key.startsWith('_')).slice(0, MAX_HISTORY_COLUMNS)
  const shownRows = sampled.map(({ step, cells }) => [step, ...columns.map((key) => shown(cells.get(key)))])
  const more = [
    sampled.length < rows.length ? `${sampled.length} of ${rows.length} steps.` : '',
    columns.length < keys.length ? `${columns.length} of ${keys.length} metrics.` : '',
  ].filter((text) => text !== '')
  return markup`${table({ columns: ['step', ...columns], rows: shownRows }, 'No values yet.')}
  ${more.length === 0 ? '' : markup`<p class="empty">${more.join(' ')}</p>`}`
}
