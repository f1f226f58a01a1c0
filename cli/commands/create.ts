// `sweep create`: gives a sweep file to the controller.
import type { CreateSweepResponse } from '../../sweeps/sweep-schema.ts'
import { defineCommand, wholeNumber } from '../command.ts'
import type { CommandContext } from '../command.ts'
import { renderProblems } from '../print-error.ts'
import { readFileArgument } from '../read-file-argument.ts'
import type { FileText } from '../read-file-argument.ts'
import { printable } from '../terminal.ts'
import { withSchema } from '../with-schema.ts'

export interface CreateOptions {
  readonly name?: string
  readonly set?: readonly string[]
  readonly seed?: number
  readonly paused?: boolean
}

export const CREATE_OPTIONS = [
  { flags: '--name <name>', description: 'name of the sweep (default: the one in the file, else made up)' },
  {
    flags: '--set <key=value>',
    description: 'change a value of the file; may be repeated',
    isRepeatable: true,
  },
  { flags: '--seed <n>', description: 'seed of every suggestion', parse: wholeNumber(0) },
]

export const command = defineCommand<CreateOptions>({
  name: 'create',
  summary: 'Create a sweep from a file',
  arguments: '<file>',
  examples: [
    ['sweep create sweep.yaml', 'create it; agents may then work it'],
    ['ID=$(sweep create sweep.yaml -q --set run_cap=50)', 'only the id, with a value changed'],
    ['cat sweep.yaml | sweep create - --name "second try" --paused', 'from standard input, paused'],
  ],
  options: [
    ...CREATE_OPTIONS,
    { flags: '--paused', description: 'start nothing before `sweep resume`', default: false },
  ],
  next: ['sweep agent ID       on each training machine', 'sweep best ID'],
  run: async (context, [file = ''], options) => {
    const { text, answer } = await createSweep(context, await readFileArgument(context, file), options)
    if (context.isJson) context.print(withSchema(text, 'sweep.create/1'))
    else if (context.globals.quiet) context.print(answer.id)
    else {
      context.print(`Created sweep ${answer.id}  "${printable(answer.name)}"   ${answer.url}`)
      context.print('Start workers, on each machine:')
      context.print()
      context.print(`    ${answer.agentCommand}`)
    }
    return 0
  },
})

/** Sends the file; warnings go to stderr. @returns the server's answer, as text and as read */
export async function createSweep(
  context: CommandContext,
  file: FileText,
  options: CreateOptions,
): Promise<{ text: string; answer: CreateSweepResponse }> {
  context.setSource({ name: file.name, text: file.text })
  await refuseNonText(file.text)
  const text = await context.api().post('/sweeps', {
    text: file.text,
    source: file.name.slice(-1024),
    ...(options.name === undefined ? {} : { name: options.name }),
    ...(context.project === undefined ? {} : { project: context.project }),
    ...(options.set === undefined ? {} : { set: options.set }),
    ...(options.seed === undefined ? {} : { seed: options.seed }),
    ...(options.paused === true ? { paused: true } : {}),
  })
  const answer = JSON.parse(text) as CreateSweepResponse // the server's own schema
  if (answer.warnings.length > 0 && !context.isJson && !context.globals.quiet) {
    context.note(renderProblems(answer.warnings, { hasColor: false, source: file, mark: '!' }))
  }
  return { text, answer }
}

/** The API takes no empty text and no NUL; such a file gets the parser's words. Other faults are the server's to tell. */
async function refuseNonText(text: string): Promise<void> {
  if (text.trim() !== '' && !text.includes('\0')) return
  const { parseSweepFile } = await import('../../sweeps/config.ts')
  parseSweepFile(text)
}
