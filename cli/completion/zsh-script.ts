// The completion script for zsh: one function per command for zsh's own `_arguments`.
import type { CommandWords, CompletedCommand, CompletedFlag, ValueKind } from './command-words.ts'

export function writeZshScript({ commands, globalFlags }: CommandWords): string {
  return `#compdef sweep
# Completion of sweep for zsh.  sweep completion zsh > "\${fpath[1]}/_sweep"

# Values that the server knows: a value, a tab, a few words.
_sweep_live() {
  local line
  local -a values descriptions
  while IFS= read -r line; do
    values+=("\${line%%$'\\t'*}")
    descriptions+=("\${line/$'\\t'/  }")
  done < <(sweep complete-values "$1" 2>/dev/null)
  compadd -l -d descriptions -a values
}

_sweep() {
  local curcontext=$curcontext state line
  typeset -A opt_args
  _arguments -C \\
${globalFlags
  .flatMap(argumentSpecs)
  .map((spec) => `    ${spec} \\`)
  .join('\n')}
    '1:command:_sweep_commands' \\
    '*::argument:->argument'
  [[ $state == argument ]] || return 0
  case $words[1] in
${commands.map((command) => commandCase(command, globalFlags)).join('\n')}
  esac
}

_sweep_commands() {
  local -a commands
  commands=(
${commands.map(({ name, summary }) => `    ${quote(`${name}:${summary}`)}`).join('\n')}
  )
  _describe command commands
}

if [[ $funcstack[1] == _sweep ]]; then _sweep "$@"; else compdef _sweep sweep; fi
`
}

function commandCase(command: CompletedCommand, globalFlags: readonly CompletedFlag[]): string {
  const specs = [...command.flags, ...globalFlags].flatMap(argumentSpecs)
  const places = command.arguments.map((kind, index) => {
    const isLast = index === command.arguments.length - 1
    return quote(`${isLast && command.isOpenEnded ? '*' : index + 1}:value:${action(kind)}`)
  })
  return `    ${command.name})\n      _arguments \\\n${[...specs, ...places].map((spec) => `        ${spec}`).join(' \\\n')} ;;`
}

/** \`'--seed=[seed of every suggestion]:value:'\`; a short flag has its value in the next word. */
function argumentSpecs({ names, description, value }: CompletedFlag): string[] {
  const words = description.replace(/[[\]:\\]/g, (sign) => `\\${sign}`)
  const tail = value === null ? '' : `:value:${action(value)}`
  return names.map((name) =>
    quote(`*${name}${value !== null && name.startsWith('--') ? '=' : ''}[${words}]${tail}`),
  )
}

function action(kind: ValueKind): string {
  if (kind.kind === 'words') return `(${kind.words.join(' ')})`
  if (kind.kind === 'live') return `{_sweep_live ${kind.source}}`
  return { file: '_files', folder: '_files -/', any: ' ' }[kind.kind]
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
