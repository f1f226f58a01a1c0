// What a W&B sweep file means here, row by row, each with the check that proves it. docs/wandb-compatibility.md is made
// from these rows (wandb-compatibility.test.ts), so that the page cannot say what does not hold.
import { EarlyStopping } from '../../../sweeps/early-stopping.ts'
import { explainStop } from '../../../sweeps/explain-stop.ts'
import { parseRunsJsonl } from '../../../sweeps/plan.ts'
import { expect } from 'vitest'
import { buildCommandLine } from '../../../sweeps/command-line.ts'
import { DEFAULT_COMMAND, groupPaths, parseSweepFile } from '../../../sweeps/config.ts'
import { describeSweepFile } from '../../../sweeps/describe-sweep-file.ts'
import { hashConfigText } from '../../../sweeps/config-hash.ts'
import { SweepConfigError } from '../../../sweeps/errors.ts'
import { planSweep } from '../../../sweeps/plan.ts'
import { Imputer } from '../../../sweeps/imputation.ts'
import { createSuggester, searchSpaceOf } from '../../../sweeps/suggest.ts'

export interface CompatibilityRow {
  readonly what: string
  /** same: as W&B; better: W&B's way is a fault or a limit; refused: an error in words; ours: W&B has no such thing */
  readonly verdict: 'same' | 'better' | 'refused' | 'ours'
  readonly how: string
  /** Throws when the row is not true. */
  check(): void
}

export interface CompatibilityTopic {
  readonly title: string
  readonly rows: readonly CompatibilityRow[]
}

const config = (text: string) => parseSweepFile(text).config
const file = (more: string) =>
  `method: random\nprogram: train.py\nparameters: {lr: {min: 0.1, max: 1.0}}\n${more}`
const parameter = (shape: string, method = 'random') =>
  `method: ${method}\nprogram: t.py\nparameters: {p: ${shape}}\n`
const plan = (text: string, count = 100) => [...planSweep(text, { count })].map((run) => run.configText)

function problemCodes(text: string): string[] {
  try {
    parseSweepFile(text)
    return []
  } catch (error) {
    if (error instanceof SweepConfigError) return error.problems.map(({ code }) => code)
    throw error
  }
}
const refuses = (text: string, code: string) => expect(problemCodes(text)).toContain(code)
const warns = (text: string, code: string) =>
  expect(parseSweepFile(text).warnings.map((warning) => warning.code)).toContain(code)

/** Values of the parameter `p` at these probabilities, as written. */
function quantiles(shape: string, ...probabilities: number[]): string {
  const { documentText } = describeSweepFile(parameter(shape), { quantiles: probabilities })
  return /"quantiles":\{"p":\[(.*)\]\}\}$/.exec(documentText)?.[1] ?? documentText
}

function argv(
  command: readonly string[],
  configText: string,
  env: Record<string, string> = {},
  groups: string[][] = [],
) {
  return buildCommandLine({
    command,
    program: 'train.py',
    configText,
    runId: 'run1',
    sweepId: 'swp1',
    cwd: '/w',
    envvar: (name) => env[name],
    groups,
  }).argv
}

const sameDistribution = (
  shape: string,
  text: string,
  ...values: readonly [number, string][]
): CompatibilityRow => ({
  what: shape,
  verdict: 'same',
  how: text,
  check: () => {
    for (const [u, value] of values) expect(quantiles(shape, u)).toBe(value)
  },
})

