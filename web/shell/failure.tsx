// What is shown where something failed: the part says so and can be tried again; the rest of the page lives.
import { Component, type ReactNode } from 'react'
import { ApiError } from '../api/client.ts'

interface FailureProps {
  readonly title: string
  readonly message?: string | null
  readonly hint?: string | null
  readonly onRetry?: () => void
}

export function Failure({ title, message = null, hint = null, onRetry }: FailureProps) {
  return (
    <div className="banner banner-bad" role="alert">
      <strong>{title}</strong>
      {message !== null && <p>{message}</p>}
      {hint !== null && <p className="muted">{hint}</p>}
      {onRetry !== undefined && <button onClick={onRetry}>Try again</button>}
    </div>
  )
}

/** @param what the part that failed, as the beginning of a sentence: "The history" */
export function FailedRequest({
  what,
  error,
  onRetry,
}: {
  what: string
  error: unknown
  onRetry?: () => void
}) {
  const known = error instanceof ApiError ? error : null
  const retry = onRetry === undefined ? {} : { onRetry }
  return (
    <Failure
      title={`${what} could not be loaded`}
      message={known?.message ?? String(error)}
      hint={known?.hint ?? null}
      {...retry}
    />
  )
}

interface BoundaryProps {
  readonly what: string
  readonly children: ReactNode
}

/** Holds a part whose drawing fails: a fault there is not the end of the page. */
export class PanelBoundary extends Component<BoundaryProps, { error: Error | null }> {
  override state: { error: Error | null } = { error: null }

  static getDerivedStateFromError(error: Error): { error: Error } {
    return { error }
  }

  override render(): ReactNode {
    const { error } = this.state
    if (error === null) return this.props.children
    return (
      <Failure
        title={`${this.props.what} failed`}
        message={error.message}
        onRetry={() => this.setState({ error: null })}
      />
    )
  }
}
