import { describe, expect, it } from 'vitest'
import { hashConfig } from '../../../sweeps/config-hash.ts'
import { ConfigNumber, parseConfigText, writeConfigText } from '../../../sweeps/config-text.ts'
import type { ConfigMap } from '../../../sweeps/config-text.ts'
import { parseSweepFile } from '../../../sweeps/config.ts'
import { SweepConfigError } from '../../../sweeps/errors.ts'
import { createSuggester } from '../../../sweeps/suggest.ts'
import type { HistoryEntry, Suggester, Suggestion } from '../../../sweeps/suggest.ts'
import { listOf, mapOf, readVectors, sweepOf, textOf, unwrap } from './wandb-vectors.ts'

/** Cases in which the product differs from W&B on purpose. */
const BEAT: Readonly<Record<string, string>> = {
  'prior-nested-parent-scalar': 'W&B raises TypeError: such a run covers nothing here',
  'reject-q_normal': 'W&B fails at the first suggestion: the file is refused here',
}

function entryOf(runId: string, config: ConfigMap): HistoryEntry {
  return {
    runId,
    configText: writeConfigText(config),
    configHash: hashConfig(config),
    state: 'failed',
    value: null,
  }
}

function runOf(suggestion: Suggestion): HistoryEntry {
  const { index, configText, configHash } = suggestion
  return { runId: `run-${index}`, configText, configHash, state: 'running', value: null }
}

function suggesterOf(text: string, seed = 1): Suggester {
  return createSuggester(parseSweepFile(text).config, seed)
}

/** One suggestion at a time, each observed, until nothing is left. */
function drain(suggester: Suggester, limit = 1e6): Suggestion[] {
  const all: Suggestion[] = []
  for (let index = 0; all.length < limit;) {
    const [next] = suggester.suggest(index, 1).suggestions
    if (next === undefined) return all
    all.push(next)
    suggester.observe([runOf(next)])
    index = next.index + 1
  }
  return all
}

describe("W&B's grids", () => {
  const cases = readVectors('grid.json')

  for (const one of cases.filter((candidate) => BEAT[textOf(candidate.get('name'))] === undefined)) {
    it(`come in the same order: ${textOf(one.get('name'))}`, () => {
      const suggester = createSuggester(sweepOf('grid', one.get('parameters') ?? null), 0)
      suggester.observe(
        listOf(one.get('prior_runs')).map((run, index) => entryOf(`prior-${index}`, unwrap(run))),
      )
      const wanted = listOf(mapOf(one.get('expected')).get('sequence')).map((config) =>
        hashAndText(unwrap(config)),
      )
      const all = drain(suggester)
      expect(all.map(({ configText }) => hashAndText(parseConfigText(configText)))).toEqual(wanted)
      expect(suggester.suggest(0, 1)).toEqual({ suggestions: [], exhausted: true })
    })
  }

  it('pass over a prior run whose group is a scalar, where W&B raises (BEAT)', () => {
    const suggester = suggesterOf('{method: grid, parameters: {a: {parameters: {b: {values: [1, 2]}}}}}')
    suggester.observe([entryOf('prior', parseConfigText('{"a":5}'))])
    expect(drain(suggester)).toHaveLength(2)
  })

  it('of unbounded kinds are refused with the file, where W&B fails later (BEAT)', () => {
    expect(() => parseSweepFile('{method: grid, parameters: {v1: {distribution: q_normal}}}')).toThrow(
      SweepConfigError,
    )
  })
})

/** Keys sorted at the top for comparing, numbers with their kind. */
function hashAndText(config: ConfigMap): string {
  return writeConfigText(new Map([...config].sort(([a], [b]) => (a < b ? -1 : 1))))
}

describe('a grid', () => {
  const huge =
    'method: grid\nparameters:\n  a: {min: 1, max: 1000}\n  b: {min: 1, max: 1000}\n  c: {min: 1, max: 1000}\n'

  it('of 10^9 cells is resumed at any index', () => {
    const { suggestions } = suggesterOf(huge).suggest(123_456_789, 2)
    expect(suggestions.map(({ index, configText }) => [index, configText])).toEqual([
      [123_456_789, '{"a":124,"b":457,"c":790}'],
      [123_456_790, '{"a":124,"b":457,"c":791}'],
    ])
  })

  it('shuffled gives every cell once, in an order that depends on the seed', () => {
    const text =
      'method: grid\norder: shuffle\nparameters:\n  a: {min: 1, max: 10}\n  b: {values: [x, y, z]}\n'
    const first = drain(suggesterOf(text, 1)).map(({ configText }) => configText)
    const second = drain(suggesterOf(text, 2)).map(({ configText }) => configText)
    expect(new Set(first).size).toBe(30)
    expect([...first].sort()).toEqual([...second].sort())
    expect(first).not.toEqual(second)
  })

  it('starts with the initial configs and passes over them later', () => {
    const text =
      'method: grid\ninitial_configs: [{a: 3}, {a: 1}]\nparameters: {a: {values: [1, 2, 3]}, c: {value: k}}\n'
    const whole = suggesterOf(text).suggest(0, 10)
    expect(whole.suggestions.map(({ index, configText }) => [index, configText])).toEqual([
      [0, '{"a":3,"c":"k"}'],
      [1, '{"a":1,"c":"k"}'],
      [3, '{"a":2,"c":"k"}'],
    ])
    expect(whole.exhausted).toBe(true)
    expect(drain(suggesterOf(text)).map(({ index }) => index)).toEqual([0, 1, 3])
  })

  it('answers the same in one call as one by one, and remembers nothing of its answers', () => {
    const suggester = suggesterOf(huge)
    expect(suggester.suggest(0, 5)).toEqual(suggester.suggest(0, 5))
    expect(suggester.suggest(0, 5).suggestions).toEqual(drain(suggesterOf(huge), 5))
  })
})

