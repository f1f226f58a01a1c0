// The `command` of a sweep file: its words, and whether each macro in them is known.
import { findUnknownMacros } from './command-line.ts'
import type { ProblemList } from './config-fields.ts'
import { parameterPath } from './parameter-tree.ts'
import type { ParameterNode } from './parameter-tree.ts'
import { didYouMean } from './nearest-name.ts'
import { printPythonString } from './python-text.ts'
import { sortedLeaves } from './compose-config.ts'
import type { TextNode } from './sweep-text.ts'

/** W&B takes null, missing and [] as the default, and prints other scalars as Python's str. */
export function readCommand(
  problems: ProblemList,
  node: TextNode,
  parameters: readonly ParameterNode[],
): readonly string[] | null {
  if (node.content.kind === 'scalar' && node.content.value === null) return null
  if (node.content.kind !== 'list')
    return problems.unexpected(node, 'a list of words', 'Write command: [python, train.py, "${args}"].')
  const words = node.content.items.map((item) => {
    if (item.content.kind !== 'scalar') return problems.unexpected(item, 'a word', 'Put it in quotes.')
    return printPythonString(item.content.value)
  })
  const names = sortedLeaves(parameters).map(parameterPath)
  for (const [index, word] of words.entries()) {
    for (const macro of word === null ? [] : findUnknownMacros(word, names)) {
      const item = node.content.items[index] ?? node
      const hint = didYouMean(
        macro.name,
        [...macro.known],
        'Macros are ${env}, ${interpreter}, ${program}, ${args}, ${envvar:NAME}, ${PARAMETER}.',
      )
      const message = `"\${${macro.name}}" is not a known macro`
      if (macro.isWholeWord)
        problems.error(item.path, item, 'unknown_macro', `${message}: it would be left out`, hint)
      else problems.warn(item.path, item, 'unknown_macro', `${message}: it is passed as it stands`, hint)
    }
  }
  const complete = words.flatMap((word) => word ?? [])
  return complete.length === 0 ? null : complete
}
