// A sweep: how it stands, its ranking, and its file.
import { SweepError } from '../../sweeps/errors.ts'
import { configToPlain } from '../../sweeps/config-text.ts'
import type { SweepId, SweepRecord } from '../../sweeps/sweep.ts'
import type { ApiServices } from '../api-services.ts'
import type { RunView } from '../present.ts'
import { flattenPlain } from './flatten-plain.ts'
import { facts, markup, link, page, pathOf, said, table } from './html.ts'
import type { Html } from './html.ts'
import { shown, showNumber, showSeconds, showTime } from './show-values.ts'

const MAX_RANKED = 100
const MAX_PARAMETERS = 12
const MAX_FILE_TEXT = 50_000

/** @returns null when there is no such sweep */
export async function sweepPage(
  { store, sweeps, runs, clientRuns }: Pick<ApiServices, 'store' | 'sweeps' | 'runs' | 'clientRuns'>,
  { entity, sweepId }: { entity: string; sweepId: string },
): Promise<string | null> {
  const sweep = await store.findSweep(sweepId as SweepId)
  if (sweep === null) return null
  const [{ counts }, ranked] = await Promise.all([sweeps.viewSweep(sweep), rank(runs, sweep)])
  const named = await clientRuns.describe(ranked.map(({ run }) => run))
  const names = new Map(named.map(({ run, client }) => [run.id, client?.name ?? run.id]))
  const states = Object.entries(counts).filter(([, count]) => count > 0)
  return page(
    sweep.name,
    markup`<nav>${link(pathOf(entity, sweep.project), `${entity} / ${sweep.project}`)}</nav>
      <h1>${said(sweep.name)}</h1>
      ${facts([
        [
          'state',
          markup`${sweep.state}${sweep.stateReason === null ? '' : markup`: ${said(sweep.stateReason)}`}`,
        ],
        ['id', sweep.id],
        ['method', sweep.method],
        ['metric', sweep.metric === null ? '' : markup`${said(sweep.metric.name)}, ${sweep.metric.goal}`],
        ['runs', states.map(([state, count]) => `${count} ${state}`).join(', ')],
        ['created', showTime(sweep.createdAt)],
        ['took', showSeconds(sweep.startedAt, sweep.finishedAt)],
      ])}
      <h2>Ranking</h2>
      ${rankingTable(sweep, ranked, (run) => pathOf(entity, sweep.project, 'runs', names.get(run.run.id) ?? run.run.id))}
      <h2>File</h2>
      <pre>${said(sweep.configText, MAX_FILE_TEXT)}</pre>`,
  )
}

/** Of a sweep without a metric: the newest runs. */
async function rank(runs: ApiServices['runs'], sweep: SweepRecord): Promise<RunView[]> {
  try {
    return (await runs.bestRuns(sweep, { n: MAX_RANKED })).views
  } catch (error) {
    if (!(error instanceof SweepError)) throw error
    return (await runs.listRuns({ sweep }, { limit: MAX_RANKED, offset: 0 })).views
  }
}

function rankingTable(
  sweep: SweepRecord,
  views: readonly RunView[],
  pathTo: (view: RunView) => string,
): Html {
  const configs = views.map(({ run }) => new Map(flattenPlain(configToPlain(run.configText))))
  const names = [...new Set(configs.flatMap((config) => [...config.keys()]))].slice(0, MAX_PARAMETERS)
  const rows = views.map((view, index) => [
    view.rank,
    link(pathTo(view), view.run.name),
    view.run.state,
    showNumber(view.run.value),
    ...names.map((name) => shown(configs[index]?.get(name))),
  ])
  return table(
    { columns: ['rank', 'run', 'state', sweep.metric?.name ?? 'value', ...names], rows },
    'No run counts yet.',
  )
}
