import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DEFAULT_COMMAND, groupPaths, parseSweepFile, problemsBeforeRunning } from '../../../sweeps/config.ts'
import type { SweepConfig } from '../../../sweeps/config.ts'
import { SweepConfigError } from '../../../sweeps/errors.ts'
import type { ConfigProblem } from '../../../sweeps/errors.ts'
import { mapOf, readVectors, textOf } from './wandb-vectors.ts'

/** Files that W&B takes (or refuses) and we do not, each a BEAT of the specification or stated in it. */
const DIFFERENT: Readonly<Record<string, string>> = {
  'job-and-image': 'keys of W&B Launch are refused by name',
  'command-mixed-types': 'W&B passes the repr of a mapping as a word',
  'et-max_iter-negative': 'W&B fails at the first check: no band',
  'et-s-negative': 'W&B fails at the first check: no band',
  'et-without-metric': 'W&B fails at the first check',
  'p-inv_log_uniform-deprecated': 'runs, with a warning that shows the range',
  'p-q_log_uniform-deprecated': 'runs, with a warning that shows the range',
  'nested-prob-sum': 'W&B checks top-level parameters only',
}

function problemsOf(text: string): readonly ConfigProblem[] {
  try {
    parseSweepFile(text)
    return []
  } catch (error) {
    if (error instanceof SweepConfigError) return error.problems
    throw error
  }
}

const configOf = (text: string): SweepConfig => parseSweepFile(text).config
const warningCodes = (text: string) => parseSweepFile(text).warnings.map(({ code }) => code)
const BASE = 'method: random\nprogram: train.py\nparameters: {lr: {min: 0.1, max: 1.0}}\n'

describe("W&B's decisions about files", () => {
  for (const one of readVectors('schema.json')) {
    const name = textOf(one.get('name'))
    const expected = mapOf(one.get('expected'))
    const first = expected.get('first_suggestion') ?? null
    const isGood = expected.get('accepted') === true && (first === null || mapOf(first).get('ok') === true)
    it(`are ${DIFFERENT[name] === undefined ? 'the same' : 'bettered'}: ${name}`, () => {
      const isTaken = problemsOf(textOf(one.get('config_json'))).length === 0
      expect(isTaken).toBe(DIFFERENT[name] === undefined ? isGood : !isGood)
    })
  }
})

