// The example's training script, run as a sweep would run it, for one or two epochs.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

const ROOT = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))))
const QUICK = ['--hidden=4', '--batch_size=64', '--lr=0.5']

interface Line {
  readonly step: number
  readonly epoch: number
  readonly loss: number
  readonly val_loss: number
  readonly accuracy: number
}

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sweep-digits-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** Runs examples/NAME/train.py in another folder than the repository, with nothing but these variables. */
function train(name: string, args: readonly string[], env: Record<string, string> = {}): string {
  return execFileSync('python3', [join(ROOT, 'examples', name, 'train.py'), ...args], {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin', ...env },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

const parseLines = (text: string): Line[] =>
  text
    .trim()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line)

describe('examples/digits/train.py', () => {
  test('prints one line of JSON after each epoch, and learns', () => {
    const lines = parseLines(train('digits', [...QUICK, '--epochs=2']))
    expect(lines.map((line) => [line.step, line.epoch])).toEqual([
      [1, 1],
      [2, 2],
    ])
    for (const line of lines) {
      expect(Object.keys(line)).toEqual(['step', 'epoch', 'loss', 'val_loss', 'accuracy'])
      expect(line.accuracy).toBeGreaterThan(0.2) // guessing reads 0.1 of the digits
      expect(line.accuracy).toBeLessThanOrEqual(1)
    }
    expect(lines[1]?.loss).toBeLessThan(lines[0]?.loss ?? 0)
  })

  test('gives the same numbers for the same seed and others for another', () => {
    const args = [...QUICK, '--epochs=1']
    const first = train('digits', [...args, '--seed=7'])
    expect(train('digits', [...args, '--seed=7'])).toBe(first)
    expect(train('digits', [...args, '--seed=8'])).not.toBe(first)
  })

  test('goes on from its checkpoint exactly as if it had never ended', () => {
    const env = { SWEEP_CHECKPOINT_DIR: folder }
    const whole = parseLines(train('digits', [...QUICK, '--epochs=2']))
    expect(parseLines(train('digits', [...QUICK, '--epochs=1'], env))).toEqual(whole.slice(0, 1))
    expect(readdirSync(folder)).toEqual(['digits.json'])
    expect(parseLines(train('digits', [...QUICK, '--epochs=2'], env))).toEqual(whole.slice(1))
  })

  test('starts anew when the checkpoint is of other hyperparameters', () => {
    const env = { SWEEP_CHECKPOINT_DIR: folder }
    train('digits', [...QUICK, '--epochs=1'], env)
    const lines = parseLines(train('digits', ['--hidden=5', '--batch_size=64', '--epochs=1'], env))
    expect(lines.map((line) => line.epoch)).toEqual([1])
  })

  test('ends after the current epoch when it is asked to stop', () => {
    const control = join(folder, 'control.json')
    writeFileSync(control, '{"stop":"early","reason":"test"}')
    const lines = parseLines(train('digits', [...QUICK, '--epochs=50'], { SWEEP_CONTROL_FILE: control }))
    expect(lines).toHaveLength(1)
  })

  test('refuses hyperparameters that make no network', () => {
    expect(() => train('digits', ['--hidden=0'])).toThrow('--hidden must be at least 1')
  })
})

describe('examples/grid/train.py', () => {
  test('appends its lines to the metrics file, and prints them where there is none', () => {
    const metrics = join(folder, 'metrics.jsonl')
    const printed = train('grid', ['--lr=0.5', '--momentum=0.5', '--steps=3'])
    expect(parseLines(printed).map((line) => line.step)).toEqual([1, 2, 3])
    expect(train('grid', ['--lr=0.5', '--momentum=0.5', '--steps=3'], { SWEEP_METRICS_FILE: metrics })).toBe(
      '',
    )
    expect(readFileSync(metrics, 'utf8')).toBe(printed)
  })
})

describe('examples/python-client/train.py', () => {
  test("trains with the sweep's config and reports each step", () => {
    const metrics = join(folder, 'metrics.jsonl')
    const config = join(folder, 'config.json')
    writeFileSync(config, '{"lr":0.9,"steps":3}')
    train('python-client', [], {
      PYTHONPATH: join(ROOT, 'clients', 'python'),
      PYTHONDONTWRITEBYTECODE: '1',
      SWEEP_RUN_ID: 'r1',
      SWEEP_CONFIG_FILE: config,
      SWEEP_METRICS_FILE: metrics,
    })
    const grid = parseLines(train('grid', ['--lr=0.9', '--steps=3']))
    const reported = parseLines(readFileSync(metrics, 'utf8')).slice(0, 3)
    expect(reported.map(({ step, loss }) => ({ step, loss }))).toEqual(grid)
  })
})
