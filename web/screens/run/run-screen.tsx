// One run: what it came to and why, its curves, what it was given, what it printed, where it came from, what it left.
// The addresses are ours (/s/SWEEP/r/RUN, /r/RUN) and those that W&B's client prints.
import { useEffect } from 'react'
import { Link, useParams } from 'wouter'
import { ApiError } from '../../api/client.ts'
import type { Run } from '../../api/records.ts'
import { sweepPath } from '../../format/entity-link.tsx'
import { FailedRequest } from '../../shell/failure.tsx'
import { ConfigPanel } from './config-panel.tsx'
import { CurvesPanel } from './curves-panel.tsx'
import { FilesPanel } from './files-panel.tsx'
import { LogPanel } from './log-panel.tsx'
import { MediaPanel } from './media-panel.tsx'
import { OriginPanel } from './origin-panel.tsx'
import { RunHead } from './run-head.tsx'
import './run.css'
import { useRun, useRunId, useSweepOfRun, type SweepOfRun } from './run-data.ts'
import { StoryPanel } from './story-panel.tsx'
import { SystemPanel } from './system-panel.tsx'
import { ValuesPanel } from './values-panel.tsx'
import { WhenSeen } from './when-seen.tsx'
import { WhyPanel } from './why-panel.tsx'

export default function RunScreen() {
  const { run = '', project } = useParams<{ run: string; project?: string }>()
  const found = useRunId({ ref: run, project: project ?? null })
  if (found.error !== null)
    return <FailedRequest what="This run" error={found.error} onRetry={() => void found.refetch()} />
  return found.data === undefined ? <Skeleton /> : <FoundRun key={found.data} runRef={found.data} />
}

function FoundRun({ runRef }: { readonly runRef: string }) {
  const { data: run, error, refetch } = useRun(runRef)
  const inSweep = useSweepOfRun(run?.sweepId ?? null)
  const name = run?.name
  useEffect(() => {
    if (name === undefined) return
    document.title = `${name.slice(0, 60)} · sweep`
    return () => void (document.title = 'sweep')
  }, [name])
  // It was removed while it was shown.
  const isGone = error instanceof ApiError && error.status === 404
  if (run !== undefined && !isGone) return <RunPage run={run} inSweep={inSweep} />
  if (error !== null) return <FailedRequest what="This run" error={error} onRetry={() => void refetch()} />
  return <Skeleton />
}

const PARTS = [
  ['curves', 'Curves'],
  ['config', 'Config'],
  ['log', 'Log'],
  ['system', 'System'],
  ['media', 'Media'],
  ['origin', 'Code'],
  ['files', 'Files'],
  ['story', 'Events'],
] as const

interface RunPageProps {
  readonly run: Run
  readonly inSweep: SweepOfRun | null
}

function RunPage({ run, inSweep }: RunPageProps) {
  return (
    <div className="run-screen">
      <nav aria-label="Where this run is" className="run-path">
        {run.sweepId === null ? (
          <Link href={`/sweep/${encodeURIComponent(run.project)}`}>{run.project}</Link>
        ) : (
          <Link href={sweepPath(run.sweepId)} className="clip">
            <bdi>{inSweep?.sweep.name ?? run.sweepId}</bdi>
          </Link>
        )}
        <span aria-hidden="true">›</span>
        <span className="muted">run</span>
        <code>{run.id}</code>
        <span className="grow" />
        {PARTS.map(([id, title]) => (
          <a key={id} href={`#${id}`} className="frame-link">
            {title}
          </a>
        ))}
      </nav>
      <RunHead run={run} inSweep={inSweep} />
      <WhyPanel run={run} inSweep={inSweep} />
      <div className="run-columns">
        <CurvesPanel run={run} metric={inSweep?.sweep.metric?.name ?? null} />
        <div className="run-side">
          <ConfigPanel run={run} best={inSweep?.best ?? null} first={inSweep?.first ?? null} />
          <ValuesPanel run={run} />
        </div>
      </div>
      <LogPanel run={run} />
      <WhenSeen id="system" height={200}>
        <SystemPanel run={run} />
      </WhenSeen>
      <WhenSeen id="media" height={60}>
        <MediaPanel run={run} />
      </WhenSeen>
      <WhenSeen id="origin" height={200}>
        <OriginPanel run={run} />
      </WhenSeen>
      <WhenSeen id="files" height={100}>
        <FilesPanel run={run} />
      </WhenSeen>
      <WhenSeen id="story" height={200}>
        <StoryPanel run={run} />
      </WhenSeen>
    </div>
  )
}

function Skeleton() {
  return (
    <div className="run-skeleton" role="status" aria-label="The run is being loaded">
      <div />
      <div />
      <div />
    </div>
  )
}
