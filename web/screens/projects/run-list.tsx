// The runs of a project, a page of them at a time: filtered by the language of the CLI, ordered by a column.
import { useQuery, keepPreviousData } from '@tanstack/react-query'
import { useCallback, useState, type FormEvent } from 'react'
import { Link, useSearch } from 'wouter'
import { answer, api, ApiError } from '../../api/client.ts'
import type { ChangesMessage, Run } from '../../api/records.ts'
import { RunLink } from '../../format/entity-link.tsx'
import { formatCounted, formatMetric, formatParameter, NOTHING } from '../../format/number.ts'
import { StateLabel } from '../../format/state-label.tsx'
import { formatAge, formatDuration, formatMoment, toMs } from '../../format/time.ts'
import { useNow } from '../../format/use-now.ts'
import { useRefetchOnChange } from '../../live/use-sweep.ts'
import { Failure, FailedRequest } from '../../shell/failure.tsx'
import { Late } from '../../shell/late.tsx'
import { useView } from '../../view/use-view.ts'
import { chooseColumns, flattenConfig } from './project-columns.ts'
import { groupPath } from './project-path.ts'

const PAGE_SIZE = 100

interface RunListProps {
  readonly project: string
  /** Of this group alone; null: of all. */
  readonly group: string | null
}

export function RunList({ project, group }: RunListProps) {
  const { view, change } = useView()
  const all = new URLSearchParams(useSearch()).get('runs') === 'all'
  const isOutside = group === null && !all
  const [page, setPage] = useState(0)
  const sort = view.sort === '' ? '-created' : view.sort
  const query = {
    project,
    sort,
    limit: PAGE_SIZE,
    offset: page * PAGE_SIZE,
    ...(group === null ? {} : { group }),
    ...(isOutside ? ({ outside: 'true' } as const) : {}),
    ...(view.w.trim() === '' ? {} : { where: view.w }),
  }
  const key = ['runs', query]
  const { data, error, refetch } = useQuery({
    queryKey: key,
    queryFn: () => answer(api.GET('/api/v1/runs', { params: { query } })),
    placeholderData: keepPreviousData,
  })
  const concerns = useCallback(
    ({ runs, events }: ChangesMessage) =>
      runs.some((run) => run.project === project) || events.some(({ event }) => event === 'run.removed'),
    [project],
  )
  useRefetchOnChange(key, concerns)
  const isFilterWrong = error instanceof ApiError && error.code === 'REQUEST_INVALID'
  const pages = Math.max(1, Math.ceil((data?.total ?? 0) / PAGE_SIZE))
  return (
    <section className="panel run-list" aria-labelledby="runs-heading">
      <div className="row">
        <h2 id="runs-heading">{isOutside ? 'Runs outside sweeps' : 'Runs'}</h2>
        {group === null && <WhichRuns isAll={all} />}
        <FilterForm
          key={view.w}
          filter={view.w}
          onFilter={(w) => {
            setPage(0)
            change({ w })
          }}
        />
        <span className="grow" />
        <span className="muted" role="status">
          {data === undefined ? '' : formatCounted(data.total, 'run')}
        </span>
      </div>
      {isFilterWrong && (
        <Failure title="The filter is not understood" message={error.message} hint={error.hint} />
      )}
      {error !== null && !isFilterWrong && (
        <FailedRequest what="The list of runs" error={error} onRetry={() => void refetch()} />
      )}
      {data === undefined && error === null && <Late what="The list of runs" />}
      {data !== undefined && !isFilterWrong && data.runs.length === 0 && (
        <p className="muted">{view.w === '' ? 'There are none.' : 'The filter takes none of them.'}</p>
      )}
      {data !== undefined && !isFilterWrong && data.runs.length > 0 && (
        <RunTable
          runs={data.runs}
          hasSweeps={!isOutside}
          sort={sort}
          onSort={(next) => {
            setPage(0)
            change({ sort: next })
          }}
        />
      )}
      {pages > 1 && (
        <nav className="row" aria-label="Pages of the runs">
          <button disabled={page === 0} onClick={() => setPage(page - 1)}>
            Before
          </button>
          <span>
            page {page + 1} of {pages}
          </span>
          <button disabled={page + 1 >= pages} onClick={() => setPage(page + 1)}>
            Next
          </button>
        </nav>
      )}
    </section>
  )
}

function WhichRuns({ isAll }: { readonly isAll: boolean }) {
  const params = new URLSearchParams(useSearch())
  params.delete('runs')
  const rest = params.toString()
  const all = `?${rest === '' ? '' : `${rest}&`}runs=all`
  return isAll ? (
    <Link href={`${window.location.pathname}${rest === '' ? '' : `?${rest}`}`}>
      only those outside sweeps
    </Link>
  ) : (
    <Link href={`${window.location.pathname}${all}`}>with those of sweeps</Link>
  )
}

