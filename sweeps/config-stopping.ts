// The `early_terminate` block of a sweep file, checked as far as its own keys go.
import type { ProblemList } from './config-fields.ts'
import {
  findEntry,
  plainSettings,
  readChoice,
  readMap,
  readNumber,
  readWhole,
  refuseUnknownKeys,
} from './config-fields.ts'
import { STOPPING_RESOURCES, STOPPING_TYPES } from './stopping-settings.ts'
import type { MapContent, TextEntry, TextNode } from './sweep-text.ts'

const SHARED_KEYS = ['type', 'nan_patience', 'audit', 'resource']
const KEYS: Readonly<Record<string, readonly string[]>> = {
  hyperband: [...SHARED_KEYS, 'min_iter', 'max_iter', 's', 'eta', 'strict'],
  asha: [...SHARED_KEYS, 'reduction_factor', 'grace_steps', 'min_runs'],
  median: [...SHARED_KEYS, 'reduction_factor', 'grace_steps', 'min_runs'],
  curve: [...SHARED_KEYS, 'reduction_factor', 'grace_steps', 'min_runs'],
}

/** The block as plain values without a prototype, or null when it is not sound. */
export function readEarlyTerminate(
  problems: ProblemList,
  entry: TextEntry,
  hasMetric: boolean,
): Readonly<Record<string, unknown>> | null {
  const map = readMap(problems, entry.value)
  if (map === null) return null
  const before = problems.errors.length
  const typeEntry = findEntry(map, 'type')
  if (typeEntry === undefined) {
    const hint = 'Add type: hyperband.'
    return problems.error(entry.value.path, entry, 'missing_key', '"type" is missing', hint)
  }
  const type = readChoice(problems, typeEntry.value, STOPPING_TYPES)
  if (type === null) return null
  refuseUnknownKeys(problems, entry.value.path, map, KEYS[type] ?? [])
  checkNumbers(problems, map)
  if (type === 'hyperband') checkHyperband(problems, entry, map)
  if (!hasMetric) {
    const hint = 'Add metric: {name: loss, goal: minimize}.'
    problems.error('metric', entry, 'metric_required', 'early_terminate needs a metric', hint)
  }
  return problems.errors.length > before ? null : plainSettings(map)
}

function checkNumbers(problems: ProblemList, map: MapContent): void {
  const check = (key: string, read: (node: TextNode) => unknown): void => {
    const found = findEntry(map, key)
    if (found !== undefined) read(found.value)
  }
  for (const key of ['min_iter', 'max_iter', 'grace_steps', 'min_runs', 'nan_patience', 's']) {
    check(key, (node) => readWhole(problems, node, { min: 1 }))
  }
  for (const key of ['eta', 'reduction_factor'])
    check(key, (node) => readNumber(problems, node, { above: 1 }))
  check('resource', (node) => readChoice(problems, node, STOPPING_RESOURCES))
  check('strict', (node) => {
    const isBoolean = node.content.kind === 'scalar' && typeof node.content.value === 'boolean'
    if (!isBoolean) problems.unexpected(node, 'true or false')
  })
  check('audit', (node) => {
    const source = node.content.kind === 'scalar' ? node.content.source : ''
    const share = source.endsWith('%')
      ? Number(source.slice(0, -1)) / 100
      : Number(source === '' ? NaN : source)
    if (!(share >= 0 && share <= 1))
      problems.unexpected(node, 'a share from 0 to 1', 'For example 0.05 or 5%.')
  })
}

function checkHyperband(problems: ProblemList, entry: TextEntry, map: MapContent): void {
  const has = (key: string): boolean => findEntry(map, key) !== undefined
  if (has('max_iter') && !has('s')) {
    const hint = 'Add s, the number of bands, or use min_iter alone.'
    problems.error('early_terminate.s', entry, 'missing_key', '"s" is missing: max_iter needs it', hint)
  } else if (!has('max_iter') && !has('min_iter')) {
    const hint = 'Add min_iter: 3, the first check.'
    problems.error('early_terminate', entry, 'missing_key', 'neither min_iter nor max_iter is given', hint)
  }
  if (has('s') && !has('max_iter')) {
    const message = '"s" is set but "max_iter" is not: bands start at min_iter only'
    problems.warn(
      'early_terminate.s',
      findEntry(map, 's') ?? entry,
      'unused_key',
      message,
      'Remove s, or add max_iter.',
    )
  }
  const number = (key: string, fallback: number): number => {
    const node = findEntry(map, key)?.value
    const value = node?.content.kind === 'scalar' ? node.content.value : null
    return value !== null && typeof value === 'object' ? value.value : fallback
  }
  if (has('max_iter') && has('s') && number('max_iter', 1) / number('eta', 3) < 1) {
    const hint = 'Raise max_iter, or lower eta.'
    problems.error(
      'early_terminate.max_iter',
      entry,
      'no_band',
      'max_iter is below eta: there is no band',
      hint,
    )
  }
}
