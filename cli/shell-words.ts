// Words of a command line as a person types them into a shell.

/** In single quotes when a shell would take it for something else. */
export function quoteForShell(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}

/**
 * What stands before the arguments in a sweep's command: `python train.py`. null when the arguments are not one list
 * at its end, or a macro of another kind stands before them.
 */
export function trainingWords(command: readonly string[], program: string | null): string | null {
  if (command.at(-1) !== '${args}') return null
  const words = command.slice(0, -1).filter((word) => word !== '${env}')
  const expanded = words.map((word) => {
    if (word === '${interpreter}') return 'python'
    return word === '${program}' ? program : word
  })
  if (expanded.some((word) => word === null || word.includes('${'))) return null
  return expanded.map((word) => quoteForShell(word as string)).join(' ')
}
