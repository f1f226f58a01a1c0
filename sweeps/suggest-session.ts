// The line protocol of `sweep suggest --stdio`: a driver asks for configurations and tells what became of them. Pure: a
// line in, a line out.
import { hashConfig } from './config-hash.ts'
import { isConfigMap, parseConfigValue, writeConfigText, ConfigNumber } from './config-text.ts'
import type { ConfigMap, ConfigValue } from './config-text.ts'
import { parseSweepFile } from './config.ts'
import type { SweepConfig } from './config.ts'
import { SweepError } from './errors.ts'
import type { StoppingType } from './stopping-settings.ts'
import { createSuggester } from './suggest.ts'
import type { HistoryEntry, Suggester } from './suggest.ts'
import { DrivenRuns, drivenStoppingBlock } from './suggest-stopping.ts'

export interface SuggestSession {
  /**
   * @param line a JSON object with `cmd`: init, ask, tell, report or close
   * @returns the reply as JSON text; null after close
   * @throws SweepError when the line is none of these, or SweepConfigError when the parameters are not sound
   */
  handle(line: string): string | null
}

export interface SuggestSessionOptions {
  readonly method: string
  readonly version: string
  /** How runs are stopped early. @default the recommended rule, when the driver's init has early_terminate */
  readonly rule?: StoppingType | undefined
}

export function createSuggestSession(options: SuggestSessionOptions): SuggestSession {
  let driver: Driver | null = null
  return {
    handle(line) {
      const message = readMessage(line)
      const command = message.get('cmd')
      if (command === 'close') return null
      if (command === 'init') {
        driver = new Driver(message, options)
        return JSON.stringify({ ok: true, version: options.version })
      }
      if (driver === null) throw invalid('the first line must be init')
      if (command === 'ask') return driver.ask(idOf(message))
      if (command === 'tell') return driver.tell(message)
      if (command === 'report') return driver.report(message)
      throw invalid(`unknown cmd ${JSON.stringify(command ?? null)}`)
    },
  }
}

class Driver {
  readonly #config: SweepConfig
  readonly #suggester: Suggester
  readonly #asked = new Map<string, HistoryEntry>()
  /** null: every run goes to its end. */
  readonly #runs: DrivenRuns | null
  #nextIndex = 0
  #tellCount = 0

  constructor(
    init: ConfigMap,
    { method, rule = null }: { method: string; rule?: StoppingType | null | undefined },
  ) {
    const problem = mapAt(init, 'problem')
    const file = new Map<string, ConfigValue>([
      ['method', method],
      [
        'metric',
        new Map<string, ConfigValue>([
          ['name', problem.get('metric') ?? 'value'],
          ['goal', problem.get('goal') ?? 'minimize'],
        ]),
      ],
      ['parameters', mapAt(problem, 'parameters')],
    ])
    const asked = init.has('early_terminate') ? mapAt(init, 'early_terminate') : null
    if (asked !== null || rule !== null) file.set('early_terminate', drivenStoppingBlock(asked, rule))
    this.#config = parseSweepFile(writeConfigText(file)).config
    this.#runs = this.#config.earlyTerminate === null ? null : new DrivenRuns(this.#config)
    const seed = init.get('seed')
    this.#suggester = createSuggester(this.#config, seed instanceof ConfigNumber ? seed.value : 0)
  }

  ask(id: string): string {
    const [next] = this.#suggester.suggest(this.#nextIndex, 1).suggestions
    if (next === undefined) throw new SweepError('NOTHING_YET', 'every configuration has been proposed')
    this.#nextIndex = next.index + 1
    const { configText, configHash, index } = next
    const entry: HistoryEntry = { runId: id, configText, configHash, state: 'running', value: null, index }
    this.#asked.set(id, entry)
    this.#suggester.observe([entry])
    return `{"id":${id},"params":${configText}}`
  }

  /** Of runs that were asked for, or come with their first report. */
  report(message: ConfigMap): string {
    const step = numberOf(message.get('step')) ?? 0
    const stop = this.#runs?.report(idOf(message), step, numberOf(message.get('value'))) ?? false
    return JSON.stringify({ stop })
  }

  tell(message: ConfigMap): string {
    const id = idOf(message)
    const asked = this.#asked.get(id)
    const params = message.get('params')
    if (asked === undefined && params === undefined) throw invalid(`tell of ${id}, which was not asked`)
    // Parameters as evaluated win over those that were asked
    const evaluated =
      params === undefined || params === null || typeof params !== 'object' || !isConfigMap(params)
        ? {}
        : { configText: writeConfigText(params), configHash: hashConfig(params) }
    const state = stateOf(message.get('state'))
    const curve = this.#runs?.end(id, state) ?? []
    const entry: HistoryEntry = {
      runId: id,
      configText: '{}',
      configHash: '',
      ...asked,
      ...evaluated,
      state,
      value: numberOf(message.get('value')),
      endedAt: ++this.#tellCount,
      curve,
    }
    this.#asked.delete(id)
    this.#suggester.observe([entry])
    return '{"ok":true}'
  }
}

function readMessage(line: string): ConfigMap {
  const value = parseConfigValue(line)
  if (value === null || typeof value !== 'object' || !isConfigMap(value)) throw invalid('not a JSON object')
  return value
}

function mapAt(map: ConfigMap, key: string): ConfigMap {
  const value = map.get(key)
  if (value === undefined || value === null || typeof value !== 'object' || !isConfigMap(value)) {
    throw invalid(`${key} is missing, or not an object`)
  }
  return value
}

/** As JSON text, so that it is given back as it came. */
function idOf(message: ConfigMap): string {
  const id = message.get('id')
  if (id === undefined) throw invalid('id is missing')
  return writeConfigText(id)
}

function stateOf(value: ConfigValue | undefined): 'finished' | 'stopped' | 'failed' {
  if (value === undefined || value === 'finished') return 'finished'
  if (value === 'stopped' || value === 'failed') return value
  throw invalid(`unknown state ${JSON.stringify(value)}; finished, stopped or failed`)
}

/** Non-finite numbers come as text, or as {"$float": text}. */
function numberOf(value: ConfigValue | undefined): number | null {
  if (value instanceof ConfigNumber) return value.value
  if (value === undefined || value === null) return null
  return NaN
}

function invalid(message: string): SweepError {
  return new SweepError('REQUEST_INVALID', message, {
    hint: 'One JSON object a line: init, then ask, report and tell, at last close.',
  })
}
