// Domain errors. Each has a stable `code` (listed in docs/errors.md), a message that says what was found and
// where, and a hint that says what to do. HTTP status and exit code are decided once, at the edge, from `code`.

/** Every stable code. The exit code is what the CLI ends with, the status is what the API answers. */
export const ERROR_CODES = {
  USAGE: { status: 400, exitCode: 2 },
  NOT_FOUND: { status: 404, exitCode: 3 },
  AMBIGUOUS_ID: { status: 409, exitCode: 3 },
  UNAUTHORIZED: { status: 401, exitCode: 4 },
  FORBIDDEN: { status: 403, exitCode: 4 },
  SERVER_UNREACHABLE: { status: 503, exitCode: 5 },
  STORE_UNAVAILABLE: { status: 503, exitCode: 5 },
  REDIS_UNAVAILABLE: { status: 503, exitCode: 5 },
  REDIS_MISSING: { status: 503, exitCode: 5 },
  CONFIG_INVALID: { status: 422, exitCode: 6 },
  REQUEST_INVALID: { status: 400, exitCode: 2 },
  BODY_TOO_LARGE: { status: 413, exitCode: 2 },
  TOO_MANY_REQUESTS: { status: 429, exitCode: 5 },
  ILLEGAL_TRANSITION: { status: 409, exitCode: 7 },
  DATA_FOLDER_IN_USE: { status: 409, exitCode: 7 },
  REDIS_DIFFERS: { status: 409, exitCode: 7 },
  ADDRESS_IN_USE: { status: 409, exitCode: 7 },
  LEADERSHIP_LOST: { status: 503, exitCode: 5 },
  NOTHING_YET: { status: 404, exitCode: 8 },
  TIMED_OUT: { status: 504, exitCode: 8 },
  INTERNAL: { status: 500, exitCode: 1 },
} as const satisfies Record<string, { status: number; exitCode: number }>

export type ErrorCode = keyof typeof ERROR_CODES

/** The one base class: what was found (`message`), what to do (`hint`), where (`at`). */
export class SweepError extends Error {
  readonly hint: string | undefined
  /** Where, e.g. `sweep.yaml:9:5` or `parameters.lr.min`. */
  readonly at: string | undefined
  /** Facts for programs; never secrets. */
  readonly details: Readonly<Record<string, unknown>> | undefined

  constructor(
    readonly code: ErrorCode,
    message: string,
    options: {
      hint?: string | undefined
      at?: string | undefined
      details?: Record<string, unknown>
      cause?: unknown
    } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'SweepError'
    this.hint = options.hint
    this.at = options.at
    this.details = options.details
  }
}

/** Conflict: the caller should read the state again. */
export class IllegalTransitionError extends SweepError {
  constructor(kind: 'sweep' | 'run', id: string, from: string, to: string, hint?: string) {
    super('ILLEGAL_TRANSITION', `${kind} ${id} is ${from}: it cannot become ${to}`, { hint })
    this.name = 'IllegalTransitionError'
  }
}

/** Nothing with that id, prefix or name; `near` holds what it may have been. */
export class NotFoundError extends SweepError {
  constructor(kind: string, wanted: string, near: readonly string[] = []) {
    super('NOT_FOUND', `no ${kind} "${wanted}"`, {
      hint: near.length > 0 ? `Did you mean ${near.join(', ')}?` : undefined,
      details: { kind, wanted, near: [...near] },
    })
    this.name = 'NotFoundError'
  }
}

/** The store cannot be read or written now: try again. */
export class StoreUnavailableError extends SweepError {
  constructor(message: string, cause?: unknown) {
    super('STORE_UNAVAILABLE', message, { cause, hint: 'Nothing was written. Try again.' })
    this.name = 'StoreUnavailableError'
  }
}

/** Another controller leads now: this one must stop scheduling and ingesting. */
export class LeadershipLostError extends SweepError {
  constructor(epoch: number) {
    super('LEADERSHIP_LOST', `epoch ${epoch} is no longer the leader's`)
    this.name = 'LeadershipLostError'
  }
}

/** One thing wrong in a sweep file. `line` and `column` are 1-based. */
export interface ConfigProblem {
  /** Dotted path, e.g. `parameters.lr.min`; empty for the whole document. */
  readonly path: string
  readonly line: number | null
  readonly column: number | null
  /** Stable, e.g. `unknown_key`. */
  readonly code: string
  /** What was found and what was wanted. */
  readonly message: string
  /** What to do, or an empty string. */
  readonly hint: string
}

/** A sweep file that cannot be taken: all problems at once. */
export class SweepConfigError extends SweepError {
  constructor(
    readonly problems: readonly ConfigProblem[],
    readonly warnings: readonly ConfigProblem[] = [],
  ) {
    const first = problems[0]
    super(
      'CONFIG_INVALID',
      first ? `${first.path ? `${first.path}: ` : ''}${first.message}` : 'config invalid',
      {
        hint: first?.hint || undefined,
        at: first?.line ? `${first.line}:${first.column ?? 1}` : undefined,
        details: { problems: [...problems], warnings: [...warnings] },
      },
    )
    this.name = 'SweepConfigError'
  }
}
