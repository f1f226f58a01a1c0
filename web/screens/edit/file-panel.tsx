// The sweep's file: as it stands, what versions changed, and edited with a dry run that says what it means.
import { useState } from 'react'
import type { LiveSweep } from '../../api/records.ts'
import { CopyButton } from '../../shell/copy-button.tsx'
import { diffLines } from './diff-lines.ts'
import { EditFile } from './edit-file.tsx'
import type { SpecVersion } from './space-panel.tsx'

interface FilePanelProps {
  readonly sweepRef: string
  readonly sweep: LiveSweep
  readonly versions: readonly SpecVersion[]
  /** Why it cannot be edited now; null: it can. */
  readonly whyNot: string | null
  readonly onChanged: () => void
}

export function FilePanel({ sweepRef, sweep, versions, whyNot, onChanged }: FilePanelProps) {
  const [isEdited, setEdited] = useState(false)
  const [from, setFrom] = useState<number | null>(null)
  const newest = versions.at(-1)
  const text = newest?.config ?? sweep.config
  const old = versions.find(({ version }) => version === from)
  return (
    <section className="panel config-panel" aria-labelledby="file-heading">
      <div className="row">
        <h2 id="file-heading">File</h2>
        <span className="muted">version {newest?.version ?? sweep.specVersion}</span>
        <span className="grow" />
        {versions.length > 1 && !isEdited && (
          <label className="row">
            Compare with
            <select
              value={from ?? ''}
              onChange={(event) => setFrom(event.target.value === '' ? null : Number(event.target.value))}
            >
              <option value="">nothing</option>
              {versions.slice(0, -1).map(({ version }) => (
                <option key={version} value={version}>
                  version {version}
                </option>
              ))}
            </select>
          </label>
        )}
        <CopyButton text={text}>Copy</CopyButton>
        {!isEdited && (
          <button disabled={whyNot !== null} title={whyNot ?? undefined} onClick={() => setEdited(true)}>
            Edit
          </button>
        )}
      </div>
      {isEdited ? (
        <EditFile
          sweepRef={sweepRef}
          text={text}
          version={newest?.version ?? sweep.specVersion}
          whyNot={whyNot}
          onDone={(hasChanged) => {
            setEdited(false)
            if (hasChanged) onChanged()
          }}
        />
      ) : (
        <pre className="file-text" tabIndex={0} aria-label="The file">
          {old === undefined ? text : <Diff from={old.config} to={text} />}
        </pre>
      )}
    </section>
  )
}

const SIGNS = { same: ' ', out: '-', in: '+' } as const

export function Diff({ from, to }: { readonly from: string; readonly to: string }) {
  return (
    <>
      {diffLines(from, to).map(({ kind, text }, index) => (
        <span key={index} className={`diff-line diff-${kind}`}>
          {SIGNS[kind]} {text}
        </span>
      ))}
    </>
  )
}
