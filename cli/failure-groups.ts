// Why runs failed, in groups of the same last words: forty-one runs with one cause are one line.
import type { RunJson } from '../sweeps/run-schema.ts'

export interface FailureGroup {
  /** The last line on stderr of the last attempt, else the reason that is known. */
  readonly line: string
  readonly runs: readonly string[]
}

/** The largest group first; of equal ones, that of the earliest run. */
export function groupFailures(runs: readonly RunJson[]): FailureGroup[] {
  const groups = new Map<string, string[]>()
  for (const run of runs) {
    const line = lastWords(run)
    const ids = groups.get(line)
    if (ids === undefined) groups.set(line, [run.id])
    else ids.push(run.id)
  }
  return [...groups].map(([line, ids]) => ({ line, runs: ids })).sort((a, b) => b.runs.length - a.runs.length)
}

function lastWords(run: RunJson): string {
  const attempt = run.attempts.at(-1)
  const stderr = (attempt?.stderrTail ?? '')
    .trimEnd()
    .split(/[\r\n]/)
    .at(-1)
    ?.trim()
  if (stderr) return stderr
  const reason = run.stopReason ?? attempt?.reason
  if (reason) return reason
  if (attempt?.signal) return `ended by ${attempt.signal}, nothing on stderr`
  if (attempt && attempt.exitCode !== null) return `exit code ${attempt.exitCode}, nothing on stderr`
  return 'nothing is known'
}
