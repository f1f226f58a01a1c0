// The completion script for bash. It is a table of flags and arguments and a small reader of the line; nothing of
// what a server answers is ever expanded or run.
import { quoteForShell } from '../shell-words.ts'
import type { CommandWords, CompletedCommand, CompletedFlag, ValueKind } from './command-words.ts'

export function writeBashScript(words: CommandWords): string {
  const { commands, globalFlags } = words
  return `# Completion of sweep for bash.  source <(sweep completion bash)

_sweep_commands=${quoteForShell(commands.map(({ name }) => name).join(' '))}

# The flags of a command.
_sweep_flags() {
  case $1 in
${commands.map((command) => `    ${command.name}) echo ${quoteForShell(flagNames(command.flags))} ;;`).join('\n')}
  esac
  echo ${quoteForShell(flagNames(globalFlags))}
}

# The kind of a flag's value; nothing when it takes none.
_sweep_flag_value() {
  case $1:$2 in
${commands.flatMap((command) => command.flags.flatMap((flag) => valueCases(command.name, flag))).join('\n')}
${globalFlags.flatMap((flag) => valueCases('*', flag)).join('\n')}
  esac
}

# The kind of a command's argument, by its position from 0.
_sweep_argument() {
  case $1:$2 in
${commands.flatMap(argumentCases).join('\n')}
  esac
}

# Offers what begins with $2, one candidate a line on standard input; text after a tab is for other shells.
_sweep_offer() {
  local value rest
  while IFS=$'\\t' read -r value rest; do
    if [[ -n $value && $value == "$2"* ]]; then COMPREPLY+=("\${value#"$1"}"); fi
  done
}

_sweep() {
  local current=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]}
  local command= flag= kind= typed=$current cut= word position=0 index
  COMPREPLY=()
  # bash takes --flag=value and state:failed apart at the sign.
  if [[ $current == "=" ]]; then
    flag=$before typed=
  elif [[ $before == "=" ]]; then
    flag=\${COMP_WORDS[COMP_CWORD-2]}
  elif [[ $current == ":" ]]; then
    cut="$before:" typed="$before:" flag=\${COMP_WORDS[COMP_CWORD-2]}
  elif [[ $before == ":" ]]; then
    cut="\${COMP_WORDS[COMP_CWORD-2]}:" typed="\${COMP_WORDS[COMP_CWORD-2]}:$current" flag=\${COMP_WORDS[COMP_CWORD-3]}
  elif [[ $before == -* ]]; then
    flag=$before
  fi
  for ((index = 1; index < COMP_CWORD; index++)); do
    word=\${COMP_WORDS[index]}
    if [[ $word == -* ]]; then
      if [[ \${COMP_WORDS[index+1]} == "=" ]]; then
        ((index += 2))
      elif [[ -n $(_sweep_flag_value "$command" "$word") ]]; then
        ((index++))
      fi
    elif [[ -z $command ]]; then
      command=$word
    else
      ((position++))
    fi
  done
  [[ -n $flag ]] && kind=$(_sweep_flag_value "$command" "$flag")
  if [[ -z $kind ]]; then
    if [[ $current == -* ]]; then
      _sweep_offer '' "$current" < <(_sweep_flags "$command" | tr ' ' '\\n')
      return
    elif [[ -z $command ]]; then
      _sweep_offer '' "$current" <<< "\${_sweep_commands// /$'\\n'}"
      return
    fi
    kind=$(_sweep_argument "$command" "$position")
  fi
  case $kind in
    file) compopt -o filenames 2>/dev/null; _sweep_offer "$cut" "$typed" < <(compgen -f -- "$typed") ;;
    folder) compopt -o filenames 2>/dev/null; _sweep_offer "$cut" "$typed" < <(compgen -d -- "$typed") ;;
    words:*) kind=\${kind#words:}; _sweep_offer "$cut" "$typed" <<< "\${kind// /$'\\n'}" ;;
    live:*) _sweep_offer "$cut" "$typed" < <("\${COMP_WORDS[0]}" complete-values "\${kind#live:}" 2>/dev/null) ;;
  esac
}

complete -F _sweep sweep
`
}

function flagNames(flags: readonly CompletedFlag[]): string {
  return flags.flatMap(({ names }) => names).join(' ')
}

function valueCases(commandName: string, { names, value }: CompletedFlag): string[] {
  if (value === null) return []
  const patterns = names.map((name) => `${commandName}:${name}`).join('|')
  return [`    ${patterns}) echo ${quoteForShell(kindWord(value))} ;;`]
}

function argumentCases({ name, arguments: kinds, isOpenEnded }: CompletedCommand): string[] {
  return kinds.map((kind, index) => {
    const place = isOpenEnded && index === kinds.length - 1 ? '*' : String(index)
    return `    ${name}:${place}) echo ${quoteForShell(kindWord(kind))} ;;`
  })
}

/** `any`, `file`, `folder`, `words:a b`, `live:sweeps`. */
export function kindWord(kind: ValueKind): string {
  if (kind.kind === 'words') return `words:${kind.words.join(' ')}`
  return kind.kind === 'live' ? `live:${kind.source}` : kind.kind
}
