// What a sweep file means, or what is wrong with it, beside the editor.
import type { RefObject } from 'react'
import { formatCount, formatCounted } from '../../format/number.ts'
import { CopyButton } from '../../shell/copy-button.tsx'
import { FailedRequest } from '../../shell/failure.tsx'
import { quoteWord } from './quote-word.ts'
import type { ConfigProblem, Validated, Validation } from './use-validation.ts'
import { goTo } from './yaml-editor.tsx'

interface ValidationPanelProps {
  readonly validated: Validated
  readonly area: RefObject<HTMLTextAreaElement | null>
}

export function ValidationPanel({ validated: { validation, isCurrent, error }, area }: ValidationPanelProps) {
  if (validation === null) {
    if (error !== null) return <FailedRequest what="The check" error={error} />
    return <p className="muted">Write a file: what it means is said here.</p>
  }
  return (
    <div className={`validation ${isCurrent ? '' : 'validation-old'}`}>
      <p role="status" className={validation.valid ? 'validation-good' : 'validation-bad'}>
        {validation.valid
          ? `✓ ${describe(validation)}`
          : `✗ ${formatCounted(validation.errors.length, 'problem')}`}
      </p>
      <Problems problems={validation.errors} area={area} isError />
      <Problems problems={validation.warnings} area={area} isError={false} />
      {validation.valid && (
        <>
          <h3>Space</h3>
          <ul className="plain-list mono">
            {validation.parameters.map(({ name, text }) => (
              <li key={name}>{text}</li>
            ))}
          </ul>
          <Samples validation={validation} />
        </>
      )}
    </div>
  )
}

function describe({ method, metric, parameters, runCap, size, discreteSize }: Validation): string {
  const parts = [
    `method ${method ?? ''}`,
    metric === null ? 'no metric' : `${metric.goal} ${metric.name}`,
    formatCounted(parameters.length, 'parameter'),
    ...(runCap === null ? [] : [`run_cap ${formatCount(runCap)}`]),
    size !== null
      ? formatCounted(size, 'configuration')
      : discreteSize > 1
        ? `continuous; its discrete part has ${formatCounted(discreteSize, 'combination')}`
        : 'continuous',
  ]
  return parts.join(' · ')
}

interface ProblemsProps {
  readonly problems: readonly ConfigProblem[]
  readonly area: RefObject<HTMLTextAreaElement | null>
  readonly isError: boolean
}

export function Problems({ problems, area, isError }: ProblemsProps) {
  if (problems.length === 0) return null
  return (
    <ul className="plain-list problems" aria-label={isError ? 'Problems' : 'Warnings'}>
      {problems.map(({ line, column, path, message, hint }, index) => (
        <li key={index} className={isError ? 'problem-error' : 'problem-warning'}>
          {line !== null && (
            <button className="problem-place" onClick={() => goTo(area.current, line, column ?? 1)}>
              {line}:{column ?? 1}
            </button>
          )}
          <span>
            {message.startsWith(path) || path === '' ? '' : <code>{path}: </code>}
            {message}
            {hint !== '' && <span className="muted problem-hint">{hint}</span>}
          </span>
        </li>
      ))}
    </ul>
  )
}

function Samples({ validation: { samples } }: { readonly validation: Validation }) {
  if (samples.length === 0) return null
  return (
    <>
      <h3>{samples.length} sampled commands</h3>
      <ol className="samples">
        {samples.map(({ configText, argv }) => {
          const command = argv.map(quoteWord).join(' ')
          return (
            <li key={configText}>
              <code>
                {(command === '' ? [configText] : argv.map(quoteWord)).map((word, index) => (
                  <span key={index}>
                    <span className="sample-word">{word}</span>{' '}
                  </span>
                ))}
              </code>
              <CopyButton text={command === '' ? configText : command}>Copy</CopyButton>
            </li>
          )
        })}
      </ol>
    </>
  )
}
