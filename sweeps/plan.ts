// What a sweep would propose next, without a server: the runs of a RUNS.jsonl as history, then one proposal after
// another. Nothing is stored.
import { hashConfig } from './config-hash.ts'
import { ConfigNumber, isConfigMap, parseConfigValue, writeConfigText } from './config-text.ts'
import type { ConfigMap, ConfigValue } from './config-text.ts'
import { parseSweepFile } from './config.ts'
import { SweepError } from './errors.ts'
import { RUN_STATES } from './run.ts'
import type { RunState } from './run.ts'
import { RunCurve } from './run-curve.ts'
import type { CurvePoint } from './run-curve.ts'
import { createSuggester } from './suggest.ts'
import type { HistoryEntry } from './suggest.ts'
import type { MetricSpec } from './sweep.ts'

export interface PlanOptions {
  /** At most this many proposals. @default all that there are */
  readonly count?: number
  /** Used when the file has none. @default 0 */
  readonly seed?: number
  /** @default [] */
  readonly history?: readonly HistoryEntry[]
}

export interface PlannedRun {
  readonly index: number
  readonly configText: string
}

/**
 * Proposals one by one: the first of a grid of 10^9 cells comes at once. Endless for a continuous space without
 * `count` or run_cap.
 * @throws SweepConfigError when the file is not sound, or its method is not in this version
 */
export function* planSweep(text: string, options: PlanOptions = {}): Generator<PlannedRun, void, undefined> {
  const { config } = parseSweepFile(text)
  const suggester = createSuggester(config, config.seed ?? options.seed ?? 0)
  const history = options.history ?? []
  suggester.observe(history)
  const left = config.runCap === null ? Infinity : Math.max(config.runCap - history.length, 0)
  const count = Math.min(options.count ?? Infinity, left)
  let nextIndex = 0
  for (let given = 0; given < count; given++) {
    const [next] = suggester.suggest(nextIndex, 1).suggestions
    if (next === undefined) return
    yield { index: next.index, configText: next.configText }
    nextIndex = next.index + 1
    const { configText, configHash } = next
    const { index } = next
    suggester.observe([
      { runId: `planned-${given}`, configText, configHash, state: 'queued', value: null, index },
    ])
  }
}

/** One run of a RUNS.jsonl. `value` is null: historyOf fills it in for a metric. */
export interface RecordedRun extends HistoryEntry {
  readonly name: string
  readonly config: ConfigMap
  /** Rows of metrics in order. */
  readonly history: readonly ConfigMap[]
  readonly summary: ConfigMap
}

/** W&B's words for the states of a run. */
const WANDB_STATES: ReadonlyMap<string, RunState> = new Map<string, RunState>([
  ['pending', 'queued'],
  ['crashed', 'failed'],
  ['killed', 'stopped'],
  ['preempting', 'preempted'],
])

/** @throws SweepError REQUEST_INVALID with the line that cannot be read */
export function parseRunsJsonl(text: string): RecordedRun[] {
  return text
    .split('\n')
    .flatMap((line, index) => (line.trim() === '' ? [] : [parseRunLine(line, index + 1)]))
}

function parseRunLine(line: string, lineNumber: number): RecordedRun {
  const fail = (message: string): never => {
    throw new SweepError('REQUEST_INVALID', `line ${lineNumber}: ${message}`, {
      at: `${lineNumber}:1`,
      hint: 'A line is {"name":"r1","state":"finished","config":{...},"history":[...],"summary":{...}}.',
    })
  }
  const run = parseLineValue(line, fail)
  if (run === null || typeof run !== 'object' || !isConfigMap(run)) return fail('not a JSON object')
  const name = run.get('name')
  const stateName = run.get('state') ?? 'finished'
  const state = RUN_STATES.find((known) => known === stateName) ?? WANDB_STATES.get(String(stateName))
  if (state === undefined) return fail(`unknown state ${JSON.stringify(stateName)}`)
  const rows = run.get('history') ?? []
  if (typeof rows !== 'object' || !Array.isArray(rows)) return fail('history is not a list')
  const config = mapOr(run.get('config'), () => fail('config is not an object'))
  return {
    runId: `line-${lineNumber}`,
    name: typeof name === 'string' ? name : `line-${lineNumber}`,
    state,
    config,
    configText: writeConfigText(config),
    configHash: hashConfig(config),
    value: null,
    endedAt: lineNumber,
    history: rows.map((row: ConfigValue) => mapOr(row, () => fail('a history row is not an object'))),
    summary: mapOr(run.get('summary'), () => fail('summary is not an object')),
  }
}

function parseLineValue(line: string, fail: (message: string) => never): ConfigValue {
  try {
    return parseConfigValue(line)
  } catch (error) {
    if (error instanceof SweepError) return fail(error.message.replace(/^config: /, ''))
    throw error
  }
}

function mapOr(value: ConfigValue | undefined, fail: () => never): ConfigMap {
  if (value === undefined || value === null) return new Map()
  return typeof value === 'object' && isConfigMap(value) ? value : fail()
}

/**
 * Recorded runs with their values: the best (or last, min, max) of the metric's numbers; and with their curves, where the
 * best value counts. Progress is counted in reports.
 */
export function historyOf(runs: readonly RecordedRun[], metric: MetricSpec | null): HistoryEntry[] {
  if (metric === null) return runs.map((run) => ({ ...run, value: null }))
  return runs.map((run) => ({
    ...run,
    value: recordedValue(run, metric),
    latest: recordedValue(run, { ...metric, summary: 'last' }),
    curve: recordedCurve(run, metric),
  }))
}

function recordedCurve(run: RecordedRun, metric: MetricSpec): CurvePoint[] {
  if (metric.summary !== 'best') return []
  const curve = new RunCurve(metric.goal)
  let reportCount = 0
  for (const row of run.history) {
    const value = row.get(metric.name)
    if (value instanceof ConfigNumber && Number.isFinite(value.value)) curve.add(++reportCount, value.value)
  }
  return curve.points
}

function recordedValue(run: RecordedRun, metric: MetricSpec): number | null {
  const numbers = [...run.history, run.summary].flatMap((row) => {
    const value = row.get(metric.name)
    return value instanceof ConfigNumber && !Number.isNaN(value.value) ? [value.value] : []
  })
  if (numbers.length === 0) return null
  const wantsLeast = metric.summary === 'min' || (metric.summary === 'best' && metric.goal === 'minimize')
  if (metric.summary === 'last') return numbers.at(-1) ?? null
  return numbers.reduce((a, b) => (wantsLeast ? Math.min(a, b) : Math.max(a, b)))
}
