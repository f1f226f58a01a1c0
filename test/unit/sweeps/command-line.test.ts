import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { buildCommandLine, findUnknownMacros } from '../../../sweeps/command-line.ts'
import type { CommandLine } from '../../../sweeps/command-line.ts'
import { ConfigNumber, writeConfigText } from '../../../sweeps/config-text.ts'
import type { ConfigMap, ConfigValue } from '../../../sweeps/config-text.ts'
import { DEFAULT_COMMAND } from '../../../sweeps/config.ts'
import { printPythonString } from '../../../sweeps/python-text.ts'
import { listOf, mapOf, plainVector, readVectors, textOf, unwrap } from './wandb-vectors.ts'

/** Cases in which the product differs from W&B on purpose. */
const BEAT: Readonly<Record<string, string>> = {
  'value-list-dict': 'W&B prints a Python repr: lists and mappings are JSON here',
  'program-none': 'W&B dies with a TypeError: an error in words here',
  'missing-value-key': "a malformed command of W&B's server: configs have no wrapper here",
  'envvar-resolved-once': 'W&B freezes a variable at its first value: it is read at each start here',
}

interface Case {
  readonly command?: readonly string[] | null
  readonly program?: string | null
  readonly config: ConfigMap
  readonly env?: Readonly<Record<string, string>>
  readonly groups?: readonly (readonly string[])[]
}

function build({ command, program = 'train.py', config, env = {}, groups = [] }: Case): CommandLine {
  return buildCommandLine({
    command: !command || command.length === 0 ? DEFAULT_COMMAND : command,
    program,
    configText: writeConfigText(config),
    runId: 'run1',
    sweepId: 'swp1',
    cwd: '<CWD>',
    envvar: (name) => env[name],
    groups,
  })
}

describe("W&B's command lines", () => {
  for (const one of readVectors('commands.json')) {
    const name = textOf(one.get('name'))
    if (BEAT[name] !== undefined) continue
    it(`are the same: ${name}`, () => {
      const words = one.get('command')
      const made = build({
        command: words === null ? null : listOf(words).map(printPythonString),
        program: one.get('program') as string | null, // the vectors hold one of the two
        config: unwrap(one.get('args')),
        env: plainVector(one.get('env')) as Record<string, string>, // a map of texts
      })
      const expected = mapOf(one.get('expected'))
      expect(made.argv).toEqual(plainVector(expected.get('argv')))
      if (expected.has('env')) expect(made.env).toEqual(plainVector(expected.get('env')))
      if (expected.has('files')) expect(made.files).toEqual(plainVector(expected.get('files')))
    })
  }

  it('print lists and mappings as JSON (BEAT value-list-dict)', () => {
    const config = new Map<string, ConfigValue>([
      ['a', [ConfigNumber.int(1), 'x', null]],
      ['b', new Map([['k', true]])],
    ])
    expect(build({ command: ['${args}'], config }).argv).toEqual(['--a=[1, "x", null]', '--b={"k": true}'])
  })

  it('say in words that the program is missing (BEAT program-none)', () => {
    expect(() => build({ config: new Map(), program: null })).toThrow('no program is given')
  })

  it('read an environment variable at each start (BEAT envvar-resolved-once)', () => {
    const command = ['x=${envvar:FOO}']
    expect(build({ command, config: new Map(), env: { FOO: 'first' } }).argv).toEqual(['x=first'])
    expect(build({ command, config: new Map(), env: { FOO: 'second' } }).argv).toEqual(['x=second'])
  })
})

