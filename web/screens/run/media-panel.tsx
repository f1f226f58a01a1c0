// Pictures, tables and histograms that the script logged, by key, with a slider over their steps. What is no picture
// that can hold nothing but a picture is a download.
import { useState } from 'react'
import { answer, api } from '../../api/client.ts'
import type { components } from '../../api/openapi.d.ts'
import type { Run } from '../../api/records.ts'
import { formatCount, formatCounted } from '../../format/number.ts'
import { FailedRequest } from '../../shell/failure.tsx'
import { HistogramView } from './histogram-view.tsx'
import { readMediaValue, type MediaShape } from './media-shapes.ts'
import { fileAddress, useRunPart } from './run-data.ts'
import { Section } from './section.tsx'
import { TableView } from './table-view.tsx'

type MediaKey = components['schemas']['ReadMediaResponse']['media'][number]

export function MediaPanel({ run }: { readonly run: Run }) {
  const { data, error, refetch } = useRunPart(run.id, 'media', () =>
    answer(api.GET('/api/v1/runs/{ref}/media', { params: { path: { ref: run.id } } })),
  )
  const media = data?.media ?? []
  return (
    <Section
      id="media"
      title="Media"
      note={data === undefined ? undefined : formatCounted(media.length, 'key')}
    >
      {error !== null && <FailedRequest what="The media" error={error} onRetry={() => void refetch()} />}
      {data !== undefined && media.length === 0 && (
        <p className="muted">No pictures, tables or histograms were logged.</p>
      )}
      <div className="media-grid">
        {media.map((key) => (
          <MediaItem key={key.key} runId={run.id} media={key} />
        ))}
      </div>
    </Section>
  )
}

function MediaItem({ runId, media }: { readonly runId: string; readonly media: MediaKey }) {
  const { key, items, count } = media
  /** null: the newest, also when newer ones come. */
  const [chosen, setChosen] = useState<number | null>(null)
  const index = Math.min(chosen ?? items.length - 1, items.length - 1)
  const item = items[index]
  if (item === undefined) return null
  const shape = readMediaValue(item.value)
  return (
    <figure className={shape.kind === 'table' ? 'panel media-item media-wide' : 'panel media-item'}>
      <figcaption className="row">
        <strong className="clip">
          <bdi>{key.slice(0, 200)}</bdi>
        </strong>
        <span className="muted">step {formatCount(item.step)}</span>
        {items.length > 1 && (
          <label className="row grow media-slider">
            <span className="visually-hidden">Step of {key.slice(0, 200)}</span>
            <input
              type="range"
              min={0}
              max={items.length - 1}
              value={index}
              aria-valuetext={`step ${item.step}`}
              onChange={(event) => {
                const next = Number(event.target.value)
                setChosen(next === items.length - 1 ? null : next)
              }}
            />
          </label>
        )}
        {count > items.length && (
          <span className="muted">
            {items.length} of {formatCount(count)}
          </span>
        )}
      </figcaption>
      <MediaView runId={runId} name={`${key} at step ${item.step}`} shape={shape} />
    </figure>
  )
}

interface MediaViewProps {
  readonly runId: string
  readonly name: string
  readonly shape: MediaShape
}

/** Pictures of one value that are there without asking. */
const FIRST = 12

function MediaView({ runId, name, shape }: MediaViewProps) {
  const owner = { kind: 'runs', id: runId } as const
  const [isAll, setAll] = useState(false)
  switch (shape.kind) {
    case 'images': {
      const shown = isAll ? shape.images : shape.images.slice(0, FIRST)
      return (
        <div className="media-images">
          {shown.map(({ path, caption, isShowable }, index) => (
            <div key={index} className="media-image">
              {isShowable ? (
                <a href={fileAddress(owner, path)} download aria-label={`Download ${path.slice(0, 200)}`}>
                  <img
                    src={fileAddress(owner, path, true)}
                    alt={caption ?? name.slice(0, 200)}
                    loading="lazy"
                    decoding="async"
                  />
                </a>
              ) : (
                <a href={fileAddress(owner, path)} download>
                  Download {path.slice(0, 200)}
                </a>
              )}
              {caption !== null && (
                <span className="muted clip">
                  <bdi>{caption.slice(0, 300)}</bdi>
                </span>
              )}
            </div>
          ))}
          {shown.length < shape.images.length && (
            <button onClick={() => setAll(true)}>Show all {shape.images.length}</button>
          )}
        </div>
      )
    }
    case 'table':
      return <TableView runId={runId} path={shape.path} name={name} />
    case 'histogram':
      return <HistogramView name={name} bins={shape.bins} counts={shape.counts} />
    case 'file':
      return (
        <p>
          <span className="muted">{shape.type}:</span>{' '}
          <a href={fileAddress(owner, shape.path)} download>
            Download {shape.path.slice(0, 200)}
          </a>
        </p>
      )
    case 'other':
      return <pre className="media-raw">{shape.text.slice(0, 2000)}</pre>
  }
}