const keys: CompatibilityTopic = {
  title: 'Keys of the file',
  rows: [
    {
      what: '`program`, `command`, `name`, `description`, `project`, `entity`, `kind`, `apiVersion`',
      verdict: 'same',
      how: 'read and kept',
      check: () =>
        expect(
          config(
            file(
              'name: n\ndescription: d\nproject: p\nentity: e\nkind: sweep\napiVersion: v1\ncommand: [a]\n',
            ),
          ),
        ).toMatchObject({
          name: 'n',
          description: 'd',
          project: 'p',
          entity: 'e',
          program: 'train.py',
          command: ['a'],
        }),
    },
    {
      what: '`method: grid`, `random`',
      verdict: 'same',
      how: 'see below',
      check: () =>
        expect([config(parameter('{values: [1]}', 'grid')).method, config(file('')).method]).toEqual([
          'grid',
          'random',
        ]),
    },
    {
      what: '`run_cap`',
      verdict: 'better',
      how: 'exact over all agents; every run counts 1, attempts cost nothing',
      check: () =>
        expect(
          [config(file('run_cap: 5.0\n')).runCap, plan(file('run_cap: 3\nseed: 1\n'))].flat(),
        ).toHaveLength(4),
    },
    {
      what: '`metric.name`, `goal`, `target`',
      verdict: 'same',
      how: '`goal` is `minimize` unless given',
      check: () =>
        expect(config(file('metric: {name: a, target: 0.5}\n')).metric).toMatchObject({
          goal: 'minimize',
          target: 0.5,
        }),
    },
    {
      what: '`metric.impute`',
      verdict: 'better',
      how: 'honoured by `bayes` when it is set; a failed run without a value stays a failure, where W&B takes 0; a stopped run keeps its own value; without the key a model learns where runs fail',
      check: () => {
        const imputation = { ended: 'best', running: null } as const
        expect(config(file('metric: {name: a, impute: best}\n')).imputation).toEqual(imputation)
        const given = (value: number | null, state: 'failed' | 'stopped') => ({
          ...{ runId: 'r', configText: '{}', configHash: '', state, value },
        })
        const told = (value: number | null, state: 'failed' | 'stopped') =>
          new Imputer('minimize', imputation).take([given(value, state)])[0]
        expect(told(0.5, 'failed')).toMatchObject({ state: 'finished', value: 0.5 })
        expect(told(null, 'failed')).toEqual(given(null, 'failed'))
        expect(told(0.5, 'stopped')).toEqual(given(0.5, 'stopped'))
      },
    },
    {
      what: '`metric.impute_while_running`',
      verdict: 'same',
      how: 'honoured by `bayes`; `"false"` in quotes is the default',
      check: () => {
        const running = (text: string) =>
          config(file(`metric: {name: a, impute_while_running: ${text}}\n`)).imputation.running
        expect([running('best'), running('"false"')]).toEqual(['best', null])
        refuses(file('metric: {name: a, impute_while_running: false}\n'), 'unknown_choice')
      },
    },
    {
      what: '`goal: maximise` and other unknown words',
      verdict: 'better',
      how: 'an error with the nearest known word; W&B silently minimizes',
      check: () => refuses(file('metric: {name: a, goal: maximise}\n'), 'unknown_choice'),
    },
    {
      what: '`early_terminate`',
      verdict: 'same',
      how: 'hyperband with `min_iter`, or `max_iter` and `s`; `eta`, `strict`: the same runs, thresholds and bands as its engine',
      check: () =>
        expect(
          config(file('metric: {name: a}\nearly_terminate: {type: hyperband, min_iter: 3}\n')).earlyTerminate,
        ).not.toBeNull(),
    },
    {
      what: '`early_terminate` that can never stop a run (`min_iter` and `max_iter` without `s`, a negative `s`, no metric)',
      verdict: 'better',
      how: 'an error at `validate`; W&B fails at its first check',
      check: () => {
        expect(
          problemCodes(file('metric: {name: a}\nearly_terminate: {type: hyperband, max_iter: 9}\n')),
        ).not.toEqual([])
        expect(
          problemCodes(file('metric: {name: a}\nearly_terminate: {type: hyperband, max_iter: 9, s: -1}\n')),
        ).not.toEqual([])
        expect(problemCodes(file('early_terminate: {type: hyperband, min_iter: 3}\n'))).not.toEqual([])
      },
    },
    {
      what: 'a run that reports nothing but NaN',
      verdict: 'better',
      how: 'stopped after `nan_patience` reports (10); W&B lets it go on',
      check: () => {
        const nan = '{"loss":{"$float":"nan"}}'
        const runs = parseRunsJsonl(
          `{"name":"a","state":"running","history":[${Array(10).fill(nan).join(',')}]}`,
        )
        const stopping = config(
          file('metric: {name: loss}\nearly_terminate: {type: hyperband, min_iter: 3}\n'),
        )
        expect(explainStop(stopping, runs).stopped).toEqual(['a'])
      },
    },
    {
      what: 'when a run is judged',
      verdict: 'better',
      how: 'as its report is stored, also when another run moves the threshold; W&B looks every few minutes',
      check: () => {
        const settings = {
          type: 'hyperband',
          resource: 'report',
          nanPatience: 10,
          audit: 0,
          keys: { min_iter: 1 },
        } as const
        const stopping = new EarlyStopping(settings, { goal: 'minimize' })
        const told = (id: string, value: number) =>
          stopping.take(id, [{ step: 0, seconds: null, epoch: null, value }])
        told('a', 2)
        expect(told('b', 1).map(({ runId, outcome }) => [runId, outcome])).toEqual([
          ['b', 'kept'],
          ['a', 'stopped'],
        ])
      },
    },
    {
      what: '`early_terminate` of other types, `resource`, `nan_patience`, `audit`',
      verdict: 'ours',
      how: '`asha` and `median`; docs/early-stopping.md',
      check: () =>
        expect(
          config(file('metric: {name: a}\nearly_terminate: {type: asha, resource: epoch, audit: 5%}\n'))
            .earlyTerminate,
        ).not.toBeNull(),
    },
    {
      what: '`controller`',
      verdict: 'same',
      how: '`local` and `cloud` are read; there is one controller here',
      check: () => expect(problemCodes(file('controller: {type: local}\n'))).toEqual([]),
    },
    {
      what: '`job`, `image_uri`, `scheduler`, `launch`, `metrics`, `method: custom`',
      verdict: 'refused',
      how: "W&B Launch's keys, by name",
      check: () => {
        for (const key of [
          'job: x',
          'image_uri: x',
          'scheduler: {engine: wandb}',
          'launch: {}',
          'metrics: []',
        ])
          refuses(file(`${key}\n`), 'not_supported')
        refuses(file('').replace('random', 'custom'), 'not_supported')
      },
    },
    {
      what: 'any other unknown key',
      verdict: 'better',
      how: 'an error with line, column and the nearest name; W&B warns and goes on',
      check: () => refuses(file('run_caps: 5\n'), 'unknown_key'),
    },
    {
      what: 'several mistakes',
      verdict: 'better',
      how: 'all of them at once, each with its place',
      check: () =>
        expect(problemCodes(file('run_cap: 0\nnam: x\nmetric: {goal: up}\n')).length).toBeGreaterThan(3),
    },
    {
      what: '`seed`, `order`, `max_parallel`, `initial_configs`, `metric.summary`, `parameters.NAME.when`',
      verdict: 'ours',
      how: 'optional; without them a file means what it means at W&B',
      check: () =>
        expect(
          config(
            'method: grid\nprogram: t.py\nseed: 1\norder: shuffle\nmax_parallel: 2\ninitial_configs: [{a: 1, b: 3}]\nmetric: {name: l, summary: last}\nparameters: {a: {values: [1, 2]}, b: {values: [3], when: {a: 1}}}\n',
          ),
        ).toMatchObject({ seed: 1, order: 'shuffle', maxParallel: 2, initialConfigs: ['{"a":1,"b":3}'] }),
    },
  ],
}

