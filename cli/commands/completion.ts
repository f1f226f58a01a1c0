// `sweep completion`: a script for a shell, made from the declarations of the commands.
import { SweepError } from '../../sweeps/errors.ts'
import { defineCommand } from '../command.ts'
import { readCommandWords } from '../completion/command-words.ts'
import type { CommandWords } from '../completion/command-words.ts'

const SHELLS: Readonly<Record<string, () => Promise<(words: CommandWords) => string>>> = {
  bash: async () => (await import('../completion/bash-script.ts')).writeBashScript,
  zsh: async () => (await import('../completion/zsh-script.ts')).writeZshScript,
  fish: async () => (await import('../completion/fish-script.ts')).writeFishScript,
}

export const command = defineCommand({
  name: 'completion',
  summary: 'A completion script for bash, zsh or fish',
  arguments: '<shell>',
  examples: [
    ["echo 'source <(sweep completion bash)' >> ~/.bashrc", 'bash'],
    ['sweep completion zsh > "${fpath[1]}/_sweep"', 'zsh; then start a new shell'],
    ['sweep completion fish > ~/.config/fish/completions/sweep.fish', 'fish'],
  ],
  notes: [
    'Completes commands, flags, files, and from the server ids, states, tags and metrics:',
    'within 250 ms or not at all, kept for 10 s.',
  ],
  next: ['sweep config set server http://HOST:8765 --global'],
  worksWithoutSettings: true,
  run: async (context, [shell = '']) => {
    const load = Object.hasOwn(SHELLS, shell) ? SHELLS[shell] : undefined
    if (load === undefined) {
      throw new SweepError('USAGE', `no completion for "${shell}"`, { hint: 'For bash, zsh or fish.' })
    }
    const [write, words] = await Promise.all([load(), readCommandWords(context.commands)])
    const script = write(words)
    if (context.isJson) context.print(JSON.stringify({ schema: 'sweep.completion/1', shell, script }))
    else context.io.stdout.write(script)
    return 0
  },
})
