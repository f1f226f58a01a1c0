// What an edit of a sweep's file changes: setting by setting, and what each change means for the runs there are. What
// shapes the search itself (parameters, method, metric) is not edited: runs made before would not fit it.
import { parseSweepFile } from './config.ts'
import type { SweepConfig } from './config.ts'
import { canonicalText, isConfigMap, writeConfigText } from './config-text.ts'
import type { ConfigMap, ConfigValue } from './config-text.ts'
import { SweepError } from './errors.ts'
import type { ConfigProblem } from './errors.ts'
import type { SweepRecord } from './sweep.ts'
import { configValueOf, readSweepText } from './sweep-text.ts'

export interface SettingChange {
  /** Dotted: `run_cap`, `early_terminate.eta`. */
  readonly path: string
  /** As JSON text; null: the key is not there. */
  readonly from: string | null
  readonly to: string | null
}

export interface SpecEdit {
  readonly changes: readonly SettingChange[]
  readonly config: SweepConfig
  readonly warnings: readonly ConfigProblem[]
}

/** Keys that may change, alone or with everything below them. */
const EDITABLE = [
  'name',
  'run_cap',
  'max_parallel',
  'early_terminate',
  'retry',
  'run_timeout',
  'no_metric_timeout',
  'requires',
  'metric.target',
  'command',
  'program',
  'description',
] as const

/** Those that a run keeps as they stood when it was proposed; all others hold for every run from now on. */
const KEPT_BY_RUNS = ['command', 'program', 'run_timeout', 'no_metric_timeout']

/**
 * Compares two texts of a sweep's file.
 * @throws SweepConfigError when the new text is not sound; SweepError REQUEST_INVALID for a key that cannot be edited
 */
export function compareSpecs(from: string, to: string): SpecEdit {
  const { config, warnings } = parseSweepFile(to)
  const changes = compareMaps('', rootOf(from), rootOf(to))
  const refused = changes.find(({ path }) => !isEditable(path))
  if (refused !== undefined) {
    throw new SweepError('REQUEST_INVALID', `${refused.path} of a sweep cannot be edited`, {
      at: refused.path,
      hint: `What can be: ${EDITABLE.join(', ')}. For another space create another sweep.`,
    })
  }
  return { changes, config, warnings }
}

/** What the changes mean, a sentence each; for people. */
export function meaningOfEdit(
  sweep: Pick<SweepRecord, 'state' | 'runCap' | 'runCount' | 'maxParallel'>,
  { changes, config }: Pick<SpecEdit, 'changes' | 'config'>,
): string[] {
  const changed = (key: string) => changes.some(({ path }) => isWithin(path, key))
  const sentences: string[] = []
  if (changed('run_cap')) sentences.push(meaningOfCap(sweep, config.runCap))
  if (changed('max_parallel') && config.maxParallel !== null)
    sentences.push('A lower max_parallel ends nothing: runs go on, and fewer start.')
  const kept = KEPT_BY_RUNS.filter(changed)
  if (kept.length > 0)
    sentences.push(
      `${kept.join(', ')}: for runs proposed from now on; the ${sweep.runCount} there are keep their own.`,
    )
  if (sweep.state === 'finished') sentences.push('The sweep is finished: this opens it again.')
  return sentences
}

/** Does the sweep propose again after these changes, where it had nothing more to propose? */
export function givesMoreToPropose(changes: readonly SettingChange[]): boolean {
  return changes.some(({ path }) => path === 'run_cap' || path === 'metric.target')
}

function meaningOfCap({ runCount }: Pick<SweepRecord, 'runCount'>, runCap: number | null): string {
  if (runCap === null) return 'No run_cap: it proposes until its space is exhausted, or for ever.'
  if (runCap <= runCount)
    return `${runCount} runs exist already: they are worked, and nothing new is proposed.`
  return `${runCap - runCount} more runs may be proposed.`
}

function isEditable(path: string): boolean {
  return EDITABLE.some((key) => isWithin(path, key))
}

function isWithin(path: string, key: string): boolean {
  return path === key || path.startsWith(`${key}.`)
}

function rootOf(text: string): ConfigMap {
  const { root } = readSweepText(text)
  const value = root === null ? null : configValueOf(root)
  return value !== null && typeof value === 'object' && isConfigMap(value) ? value : new Map()
}

/** Mappings are compared key by key, everything else as a whole; in the order of the new text. */
function compareMaps(path: string, from: ConfigMap, to: ConfigMap): SettingChange[] {
  return [...new Set([...to.keys(), ...from.keys()])].flatMap((key) =>
    compareValues(path === '' ? key : `${path}.${key}`, from.get(key), to.get(key)),
  )
}

function compareValues(
  path: string,
  from: ConfigValue | undefined,
  to: ConfigValue | undefined,
): SettingChange[] {
  const isOrdered = path === 'parameters' // their order is part of what they mean
  if (!isOrdered && isMap(from) && isMap(to)) return compareMaps(path, from, to)
  const textOf = isOrdered ? writeConfigText : canonicalText
  if (from !== undefined && to !== undefined && textOf(from) === textOf(to)) return []
  return [
    {
      path,
      from: from === undefined ? null : writeConfigText(from),
      to: to === undefined ? null : writeConfigText(to),
    },
  ]
}

function isMap(value: ConfigValue | undefined): value is ConfigMap {
  return value !== undefined && value !== null && typeof value === 'object' && isConfigMap(value)
}