function FilterForm({
  filter,
  onFilter,
}: {
  readonly filter: string
  readonly onFilter: (filter: string) => void
}) {
  function submit(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault()
    onFilter(String(new FormData(event.currentTarget).get('w') ?? ''))
  }
  return (
    <form className="row run-filter" role="search" onSubmit={submit}>
      <input
        name="w"
        type="search"
        className="mono"
        aria-label="Filter runs"
        placeholder="state:failed lr>=1e-3 tag:base"
        defaultValue={filter}
        spellCheck={false}
      />
      <button>Filter</button>
    </form>
  )
}

interface RunTableProps {
  readonly runs: readonly Run[]
  readonly hasSweeps: boolean
  readonly sort: string
  readonly onSort: (sort: string) => void
}

function RunTable({ runs, hasSweeps, sort, onSort }: RunTableProps) {
  const nowMs = useNow()
  const { parameters, metrics } = chooseColumns(runs)
  const head = { sort, onSort }
  return (
    <div className="run-list-scroller" tabIndex={0} role="region" aria-label="Table of runs">
      <table>
        <thead>
          <tr>
            <Column {...head} name="name" title="Name" />
            <Column {...head} name="state" title="State" />
            {hasSweeps && <Column {...head} name="sweep" title="Sweep" />}
            <Column {...head} name="group" title="Group" />
            {metrics.map((name) => (
              <Column key={`m ${name}`} {...head} name={name} title={name} isNumber />
            ))}
            {parameters.map((name) => (
              <Column key={`p ${name}`} {...head} name={name} title={name} isNumber />
            ))}
            <th scope="col">Tags</th>
            <th scope="col" className="number">
              Took
            </th>
            <Column {...head} name="created" title="Created" isNumber />
          </tr>
        </thead>
        <tbody>
          {runs.map((run) => (
            <RunRow
              key={run.id}
              run={run}
              nowMs={nowMs}
              columns={{ parameters, metrics }}
              hasSweeps={hasSweeps}
            />
          ))}
        </tbody>
      </table>
    </div>
  )
}

interface ColumnProps {
  readonly name: string
  readonly title: string
  readonly sort: string
  readonly onSort: (sort: string) => void
  readonly isNumber?: boolean
}

function Column({ name, title, sort, onSort, isNumber = false }: ColumnProps) {
  const direction = sort === name ? 'ascending' : sort === `-${name}` ? 'descending' : 'none'
  return (
    <th scope="col" aria-sort={direction} className={isNumber ? 'number' : undefined}>
      <button
        className="button-plain clip run-list-sort"
        title={title}
        onClick={() => onSort(direction === 'descending' ? name : `-${name}`)}
      >
        {title}
        <span aria-hidden="true">
          {direction === 'ascending' ? ' ↑' : direction === 'descending' ? ' ↓' : ''}
        </span>
      </button>
    </th>
  )
}

interface RunRowProps {
  readonly run: Run
  readonly nowMs: number
  readonly columns: ReturnType<typeof chooseColumns>
  readonly hasSweeps: boolean
}

function RunRow({ run, nowMs, columns, hasSweeps }: RunRowProps) {
  const config = new Map(flattenConfig(run.config))
  const createdMs = toMs(run.createdAt)
  const startedMs = toMs(run.startedAt)
  const tookMs = startedMs === null ? null : (toMs(run.finishedAt) ?? nowMs) - startedMs
  return (
    <tr>
      <th scope="row" className="clip" title={`${run.name}\n${run.id}`}>
        <RunLink id={run.id} sweepRef={run.sweepId}>
          {run.name}
        </RunLink>
      </th>
      <td>
        <StateLabel state={run.state} title={run.stopReason} />
      </td>
      {hasSweeps && (
        <td>{run.sweepId === null ? NOTHING : <Link href={`/s/${run.sweepId}`}>{run.sweepId}</Link>}</td>
      )}
      <td className="clip">
        {run.group === null ? NOTHING : <Link href={groupPath(run.project, run.group)}>{run.group}</Link>}
      </td>
      {columns.metrics.map((name) => (
        <td key={`m ${name}`} className="number">
          {formatMetric(run.summary[name]?.last)}
        </td>
      ))}
      {columns.parameters.map((name) => {
        const text = formatParameter(config.get(name))
        return (
          <td key={`p ${name}`} className="number clip" title={text}>
            {text}
          </td>
        )
      })}
      <td className="clip" title={run.tags.join(' ')}>
        {run.tags.join(' ')}
      </td>
      <td className="number">{formatDuration(tookMs)}</td>
      <td className="number" title={formatMoment(createdMs)}>
        {createdMs === null ? NOTHING : formatAge(nowMs - createdMs)}
      </td>
    </tr>
  )
}