describe('macros beyond W&B', () => {
  const config = new Map<string, ConfigValue>([
    ['batch_size', ConfigNumber.int(32)],
    ['opt', new Map([['lr', ConfigNumber.float(3)]])],
  ])

  it('work inside a longer word and name single parameters', () => {
    const command = [
      '--bs=${batch_size}',
      '${batch_size}',
      'run ${program} with ${interpreter}',
      '--lr=${opt.lr}',
    ]
    expect(build({ command, config, groups: [['opt']] }).argv).toEqual([
      '--bs=32',
      '32',
      'run train.py with python',
      '--lr=3.0',
    ])
  })

  it('flatten nested groups into dotted flags, and only those', () => {
    expect(build({ command: ['${args}'], config, groups: [['opt']] }).argv).toEqual([
      '--batch_size=32',
      '--opt.lr=3.0',
    ])
    expect(build({ command: ['${args}'], config }).argv).toEqual(['--batch_size=32', '--opt={"lr": 3.0}'])
  })

  it('flatten every mapping when nobody tells which are groups', () => {
    const { configText, ...rest } = {
      configText: writeConfigText(config),
      runId: 'r',
      sweepId: 's',
      cwd: '/',
    }
    const made = buildCommandLine({
      ...rest,
      configText,
      command: ['${args}'],
      program: null,
      envvar: () => undefined,
    })
    expect(made.argv).toEqual(['--batch_size=32', '--opt.lr=3.0'])
  })

  it('are expanded once: a value that looks like a macro stays as it is', () => {
    const hostile = new Map<string, ConfigValue>([['a', '${envvar:SECRET} ${program} $(id)']])
    const made = build({ command: ['${args}', 'x${a}'], config: hostile, env: { SECRET: 'leaked' } })
    expect(made.argv).toEqual(['--a=${envvar:SECRET} ${program} $(id)', 'x${envvar:SECRET} ${program} $(id)'])
  })

  it('warn of an unset variable and of an unknown macro', () => {
    const made = build({ command: ['${envvar:NOT_SET}', '${nonsense}', 'a${nonsense}'], config })
    expect(made.argv).toEqual(['NOT_SET', 'a${nonsense}'])
    expect(made.warnings).toHaveLength(2)
  })

  it('are found by name when nothing would expand them', () => {
    const names = (word: string) =>
      findUnknownMacros(word, ['lr']).map(({ name, isWholeWord }) => [name, isWholeWord])
    expect(names('${arg}')).toEqual([['arg', true]])
    expect(names('x${args}')).toEqual([['args', false]])
    expect(names('${args} ${envvar:HOME}${lr}')).toEqual([['args', false]])
    expect(names('${envvar:HOME}')).toEqual([])
    expect(names('${envvar:home}')).toEqual([['envvar:home', true]])
  })

  it('refuse a NUL character', () => {
    expect(() => build({ config: new Map([['a', 'x\0y']]) })).toThrow('NUL')
  })

  it('follow WANDB_DIR', () => {
    const made = build({ config: new Map([['a', true]]), env: { WANDB_DIR: '/data' } })
    expect(made.env.WANDB_SWEEP_PARAM_PATH).toBe('/data/wandb/sweep-swp1/config-run1.yaml')
    expect(Object.keys(made.files)).toEqual(['/data/wandb/sweep-swp1/config-run1.yaml'])
  })
})

describe('argv', () => {
  it('reaches a process byte for byte, whatever the values', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 30 }),
      fc.constantFrom(
        '; rm -rf /',
        '$(id)',
        '`id`',
        '--config=/etc/passwd',
        '-x',
        '%s',
        'a\nb',
        '"',
        "'",
        '\\',
        '*',
      ),
    )
    const values = fc.sample(text, { numRuns: 10_000, seed: 11 }).map((value) => value.replaceAll('\0', ''))
    const argv = values.map((value) => {
      const made = build({ command: ['${args}'], config: new Map([['a', value]]) })
      expect(made.argv).toEqual([`--a=${value}`])
      return made.argv[0] ?? ''
    })
    const print = 'process.stdout.write(JSON.stringify(process.argv.slice(1)))'
    const sent = argv.filter((word) => word.isWellFormed()) // a lone surrogate has no UTF-8
    const received = execFileSync(process.execPath, ['-e', print, '--', ...sent], {
      maxBuffer: 1e8,
    }).toString()
    expect(JSON.parse(received)).toEqual(sent)
  })

  it('prints numbers as Python does', () => {
    const print = (number: ConfigNumber) =>
      build({ command: ['${a}'], config: new Map([['a', number]]) }).argv[0]
    expect(
      [3, 1e-5, 1e16, 0.0001, 123456789012345680, -0, 1e22, 1.5e-7].map((x) => print(ConfigNumber.float(x))),
    ).toEqual(['3.0', '1e-05', '1e+16', '0.0001', '1.2345678901234568e+17', '-0.0', '1e+22', '1.5e-07'])
    expect(print(ConfigNumber.int(12345678901234567890n))).toBe('12345678901234567890')
  })
})
