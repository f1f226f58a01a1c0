import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { draftFromScript } from '../../../cli/init/draft-file.ts'
import { guessMetric } from '../../../cli/init/guess-metric.ts'
import { readPythonTokens } from '../../../cli/init/python-tokens.ts'
import { readScriptArguments } from '../../../cli/init/script-arguments.ts'
import { describeSweepFile } from '../../../sweeps/describe-sweep-file.ts'
import { cli } from './cli-world.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const argumentsOf = (text: string) => readScriptArguments(readPythonTokens(text))
const metricOf = (text: string) => guessMetric(readPythonTokens(text))
const draftOf = (text: string) => {
  const tokens = readPythonTokens(text)
  return draftFromScript({
    program: 'train.py',
    arguments: readScriptArguments(tokens),
    metric: guessMetric(tokens),
    interpreter: 'python',
  })
}

const SCRIPT = `import argparse
LR = 1e-3  # a constant
# parser.add_argument("--commented", type=int, default=1)
"""parser.add_argument("--in-a-text", type=int)"""
def main():
    parser = argparse.ArgumentParser(description="trains, (a lot)")
    group = parser.add_argument_group('optim')
    group.add_argument('--lr', type=float, default=LR, help='rate')  # with a comment, (
    group.add_argument(
        "--batch-size", "-b",
        type=int,  # items
        default=64,
        help="a, b (c)",
    )
    parser.add_argument_group("more").add_argument("--depth", default=6, type=int)
    parser.add_argument("--opt", choices=["adamw", 'sgd'], default="adamw")
    parser.add_argument("--amp", action="store_true")
    parser.add_argument("--layers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--out", type=str, required=True)
    parser.add_argument("-x", type=float, default=0.5)
    parser.add_argument("data")
    args = parser.parse_args()
    print(f"epoch {e} train loss: {loss:.3f} val_loss={loss:.4f}")
`

describe('arguments of a script', () => {
  it('are read from argparse over several lines, groups, quotes and comments', () => {
    const read = argumentsOf(SCRIPT).map(({ name, type, form, isRequired }) => [name, type, form, isRequired])
    expect(read).toEqual([
      ['lr', 'float', 'value', false],
      ['batch-size', 'int', 'value', false],
      ['depth', 'int', 'value', false],
      ['opt', 'string', 'value', false],
      ['amp', 'boolean', 'switch', false],
      ['layers', 'int', 'several', false],
      ['out', 'string', 'value', true],
      ['x', 'float', 'short', false],
      ['data', 'unknown', 'positional', true],
    ])
    expect(argumentsOf(SCRIPT)[0]).toMatchObject({ default: { value: 0.001 }, help: 'rate', line: 8 })
    expect(argumentsOf(SCRIPT)[3]?.choices).toEqual([
      { kind: 'string', value: 'adamw' },
      { kind: 'string', value: 'sgd' },
    ])
  })

  it('are read from click', () => {
    const text = `@click.command()
@click.option("--lr", default=0.1, type=float)
@click.option('--opt', type=click.Choice(['adam', 'sgd']), default='adam')
@click.option('--amp/--no-amp', default=False)
def main(lr, opt, amp): ...`
    expect(argumentsOf(text).map(({ name, form, choices }) => [name, form, choices?.length ?? 0])).toEqual([
      ['lr', 'value', 0],
      ['opt', 'value', 2],
      ['amp', 'switch', 0],
    ])
  })

  it('are read from the fields of a dataclass where there is no parser', () => {
    const text = `from dataclasses import dataclass
@dataclass
class Config:
    """Settings: of the training"""
    lr: float = 3e-4
    depth: int = 6  # layers
    amp: bool = True
    betas: tuple = (0.9, 0.99)
    def rate(self): return self.lr
other: int = 3
`
    expect(argumentsOf(text).map(({ name, type }) => [name, type])).toEqual([
      ['lr', 'float'],
      ['depth', 'int'],
      ['amp', 'boolean'],
    ])
  })

  it.each([
    ['-1', -1],
    ['+2.5', 2.5],
    ['1_000', 1000],
    ['(3)', 3],
    ['2 * 3', null],
    ['os.cpu_count()', null],
    ['[1] + [2]', null],
    ['None', null],
  ])('with the default %s', (text, value) => {
    const [argument] = argumentsOf(`p.add_argument("--a", type=float, default=${text})`)
    const found = argument?.default
    expect(found?.kind === 'number' ? found.value : null).toBe(value)
  })
})

describe('the metric', () => {
  it.each([
    ['print(f"val_loss={v:.3f}")', 'val_loss', 'minimize', 'text'],
    ['print(json.dumps({"step": 1, "val_accuracy": a}))', 'val_accuracy', 'maximize', 'json'],
    ['wandb.log({"train/loss": l, "val/loss": v})', 'val/loss', 'minimize', 'logger'],
    ['self.log("valid_f1", f)', 'valid_f1', 'maximize', 'logger'],
    ['print("epoch %d loss %.3f acc %.2f" % (e, l, a))', 'loss', 'minimize', 'text'],
    ["writer.add_scalar('Reward', r)", 'Reward', 'maximize', 'logger'],
  ])('of %s is %s', (text, name, goal, how) => {
    expect(metricOf(text)).toMatchObject({ name, goal, how })
  })

  it('is none where the script reports nothing', () => {
    expect(metricOf('print("hello, world"); log("done")')).toBeNull()
  })
})

