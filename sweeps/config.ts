// The sweep file: from text to a SweepConfig that everything after it trusts. All problems are reported at once, each
// with its path, line, column and a hint. What W&B accepts is accepted and means the same; what W&B only warns about,
// or mistakes silently, is an error.
import { commandUses } from './command-line.ts'
import { readCommand } from './config-command.ts'
import { MAX_CONDITION_CASES, countConditionCases } from './config-conditions.ts'
import {
  FieldReader,
  ProblemList,
  findEntry,
  readChoice,
  readDuration,
  readMap,
  readText,
  refuseUnknownKeys,
  requireEntry,
} from './config-fields.ts'
import { readInitialConfigs } from './config-initial.ts'
import { readImputation, readMetric } from './config-metric.ts'
import { readParameters } from './config-parameters.ts'
import type { Method } from './config-parameters.ts'
import { readEarlyTerminate } from './config-stopping.ts'
import { ConfigNumber } from './config-text.ts'
import { SweepConfigError } from './errors.ts'
import type { ConfigProblem } from './errors.ts'
import type { ImputationRules } from './imputation.ts'
import { leavesOf, parameterPath } from './parameter-tree.ts'
import type { ParameterNode } from './parameter-tree.ts'
import { buildSearchSpace } from './search-space.ts'
import type { MetricSpec } from './sweep.ts'
import { RESERVED_NAMES, readSweepText } from './sweep-text.ts'
import type { MapContent, TextEntry, TextNode } from './sweep-text.ts'

export { applySettings } from './sweep-text.ts'
export type { MetricSpec, Method, ParameterNode }

/** A checked sweep file, defaults filled in. */
export interface SweepConfig {
  readonly name: string | null
  readonly description: string | null
  readonly project: string | null
  readonly entity: string | null
  readonly program: string | null
  readonly method: Method
  readonly metric: MetricSpec | null
  /** `metric.impute` and `metric.impute_while_running`. */
  readonly imputation: ImputationRules
  /** In the order of the file; search-space.ts reads them. */
  readonly parameters: readonly ParameterNode[]
  readonly command: readonly string[]
  readonly runCap: number | null
  readonly maxParallel: number | null
  /** null: drawn once when the sweep is created. */
  readonly seed: number | null
  readonly order: 'as_written' | 'shuffle'
  /** Config texts, tried first. */
  readonly initialConfigs: readonly string[]
  readonly retry: { readonly maxAttempts: number; readonly on: readonly string[] }
  readonly runTimeoutMs: number | null
  readonly noMetricTimeoutMs: number | null
  /** Labels that an agent must have. */
  readonly requires: Readonly<Record<string, string>>
  readonly earlyTerminate: Readonly<Record<string, unknown>> | null
}

export const DEFAULT_COMMAND: readonly string[] = ['${env}', '${interpreter}', '${program}', '${args}']

const KNOWN_KEYS = [
  ...['method', 'parameters', 'metric', 'program', 'command', 'name', 'description', 'project', 'entity'],
  ...['run_cap', 'early_terminate', 'controller', 'kind', 'apiVersion'],
  ...[
    'seed',
    'order',
    'max_parallel',
    'initial_configs',
    'retry',
    'run_timeout',
    'no_metric_timeout',
    'requires',
  ],
]
const LAUNCH_KEYS = ['job', 'image_uri', 'scheduler', 'launch', 'metrics']

/**
 * Reads a sweep file in YAML or JSON.
 * @throws SweepConfigError with every problem and warning; nothing else, whatever the text
 */
export function parseSweepFile(text: string): {
  readonly config: SweepConfig
  readonly warnings: readonly ConfigProblem[]
} {
  const problems = new ProblemList()
  const read = readSweepText(text)
  problems.errors.push(...read.errors)
  problems.warnings.push(...read.warnings)
  const config = read.root === null ? reportUnreadable(problems) : readConfig(problems, read.root)
  if (config === null || problems.errors.length > 0) {
    throw new SweepConfigError(inFileOrder(problems.errors), inFileOrder(problems.warnings))
  }
  return { config, warnings: inFileOrder(problems.warnings) }
}

/**
 * What stands in the way of running a sound file: no program where one is needed.
 * `sweep validate` shows them as warnings, `create` and `run` refuse.
 */
export function problemsBeforeRunning(config: SweepConfig): ConfigProblem[] {
  const found: ConfigProblem[] = []
  if (isProgramMissing(config)) found.push(PROGRAM_MISSING)
  return found
}

