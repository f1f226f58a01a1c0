// A part of the run screen: a panel with a heading that links lead to, and what holds it when it fails.
import type { ReactNode } from 'react'
import type { Run } from '../../api/records.ts'
import { PanelBoundary } from '../../shell/failure.tsx'

interface SectionProps {
  /** What an address ends with to lead here. */
  readonly id: string
  readonly title: string
  readonly note?: ReactNode
  readonly controls?: ReactNode
  readonly children: ReactNode
}

export function Section({ id, title, note, controls, children }: SectionProps) {
  return (
    <section id={id} className="panel run-section" aria-labelledby={`${id}-title`}>
      <header className="run-section-head">
        <h2 id={`${id}-title`}>{title}</h2>
        {note !== undefined && <span className="muted">{note}</span>}
        <span className="grow" />
        {controls}
      </header>
      <PanelBoundary what={title}>{children}</PanelBoundary>
    </section>
  )
}

/** A text from outside: whatever it holds, it changes nothing around it; a very long one is cut until it is asked for. */
export function ForeignText({ text, most = 600 }: { readonly text: string; readonly most?: number }) {
  if (text.length <= most) return <bdi className="foreign">{text}</bdi>
  return (
    <details className="foreign-long">
      <summary>
        <bdi className="foreign">{text.slice(0, most)}…</bdi>{' '}
        <span className="muted">{text.length.toLocaleString('en')} characters</span>
      </summary>
      <bdi className="foreign">{text}</bdi>
    </details>
  )
}

interface AttemptChoiceProps {
  readonly run: Run
  readonly value: number
  readonly onChange: (attempt: number) => void
}

/** Nothing, where the run has one attempt. */
export function AttemptChoice({ run, value, onChange }: AttemptChoiceProps) {
  if (run.attempt < 2) return null
  return (
    <label className="row">
      attempt
      <select value={value} onChange={(event) => onChange(Number(event.target.value))}>
        {Array.from({ length: run.attempt }, (_, index) => (
          <option key={index} value={index + 1}>
            {index + 1}
          </option>
        ))}
      </select>
    </label>
  )
}
