// `sweep tag`: adds tags to a run and takes tags away, or shows them.
import type { GetRunResponse } from '../../sweeps/run-schema.ts'
import { SweepError } from '../../sweeps/errors.ts'
import { refPath } from '../api-client.ts'
import { defineCommand } from '../command.ts'
import { printable } from '../terminal.ts'
import { withSchema } from '../with-schema.ts'

export const command = defineCommand({
  name: 'tag',
  summary: 'Tag a run, or take tags away',
  arguments: '<run> [tag...]',
  hasSignedArguments: true,
  examples: [
    ['sweep tag q8x2m4kd +base +paper', 'add two tags'],
    ['sweep tag q8x2m4kd -debug', 'take one away'],
    ['sweep tag q8x2m4kd', 'show them, one a line'],
  ],
  notes: ['A tag without a sign is added.'],
  next: ["sweep runs ID -w 'tag:base'", 'sweep note RUN "why"'],
  run: async (context, [ref = '', ...tags]) => {
    const path = refPath('runs', ref)
    const edit = readTags(tags)
    const text =
      tags.length === 0 ? await context.api().get(path) : await context.api().patch(path, { ...edit })
    const { run } = JSON.parse(text) as GetRunResponse // the server's own schema
    if (context.isJson) context.print(withSchema(text, 'sweep.tag/1'))
    else if (tags.length === 0) for (const tag of run.tags) context.print(printable(tag))
    else if (!context.globals.quiet)
      context.print(
        `${run.id}: ${run.tags.length === 0 ? 'no tags' : run.tags.map((tag) => printable(tag)).join(' ')}`,
      )
    return 0
  },
})

/** @throws SweepError USAGE when a tag is empty, or added and taken away at once */
export function readTags(words: readonly string[]): { addTags: string[]; removeTags: string[] } {
  const addTags: string[] = []
  const removeTags: string[] = []
  for (const word of words) {
    const tag = word.replace(/^[+-]/, '')
    if (tag.trim() === '')
      throw new SweepError('USAGE', `"${word}" names no tag`, { hint: 'As in:  +base -debug' })
    ;(word.startsWith('-') ? removeTags : addTags).push(tag)
  }
  const both = addTags.find((tag) => removeTags.includes(tag))
  if (both !== undefined) throw new SweepError('USAGE', `"${both}" is added and taken away at once`)
  return { addTags, removeTags }
}
