// Conditional parameters (`when`): reading them, the space they make, grid and random over it, and the command line.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { buildCommandLine } from '../../../sweeps/command-line.ts'
import { conditionalPaths, parseSweepFile } from '../../../sweeps/config.ts'
import { parseConfigText, writeConfigText } from '../../../sweeps/config-text.ts'
import { describeSweepFile } from '../../../sweeps/describe-sweep-file.ts'
import { SweepConfigError } from '../../../sweeps/errors.ts'
import { planSweep } from '../../../sweeps/plan.ts'
import { searchSpaceOf } from '../../../sweeps/suggest.ts'

const OPTIMIZERS = `
parameters:
  optimizer: {values: [adam, sgd, rmsprop]}
  bs: {values: [32, 64]}
  momentum:
    values: [0.8, 0.9]
    when: {optimizer: [sgd, rmsprop]}
  nesterov:
    values: [true, false]
    when: {optimizer: sgd, momentum: 0.9}
command: [python, train.py]
`
const file = (method: string, parameters = OPTIMIZERS) => `method: ${method}\n${parameters}`

function problemsOf(parameters: string): string[] {
  try {
    parseSweepFile(file('random', `parameters:\n${parameters}\ncommand: [train]\n`))
    return []
  } catch (error) {
    if (!(error instanceof SweepConfigError)) throw error
    return error.problems.map(
      (problem) => `${problem.line}:${problem.column} ${problem.path} ${problem.code} ${problem.hint}`,
    )
  }
}

const plan = (text: string, count?: number) =>
  [...planSweep(text, count === undefined ? {} : { count })].map((run) => run.configText)

describe('reading `when`', () => {
  it('finds the parameter beside it, then in the blocks around it, then by its dotted path', () => {
    const nested = `
  mode: {values: [a, b]}
  opt:
    parameters:
      mode: {values: [c, d]}
      beside: {values: [1, 2], when: {mode: c}}
      dotted: {values: [1, 2], when: {net.depth: 3}}
  net:
    when: {mode: b}
    parameters:
      depth: {min: 1, max: 4}
`
    const { config } = parseSweepFile(file('random', `parameters:${nested}command: [train]\n`))
    expect(
      JSON.parse(
        describeSweepFile(file('random', `parameters:${nested}command: [train]\n`)).documentText,
      ).parameters.map((parameter: { text: string }) => parameter.text),
    ).toEqual([
      'mode {a,b}',
      'net.depth 1..4  only if mode = b',
      'opt.beside {1,2}  only if opt.mode = c',
      'opt.dotted {1,2}  only if net.depth = 3',
      'opt.mode {c,d}',
    ])
    expect(conditionalPaths(config.parameters)).toEqual(['opt.beside', 'opt.dotted', 'net.depth'])
  })

  it.each([
    [
      '  a: {values: [1, 2]}\n  b: {values: [1], when: {c: 1}}',
      /^4:27 parameters.b.when.c unknown_parameter Known here: a/,
    ],
    [
      '  alpha: {values: [x, y]}\n  b: {values: [1], when: {alpa: x}}',
      /unknown_parameter Did you mean "alpha"/,
    ],
    [
      '  a: {values: [adam, sgd]}\n  b: {values: [1], when: {a: adem}}',
      /^4:30 parameters.b.when.a when_value Did you mean "adam"/,
    ],
    ['  a: {values: [1, 2]}\n  b: {values: [1], when: {a: [1, 3]}}', /when_value One of 1, 2\./],
    ['  a: {value: 1}\n  b: {values: [1], when: {a: 1}}', /when_never_changes/],
    ['  a: {min: 0.0, max: 1.0}\n  b: {values: [1], when: {a: 0.5}}', /when_not_listed/],
    ['  a: {values: [1, 2]}\n  b: {values: [1], when: {a: []}}', /no_values/],
    ['  a: {values: [1, 2]}\n  b: {values: [1], when: {}}', /no_values/],
    ['  a: {values: [1, 2]}\n  b: {values: [1], when: a}', /wrong_type/],
    ['  a: {values: [1, 2], when: {b: 1}}\n  b: {values: [1, 2], when: {a: 1}}', /when_circle/],
    ['  a: {values: [1, 2], when: {a: 1}}', /unknown_parameter/],
    [
      '  a: {min: 1, max: 1000}\n  b: {min: 1, max: 1000}\n  c: {values: [1], when: {a: 1, b: 1}}',
      /when_too_many_cases/,
    ],
  ])('refuses %j', (parameters, expected) => {
    const problems = problemsOf(parameters)
    expect(problems).toHaveLength(1)
    expect(problems[0]).toMatch(expected)
  })
})

