// A project, or a group of its runs: its sweeps, and its runs. Also the addresses that W&B's client prints.
import { useQuery } from '@tanstack/react-query'
import { useCallback } from 'react'
import { Link, useParams } from 'wouter'
import { answer, api } from '../../api/client.ts'
import type { ChangesMessage } from '../../api/records.ts'
import { useNow } from '../../format/use-now.ts'
import { useRefetchOnChange } from '../../live/use-sweep.ts'
import { Failure, FailedRequest, PanelBoundary } from '../../shell/failure.tsx'
import { Late } from '../../shell/late.tsx'
import { SweepRows } from '../sweeps/sweep-rows.tsx'
import '../sweeps/sweeps.css'
import { useAddressPart } from '../../view/address-part.ts'
import { projectPath } from './project-path.ts'
import { RunList } from './run-list.tsx'
import './projects.css'

/** More are on the page of all sweeps. */
const MAX_SWEEPS = 20

export default function ProjectScreen() {
  // `/ENTITY/PROJECT/groups/GROUP`, of which the router knows the form
  const project = useAddressPart(1) ?? ''
  const part = useAddressPart(3)
  const group = useParams<{ group?: string }>().group === undefined ? null : part
  const { data, error, refetch } = useQuery({
    queryKey: ['projects'],
    queryFn: async () => (await answer(api.GET('/api/v1/projects'))).projects,
  })
  if (data === undefined) {
    if (error === null) return <Late what="The project" />
    return <FailedRequest what="The project" error={error} onRetry={() => void refetch()} />
  }
  if (!data.some(({ name }) => name === project))
    return (
      <Failure
        title="There is no such project"
        message={project}
        hint="It begins with its first sweep or run. The list of projects has all that there are."
        onRetry={() => void refetch()}
      />
    )
  return (
    <div className="projects-screen">
      <div className="project-head">
        <nav aria-label="Where this is">
          <Link href="/projects">Projects</Link>
          {group !== null && (
            <>
              {' / '}
              <Link href={projectPath(project)}>{project}</Link>
            </>
          )}
        </nav>
        <h1 className="clip" title={group ?? project}>
          {group === null ? project : `Group ${group}`}
        </h1>
      </div>
      {group === null && (
        <PanelBoundary what="The list of sweeps">
          <ProjectSweeps project={project} />
        </PanelBoundary>
      )}
      <PanelBoundary what="The list of runs">
        <RunList key={`${project}\n${group ?? ''}`} project={project} group={group} />
      </PanelBoundary>
    </div>
  )
}

function ProjectSweeps({ project }: { readonly project: string }) {
  const nowMs = useNow()
  const key = ['outlines', project]
  const { data, error, refetch } = useQuery({
    queryKey: key,
    queryFn: async () =>
      (await answer(api.GET('/api/v1/outlines', { params: { query: { project } } }))).sweeps,
  })
  const concerns = useCallback(
    ({ sweeps, agents, events }: ChangesMessage) =>
      agents.length > 0 ||
      sweeps.some((sweep) => sweep.project === project) ||
      events.some(({ event }) => event === 'sweep.removed'),
    [project],
  )
  useRefetchOnChange(key, concerns)
  if (data === undefined) {
    if (error === null) return <Late what="The list of sweeps" />
    return <FailedRequest what="The list of sweeps" error={error} onRetry={() => void refetch()} />
  }
  return (
    <section className="panel" aria-labelledby="sweeps-heading">
      <div className="row">
        <h2 id="sweeps-heading">Sweeps</h2>
        {data.length > MAX_SWEEPS && (
          <Link href={`/?p=${encodeURIComponent(project)}`}>all {data.length} of them</Link>
        )}
      </div>
      {data.length === 0 ? (
        <p className="muted">There are none.</p>
      ) : (
        <SweepRows sweeps={data.slice(0, MAX_SWEEPS)} nowMs={nowMs} />
      )}
    </section>
  )
}
