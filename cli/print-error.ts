// An error as people and programs read it on stderr: what, where, what to do, and the exit code. The exit code
// follows from the error's code by the one table of sweeps/errors.ts.
import { ERROR_CODES, SweepError } from '../sweeps/errors.ts'
import type { ConfigProblem } from '../sweeps/errors.ts'
import { pointIntoFilter } from './filter-problem.ts'
import { createPaint, printable } from './terminal.ts'

/** The file that an error speaks of, so that the line can be shown. */
export interface SourceText {
  readonly name: string
  readonly text: string
}

export interface PrintErrorOptions {
  readonly hasColor: boolean
  readonly source?: SourceText | undefined
  /** Adds the stack trace. */
  readonly isDebug?: boolean
}

const LINE_WIDTH = 80
const MAX_PROBLEMS_SHOWN = 10

/** What was thrown, as a SweepError: anything unknown is a bug. */
export function toSweepError(error: unknown): SweepError {
  if (error instanceof SweepError) return error
  const message = error instanceof Error ? error.message : String(error)
  return new SweepError('INTERNAL', `unexpected failure: ${message}`, {
    hint: 'This is a bug. Run the same command with --debug and report what it prints.',
    cause: error,
  })
}

export function exitCodeOf(error: SweepError): number {
  return ERROR_CODES[error.code].exitCode
}

/** One line of JSON, without a line feed. */
export function errorAsJson(error: SweepError, source?: SourceText): string {
  const at =
    source && error.at !== undefined && /^\d+:\d+$/.test(error.at) ? `${source.name}:${error.at}` : error.at
  return JSON.stringify({
    error: {
      code: error.code,
      message: error.message,
      hint: error.hint ?? null,
      ...(at === undefined ? {} : { at }),
      ...(error.details === undefined ? {} : { details: error.details }),
    },
  })
}

/** Several lines for people, ending with a line feed. */
export function errorForPeople(error: SweepError, options: PrintErrorOptions): string {
  const exit = `(exit ${exitCodeOf(error)})`
  const problems = configProblemsOf(error)
  const text =
    problems.length > 0
      ? `${renderProblems(problems, options)}\n  ${exit}`
      : renderPlain(error, exit, createPaint(options.hasColor).red('✗'), options.source)
  return options.isDebug ? `${text}\n${stackOf(error)}\n` : `${text}\n`
}

/** The problems of a refused config, from this process or from the server's answer. */
function configProblemsOf(error: SweepError): ConfigProblem[] {
  if (error.code !== 'CONFIG_INVALID') return []
  const problems = error.details?.['problems'] ?? error.details?.['errors']
  return Array.isArray(problems) ? problems.filter(isConfigProblem) : []
}

function isConfigProblem(value: unknown): value is ConfigProblem {
  return (
    typeof value === 'object' && value !== null && 'message' in value && typeof value.message === 'string'
  )
}

function renderPlain(error: SweepError, exit: string, mark: string, source?: SourceText): string {
  const pointed = pointIntoFilter(error, source) ?? []
  const isPlaceShown = error.at === undefined || error.message.includes(error.at) || pointed.length > 0
  const where = isPlaceShown ? '' : `${printable(error.at ?? '')}  `
  const message = [...printable(`${where}${error.message}`, { keepLines: true }).split('\n'), ...pointed]
  const hint = error.hint === undefined ? [] : printable(error.hint, { keepLines: true }).split('\n')
  const lines = [...message, ...hint].map((line, index) => (index === 0 ? `${mark} ${line}` : `  ${line}`))
  const firstLength = 2 + (message[0] ?? '').length
  if (firstLength + 3 + exit.length <= LINE_WIDTH) lines[0] += `   ${exit}`
  else if (lines.length > 1 && (lines.at(-1) ?? '').length + 8 + exit.length <= LINE_WIDTH) {
    lines[lines.length - 1] += `        ${exit}`
  } else lines.push(`  ${exit}`)
  return lines.join('\n')
}

/** `✗ file:9:5  what`, the lines around it with a caret, and what to do; for each problem. */
export function renderProblems(
  problems: readonly ConfigProblem[],
  options: PrintErrorOptions & { readonly mark?: string },
): string {
  const paint = createPaint(options.hasColor)
  const mark = options.mark ?? paint.red('✗')
  const shown = problems.slice(0, MAX_PROBLEMS_SHOWN).map((problem) => {
    const name = options.source?.name ?? 'config'
    const place = problem.line ? `${name}:${problem.line}:${problem.column ?? 1}` : name
    const path = problem.path && !problem.message.startsWith(problem.path) ? `${problem.path}: ` : ''
    const lines = [`${mark} ${paint.bold(printable(place))}  ${printable(path + problem.message)}`]
    if (options.source && problem.line) lines.push(...excerpt(options.source.text, problem))
    if (problem.hint)
      lines.push(
        ...printable(problem.hint, { keepLines: true })
          .split('\n')
          .map((line) => `  ${line}`),
      )
    return lines.join('\n')
  })
  const more = problems.length - shown.length
  if (more > 0) shown.push(`  … and ${more} more`)
  return shown.join('\n')
}

/** The line before, the line itself with the place underlined, the line after. */
function excerpt(text: string, problem: ConfigProblem): string[] {
  const lines = text.split(/\r\n|\r|\n/)
  const index = (problem.line ?? 1) - 1
  const line = lines[index]
  if (line === undefined) return []
  const numbered = (number: number): string[] => {
    const content = lines[number]
    if (content === undefined || (content.trim() === '' && number !== index)) return []
    return [`${String(number + 1).padStart(4)} | ${printable(content).slice(0, LINE_WIDTH * 2)}`.trimEnd()]
  }
  const { from, length } = markedSpan(line, (problem.column ?? 1) - 1, problem.code)
  return [
    ...numbered(index - 1),
    ...numbered(index),
    `     | ${line.slice(0, from).replace(/[^\t]/g, ' ')}${'^'.repeat(length)}`,
    ...numbered(index + 1),
  ]
}

/** The value when the place is a key with a value on its line (unless the key is the problem), else the word. */
function markedSpan(line: string, column: number, code: string): { from: number; length: number } {
  const from = Math.min(Math.max(0, column), line.length)
  const rest = line.slice(from)
  const pair = /^((?:"[^"]*"|'[^']*'|[^\s:#]+)\s*:\s+)([^\s#].*?)\s*(?:\s#.*)?$/.exec(rest)
  if (pair && !code.includes('key')) {
    return { from: from + (pair[1] ?? '').length, length: Math.max(1, (pair[2] ?? '').length) }
  }
  const word = /^(?:"[^"]*"|'[^']*'|[^\s:,#\]}]+)/.exec(rest)
  return { from, length: Math.max(1, (word?.[0] ?? '').length) }
}

function stackOf(error: SweepError): string {
  const cause = error.cause instanceof Error ? `\nCaused by: ${error.cause.stack ?? error.cause.message}` : ''
  return `${error.stack ?? ''}${cause}`
}
