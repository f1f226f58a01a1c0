// The dry run of a sweep file: everything wrong with it, its space in words, samples and their command lines. The
// document of `sweep validate` is made here as text, because configs keep 1 and 1.0 apart.
import { sortedLeaves } from './compose-config.ts'
import { buildCommandLine } from './command-line.ts'
import { conditionalPaths, groupPaths, parseSweepFile, problemsBeforeRunning } from './config.ts'
import type { SweepConfig } from './config.ts'
import { parameterPath } from './parameter-tree.ts'
import type { ParameterLeaf, ParameterNode } from './parameter-tree.ts'
import { ConfigNumber, writeConfigText } from './config-text.ts'
import type { ConfigValue } from './config-text.ts'
import { gridValues, quantile, rangeOf, sampledValues } from './distributions.ts'
import type { Distribution } from './distributions.ts'
import { SweepConfigError, SweepError } from './errors.ts'
import type { ConfigProblem } from './errors.ts'
import { buildSearchSpace } from './search-space.ts'
import { searchSpaceOf, createSuggester } from './suggest.ts'

export interface DescribeOptions {
  /** Warnings count as errors. @default false */
  readonly strict?: boolean
  /** How many configs to draw. @default none are shown */
  readonly sampleCount?: number
  /** Used when the file has none. @default 0 */
  readonly seed?: number
  /** Probabilities at which every parameter is shown. */
  readonly quantiles?: readonly number[]
  /** Also the argument vectors of the samples. @default false */
  readonly showCommands?: boolean
  /** @default nothing is set */
  readonly envvar?: (name: string) => string | undefined
}

export interface SweepFileDescription {
  /** JSON text, schema `sweep.validate/1`. */
  readonly documentText: string
  readonly valid: boolean
  readonly errors: readonly ConfigProblem[]
  readonly warnings: readonly ConfigProblem[]
  /** null when the file cannot be read as a sweep. */
  readonly config: SweepConfig | null
  /** One per parameter: `lr log 1e-5..1e-1`. */
  readonly parameterLines: readonly string[]
  /** Number of configurations, or null when there is no such number. */
  readonly size: number | null
  /** Number of combinations of the parameters that are not continuous; 1 without any. */
  readonly discreteSize: number
  readonly sampleTexts: readonly string[]
  /** Argument vectors of the samples, when asked for. */
  readonly commands: readonly (readonly string[])[]
}

/** Never throws for what the text contains. */
export function describeSweepFile(text: string, options: DescribeOptions = {}): SweepFileDescription {
  const read = readFile(text, options.strict ?? false)
  const { config, errors, warnings } = read
  const valid = errors.length === 0
  const leaves = config === null ? [] : sortedLeaves(config.parameters)
  const size = config === null ? null : searchSpaceOf(config).size
  const sampleTexts = config === null || !valid ? [] : drawSamples(config, options)
  const commands = config !== null && options.showCommands ? sampleCommands(config, sampleTexts, options) : []
  const fields = [
    '"schema":"sweep.validate/1"',
    `"valid":${valid}`,
    `"errors":${JSON.stringify(errors)}`,
    `"warnings":${JSON.stringify(warnings)}`,
    `"method":${JSON.stringify(config?.method ?? null)}`,
    `"size":${size === null || !Number.isFinite(size) ? 'null' : size}`,
    `"parameters":${JSON.stringify(leaves.map((leaf) => parameterFacts(leaf, config?.method === 'grid')))}`,
  ]
  if (options.sampleCount !== undefined) fields.push(`"samples":[${sampleTexts.join(',')}]`)
  if (options.sampleCount !== undefined && options.showCommands)
    fields.push(`"commands":${JSON.stringify(commands)}`)
  if (options.quantiles !== undefined) fields.push(`"quantiles":${quantilesText(leaves, options.quantiles)}`)
  return {
    documentText: `{${fields.join(',')}}`,
    valid,
    errors,
    warnings,
    config,
    parameterLines: leaves.map(describeParameter),
    size,
    discreteSize: config === null ? 1 : countDiscrete(config.parameters),
    sampleTexts,
    commands,
  }
}

/** Conditions name parameters with listed values alone, so they hold without the continuous ones. */
function countDiscrete(parameters: readonly ParameterNode[]): number {
  const keepDiscrete = (nodes: readonly ParameterNode[]): ParameterNode[] =>
    nodes.flatMap((node): ParameterNode[] => {
      if (node.kind === 'group') return [{ ...node, children: keepDiscrete(node.children) }]
      return sampledValues(node.distribution) === null ? [] : [node]
    })
  return buildSearchSpace(keepDiscrete(parameters)).size ?? 1
}

interface ReadFile {
  readonly config: SweepConfig | null
  readonly errors: readonly ConfigProblem[]
  readonly warnings: readonly ConfigProblem[]
}

function readFile(text: string, strict: boolean): ReadFile {
  try {
    const { config, warnings } = parseSweepFile(text)
    const later = problemsBeforeRunning(config).filter(
      ({ code }) => !warnings.some((warning) => warning.code === code),
    )
    const all = [...warnings, ...later]
    return strict ? { config, errors: all, warnings: [] } : { config, errors: [], warnings: all }
  } catch (error) {
    if (!(error instanceof SweepConfigError)) throw error
    const { problems, warnings } = error
    return strict
      ? { config: null, errors: [...problems, ...warnings], warnings: [] }
      : { config: null, errors: problems, warnings }
  }
}