describe('parseSweepFile', () => {
  it('fills in the defaults', () => {
    expect(configOf(BASE)).toMatchObject({
      ...{
        name: null,
        project: null,
        entity: null,
        description: null,
        program: 'train.py',
        method: 'random',
      },
      ...{
        metric: null,
        command: DEFAULT_COMMAND,
        runCap: null,
        maxParallel: null,
        seed: null,
        order: 'as_written',
      },
      ...{
        initialConfigs: [],
        retry: { maxAttempts: 1, on: ['failed'] },
        runTimeoutMs: null,
        noMetricTimeoutMs: null,
      },
      ...{ requires: {}, earlyTerminate: null },
    })
  })

  it('reads our additions', () => {
    const config = configOf(
      BASE +
        'seed: 3\nmax_parallel: 2\nrun_cap: 5.0\nrun_timeout: 1h30m\nno_metric_timeout: 45s\nrequires: {gpu: h100, n: 2}\n' +
        'retry: {max_attempts: 3, on: [failed]}\ninitial_configs: [{lr: 0.5}]\n' +
        'metric: {name: acc, goal: maximize, summary: last, target: 0.9}\n',
    )
    expect(config).toMatchObject({
      ...{ seed: 3, maxParallel: 2, runCap: 5, runTimeoutMs: 5_400_000, noMetricTimeoutMs: 45_000 },
      ...{ requires: { gpu: 'h100', n: '2' }, retry: { maxAttempts: 3 }, initialConfigs: ['{"lr":0.5}'] },
      metric: { name: 'acc', goal: 'maximize', summary: 'last', target: 0.9 },
    })
  })

  it('infers distributions from how the numbers are written', () => {
    const { parameters } = configOf(
      'method: random\nparameters:\n  i: {min: 1, max: 10}\n  f: {min: 1, max: 10.0}\n  e: {min: 1e-5, max: 1}\n  v: {values: [1]}\n',
    )
    const names = parameters.map((node) => (node.kind === 'leaf' ? node.distribution.name : 'group'))
    expect(names).toEqual(['int_uniform', 'uniform', 'uniform', 'categorical'])
  })

  it('reports all problems at once, each with its place and the nearest name', () => {
    const text = `metod: random
parameters:
  lr: {min: 1, max: 0.5}
  opt:
    parameters:
      beta: {distribution: lognormal}
      eps: {vaule: 3}
metric:
  name: loss
  goal: maximise
run_cap: -1
`
    expect(
      problemsOf(text).map(({ path, line, column, code, hint }) => ({ path, line, column, code, hint })),
    ).toEqual([
      { path: 'metod', line: 1, column: 1, code: 'unknown_key', hint: 'Did you mean "method"?' },
      { path: 'parameters.lr.min', line: 3, column: 13, code: 'min_max', hint: 'Swap them.' },
      ...[
        { path: 'parameters.opt.parameters.beta.distribution', line: 6, column: 28, code: 'unknown_choice' },
        { path: 'parameters.opt.parameters.eps.vaule', line: 7, column: 13, code: 'unknown_key' },
        { path: 'metric.goal', line: 10, column: 9, code: 'unknown_choice' },
      ].map((problem, index) => ({
        ...problem,
        hint: `Did you mean "${['log_normal', 'value', 'maximize'][index] ?? ''}"?`,
      })),
      { path: 'run_cap', line: 11, column: 10, code: 'out_of_range', hint: '' },
    ])
  })

  it.each(['__proto__', 'constructor', 'prototype', 'toString'])(
    'refuses %s as a parameter, nested too',
    (name) => {
      expect(problemsOf(`method: random\nparameters: {${name}: {value: 1}}`)).toMatchObject([
        { code: 'reserved_name' },
      ])
      expect(
        problemsOf(`method: random\nparameters: {a: {parameters: {"${name}": {value: 1}}}}`),
      ).toMatchObject([{ code: 'reserved_name' }])
    },
  )

  it.each([
    ['metrics', 'metrics: [{name: a}, {name: b}]', 'not_supported'],
    ['job', 'job: j', 'not_supported'],
    ['a grid over a continuous parameter', 'method: grid', 'not_for_grid'],
    ['a shuffled random search', 'order: shuffle', 'order_without_grid'],
    ['an unknown macro', 'command: [python, "${arg}"]', 'unknown_macro'],
    ['a duration without a unit', 'run_timeout: 90', 'wrong_type'],
    ['an unknown parameter', 'initial_configs: [{rl: 1}]', 'unknown_parameter'],
    [
      'hyperband without a band',
      'metric: {name: l}\nearly_terminate: {type: hyperband, max_iter: 2, s: 1}',
      'no_band',
    ],
    [
      'a fraction as a bound of integers',
      'parameters: {a: {distribution: int_uniform, min: 1, max: 2.5}}',
      'wrong_type',
    ],
    ['an endless bound', 'parameters: {a: {min: 0.0, max: .inf}}', 'wrong_type'],
    ['bounds in quotes', 'parameters: {a: {min: "1e-5", max: 1.0}}', 'wrong_type'],
    [
      'values meant for log_uniform_values',
      'parameters: {a: {distribution: log_uniform, min: 0.001, max: 0.1}}',
      'exponents_expected',
    ],
  ])('refuses %s', (_, line, code) => {
    const key = line.slice(0, line.indexOf(':'))
    const rest = BASE.split('\n').filter((kept) => !kept.startsWith(`${key}:`))
    expect(problemsOf([...rest, line].join('\n')).map((problem) => problem.code)).toContain(code)
  })

  it('tells of a key that must be there once, whether it is missing or misspelt', () => {
    const told = (text: string) => problemsOf(text).map(({ path, code }) => `${path} ${code}`)
    expect(told('program: t.py\n')).toEqual(['method missing_key', 'parameters missing_key'])
    expect(told('metod: grid\nparamters: {a: {value: 1}}\nprogram: t.py\n')).toEqual([
      'metod unknown_key',
      'paramters unknown_key',
    ])
    const metric = 'method: grid\nparameters: {a: {value: 1}}\nprogram: t.py\nmetric:'
    expect(told(`${metric} {goal: minimize}\n`)).toEqual(['metric missing_key'])
    expect(told(`${metric} {nmae: loss}\n`)).toEqual(['metric.nmae unknown_key'])
  })

  it('warns of what means something else than it seems', () => {
    const stopping = `${BASE}metric: {name: l}\nearly_terminate: {type: hyperband, min_iter: 3}\n`
    expect(warningCodes(stopping)).toEqual([])
    expect(configOf(stopping).earlyTerminate).toEqual({ type: 'hyperband', min_iter: 3 })
    expect(warningCodes(BASE.replace('program: train.py\n', ''))).toEqual(['program_missing'])
    expect(warningCodes('method: random\nprogram: a\nparameters: {a: {values: [yes, x]}}')).toEqual([
      'ambiguous_word',
    ])
    expect(
      warningCodes(
        'method: random\nprogram: a\nparameters: {a: {distribution: log_uniform, min: -9.2, max: -2.3}}',
      ),
    ).toEqual(['deprecated_distribution'])
  })

  it('prints command words as Python, and takes null and [] as the default', () => {
    expect(configOf(`${BASE}command: [python, 1, 2.5, true, null, 1e-5]`).command).toEqual([
      ...['python', '1', '2.5', 'True', 'None', '1e-05'],
    ])
    expect(configOf(`${BASE}command: []`).command).toEqual(DEFAULT_COMMAND)
    expect(configOf(`${BASE}command: null`).command).toEqual(DEFAULT_COMMAND)
    expect(configOf(`${BASE}command: [run, "--lr=\${lr}"]`).command).toEqual(['run', '--lr=${lr}'])
  })

  it('reads JSON as it reads YAML', () => {
    expect(
      configOf('{"method":"random","program":"train.py","parameters":{"lr":{"min":0.1,"max":1.0}}}'),
    ).toEqual(configOf(BASE))
  })

  it('throws nothing but SweepConfigError, whatever the text', () => {
    const mutated = fc
      .tuple(fc.nat(BASE.length), fc.nat(3), fc.string({ unit: 'binary', maxLength: 4 }))
      .map(([at, cut, piece]) => BASE.slice(0, at) + piece + BASE.slice(at + cut))
    fc.assert(
      fc.property(fc.oneof(mutated, fc.string({ unit: 'binary' })), (text) =>
        Array.isArray(problemsOf(text)),
      ),
      { numRuns: 300 },
    )
    expect(problemsOf('')).toMatchObject([{ code: 'empty' }])
    expect(problemsOf('- 1')).toMatchObject([{ code: 'wrong_type' }])
  })
})

describe('problemsBeforeRunning', () => {
  const codes = (text: string) => problemsBeforeRunning(configOf(text)).map(({ code }) => code)

  it('finds what a sound file lacks for running', () => {
    expect(codes(BASE)).toEqual([])
    expect(codes('method: bayes\nmetric: {name: l}\nparameters: {a: {value: 1}}')).toEqual([
      'program_missing',
    ])
    expect(codes('method: random\ncommand: [python, "${args}"]\nparameters: {a: {value: 1}}')).toEqual([])
  })
})

describe('groupPaths', () => {
  it('lists nested blocks, outermost first', () => {
    const { parameters } = configOf(
      'method: random\nparameters: {a: {parameters: {b: {parameters: {c: {value: 1}}}}}, d: {value: 1}}',
    )
    expect(groupPaths(parameters)).toEqual([['a'], ['a', 'b']])
  })
})