describe('a space with conditions', () => {
  // adam: 2 batch sizes. rmsprop: 2 x 2 momenta. sgd: 2 x (0.8, or 0.9 with 2 nesterov).
  const SIZE = 2 + 2 * 2 + 2 * (1 + 2)

  it('counts different configurations, not combinations', () => {
    expect(searchSpaceOf(parseSweepFile(file('grid')).config).size).toBe(SIZE)
  })

  it('has no size when one of its parameters is continuous', () => {
    const text = file(
      'random',
      'parameters:\n  o: {values: [a, b]}\n  x: {min: 0.0, max: 1.0, when: {o: a}}\ncommand: [t]\n',
    )
    expect(searchSpaceOf(parseSweepFile(text).config).size).toBeNull()
  })

  it('is walked by a grid completely and once, each config with the parameters that exist', () => {
    const configs = plan(file('grid'))
    expect(configs).toHaveLength(SIZE)
    expect(new Set(configs).size).toBe(SIZE)
    expect(configs.filter((text) => text.includes('"optimizer":"adam"'))).toEqual([
      '{"bs":32,"optimizer":"adam"}',
      '{"bs":64,"optimizer":"adam"}',
    ])
    expect(configs).toContain('{"bs":64,"momentum":0.9,"nesterov":true,"optimizer":"sgd"}')
    for (const text of configs) {
      const config = parseConfigText(text)
      expect(config.has('momentum')).toBe(config.get('optimizer') !== 'adam')
      expect(config.has('nesterov')).toBe(
        text.includes('"momentum":0.9') && config.get('optimizer') === 'sgd',
      )
    }
  })

  it('gives the same configs shuffled and drawn at random without replacement', () => {
    const all = plan(file('grid')).sort()
    expect(plan(`order: shuffle\nseed: 3\n${file('grid')}`).sort()).toEqual(all)
    expect(plan(`seed: 3\n${file('random')}`).sort()).toEqual(all)
  })

  it('is sampled parameter by parameter: a branch with many configs is not drawn more often', () => {
    const text = `seed: 1\n${file('random', 'parameters:\n  o: {values: [few, many]}\n  x: {min: 1, max: 100000, when: {o: many}}\n  y: {min: 1, max: 100000}\ncommand: [t]\n')}`
    const few = plan(text, 2000).filter((config) => config.includes('few')).length
    expect(few).toBeGreaterThan(900)
    expect(few).toBeLessThan(1100)
  })

  it('takes each of its points back to a point of the same config', () => {
    const space = searchSpaceOf(parseSweepFile(file('grid')).config)
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 4, maxLength: 4 }),
        (point) => {
          const config = space.configAt(point)
          const back = space.pointOf(config)
          expect(back).not.toBeNull()
          expect(writeConfigText(space.configAt(back ?? []))).toBe(writeConfigText(config))
          const cell = space.cellOfPoint(point)
          expect(space.cellOfConfig(config)).toBe(cell)
          expect(space.renderAt(space.cells?.pointOf(cell ?? -1) ?? []).text).toBe(writeConfigText(config))
        },
      ),
    )
  })

  it('knows what a run covers though it reported parameters that do not exist', () => {
    const space = searchSpaceOf(parseSweepFile(file('grid')).config)
    const cell = (text: string) => space.cellOfConfig(parseConfigText(text))
    expect(cell('{"bs":32,"optimizer":"adam","momentum":0.8}')).toBe(cell('{"bs":32,"optimizer":"adam"}'))
    expect(cell('{"bs":32,"optimizer":"sgd"}')).toBeNull()
  })

  it('leaves a group out that does not exist, and constants inside it', () => {
    const parameters =
      'parameters:\n  o: {values: [a, b]}\n  net: {when: {o: b}, parameters: {k: {value: 7}, d: {values: [1, 2]}}}\ncommand: [t]\n'
    expect(plan(file('grid', parameters)).sort()).toEqual([
      '{"o":"a"}',
      '{"o":"b","net":{"d":1,"k":7}}',
      '{"o":"b","net":{"d":2,"k":7}}',
    ])
  })
})

describe('initial_configs with conditions', () => {
  const withInitial = (entry: string) => file('random', `${OPTIMIZERS}initial_configs: [${entry}]\n`)

  it('come first, without what does not exist', () => {
    expect(plan(withInitial('{optimizer: adam, bs: 32}'), 1)).toEqual(['{"bs":32,"optimizer":"adam"}'])
  })

  it.each([
    ['{optimizer: adam, bs: 32, momentum: 0.9}', 'inactive_parameter'],
    ['{optimizer: rmsprop, bs: 32}', 'missing_parameter'],
  ])('%s is refused: %s', (entry, code) => {
    expect(() => parseSweepFile(withInitial(entry))).toThrow(
      expect.objectContaining({ problems: [expect.objectContaining({ code })] }),
    )
  })
})

describe('the command line of a config without a conditional parameter', () => {
  const argv = (command: string[], configText: string) =>
    buildCommandLine({
      command,
      program: null,
      configText,
      runId: 'run1',
      sweepId: 'swp1',
      cwd: '/w',
      envvar: () => undefined,
      conditional: ['momentum'],
    })

  it('has no flag and no word for it, and no warning', () => {
    const command = ['t', '${args}', '--m=${momentum}', '${momentum}', '--o=${optimizer}']
    expect(argv(command, '{"optimizer":"adam"}')).toMatchObject({
      argv: ['t', '--optimizer=adam', '--o=adam'],
      warnings: [],
    })
    expect(argv(command, '{"momentum":0.9,"optimizer":"sgd"}').argv).toEqual([
      't',
      '--momentum=0.9',
      '--optimizer=sgd',
      '--m=0.9',
      '0.9',
      '--o=sgd',
    ])
  })
})
