// `sweep edit`: changes settings of a sweep that is worked; the difference is shown first.
import type { EditSweepResponse } from '../../sweeps/sweep-schema.ts'
import { SweepError } from '../../sweeps/errors.ts'
import { refPath } from '../api-client.ts'
import { confirm } from '../ask.ts'
import { defineCommand } from '../command.ts'
import type { CommandContext } from '../command.ts'
import { nameOf, renderEdit, startAgentsHint } from '../edit-text.ts'
import { readFileArgument } from '../read-file-argument.ts'
import { withSchema } from '../with-schema.ts'

interface Options {
  readonly set?: readonly string[]
  readonly unset?: readonly string[]
  readonly file?: string
  readonly dryRun: boolean
}

export const command = defineCommand<Options>({
  name: 'edit',
  summary: 'Change settings of a sweep while it is worked',
  arguments: '<id> [settings...]',
  examples: [
    ['sweep edit k3v9r2td --set run_cap=300 max_parallel=16', 'several settings at once'],
    ['sweep edit @last --set early_terminate.type=hyperband --dry-run', 'show the difference only'],
    ['sweep edit k3v9 -f sweep.yaml', 'the file as it is now'],
  ],
  options: [
    { flags: '--set <key=value>', description: 'change a value; may be repeated', isRepeatable: true },
    { flags: '--unset <key>', description: 'take a key out; may be repeated', isRepeatable: true },
    { flags: '-f, --file <file>', description: 'the whole file; - is standard input' },
    { flags: '--dry-run', description: 'show the difference, change nothing', default: false },
  ],
  notes: [
    'Editable: run_cap max_parallel early_terminate retry requires run_timeout no_metric_timeout',
    'metric.target command program description. Not: the space, the method, the metric.',
    'Runs keep command, program and time-outs of their version. A finished sweep is opened again.',
  ],
  next: ['sweep show ID --versions', 'sweep extend ID --runs +50'],
  run: async (context, [ref = '', ...more], options) => {
    const edit = await readEdit(context, more, options)
    const path = refPath('sweeps', ref, '/edit')
    const text = await context.api().post(path, { ...edit, dryRun: true })
    const preview = JSON.parse(text) as EditSweepResponse // the server's own schema
    if (options.dryRun || !preview.changed) {
      if (context.isJson) context.print(withSchema(text, 'sweep.edit/1'))
      else for (const line of renderEdit(preview)) context.print(line)
      return 0
    }
    if (!context.isJson && !context.globals.quiet) for (const line of renderEdit(preview)) context.print(line)
    // Nothing is lost by an edit: where nobody can be asked it is done.
    if (canAsk(context)) await confirm(context, `This edits ${nameOf(preview.sweep)}.`)
    const expectedVersion = preview.sweep.specVersion - 1
    const done = await context.api().post(path, { ...edit, expectedVersion })
    if (context.isJson) context.print(withSchema(done, 'sweep.edit/1'))
    else if (!context.globals.quiet) {
      const { sweep } = JSON.parse(done) as EditSweepResponse // the server's own schema
      context.print(`Edited ${nameOf(sweep)}: version ${sweep.specVersion}, ${sweep.state}.`)
      const hint = startAgentsHint(sweep)
      if (hint !== null) context.note(hint)
    }
    return 0
  },
})

function canAsk(context: CommandContext): boolean {
  const { stdin } = context.io
  return context.globals.input && 'isTTY' in stdin && stdin.isTTY === true && context.isStderrTerminal
}

async function readEdit(
  context: CommandContext,
  more: readonly string[],
  { set = [], unset = [], file }: Options,
): Promise<{ set: string[]; unset: string[]; text?: string }> {
  const stray = more.find((word) => !word.includes('='))
  if (stray !== undefined)
    throw new SweepError('USAGE', `"${stray}" is not key=value`, { hint: 'As in:  --set run_cap=300' })
  const settings = [...set, ...more]
  if (settings.length + unset.length === 0 && file === undefined)
    throw new SweepError('USAGE', 'nothing to change is given', {
      hint: 'As in:  sweep edit ID --set run_cap=300    or  -f FILE',
    })
  if (file === undefined) return { set: settings, unset: [...unset] }
  const source = await readFileArgument(context, file)
  context.setSource({ name: source.name, text: source.text })
  return { set: settings, unset: [...unset], text: source.text }
}
