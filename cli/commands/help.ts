// `sweep help`: the overview, a command's page, or a topic.
import { SweepError } from '../../sweeps/errors.ts'
import { didYouMean } from '../../sweeps/nearest-name.ts'
import { defineCommand, globalOptionsOf } from '../command.ts'
import type { CommandContext } from '../command.ts'
import { renderCommandHelp, renderOverview } from '../help-text.ts'
import { HELP_TOPICS, topicNames } from '../help-topics.ts'

export const command = defineCommand({
  name: 'help',
  summary: 'Help on a command or a topic',
  arguments: '[word]',
  examples: [
    ['sweep help best', 'as sweep best --help'],
    ['sweep help exit-codes', 'a topic'],
    ['sweep help topics', 'the list of topics'],
  ],
  next: ['sweep --help         all commands'],
  worksWithoutSettings: true,
  run: async (context, [word]) => {
    const text = await renderHelp(word, context)
    if (context.isJson) context.print(JSON.stringify({ schema: 'sweep.help/1', topic: word ?? null, text }))
    else context.io.stdout.write(text)
    return 0
  },
})

async function renderHelp(word: string | undefined, context: CommandContext): Promise<string> {
  const { commands, paint } = context
  if (word === undefined) return renderOverview(commands, paint)
  if (word === 'topics') {
    const lines = Object.entries(HELP_TOPICS).map(
      ([name, topic]) => `  ${name.padEnd(12)}  ${topic.summary}\n`,
    )
    return lines.join('')
  }
  const topic = Object.hasOwn(HELP_TOPICS, word) ? HELP_TOPICS[word] : undefined
  if (topic) return topic.text
  const entry = commands.find((known) => known.name === word)
  if (entry) {
    const spec = (await entry.load()).command
    return renderCommandHelp(spec, globalOptionsOf(spec), paint)
  }
  const guess = didYouMean(word, [...commands.map((known) => known.name), ...topicNames()])
  throw new SweepError('USAGE', `no help on "${word}"`, {
    hint: `${guess === '' ? '' : `${guess}  `}Topics: ${topicNames().join(', ')}`,
  })
}
