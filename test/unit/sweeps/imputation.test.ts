import { describe, expect, it } from 'vitest'
import { parseSweepFile } from '../../../sweeps/config.ts'
import { hashConfigText } from '../../../sweeps/config-hash.ts'
import { Imputer } from '../../../sweeps/imputation.ts'
import type { ImputationRules } from '../../../sweeps/imputation.ts'
import { replaySuggestion } from '../../../sweeps/replay-suggestion.ts'
import type { RunState } from '../../../sweeps/run.ts'
import { createSuggester } from '../../../sweeps/suggest.ts'
import type { HistoryEntry } from '../../../sweeps/suggest.ts'

function run(runId: string, state: RunState, value: number | null, more: Partial<HistoryEntry> = {}) {
  const index = Number(runId.slice(1))
  const configText = `{"x":${index / 100}}`
  return { runId, configText, configHash: hashConfigText(configText), state, value, index, ...more }
}

function told(rules: ImputationRules, entries: readonly HistoryEntry[]) {
  const imputer = new Imputer('minimize', rules)
  return new Map(entries.flatMap((entry) => imputer.take([entry])).map((entry) => [entry.runId, entry]))
}

const HISTORY = [
  run('r1', 'finished', 0.3, { endedAt: 1 }),
  run('r2', 'failed', 0.9, { endedAt: 2, latest: 0.95 }),
  run('r3', 'failed', null, { endedAt: 3 }),
  run('r4', 'running', 0.5),
  run('r5', 'running', null),
  run('r6', 'finished', 2, { endedAt: 6 }),
  run('r7', 'finished', NaN, { endedAt: 7 }),
]

describe('imputed values', () => {
  it('change nothing when nobody asks for them', () => {
    const entries = told({ ended: null, running: null }, HISTORY)
    expect([...entries.values()]).toEqual(HISTORY)
  })

  it('of failed runs and those without a number are the worst of all that ended, later ones too', () => {
    const entries = told({ ended: 'worst', running: null }, HISTORY)
    for (const id of ['r2', 'r3', 'r7'])
      expect(entries.get(id)).toMatchObject({ state: 'finished', value: 2 })
    for (const id of ['r1', 'r4', 'r5', 'r6'])
      expect(entries.get(id)).toEqual(HISTORY.find(({ runId }) => runId === id))
  })

  it('are the greatest number where less is worse', () => {
    const imputer = new Imputer('maximize', { ended: 'worst', running: null })
    const entries = imputer.take(HISTORY)
    expect(entries.find(({ runId }) => runId === 'r3')?.value).toBe(0.3)
  })

  it('of a failed run are its own best or last value, and a failure without a value stays one', () => {
    for (const [rule, value] of [
      ['best', 0.9],
      ['latest', 0.95],
    ] as const) {
      const entries = told({ ended: rule, running: null }, HISTORY)
      expect(entries.get('r2')).toMatchObject({ state: 'finished', value })
      expect(entries.get('r3')).toMatchObject({ state: 'failed', value: null })
    }
  })

  it('of running runs are their best so far, beside the last end; without one they stay open, or get the worst', () => {
    const own = told({ ended: null, running: 'best' }, HISTORY)
    expect(own.get('r4')).toMatchObject({ state: 'finished', value: 0.5, endedAt: 7 })
    expect(own.get('r5')).toMatchObject({ state: 'running', value: null })
    const worst = told({ ended: null, running: 'worst' }, HISTORY)
    expect(worst.get('r5')).toMatchObject({ state: 'finished', value: 2 })
  })
})

const file = (metric: string) =>
  parseSweepFile(
    `method: bayes\nmetric: {name: loss${metric}}\ncommand: [train]\nparameters: {x: {min: 0.0, max: 1.0}}\n`,
  ).config

describe('a sweep file', () => {
  it('says what is imputed', () => {
    expect(file('').imputation).toEqual({ ended: null, running: null })
    expect(file(', impute: latest, impute_while_running: best').imputation).toEqual({
      ended: 'latest',
      running: 'best',
    })
    expect(file(', impute_while_running: "false"').imputation.running).toBeNull()
    expect(() => file(', impute: bset')).toThrow('expected latest, best or worst')
    expect(() => file(', impute_while_running: false')).toThrow('impute_while_running')
  })

  it('has running runs counted by their values, and proposals made so can be made again', () => {
    const config = file(', impute_while_running: best')
    const ended = [0.1, 0.3, 0.5, 0.7, 0.9].map((x, index) => ({
      ...run(`r${index}`, 'finished', (x - 0.42) ** 2, { endedAt: index + 1 }),
      configText: `{"x":${x}}`,
      configHash: hashConfigText(`{"x":${x}}`),
    }))
    const running = { ...run('r5', 'running', 1e-9), configText: '{"x":0.42}' }
    const suggester = createSuggester(config, 1)
    suggester.observe([...ended, running])
    const [suggestion] = suggester.suggest(6, 1).suggestions
    const record = JSON.parse(suggestion!.suggestedBy) as { n: number; basis: object; nearest: object[] }
    expect(record).toMatchObject({ n: 6, pending: 0, basis: { pending: [], soFar: [[5, 1e-9]] } })
    // The run ended meanwhile with another value, and more runs came
    const later = [
      ...ended,
      { ...running, state: 'finished' as const, value: 7, endedAt: 9 },
      run('r7', 'finished', 0.2, { endedAt: 10 }),
    ]
    expect(replaySuggestion(config, 1, later, suggestion!.suggestedBy)).toEqual(suggestion)
  })
})