const text: CompatibilityTopic = {
  title: 'The text',
  rows: [
    {
      what: '`1e-5`',
      verdict: 'better',
      how: 'a number, as YAML 1.2 has it; at W&B a text, unless written `!!float 1e-5`',
      check: () => expect(quantiles('{min: 1e-5, max: 1e-5}', 0.5)).toContain('min_max'),
    },
    {
      what: '`1` and `1.0`',
      verdict: 'same',
      how: 'different: two whole bounds make `int_uniform`, else `uniform`; the config keeps what was written',
      check: () => {
        expect(quantiles('{min: 1, max: 3}', 0.5)).toBe('2')
        expect(quantiles('{min: 1.0, max: 3}', 0.5)).toBe('2.0')
      },
    },
    {
      what: '`012`, `1e400`, whole numbers beyond 2^53',
      verdict: 'better',
      how: 'an error; W&B changes them silently',
      check: () => {
        for (const number of ['012', '1e400', '9007199254740993'])
          expect(problemCodes(parameter(`{values: [${number}]}`)), number).not.toEqual([])
      },
    },
    {
      what: 'anchors, aliases, tags, merge keys, several documents',
      verdict: 'refused',
      how: 'no sweep file needs them, and a few hundred bytes of them can stop a server',
      check: () => {
        for (const value of ['&a 1', '!!float 1', '{<<: {}}'])
          expect(problemCodes(parameter(`{value: ${value}}`)), value).not.toEqual([])
      },
    },
    {
      what: 'JSON files',
      verdict: 'same',
      how: 'read by the same rules',
      check: () =>
        expect(
          config('{"method":"random","program":"t","parameters":{"a":{"min":0,"max":1.5}}}').method,
        ).toBe('random'),
    },
    {
      what: 'more than 64 KiB, 2,000 keys or 32 levels',
      verdict: 'refused',
      how: 'in words, before the text is parsed',
      check: () =>
        expect(problemCodes(parameter(`{values: ${'['.repeat(40)}1${']'.repeat(40)}}`))).not.toEqual([]),
    },
  ],
}

