// Configurations that a person puts into a sweep's queue: JSON Lines, or one YAML or JSON document with a mapping or a
// list of mappings. Every parameter has a value; constants are filled in.
import { ProblemList } from './config-fields.ts'
import { readGivenConfig } from './config-initial.ts'
import { SweepConfigError } from './errors.ts'
import type { ConfigProblem } from './errors.ts'
import type { ParameterNode } from './parameter-tree.ts'
import { readSweepText } from './sweep-text.ts'
import type { TextNode } from './sweep-text.ts'

export const MAX_GIVEN_CONFIGS = 1000

/**
 * Config texts in the order of the text.
 * @throws SweepConfigError with everything that is wrong; `line` counts from the start of the text
 */
export function readGivenConfigs(
  text: string,
  parameters: readonly ParameterNode[],
): { readonly configTexts: readonly string[]; readonly warnings: readonly ConfigProblem[] } {
  const problems = new ProblemList()
  const configTexts: string[] = []
  const items = readItems(problems, text)
  const start = { line: 1, column: 1 }
  if (items.length === 0 && problems.errors.length === 0)
    problems.error('', start, 'empty', 'no configuration is given', 'For example {"lr": 0.01}.')
  if (items.length > MAX_GIVEN_CONFIGS) {
    const message = `${items.length} at one time; ${MAX_GIVEN_CONFIGS} at the most`
    problems.error('', start, 'too_many_configs', message, 'Put them into the queue in parts.')
  } else {
    for (const item of items) {
      const configText = readGivenConfig(problems, item, parameters)
      if (configText !== null) configTexts.push(configText)
    }
  }
  if (problems.errors.length > 0) throw new SweepConfigError(problems.errors, problems.warnings)
  return { configTexts, warnings: problems.warnings }
}

function readItems(problems: ProblemList, text: string): readonly TextNode[] {
  const lines = text.split('\n').map((line, index) => ({ line: line.trim(), number: index + 1 }))
  const filled = lines.filter(({ line }) => line !== '')
  if (filled.length > 1 && filled.every(({ line }) => line.startsWith('{') && line.endsWith('}')))
    // Empty lines in front: problems then stand where they stand in the whole text.
    return filled.flatMap(({ line, number }) => readDocument(problems, '\n'.repeat(number - 1) + line) ?? [])
  const root = readDocument(problems, text)
  if (root === null) return []
  return root.content.kind === 'list' ? root.content.items : [root]
}

function readDocument(problems: ProblemList, text: string): TextNode | null {
  const { root, errors, warnings } = readSweepText(text)
  problems.errors.push(...errors)
  problems.warnings.push(...warnings)
  return root
}
