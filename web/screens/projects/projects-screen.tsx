// All projects: what is in each, the newest first.
import { useQuery } from '@tanstack/react-query'
import { useCallback, useState } from 'react'
import { Link } from 'wouter'
import { answer, api } from '../../api/client.ts'
import type { ChangesMessage } from '../../api/records.ts'
import { formatCount, formatCounted, NOTHING } from '../../format/number.ts'
import { formatAge, formatMoment, toMs } from '../../format/time.ts'
import { useNow } from '../../format/use-now.ts'
import { useRefetchOnChange } from '../../live/use-sweep.ts'
import { CopyButton } from '../../shell/copy-button.tsx'
import { FailedRequest } from '../../shell/failure.tsx'
import { Late } from '../../shell/late.tsx'
import { projectPath } from './project-path.ts'
import './projects.css'

const KEY = ['projects']
/** More are found by their names. */
const MAX_ROWS = 200

export default function ProjectsScreen() {
  const [words, setWords] = useState('')
  const nowMs = useNow()
  const { data, error, refetch } = useQuery({
    queryKey: KEY,
    queryFn: async () => (await answer(api.GET('/api/v1/projects'))).projects,
  })
  const concerns = useCallback(({ events }: ChangesMessage) => events.some(isOfList), [])
  useRefetchOnChange(KEY, concerns)
  if (data === undefined) {
    if (error === null) return <Late what="The list of projects" />
    return <FailedRequest what="The list of projects" error={error} onRetry={() => void refetch()} />
  }
  if (data.length === 0) return <NoProjects />
  const found = data.filter(({ name }) => name.toLowerCase().includes(words.trim().toLowerCase()))
  return (
    <div className="projects-screen">
      <div className="row">
        <h1>Projects</h1>
        <input
          type="search"
          aria-label="Search projects"
          placeholder="Search"
          value={words}
          onChange={(event) => setWords(event.target.value)}
        />
        <span className="grow" />
        <span className="muted" role="status">
          {formatCounted(found.length, 'project')}
        </span>
      </div>
      {found.length === 0 && <p className="panel">No project has that in its name.</p>}
      {found.length > 0 && (
        <table className="project-table">
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col" className="number">
                Sweeps
              </th>
              <th scope="col" className="number">
                Open
              </th>
              <th scope="col" className="number">
                Runs
              </th>
              <th scope="col" className="number">
                Outside sweeps
              </th>
              <th scope="col" className="number">
                Newest
              </th>
            </tr>
          </thead>
          <tbody>
            {found.slice(0, MAX_ROWS).map((project) => {
              const newestMs = toMs(project.newestAt)
              return (
                <tr key={project.name}>
                  <th scope="row">
                    <Link href={projectPath(project.name)} className="clip project-name" title={project.name}>
                      {project.name}
                    </Link>
                  </th>
                  <td className="number">{formatCount(project.sweeps)}</td>
                  <td className="number">{formatCount(project.running)}</td>
                  <td className="number">{formatCount(project.runs)}</td>
                  <td className="number">{formatCount(project.ownRuns)}</td>
                  <td className="number" title={formatMoment(newestMs)}>
                    {newestMs === null ? NOTHING : formatAge(nowMs - newestMs)}
                  </td>
                </tr>
              )
            })}
          </tbody>
        </table>
      )}
      {found.length > MAX_ROWS && (
        <p className="muted">The {MAX_ROWS} with the newest runs. Search for the others.</p>
      )}
    </div>
  )
}

function isOfList({ event }: ChangesMessage['events'][number]): boolean {
  return /^(?:sweep|run)\.(?:created|removed|finished|stopped|cancelled)$/.test(event)
}

function NoProjects() {
  const command = `WANDB_BASE_URL=${window.location.origin} WANDB_API_KEY=TOKEN python train.py`
  return (
    <div className="panel projects-empty">
      <h2>There is no project yet</h2>
      <p>
        A project begins with its first sweep (<code>project:</code> in the file), or with the first run of a
        script that reports through W&amp;B&apos;s client:
      </p>
      <div className="row">
        <code>{command}</code>
        <CopyButton text={command}>Copy</CopyButton>
      </div>
      <p className="muted">
        <Link href="/authorize">How to get a token for it</Link>
      </p>
    </div>
  )
}