describe('random search', () => {
  const mixed =
    'method: random\nparameters:\n  lr: {distribution: log_uniform_values, min: 1e-5, max: 0.1}\n  bs: {values: [16, 32]}\n'
  const finite =
    'method: random\nparameters:\n  a: {min: 1, max: 40}\n  b: {values: [x, y, z], probabilities: [0.9, 0.1, 0.0]}\n'

  it('is a function of file, seed and index', () => {
    const one = suggesterOf(mixed, 7)
    const whole = one.suggest(0, 20).suggestions
    expect(whole.map(({ index }) => index)).toEqual(Array.from({ length: 20 }, (_, index) => index))
    expect(suggesterOf(mixed, 7).suggest(13, 1).suggestions[0]).toEqual(whole[13])
    expect(suggesterOf(mixed, 8).suggest(13, 1).suggestions[0]?.configText).not.toBe(whole[13]?.configText)
    expect(JSON.parse(whole[13]?.suggestedBy ?? '')).toMatchObject({ method: 'random', index: 13 })
  })

  it('draws a finite space without replacement and ends', () => {
    const all = drain(suggesterOf(finite))
    expect(new Set(all.map(({ configHash }) => configHash)).size).toBe(80)
    expect(all).toHaveLength(80)
    const texts = all.map(({ configText }) => configText)
    expect(texts.slice(0, 30).filter((text) => text.includes('"x"')).length).toBeGreaterThan(20)
  })

  it('says that a finite space is exhausted in the answer that empties it', () => {
    const { suggestions, exhausted } = suggesterOf(finite).suggest(0, 100)
    expect(suggestions).toHaveLength(80)
    expect(exhausted).toBe(true)
    expect(suggesterOf(finite).suggest(0, 80).exhausted).toBe(true)
    expect(suggesterOf(finite).suggest(0, 79).exhausted).toBe(false)
  })

  it('finds the last cell of a space of a million', () => {
    const suggester = suggesterOf(
      'method: random\nparameters:\n  a: {min: 0, max: 999}\n  b: {min: 0, max: 999}\n',
    )
    const entries: HistoryEntry[] = []
    for (let cell = 0; cell < 20_000; cell++) {
      if (cell === 4242) continue
      const configText = `{"a":${Math.floor(cell / 1000)},"b":${cell % 1000}}`
      entries.push({ runId: `r${cell}`, configText, configHash: String(cell), state: 'finished', value: 1 })
    }
    const small = suggesterOf(
      'method: random\nparameters:\n  a: {min: 0, max: 19}\n  b: {min: 0, max: 999}\n',
    )
    small.observe(entries)
    expect(small.suggest(0, 2)).toMatchObject({
      suggestions: [{ configText: '{"a":4,"b":242}' }],
      exhausted: true,
    })
    suggester.observe(entries)
    const next = suggester.suggest(0, 1).suggestions[0]
    expect(parseConfigText(next?.configText ?? '').size).toBe(2)
  })

  it('redraws what the history holds, from the same stream', () => {
    const suggester = suggesterOf(mixed, 7)
    const [first] = suggester.suggest(0, 1).suggestions
    if (first === undefined) throw new Error('nothing suggested')
    suggester.observe([runOf(first)])
    const [second] = suggester.suggest(0, 1).suggestions
    expect(second?.index).toBe(0)
    expect(second?.configHash).not.toBe(first.configHash)
  })

  it('forgets the config of a run that is observed again with another', () => {
    const suggester = suggesterOf('method: random\nparameters: {a: {values: [1, 2]}}\n')
    const entry = (value: number) => entryOf('r1', parseConfigText(`{"a":${value}}`))
    suggester.observe([entry(1)])
    suggester.observe([entry(2), entry(2)])
    expect(suggester.suggest(0, 2).suggestions.map(({ configText }) => configText)).toEqual(['{"a":1}'])
  })

  it('gives a space of constants once', () => {
    const all = drain(suggesterOf('method: random\nparameters: {a: {value: 1.0}}\n'))
    expect(all.map(({ configText }) => configText)).toEqual(['{"a":1.0}'])
  })
})

