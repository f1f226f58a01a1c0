// `sweep note`: a text that is kept with a run.
import type { GetRunResponse } from '../../sweeps/run-schema.ts'
import { refPath } from '../api-client.ts'
import { defineCommand } from '../command.ts'
import { readFileArgument } from '../read-file-argument.ts'
import { printable } from '../terminal.ts'
import { withSchema } from '../with-schema.ts'

export const command = defineCommand({
  name: 'note',
  summary: 'Keep a text with a run',
  arguments: '<run> [text]',
  examples: [
    ['sweep note q8x2m4kd "diverged after the warm-up"', 'replaces the note'],
    ['sweep note q8x2m4kd - < analysis.md', 'from standard input'],
    ['sweep note q8x2m4kd', 'shows it; an empty text "" takes it away'],
  ],
  next: ["sweep runs ID -w 'note:diverged'", 'sweep tag RUN +word'],
  run: async (context, [ref = '', text]) => {
    const path = refPath('runs', ref)
    if (text === undefined) {
      const answer = await context.api().get(path)
      const { run } = JSON.parse(answer) as GetRunResponse // the server's own schema
      if (context.isJson) context.print(withSchema(answer, 'sweep.note/1'))
      else if (run.notes !== '') context.print(printable(run.notes, { keepLines: true }))
      return 0
    }
    const notes = text === '-' ? (await readFileArgument(context, '-')).text.trimEnd() : text
    const answer = await context.api().patch(path, { notes })
    const { run } = JSON.parse(answer) as GetRunResponse // as above
    if (context.isJson) context.print(withSchema(answer, 'sweep.note/1'))
    else if (!context.globals.quiet) context.print(`${run.id}: note ${notes === '' ? 'taken away' : 'kept'}`)
    return 0
  },
})