const distributions: CompatibilityTopic = {
  title: 'Parameters and distributions',
  rows: [
    sameDistribution('{value: 7}', '`constant`', [0.5, '7']),
    sameDistribution('{values: [a, b, c]}', '`categorical`', [0.2, '"a"'], [0.99, '"c"']),
    sameDistribution(
      '{values: [a, b], probabilities: [0.9, 0.1]}',
      '`categorical_w_probabilities`',
      [0.5, '"a"'],
      [0.95, '"b"'],
    ),
    sameDistribution('{min: 1, max: 10}', '`int_uniform`, `max` included', [0.05, '1'], [0.99, '10']),
    sameDistribution('{min: 0.0, max: 2.0}', '`uniform`', [0.25, '0.5']),
    sameDistribution('{distribution: log_uniform_values, min: 0.01, max: 1.0}', 'uniform in ln x', [
      1,
      '1.0',
    ]),
    sameDistribution('{distribution: q_uniform, min: 0, max: 10, q: 5}', 'multiples of `q`, half to even', [
      0.5,
      '5',
    ]),
    sameDistribution('{distribution: normal, mu: 3, sigma: 2}', '`normal`', [0.5, '3.0']),
    sameDistribution('{distribution: log_normal}', '`log_normal`', [0.5, '1.0']),
    sameDistribution('{distribution: beta, a: 1, b: 1}', '`beta`', [0.25, '0.25']),
    {
      what: '`inv_log_uniform_values`, `q_log_uniform_values`, `q_normal`, `q_log_normal`, `q_beta`',
      verdict: 'same',
      how: 'all 18 inverse distribution functions agree with W&B to 1e-9 (beta 1e-7)',
      check: () => {
        for (const name of ['inv_log_uniform_values', 'q_log_uniform_values'])
          expect(problemCodes(parameter(`{distribution: ${name}, min: 1, max: 100}`))).toEqual([])
        for (const name of ['q_normal', 'q_log_normal', 'q_beta'])
          expect(problemCodes(parameter(`{distribution: ${name}}`))).toEqual([])
      },
    },
    {
      what: '`log_uniform`, `inv_log_uniform`, `q_log_uniform` (exponents)',
      verdict: 'same',
      how: 'run, with a warning that shows the range',
      check: () =>
        warns(parameter('{distribution: log_uniform, min: -5, max: 2}'), 'deprecated_distribution'),
    },
    {
      what: '`log_uniform` with bounds in (0, 1]',
      verdict: 'better',
      how: 'an error that names `log_uniform_values`: these are values, not exponents',
      check: () =>
        refuses(parameter('{distribution: log_uniform, min: 0.0001, max: 0.1}'), 'exponents_expected'),
    },
    {
      what: 'quantised values',
      verdict: 'better',
      how: 'never leave the range, never -0.0, and 0.3 is 0.3, not 0.30000000000000004',
      check: () => {
        expect(quantiles('{distribution: q_uniform, min: 1, max: 10, q: 4}', 0, 1)).toBe('4,8')
        expect(quantiles('{distribution: q_uniform, min: 0, max: 1, q: 0.1}', 0.3)).toBe('0.3')
        expect(quantiles('{distribution: q_normal, mu: 0, sigma: 0.1, q: 1.0}', 0.4)).toBe('0.0')
      },
    },
    {
      what: '`sigma: 0`, `a: 0`',
      verdict: 'better',
      how: 'an error; W&B samples NaN',
      check: () => {
        refuses(parameter('{distribution: normal, sigma: 0}'), 'out_of_range')
        refuses(parameter('{distribution: beta, a: 0}'), 'out_of_range')
      },
    },
    {
      what: 'nested `parameters`',
      verdict: 'better',
      how: 'checked at every depth like the rest; W&B checks the top level only',
      check: () => refuses(parameter('{parameters: {q: {parameters: {lr: {min: 3, max: 2}}}}}'), 'min_max'),
    },
    {
      what: '`probabilities` that do not add up',
      verdict: 'same',
      how: 'an error, within 1e-5',
      check: () => refuses(parameter('{values: [a, b], probabilities: [0.5, 0.6]}'), 'probabilities_sum'),
    },
    {
      what: '`__proto__`, `constructor`, `toString` as names',
      verdict: 'refused',
      how: 'an error',
      check: () => {
        for (const name of ['__proto__', 'constructor', 'toString'])
          refuses(parameter('{value: 1}').replace('p:', `${name}:`), 'reserved_name')
      },
    },
  ],
}

