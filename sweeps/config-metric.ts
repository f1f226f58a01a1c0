// The key `metric` of a sweep file.
import {
  FieldReader,
  readChoice,
  readMap,
  readNumber,
  refuseUnknownKeys,
  requireEntry,
} from './config-fields.ts'
import type { ProblemList } from './config-fields.ts'
import { IMPUTATIONS } from './imputation.ts'
import type { ImputationRules } from './imputation.ts'
import type { MetricSpec } from './sweep.ts'
import type { TextNode } from './sweep-text.ts'

export function readMetric(problems: ProblemList, node: TextNode): MetricSpec | null {
  const map = readMap(problems, node, 'a mapping with name and goal')
  if (map === null) return null
  refuseUnknownKeys(problems, node.path, map, [
    'name',
    'goal',
    'target',
    'summary',
    'impute',
    'impute_while_running',
  ])
  const fields = new FieldReader(problems, map)
  const hint = 'Add name: loss, as the training script reports it.'
  requireEntry(problems, map, 'name', { path: node.path, place: node, hint })
  return {
    name: fields.text('name') ?? '',
    goal: fields.read('goal', (goal) => readChoice(problems, goal, ['minimize', 'maximize'])) ?? 'minimize',
    summary:
      fields.read('summary', (summary) => readChoice(problems, summary, ['best', 'last', 'min', 'max'])) ??
      'best',
    target: fields.read('target', (target) => readNumber(problems, target))?.value ?? null,
  }
}

/** `"false"` is W&B's word for the default, in quotes. */
export function readImputation(problems: ProblemList, node: TextNode): ImputationRules {
  // readMetric says what is wrong with anything else
  if (node.content.kind !== 'map') return { ended: null, running: null }
  const fields = new FieldReader(problems, node.content)
  const ended = fields.read('impute', (rule) => readChoice(problems, rule, IMPUTATIONS))
  const running = fields.read('impute_while_running', (rule) =>
    readChoice(problems, rule, [...IMPUTATIONS, 'false']),
  )
  return { ended, running: IMPUTATIONS.find((rule) => rule === running) ?? null }
}