describe('a drafted file', () => {
  it('has ranges around the defaults, marks guesses, and names what it left out', () => {
    const { text, markedLines } = draftOf(SCRIPT)
    const line = (start: string) => text.split('\n').find((one) => one.trim().startsWith(start)) ?? ''
    expect(line('lr:')).toContain(
      '{distribution: log_uniform_values, min: 0.0001, max: 0.01}  # <- guess; 1e-3',
    )
    expect(line('batch-size:')).toContain('{values: [32, 64, 128]}  # <- ')
    expect(line('depth:')).toContain('{min: 3, max: 12}  # <- ')
    expect(line('opt:')).toBe('  opt: {values: ["adamw", "sgd"]}')
    expect(line('out:')).toContain('# <- the script needs it')
    for (const left of ['amp', 'layers', 'x', 'data']) expect(line(`#   ${left}:`)).not.toBe('')
    const lines = text.split('\n')
    expect(markedLines.map((number) => lines[number - 1]?.includes('# <- '))).toEqual(
      markedLines.map(() => true),
    )
  })

  it('passes sweep validate, whatever the script declares', () => {
    const name = fc.oneof(
      fc.constantFrom(
        'lr',
        'weight-decay',
        'momentum',
        'dropout',
        'batch_size',
        'depth',
        'yes',
        'null',
        'n',
        'seed',
        'beta1',
      ),
      fc.string({ minLength: 1, maxLength: 12 }).map((text) => text.replace(/["\\\n\r]/g, '_')),
    )
    const value = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
      fc.integer().map(String),
      fc.maxSafeInteger().map(String),
      fc.constantFrom(
        'None',
        'True',
        '"text"',
        "'it''s'",
        '[1, 2]',
        '1e400',
        '0x1f',
        'UNKNOWN',
        '-0.0',
        '1e-320',
      ),
      fc.string().map((text) => JSON.stringify(text)),
    )
    const option = fc.oneof(
      value.map((text) => `default=${text}`),
      fc.constantFrom(
        'type=float',
        'type=int',
        'type=str',
        'required=True',
        "action='store_true'",
        'nargs="*"',
      ),
      fc.array(value, { minLength: 1, maxLength: 3 }).map((list) => `choices=[${list.join(', ')}]`),
      fc.string().map((text) => `help=${JSON.stringify(text)}`),
    )
    const call = fc
      .tuple(name, fc.array(option, { maxLength: 4 }))
      .map(([flag, options]) => `p.add_argument(${[JSON.stringify(`--${flag}`), ...options].join(',\n  ')})`)
    fc.assert(
      fc.property(fc.array(call, { maxLength: 6 }), (calls) => {
        const { text } = draftOf(calls.join('\n'))
        const { valid, errors } = describeSweepFile(text, { sampleCount: 2, showCommands: true })
        expect(errors).toEqual([])
        expect(valid).toBe(true)
      }),
      { numRuns: 300 },
    )
  })

  it('passes also for text that is no Python at all', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (noise) => {
        const { text } = draftOf(`p.add_argument("--lr", default=0.1, ${noise}\nprint("loss=", ${noise}`)
        expect(describeSweepFile(text).errors).toEqual([])
      }),
      { numRuns: 300 },
    )
  })
})

describe('sweep init', () => {
  const folder = () => temporaryFolder('sweep-init-')

  it('says what it read and which lines to check', async () => {
    const cwd = folder()
    writeFileSync(join(cwd, 'train.py'), SCRIPT)
    const { code, stdout, stderr } = await cli(['init', '--from-script', 'train.py'], { cwd })
    expect(code).toBe(0)
    expect(stdout).toContain('read train.py: --lr (1e-3) --batch-size (64) --depth (6) --opt ("adamw")')
    expect(stdout).toMatch(/prints "val_loss"\nwrote sweep\.yaml {2}\(guesses: check the 5 marked lines: /)
    expect(stderr).toContain('train.py:23 prints "val_loss", but not as a line of JSON')
    expect((await cli(['validate', 'sweep.yaml'], { cwd })).code).toBe(0)
  })

  it('writes a template that is valid where there is no script', async () => {
    const cwd = folder()
    expect((await cli(['init', 'new/folder'], { cwd })).code).toBe(0)
    expect((await cli(['validate', 'new/folder/sweep.yaml', '--strict'], { cwd })).code).toBe(0)
  })

  it('leaves a file that is there alone, unless told to', async () => {
    const cwd = folder()
    writeFileSync(join(cwd, 'sweep.yaml'), 'mine')
    const { code, stderr } = await cli(['init'], { cwd })
    expect([code, readFileSync(join(cwd, 'sweep.yaml'), 'utf8')]).toEqual([7, 'mine'])
    expect(stderr).toContain('sweep init --force')
    expect((await cli(['init', '--force'], { cwd })).code).toBe(0)
    expect(readFileSync(join(cwd, 'sweep.yaml'), 'utf8')).not.toBe('mine')
  })

  it('takes python3 where there is no python', async () => {
    const cwd = folder()
    writeFileSync(join(cwd, 'train.py'), SCRIPT)
    writeFileSync(join(cwd, 'python3'), '#!/bin/sh\n', { mode: 0o755 })
    await cli(['init', '--from-script', 'train.py'], { cwd, env: { PATH: cwd } })
    expect(readFileSync(join(cwd, 'sweep.yaml'), 'utf8')).toContain('command: ["${env}", python3,')
  })
})