const search: CompatibilityTopic = {
  title: 'Grid and random',
  rows: [
    {
      what: 'order of a grid',
      verdict: 'same',
      how: 'names sorted at each level, the last varies fastest, values as written',
      check: () =>
        expect(
          plan('method: grid\nprogram: t\nparameters: {b: {values: [2, 1]}, a: {values: [x, y]}}\n'),
        ).toEqual(['{"a":"x","b":2}', '{"a":"x","b":1}', '{"a":"y","b":2}', '{"a":"y","b":1}']),
    },
    {
      what: 'a cell that any run covers is done',
      verdict: 'same',
      how: 'equal values of all parameters that are not constant; 3.0 is 3, true is not 1',
      check: () => {
        const { config: read } = parseSweepFile(
          'method: grid\nprogram: t\nparameters: {a: {values: [3, true]}, c: {value: 1}}\n',
        )
        const suggester = createSuggester(read, 0)
        const configText = '{"a":3.0,"other":1}'
        suggester.observe([
          { runId: 'r', configText, configHash: hashConfigText(configText), state: 'failed', value: null },
        ])
        expect(suggester.suggest(0, 9).suggestions.map((one) => one.configText)).toEqual(['{"a":true,"c":1}'])
      },
    },
    {
      what: '`q_uniform` in a grid',
      verdict: 'better',
      how: 'counts from `min` in steps of `q` and includes `max` when it lies on that grid',
      check: () =>
        expect(plan(parameter('{distribution: q_uniform, min: 0, max: 1, q: 0.5}', 'grid'))).toEqual([
          '{"p":0.0}',
          '{"p":0.5}',
          '{"p":1.0}',
        ]),
    },
    {
      what: 'continuous parameters in a grid',
      verdict: 'better',
      how: 'an error at `validate` with the way out; W&B fails at the first suggestion',
      check: () => refuses(parameter('{min: 0.0, max: 1.0}', 'grid'), 'not_for_grid'),
    },
    {
      what: 'large grids',
      verdict: 'better',
      how: 'a cell is computed from its number: 10^9 cells cost nothing, and any index can be resumed',
      check: () => {
        const wide = Array.from({ length: 9 }, (_, index) => `p${index}: {min: 0, max: 9}`).join(', ')
        expect(plan(`method: grid\nprogram: t\nparameters: {${wide}}\n`, 1)[0]).toContain('"p8":0')
      },
    },
    {
      what: '`order: shuffle`',
      verdict: 'ours',
      how: 'a seeded permutation that needs no memory',
      check: () => {
        const shape = parameter('{min: 1, max: 50}', 'grid')
        const shuffled = plan(`order: shuffle\nseed: 1\n${shape}`)
        expect(shuffled).not.toEqual(plan(shape))
        expect([...shuffled].sort()).toEqual([...plan(shape)].sort())
      },
    },
    {
      what: 'random',
      verdict: 'better',
      how: 'proposal i is a function of (file, seed, i), whatever the number of agents',
      check: () => expect(plan(file('seed: 7\n'), 5)).toEqual(plan(file('seed: 7\n'), 5)),
    },
    {
      what: 'random in a finite space',
      verdict: 'better',
      how: 'without replacement, and the sweep ends when every configuration was tried; W&B repeats for ever',
      check: () => expect(new Set(plan(`seed: 1\n${parameter('{values: [1, 2, 3]}')}`)).size).toBe(3),
    },
    {
      what: 'conditional parameters (`when`)',
      verdict: 'ours',
      how: 'a configuration holds the parameters that exist, and is tried once',
      check: () => {
        const shape =
          'method: grid\nprogram: t\nparameters: {o: {values: [a, b]}, m: {values: [1, 2], when: {o: b}}}\n'
        expect(searchSpaceOf(config(shape)).size).toBe(3)
      },
    },
  ],
}