/** Names of the nested `parameters` blocks, outermost first: their values become dotted flags, `--opt.lr=0.1`. */
export function groupPaths(parameters: readonly ParameterNode[]): readonly (readonly string[])[] {
  return parameters.flatMap((node) =>
    node.kind === 'group' ? [node.names, ...groupPaths(node.children)] : [],
  )
}

/** Dotted paths of the parameters that do not always exist. */
export function conditionalPaths(parameters: readonly ParameterNode[]): readonly string[] {
  return leavesOf(parameters)
    .filter((leaf) => leaf.when.length > 0)
    .map(parameterPath)
}

/** How often a run may fail before it has failed for good. */
export function maxAttemptsOf({ retry }: Pick<SweepConfig, 'retry'>): number {
  return retry.on.includes('failed') ? retry.maxAttempts : 1
}

const PROGRAM_MISSING: ConfigProblem = {
  path: 'program',
  line: null,
  column: null,
  code: 'program_missing',
  message: 'the command uses ${program}, and no program is given',
  hint: 'Add program: train.py, or write the whole command.',
}

function isProgramMissing(config: SweepConfig): boolean {
  return config.program === null && commandUses(config.command, 'program')
}

function reportUnreadable(problems: ProblemList): null {
  if (problems.errors.length > 0) return null
  return problems.error(
    '',
    { line: 1, column: 1 },
    'empty',
    'the file is empty',
    'Write method and parameters.',
  )
}

function inFileOrder(problems: readonly ConfigProblem[]): ConfigProblem[] {
  return [...problems].sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0))
}

function readConfig(problems: ProblemList, root: TextNode): SweepConfig | null {
  const map = readMap(problems, root, 'a mapping with method and parameters')
  if (map === null) return null
  refuseTopLevelKeys(problems, map)
  const fields = new FieldReader(problems, map)
  const method = readMethod(problems, root, map)
  const hint = 'Add parameters: {lr: {min: 0.001, max: 0.1}}.'
  const parametersEntry = requireEntry(problems, map, 'parameters', { path: 'parameters', place: root, hint })
  const parameters = parametersEntry === null ? [] : readParameters(problems, parametersEntry.value, method)
  const metric = fields.read('metric', (node) => readMetric(problems, node))
  const imputation = fields.read('metric', (node) => readImputation(problems, node))
  const hasMetric = findEntry(map, 'metric') !== undefined
  if (method === 'bayes' && !hasMetric) {
    problems.error(
      'metric',
      root,
      'metric_required',
      'bayes needs a metric',
      'Add metric: {name: loss, goal: minimize}.',
    )
  }
  const stopping = findEntry(map, 'early_terminate')
  fields.read('controller', (node) => readController(problems, node))
  fields.read('kind', (node) => readChoice(problems, node, ['sweep']))
  fields.read('apiVersion', (node) => readText(problems, node))
  const config: SweepConfig = {
    name: fields.text('name'),
    description: fields.text('description'),
    project: fields.text('project'),
    entity: fields.text('entity'),
    program: fields.text('program'),
    method: method ?? 'random',
    metric,
    imputation: imputation ?? { ended: null, running: null },
    parameters,
    command: fields.read('command', (node) => readCommand(problems, node, parameters)) ?? DEFAULT_COMMAND,
    runCap: fields.whole('run_cap', 1),
    maxParallel: fields.whole('max_parallel', 1),
    seed: fields.whole('seed'),
    order:
      fields.read('order', (node) => readChoice(problems, node, ['as_written', 'shuffle'])) ?? 'as_written',
    initialConfigs:
      fields.read('initial_configs', (node) => readInitialConfigs(problems, node, parameters)) ?? [],
    retry: fields.read('retry', (node) => readRetry(problems, node)) ?? { maxAttempts: 1, on: ['failed'] },
    runTimeoutMs: fields.read('run_timeout', (node) => readDuration(problems, node)),
    noMetricTimeoutMs: fields.read('no_metric_timeout', (node) => readDuration(problems, node)),
    requires: fields.read('requires', (node) => readLabels(problems, node)) ?? {},
    earlyTerminate: stopping === undefined ? null : readEarlyTerminate(problems, stopping, hasMetric),
  }
  if (problems.errors.length > 0) return null
  checkWhole(problems, map, config)
  return config
}

