// What the run left and used: its files, the artifacts that it made and used, each as a download.
import { useState } from 'react'
import { useInfiniteQuery } from '@tanstack/react-query'
import { answer, api } from '../../api/client.ts'
import type { components } from '../../api/openapi.d.ts'
import type { Run } from '../../api/records.ts'
import { formatCounted, formatNumber } from '../../format/number.ts'
import { formatMoment, toMs } from '../../format/time.ts'
import { FailedRequest } from '../../shell/failure.tsx'
import { fileAddress, useRunPart } from './run-data.ts'
import { ForeignText, Section } from './section.tsx'

type Artifact = components['schemas']['RunArtifact']

/** Decimal units: `412 B`, `3.1 GB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB']
  let size = bytes
  let unit = 0
  while (size >= 999.5 && unit < units.length - 1) {
    size /= 1000
    unit += 1
  }
  return `${unit === 0 ? size : formatNumber(Number(size.toPrecision(3)))} ${units[unit]}`
}

export function FilesPanel({ run }: { readonly run: Run }) {
  const artifacts = useRunPart(
    run.id,
    'artifacts',
    () => answer(api.GET('/api/v1/runs/{ref}/artifacts', { params: { path: { ref: run.id } } })),
    { changesWith: 'events' },
  )
  return (
    <Section id="files" title="Files and artifacts">
      <FileList owner={{ kind: 'runs', id: run.id }} state={run.state} empty="It left no files." />
      {artifacts.error !== null && (
        <FailedRequest
          what="The artifacts"
          error={artifacts.error}
          onRetry={() => void artifacts.refetch()}
        />
      )}
      <ArtifactList title="Artifacts that it made" artifacts={artifacts.data?.outputs ?? []} />
      <ArtifactList title="Artifacts that it used" artifacts={artifacts.data?.inputs ?? []} />
    </Section>
  )
}

interface FileListProps {
  readonly owner: { readonly kind: 'runs' | 'artifacts'; readonly id: string }
  /** Asked for again when it changes. */
  readonly state: string
  readonly empty: string
}

function FileList({ owner, state, empty }: FileListProps) {
  const query = useInfiniteQuery({
    queryKey: ['files', owner.kind, owner.id, state],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam }) =>
      answer(
        api.GET(owner.kind === 'runs' ? '/api/v1/runs/{ref}/files' : '/api/v1/artifacts/{ref}/files', {
          params: {
            path: { ref: owner.id },
            query: { limit: 100, ...(pageParam === null ? {} : { after: pageParam }) },
          },
        }),
      ),
    getNextPageParam: (page) => page.next,
  })
  const { data, error } = query
  if (error !== null)
    return <FailedRequest what="The files" error={error} onRetry={() => void query.refetch()} />
  if (data === undefined) return null
  const files = data.pages.flatMap((page) => page.files)
  const total = data.pages[0]?.total ?? files.length
  if (files.length === 0) return <p className="muted">{empty}</p>
  return (
    <>
      <div className="run-scroll" tabIndex={0} role="region" aria-label="Files">
        <table className="run-table">
          <thead>
            <tr>
              <th scope="col">file</th>
              <th scope="col" className="number">
                size
              </th>
              <th scope="col">kind</th>
              {owner.kind === 'runs' && <th scope="col">changed</th>}
            </tr>
          </thead>
          <tbody>
            {files.map((file) => (
              <tr key={file.name}>
                <td>
                  <a href={fileAddress(owner, file.name)} download className="mono file-name">
                    <bdi>{file.name.slice(0, 300)}</bdi>
                  </a>
                </td>
                <td className="number">{formatBytes(file.sizeBytes)}</td>
                <td className="muted">{file.mimeType}</td>
                {owner.kind === 'runs' && <td className="muted">{formatMoment(toMs(file.updatedAt))}</td>}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {query.hasNextPage && (
        <button disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
          More of {formatCounted(total, 'file')}
        </button>
      )}
    </>
  )
}

function ArtifactList({
  title,
  artifacts,
}: {
  readonly title: string
  readonly artifacts: readonly Artifact[]
}) {
  if (artifacts.length === 0) return null
  return (
    <div className="artifact-list">
      <h3>{title}</h3>
      {artifacts.map((artifact) => (
        <ArtifactItem key={artifact.id} artifact={artifact} />
      ))}
    </div>
  )
}

function ArtifactItem({ artifact }: { readonly artifact: Artifact }) {
  const [isOpen, setOpen] = useState(false)
  const { id, name, type, aliases, sizeBytes, fileCount, state, description } = artifact
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <bdi className="mono">{name.slice(0, 200)}</bdi>{' '}
        <span className="muted">
          <bdi>{type.slice(0, 60)}</bdi> · {formatCounted(fileCount, 'file')} · {formatBytes(sizeBytes)}
          {state === 'pending' && ' · not complete yet'}
          {aliases.length > 0 && ` · ${aliases.slice(0, 8).join(', ')}`}
        </span>
      </summary>
      {description !== null && <ForeignText text={description} />}
      {isOpen && (
        <FileList
          owner={{ kind: 'artifacts', id }}
          state={state}
          empty="It holds references only, or nothing yet."
        />
      )}
    </details>
  )
}
