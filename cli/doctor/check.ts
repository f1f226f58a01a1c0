// What a check of `sweep doctor` answers, and the exit code that follows from all answers.

/** ok: nothing to do. warn: it works, with less than it could. fail: something will not work. */
export type CheckStatus = 'ok' | 'warn' | 'fail'

export interface Check {
  /** One word or two: `server`, `data folder`. */
  readonly name: string
  readonly status: CheckStatus
  /** What was found, as one line. */
  readonly found: string
  /** A command to paste or a sentence; null when there is nothing to do. */
  readonly hint: string | null
}

export function ok(name: string, found: string): Check {
  return { name, status: 'ok', found, hint: null }
}

export function warn(name: string, found: string, hint: string): Check {
  return { name, status: 'warn', found, hint }
}

export function fail(name: string, found: string, hint: string): Check {
  return { name, status: 'fail', found, hint }
}

/** The names that exit codes follow from. */
export const SERVER = 'server'
export const TOKEN = 'token'
export const FILE = 'file'

/** 0 when nothing failed; else by the first of: server not reachable 5, token 4, file 6, anything else 7. */
export function exitCodeOfChecks(checks: readonly Check[]): number {
  const failed = new Set(checks.filter(({ status }) => status === 'fail').map(({ name }) => name))
  if (failed.size === 0) return 0
  if (failed.has(SERVER)) return 5
  if (failed.has(TOKEN)) return 4
  return failed.has(FILE) ? 6 : 7
}
