// `sweep complete-values SOURCE`: what the scripts of `sweep completion` ask for; a value and a tab and words a line.
import { LIVE_SOURCES } from '../completion/command-words.ts'
import { readLiveValues } from '../completion/live-values.ts'
import { defineCommand } from '../command.ts'

export const command = defineCommand({
  name: 'complete-values',
  summary: 'Values for completion, as the scripts of `sweep completion` ask for them',
  arguments: '<source>',
  examples: [
    ['sweep complete-values sweeps', 'ids of sweeps, a tab, and their state and name'],
    ['sweep complete-values filters', 'beginnings of filters'],
    ['sweep complete-values metrics --project vision', 'names of metrics in a project'],
  ],
  notes: [
    `Sources: ${LIVE_SOURCES.join(', ')}.`,
    'It answers within 250 ms or with nothing, keeps answers for 10 s, and never fails.',
  ],
  next: ['sweep completion bash'],
  worksWithoutSettings: true,
  run: async (context, [name]) => {
    const source = LIVE_SOURCES.find((known) => known === name)
    const values = source === undefined ? [] : await readLiveValues(context, source)
    if (context.isJson) context.print(JSON.stringify({ schema: 'sweep.complete-values/1', values }))
    else for (const { value, description } of values) context.print(`${value}\t${description}`)
    return 0
  },
})
