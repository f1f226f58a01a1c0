import { describe, expect, it } from 'vitest'
import { errorAsJson, errorForPeople, exitCodeOf, toSweepError } from '../../../cli/print-error.ts'
import { SweepConfigError, SweepError } from '../../../sweeps/errors.ts'

const SOURCE = {
  name: 'config.yaml',
  text: [
    'program: train.py',
    'method: grid',
    'metric:',
    '  name: loss',
    '  goal: minimize',
    '',
    'parameters:',
    '  lr:',
    '    distribution: log_uniform   # W&B',
    '    min: 0.00001',
    '    max: 0.1',
    'bogus: 1',
  ].join('\n'),
}

const exponents = {
  path: '',
  line: 9,
  column: 5,
  code: 'log_uniform_exponents',
  message: 'parameter "lr": distribution log_uniform takes exponents here',
  hint: 'min: 0.00001 would mean e^0.00001 = 1.00001. You probably want:\n    distribution: log_uniform_values',
}

describe('errors for people', () => {
  it('shows the line of a config problem with a caret under the value', () => {
    const text = errorForPeople(new SweepConfigError([exponents]), { hasColor: false, source: SOURCE })
    expect(text).toBe(
      [
        '✗ config.yaml:9:5  parameter "lr": distribution log_uniform takes exponents here',
        '   8 |   lr:',
        '   9 |     distribution: log_uniform   # W&B',
        '     |                   ^^^^^^^^^^^',
        '  10 |     min: 0.00001',
        '  min: 0.00001 would mean e^0.00001 = 1.00001. You probably want:',
        '      distribution: log_uniform_values',
        '  (exit 6)',
        '',
      ].join('\n'),
    )
  })

  it('marks the key itself when the key is what is wrong', () => {
    const problem = {
      path: 'bogus',
      line: 12,
      column: 1,
      code: 'unknown_key',
      message: 'unknown key',
      hint: '',
    }
    const text = errorForPeople(new SweepConfigError([problem]), { hasColor: false, source: SOURCE })
    expect(text).toContain('  12 | bogus: 1\n     | ^^^^^\n')
    expect(text).toContain('✗ config.yaml:12:1  bogus: unknown key')
  })

  it('keeps tabs before the caret, so that it stands under its word', () => {
    const source = { name: 'f', text: '\tlr: {}' }
    const problem = { path: 'lr', line: 1, column: 2, code: 'tab_key', message: 'tab', hint: '' }
    expect(errorForPeople(new SweepConfigError([problem]), { hasColor: false, source })).toContain(
      '     | \t^^',
    )
  })

  it('takes the problems of a refusal that came over HTTP', () => {
    const error = new SweepError('CONFIG_INVALID', 'config invalid', { details: { problems: [exponents] } })
    expect(errorForPeople(error, { hasColor: false, source: SOURCE })).toContain('^^^^^^^^^^^')
  })

  it('puts the exit code on the first line when it fits, else after the last', () => {
    const short = new SweepError('AMBIGUOUS_ID', '"k3v9" fits 2 sweeps: k3v9r2td (vit), k3v9zz01 (old).')
    expect(errorForPeople(short, { hasColor: false })).toBe(
      '✗ "k3v9" fits 2 sweeps: k3v9r2td (vit), k3v9zz01 (old).   (exit 3)\n',
    )
    const long = new SweepError(
      'SERVER_UNREACHABLE',
      'No server at http://127.0.0.1:8765 (connection refused, tried 3 times in 4 s).',
      { hint: 'Start one here:     sweep up' },
    )
    expect(errorForPeople(long, { hasColor: false })).toBe(
      [
        '✗ No server at http://127.0.0.1:8765 (connection refused, tried 3 times in 4 s).',
        '  Start one here:     sweep up        (exit 5)',
        '',
      ].join('\n'),
    )
  })

  it('shows no stack trace without --debug, and one with it', () => {
    const bug = toSweepError(new TypeError('x is not a function'))
    expect(errorForPeople(bug, { hasColor: false })).not.toMatch(/\n\s+at /)
    expect(errorForPeople(bug, { hasColor: false, isDebug: true })).toMatch(
      /Caused by: TypeError: x[^]*\n\s+at /,
    )
    expect(exitCodeOf(bug)).toBe(1)
  })

  it('prints no escape sequences that a file smuggles in', () => {
    const error = new SweepError('NOT_FOUND', 'no sweep "\u001b[31mred"')
    expect(errorForPeople(error, { hasColor: false })).not.toContain('\u001b')
  })
})

describe('errors for programs', () => {
  it('are one line with code, message, hint and place', () => {
    const line = errorAsJson(new SweepConfigError([{ ...exponents, hint: 'do this' }]), SOURCE)
    expect(line).not.toContain('\n')
    expect(JSON.parse(line)).toMatchObject({
      error: { code: 'CONFIG_INVALID', message: exponents.message, hint: 'do this', at: 'config.yaml:9:5' },
    })
  })

  it('have a null hint and no place when there is none', () => {
    expect(JSON.parse(errorAsJson(new SweepError('TIMED_OUT', 'late')))).toEqual({
      error: { code: 'TIMED_OUT', message: 'late', hint: null },
    })
  })
})