function drawSamples(config: SweepConfig, options: DescribeOptions): string[] {
  if (options.sampleCount === undefined) return []
  const suggester = createSuggester(config, config.seed ?? options.seed ?? 0)
  return suggester.suggest(0, options.sampleCount).suggestions.map((suggestion) => suggestion.configText)
}

function sampleCommands(
  config: SweepConfig,
  samples: readonly string[],
  options: DescribeOptions,
): string[][] {
  return samples.map((configText) => {
    try {
      return buildCommandLine({
        command: config.command,
        // validate only warns of a missing program: its place is shown
        program: config.program ?? '${program}',
        configText,
        runId: 'run1',
        sweepId: 'swp1',
        cwd: '<CWD>',
        envvar: options.envvar ?? (() => undefined),
        groups: groupPaths(config.parameters),
        conditional: conditionalPaths(config.parameters),
      }).argv
    } catch (error) {
      if (error instanceof SweepError) return [] // a NUL character in a value: no process can be given it
      throw error
    }
  })
}

function quantilesText(leaves: readonly ParameterLeaf[], probabilities: readonly number[]): string {
  const entries = leaves.map((leaf) => {
    const values = probabilities.map((u) => writeConfigText(quantile(leaf.distribution, u)))
    return `${JSON.stringify(parameterPath(leaf))}:[${values.join(',')}]`
  })
  return `{${entries.join(',')}}`
}

function parameterFacts(leaf: ParameterLeaf, isGrid: boolean): Record<string, unknown> {
  const values = isGrid ? gridValues(leaf.distribution) : sampledValues(leaf.distribution)
  return {
    name: parameterPath(leaf),
    distribution: leaf.distribution.name,
    inferred: leaf.isInferred,
    size: values?.count ?? null,
    text: describeParameter(leaf),
  }
}

/** A parameter in words: `lr log 1e-5..1e-1`, `bs {32,64,128}`, `momentum 0.8..0.99  only if opt = sgd`. */
export function describeParameter(leaf: ParameterLeaf): string {
  const conditions = leaf.when.map(({ names, values }) => {
    const shown = values.map(shownValue)
    return `${names.join('.')} = ${shown.length === 1 ? shown.join('') : `{${shownList(shown)}}`}`
  })
  const suffix = conditions.length === 0 ? '' : `  only if ${conditions.join(' and ')}`
  return `${parameterPath(leaf)} ${describeDistribution(leaf.distribution)}${suffix}`
}

function describeDistribution(distribution: Distribution): string {
  switch (distribution.name) {
    case 'constant':
      return `= ${shownValue(distribution.value)}`
    case 'categorical':
      return `{${shownList(distribution.values.map(shownValue))}}`
    case 'categorical_w_probabilities':
      return `{${shownList(
        distribution.values.map(
          (value, index) => `${shownValue(value)} ${percent(distribution.probabilities[index] ?? 0)}`,
        ),
      )}}`
    case 'int_uniform':
      return `${distribution.min.text}..${distribution.max.text}`
    case 'normal':
    case 'q_normal':
    case 'log_normal':
    case 'q_log_normal':
      return `${distribution.name} mu ${distribution.mu} sigma ${distribution.sigma}${shownStep(distribution.q)}`
    case 'beta':
    case 'q_beta':
      return `${distribution.name} a ${distribution.a} b ${distribution.b}${shownStep(distribution.q)}`
    case 'uniform':
    case 'q_uniform':
      return `${distribution.min.text}..${distribution.max.text}${shownStep(distribution.q)}`
    default: {
      const { low, high } = rangeOf(distribution)
      const isExact = distribution.name.endsWith('_values')
      const shown = (bound: number, text: ConfigNumber): string =>
        isExact ? shownNumber(text) : `${Number(bound.toPrecision(4))}`
      return `log ${shown(low, distribution.min)}..${shown(high, distribution.max)}${shownStep(distribution.q)}`
    }
  }
}

/** Powers of ten as people write them: 1e-5. */
function shownNumber(number: ConfigNumber): string {
  return number.text.replace(/e([-+])0?/, (_, sign: string) => (sign === '-' ? 'e-' : 'e'))
}

function shownStep(q: ConfigNumber | null): string {
  return q === null ? '' : ` step ${q.text}`
}

function shownValue(value: ConfigValue): string {
  if (typeof value === 'string' && /^[\w.+/-]{1,40}$/.test(value)) return value
  if (value instanceof ConfigNumber) return shownNumber(value)
  const text = writeConfigText(value)
  return text.length <= 40 ? text : `${text.slice(0, 37)}...`
}

function shownList(values: readonly string[]): string {
  return values.length <= 8 ? values.join(',') : `${values.slice(0, 6).join(',')},... ${values.length} values`
}

function percent(probability: number): string {
  return `${Number((probability * 100).toPrecision(3))}%`
}
