// A project: its sweeps, and its newest runs.
import type { ApiServices } from '../api-services.ts'
import type { SweepView } from '../present.ts'
import { wandbFactsOf } from '../wandb/run-summary.ts'
import { markup, link, page, pathOf, said, table } from './html.ts'
import type { Html } from './html.ts'
import { showNumber, showTime } from './show-values.ts'

/** More are counted, not shown. */
const MAX_RUNS = 300

/** @param group the runs of this group alone. @returns null when there is no such project */
export async function projectPage(
  { projects, projectBoards, sweeps }: Pick<ApiServices, 'projects' | 'projectBoards' | 'sweeps'>,
  { entity, project, group }: { entity: string; project: string; group?: string },
): Promise<string | null> {
  if (!(await projects.listProjects()).some(({ name }) => name === project)) return null
  const [{ runs: all }, ofSweeps] = await Promise.all([
    projectBoards.boardOf(project),
    sweeps.listSweeps({ project }),
  ])
  const runs = group === undefined ? all : all.filter((run) => run.group === group)
  const newest = runs.slice(-MAX_RUNS).reverse()
  const rows = newest.map((run) => [
    link(pathOf(entity, project, 'runs', wandbFactsOf(run).name), run.name),
    run.state,
    run.sweepId === null ? '' : link(pathOf(entity, project, 'sweeps', run.sweepId), run.sweepId),
    showNumber(run.value),
    said(run.group ?? ''),
    said(run.tags.join(' ')),
    showTime(run.createdAt),
  ])
  const more =
    runs.length > newest.length
      ? markup`<p class="empty">The newest ${newest.length} of ${runs.length}.</p>`
      : ''
  const heading = group === undefined ? said(project) : markup`${said(project)}, group ${said(group)}`
  return page(
    project,
    markup`<nav>${said(entity)}</nav>
      <h1>${heading}</h1>
      ${
        group === undefined
          ? markup`<h2>Sweeps</h2>
              ${sweepTable(entity, ofSweeps)}`
          : ''
      }
      <h2>Runs</h2>
      ${table({ columns: ['name', 'state', 'sweep', 'value', 'group', 'tags', 'created'], rows }, 'No runs yet.')}
      ${more}`,
  )
}

function sweepTable(entity: string, views: readonly SweepView[]): Html {
  const rows = [...views]
    .reverse()
    .map(({ sweep, counts, best }) => [
      link(pathOf(entity, sweep.project, 'sweeps', sweep.id), sweep.name),
      sweep.state,
      sweep.method,
      Object.values(counts).reduce((sum, count) => sum + count, 0),
      said(sweep.metric?.name ?? ''),
      showNumber(best?.value ?? null),
      showTime(sweep.createdAt),
    ])
  return table(
    { columns: ['name', 'state', 'method', 'runs', 'metric', 'best', 'created'], rows },
    'No sweeps yet.',
  )
}