/** A sweep in which every suggestion is run at once. @returns the suggestions and the values */
function runThrough(text: string, count: number, objective: (config: ConfigMap) => number, seed = 1) {
  const suggester = suggesterOf(text, seed)
  const values: number[] = []
  const suggestions: Suggestion[] = []
  for (let index = 0; values.length < count;) {
    const [next] = suggester.suggest(index, 1).suggestions
    if (next === undefined) break
    const value = objective(parseConfigText(next.configText))
    suggester.observe([{ ...runOf(next), state: 'finished', value, index: next.index }])
    values.push(value)
    suggestions.push(next)
    index = next.index + 1
  }
  return { values, suggestions }
}

const numberIn = (config: ConfigMap, name: string): number => {
  const value = config.get(name)
  return value instanceof ConfigNumber ? value.value : NaN
}

describe('method: bayes', () => {
  const file = (goal: string) => `
method: bayes
metric: {name: score, goal: ${goal}}
parameters:
  lr: {distribution: log_uniform_values, min: 1.0e-5, max: 1.0}
  depth: {min: 1, max: 9}
  kind: {values: [a, b, c]}
`
  /** Least, 0, at lr = 0.01, depth = 4, kind = b. */
  const loss = (config: ConfigMap): number =>
    (Math.log10(numberIn(config, 'lr')) + 2) ** 2 +
    (numberIn(config, 'depth') - 4) ** 2 / 4 +
    (config.get('kind') === 'b' ? 0 : 1)

  it('comes to the best configuration of a mixed space in 40 runs, from any seed', () => {
    for (const seed of [1, 2, 3]) {
      expect(Math.min(...runThrough(file('minimize'), 40, loss, seed).values)).toBeLessThan(0.01)
    }
  })

  it('maximises as it minimises, and explains itself in the metric’s own sign', () => {
    const down = runThrough(file('minimize'), 25, loss)
    const up = runThrough(file('maximize'), 25, (config) => -loss(config))
    expect(up.suggestions.map(({ configText }) => configText)).toEqual(
      down.suggestions.map(({ configText }) => configText),
    )
    const [below, above] = [down, up].map(
      ({ suggestions }) => JSON.parse(suggestions.at(-1)!.suggestedBy) as Record<string, unknown>,
    )
    expect(below).toMatchObject({ method: 'bayes', index: 24, source: 'model', n: 24 })
    expect(above).toEqual({ ...below, expected: -Number(below!['expected']) })
    expect(Object.keys(below!['lengthScales'] as object).sort()).toEqual(['depth', 'kind', 'lr'])
  })

  it('counts the suggestions of one answer as open: they are those that one would get one by one', () => {
    const start = () => {
      const suggester = suggesterOf(file('minimize'))
      const { suggestions, values } = runThrough(file('minimize'), 10, loss)
      suggester.observe(
        suggestions.map((one, i) => ({
          ...runOf(one),
          state: 'finished',
          value: values[i]!,
          index: one.index,
        })),
      )
      return suggester
    }
    const together = start().suggest(10, 8).suggestions
    const single = start()
    const oneByOne = Array.from({ length: 8 }, (_, i) => {
      const [next] = single.suggest(10 + i, 1).suggestions
      single.observe([{ ...runOf(next!), state: 'running', index: next!.index }])
      return next
    })
    expect(together).toEqual(oneByOne)
    expect(JSON.parse(together[7]!.suggestedBy)).toMatchObject({
      pending: 7,
      basis: { pending: [10, 11, 12, 13, 14, 15, 16] },
    })
  })

  it('ends an answer early when the asker has enough, with the same suggestions', () => {
    const suggester = suggesterOf(file('minimize'))
    const all = suggester.suggest(0, 4)
    let asked = 0
    expect(suggester.suggest(0, 4, () => ++asked === 2)).toEqual({
      suggestions: all.suggestions.slice(0, 2),
      exhausted: false,
    })
  })

  it('tries the configurations of the user first, then the centre', () => {
    const { suggestions } = runThrough(
      `${file('minimize')}initial_configs: [{lr: 0.5, depth: 1, kind: c}]
`,
      2,
      loss,
    )
    expect(suggestions.map(({ configText }) => configText)).toEqual([
      '{"depth":1,"kind":"c","lr":0.5}',
      '{"depth":5,"kind":"a","lr":0.003162277660168379}',
    ])
  })
})