const commands: CompatibilityTopic = {
  title: 'The command line',
  rows: [
    {
      what: 'the default command',
      verdict: 'same',
      how: '`${env} ${interpreter} ${program} ${args}`',
      check: () =>
        expect(argv(DEFAULT_COMMAND, '{"lr":0.1}')).toEqual([
          '/usr/bin/env',
          'python',
          'train.py',
          '--lr=0.1',
        ]),
    },
    ...(
      [
        ['${args}', ['--b=True', '--n=3.0', '--s=x']],
        ['${args_no_hyphens}', ['b=True', 'n=3.0', 's=x']],
        ['${args_no_boolean_flags}', ['--b', '--n=3.0', '--s=x']],
        ['${args_no_equals}', ['--b', 'True', '--n', '3.0', '--s', 'x']],
        ['${args_append_hydra}', ['+b=True', '+n=3.0', '+s=x']],
        ['${args_override_hydra}', ['++b=True', '++n=3.0', '++s=x']],
        ['${args_json}', ['{"b": true, "n": 3.0, "s": "x"}']],
        ['${args_json_file}', ['/w/wandb/sweep-swp1/config-run1.json']],
        ['${args_dict}', ['b', 'n', 's']],
      ] as const
    ).map(([macro, words]): CompatibilityRow => ({
      what: `\`${macro}\``,
      verdict: 'same',
      how: words.map((word) => `\`${word}\``).join(' '),
      check: () => expect(argv([macro], '{"b":true,"n":3.0,"s":"x"}')).toEqual(words),
    })),
    {
      what: 'numbers',
      verdict: 'same',
      how: 'as Python prints them: `3`, `3.0`, `1e-05`, `1e+16`',
      check: () =>
        expect(argv(['${a}', '${b}', '${c}'], '{"a":3,"b":3.0,"c":1e-05}')).toEqual(['3', '3.0', '1e-05']),
    },
    {
      what: '`${envvar:NAME}`',
      verdict: 'better',
      how: 'read at each start; W&B keeps the value of the first run',
      check: () => {
        expect(argv(['--h=${envvar:HOST}'], '{}', { HOST: 'a' })).toEqual(['--h=a'])
        expect(argv(['--h=${envvar:HOST}'], '{}', { HOST: 'b' })).toEqual(['--h=b'])
      },
    },
    {
      what: '`--batch_size=${batch_size}`',
      verdict: 'better',
      how: "works, as W&B's documentation says; its code passes the text literally",
      check: () =>
        expect(argv(['--batch_size=${batch_size}'], '{"batch_size":32}')).toEqual(['--batch_size=32']),
    },
    {
      what: 'an unknown macro',
      verdict: 'better',
      how: 'an error at `validate`; W&B drops the word',
      check: () => refuses(file('command: ["${nothing}"]\n'), 'unknown_macro'),
    },
    {
      what: 'nested parameters',
      verdict: 'better',
      how: 'dotted flags, `--opt.lr=0.1`; W&B prints one Python dictionary',
      check: () => {
        const nested = config(
          'method: random\nprogram: t\nparameters: {opt: {parameters: {lr: {value: 0.1}}}}\n',
        )
        const groups = groupPaths(nested.parameters).map((names) => [...names])
        expect(argv(['${args}'], '{"opt":{"lr":0.1}}', {}, groups)).toEqual(['--opt.lr=0.1'])
      },
    },
    {
      what: 'lists and mappings as values',
      verdict: 'better',
      how: "JSON; W&B prints Python's repr",
      check: () => expect(argv(['${args}'], '{"a":[1,"x"]}')).toEqual(['--a=[1, "x"]']),
    },
    {
      what: 'a shell',
      verdict: 'same',
      how: 'none: values reach the process byte for byte, and name no environment variable',
      check: () => expect(argv(['${args}'], '{"a":"; rm -rf $(id)"}')).toEqual(['--a=; rm -rf $(id)']),
    },
    {
      what: '`WANDB_RUN_ID`, `WANDB_SWEEP_ID`, `WANDB_SWEEP_PARAM_PATH`, `WANDB_DIR`',
      verdict: 'same',
      how: 'set, and the file written',
      check: () => {
        const made = buildCommandLine({
          command: ['t'],
          program: null,
          configText: '{"lr":0.1}',
          runId: 'run1',
          sweepId: 'swp1',
          cwd: '/w',
          envvar: () => undefined,
        })
        expect(Object.keys(made.env).sort()).toEqual([
          'WANDB_DIR',
          'WANDB_RUN_ID',
          'WANDB_SWEEP_ID',
          'WANDB_SWEEP_PARAM_PATH',
        ])
        expect(Object.values(made.files).join()).toContain('lr:\n  value: 0.1')
      },
    },
  ],
}

export const COMPATIBILITY: readonly CompatibilityTopic[] = [keys, text, distributions, search, commands]
