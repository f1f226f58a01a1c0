// `sweep help`: the overview, a command's page, or a topic.
import { SweepError } from '../../sweeps/errors.ts'
import { didYouMean } from '../../sweeps/nearest-name.ts'
import { defineCommand, GLOBAL_OPTIONS } from '../command.ts'
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
  run: async (context, [word]) => {
    if (word === undefined) context.io.stdout.write(renderOverview(context.commands, context.paint))
    else if (word === 'topics') {
      for (const [name, topic] of Object.entries(HELP_TOPICS))
        context.print(`  ${name.padEnd(12)}  ${topic.summary}`)
    } else context.io.stdout.write(await renderHelpOn(word, context))
    return 0
  },
})

async function renderHelpOn(word: string, { commands, paint }: CommandContext): Promise<string> {
  const topic = Object.hasOwn(HELP_TOPICS, word) ? HELP_TOPICS[word] : undefined
  if (topic) return topic.text
  const entry = commands.find((known) => known.name === word)
  if (entry) {
    const spec = (await entry.load()).command
    return renderCommandHelp(spec, GLOBAL_OPTIONS, paint)
  }
  const guess = didYouMean(word, [...commands.map((known) => known.name), ...topicNames()])
  throw new SweepError('USAGE', `no help on "${word}"`, {
    hint: `${guess === '' ? '' : `${guess}  `}Topics: ${topicNames().join(', ')}`,
  })
}