function refuseTopLevelKeys(problems: ProblemList, map: MapContent): void {
  const launch = map.entries.filter((entry) => LAUNCH_KEYS.includes(entry.key))
  for (const entry of launch) {
    const message = `"${entry.key}" belongs to ${entry.key === 'metrics' ? 'several-objective sweeps' : 'W&B Launch'}, which is not supported`
    const hint =
      entry.key === 'metrics' ? 'Name one metric: {name, goal}.' : 'Write program or command instead.'
    problems.error(entry.key, entry, 'not_supported', message, hint)
  }
  refuseUnknownKeys(
    problems,
    '',
    { ...map, entries: map.entries.filter((entry) => !launch.includes(entry)) },
    KNOWN_KEYS,
  )
}

function readMethod(problems: ProblemList, root: TextNode, map: MapContent): Method | null {
  const hint = 'Add method: random.'
  const entry = requireEntry(problems, map, 'method', { path: 'method', place: root, hint })
  if (entry === null) return null
  const isCustom = entry.value.content.kind === 'scalar' && entry.value.content.value === 'custom'
  if (isCustom) {
    const message = 'method "custom" belongs to W&B Launch, which is not supported'
    return problems.error('method', entry.value, 'not_supported', message, 'Use random or grid.')
  }
  return readChoice(problems, entry.value, ['grid', 'random', 'bayes'])
}

function readController(problems: ProblemList, node: TextNode): null {
  const map = readMap(problems, node)
  if (map === null) return null
  const type = findEntry(map, 'type')
  if (type === undefined) {
    const hint = 'Add type: cloud, or leave controller out.'
    return problems.error(node.path, node, 'missing_key', '"type" is missing', hint)
  }
  readChoice(problems, type.value, ['local', 'cloud'])
  return null
}

function readRetry(problems: ProblemList, node: TextNode): SweepConfig['retry'] | null {
  const map = readMap(problems, node, 'a mapping such as {max_attempts: 2}')
  if (map === null) return null
  refuseUnknownKeys(problems, node.path, map, ['max_attempts', 'on'])
  const fields = new FieldReader(problems, map)
  const on = fields.read('on', (list) => {
    if (list.content.kind !== 'list') return problems.unexpected(list, 'a list', 'Write on: [failed].')
    return list.content.items.flatMap((item) => readChoice(problems, item, ['failed']) ?? [])
  })
  return { maxAttempts: fields.whole('max_attempts', 1) ?? 1, on: on ?? ['failed'] }
}

function readLabels(problems: ProblemList, node: TextNode): Readonly<Record<string, string>> | null {
  const map = readMap(problems, node, 'a mapping of labels')
  if (map === null) return null
  const labels = Object.create(null) as Record<string, string> // no prototype: keys are the user's
  for (const entry of map.entries) readLabel(problems, entry, labels)
  return labels
}

function readLabel(problems: ProblemList, entry: TextEntry, labels: Record<string, string>): void {
  const { content } = entry.value
  if (RESERVED_NAMES.has(entry.key)) {
    problems.error(
      entry.value.path,
      entry,
      'reserved_name',
      `"${entry.key}" cannot be a label`,
      'Choose another name.',
    )
  } else if (content.kind !== 'scalar' || content.value === null) {
    problems.unexpected(entry.value, 'a label value')
  } else {
    labels[entry.key] = content.value instanceof ConfigNumber ? content.source : String(content.value)
  }
}

/** Checks that need the whole config. */
function checkWhole(problems: ProblemList, map: MapContent, config: SweepConfig): void {
  const root = { line: 1, column: 1 }
  if (isProgramMissing(config))
    problems.warn('program', root, 'program_missing', PROGRAM_MISSING.message, PROGRAM_MISSING.hint)
  if (config.order === 'shuffle' && config.method !== 'grid') {
    problems.error(
      'order',
      findEntry(map, 'order') ?? root,
      'order_without_grid',
      'order: shuffle is for method: grid',
      'Remove it.',
    )
  }
  const cases = countConditionCases(config.parameters)
  if (cases > MAX_CONDITION_CASES) {
    const message = `the parameters that others depend on have ${cases} joint values; ${MAX_CONDITION_CASES} at the most`
    const hint = 'Let `when` name parameters with few values.'
    problems.error('parameters', findEntry(map, 'parameters') ?? root, 'when_too_many_cases', message, hint)
  } else if (config.method === 'grid') {
    const size = buildSearchSpace(config.parameters, { layout: 'grid' }).size ?? 0
    if (size > 2 ** 52) {
      const hint = 'Narrow the ranges, or use method: random.'
      problems.error(
        'parameters',
        findEntry(map, 'parameters') ?? root,
        'grid_too_large',
        `${size} cells are too many to count`,
        hint,
      )
    }
  }
}
