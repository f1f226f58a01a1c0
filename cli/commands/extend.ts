// `sweep extend`: allows a sweep more runs.
import type { EditSweepResponse } from '../../sweeps/sweep-schema.ts'
import { SweepError } from '../../sweeps/errors.ts'
import { refPath } from '../api-client.ts'
import { defineCommand } from '../command.ts'
import { nameOf, renderEdit, startAgentsHint } from '../edit-text.ts'
import { withSchema } from '../with-schema.ts'

interface Options {
  readonly runs?: number
  readonly dryRun: boolean
}

export const command = defineCommand<Options>({
  name: 'extend',
  summary: 'Allow a sweep more runs',
  arguments: '<id>',
  examples: [
    ['sweep extend k3v9r2td --runs +50', 'run_cap grows by 50; a finished sweep is opened again'],
    ['sweep extend @last --runs +10 --dry-run', 'say what would change'],
    ['sweep extend k3v9 --runs +1 --json', 'for programs'],
  ],
  options: [
    { flags: '--runs <+n>', description: 'so many more', parse: parseMore },
    { flags: '--dry-run', description: 'change nothing', default: false },
  ],
  next: ['sweep agent ID', 'sweep edit ID --set run_cap=300'],
  run: async (context, [ref = ''], { runs, dryRun }) => {
    if (runs === undefined)
      throw new SweepError('USAGE', 'how many more runs is not given', { hint: 'As in:  --runs +50' })
    const body = { addRuns: runs, dryRun }
    const text = await context.api().post(refPath('sweeps', ref, '/extend'), body)
    if (context.isJson) {
      context.print(withSchema(text, 'sweep.extend/1'))
      return 0
    }
    const answer = JSON.parse(text) as EditSweepResponse // the server's own schema
    if (context.globals.quiet) return 0
    for (const line of renderEdit(answer)) context.print(line)
    if (dryRun) return 0
    context.print(`Extended ${nameOf(answer.sweep)}: ${answer.sweep.state}.`)
    const hint = startAgentsHint(answer.sweep)
    if (hint !== null) context.note(hint)
    return 0
  },
})

/** `+50` of `--runs +50`; a bare number could be taken for the cap itself. */
function parseMore(text: string, flag: string): number {
  const count = Number(text.slice(1))
  if (/^\+\d{1,9}$/.test(text) && count >= 1) return count
  throw new SweepError('USAGE', `${flag}: "${text}" is not a plus sign and a whole number`, {
    hint: 'As in:  --runs +50.  For a cap of its own:  sweep edit ID --set run_cap=300',
  })
}
