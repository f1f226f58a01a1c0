// What an edit changes, as lines: each setting before and after, then what that means.
import type { EditSweepResponse, SweepJson } from '../sweeps/sweep-schema.ts'
import { countOf } from './show-values.ts'
import { printable } from './terminal.ts'

/** `  run_cap   200  →  250`, a line each; empty when nothing differs. */
export function renderSettingChanges(changes: EditSweepResponse['changes']): string[] {
  const wide = Math.max(0, ...changes.map(({ path }) => path.length))
  const shown = (text: string | null) => (text === null ? '(none)' : printable(text))
  return changes.map(
    ({ path, from, to }) => `  ${printable(path).padEnd(wide)}  ${shown(from)}  →  ${shown(to)}`,
  )
}

/** The difference with its meaning, under a line that names the versions. */
export function renderEdit({ sweep, changed, changes, notes }: EditSweepResponse): string[] {
  if (!changed) return [`${nameOf(sweep)}: that is how it stands, nothing to change.`]
  return [
    `${nameOf(sweep)}  version ${sweep.specVersion - 1} → ${sweep.specVersion}`,
    ...renderSettingChanges(changes),
    ...notes.map((note) => `  ${note}`),
  ]
}

/** `k3v9r2td "vit-small lr"`. */
export function nameOf(sweep: Pick<SweepJson, 'id' | 'name'>): string {
  return `${sweep.id} "${printable(sweep.name)}"`
}

/** After a change that gives work to a sweep of which nothing runs: its agents may have left. */
export function startAgentsHint(sweep: SweepJson): string | null {
  const isOpen = sweep.state === 'running' || sweep.state === 'finishing'
  if (!isOpen || sweep.counts.running > 0) return null
  return `No run of it is going on (${countOf(sweep.counts.queued, 'run')} waiting).  Where no agent works it:  sweep agent ${sweep.id}`
}
