// The completion script for fish: one `complete` line per command, flag and argument.
import type { CommandWords, CompletedFlag, ValueKind } from './command-words.ts'

export function writeFishScript({ commands, globalFlags }: CommandWords): string {
  const names = commands.map(({ name }) => name).join(' ')
  const lines = [
    '# Completion of sweep for fish.  sweep completion fish > ~/.config/fish/completions/sweep.fish',
    'function __sweep_live',
    '    command sweep complete-values $argv[1] 2>/dev/null',
    'end',
    'complete -c sweep -f',
  ]
  for (const { name, summary } of commands) {
    lines.push(`complete -c sweep -n __fish_use_subcommand -a ${quote(name)} -d ${quote(summary)}`)
  }
  for (const flag of globalFlags)
    lines.push(flagLine(flag, `__fish_use_subcommand; or __fish_seen_subcommand_from ${names}`))
  for (const command of commands) {
    const condition = `__fish_seen_subcommand_from ${command.name}`
    for (const flag of command.flags) lines.push(flagLine(flag, condition))
    // fish does not count positions: the kinds of all arguments are offered at each.
    for (const kind of new Set(command.arguments.map(valueWords))) {
      if (kind !== '') lines.push(`complete -c sweep -n ${quote(condition)} ${kind}`)
    }
  }
  return `${lines.join('\n')}\n`
}

function flagLine({ names, description, value }: CompletedFlag, condition: string): string {
  const spelled = names.map((name) => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`))
  const taken = value === null ? [] : ['-r', valueWords(value)]
  const words = [
    'complete -c sweep',
    `-n ${quote(condition)}`,
    ...spelled,
    ...taken,
    `-d ${quote(description)}`,
  ]
  return words.filter((word) => word !== '').join(' ')
}

function valueWords(kind: ValueKind): string {
  if (kind.kind === 'words') return `-a ${quote(kind.words.join(' '))}`
  if (kind.kind === 'live') return `-a '(__sweep_live ${kind.source})'`
  return { file: '-F', folder: "-a '(__fish_complete_directories)'", any: '' }[kind.kind]
}

function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}
