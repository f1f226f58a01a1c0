import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { writeConfigText } from '../../../sweeps/config-text.ts'
import { SweepConfigError, SweepError } from '../../../sweeps/errors.ts'
import { applySettings, configValueOf, readPlainLiteral, readSweepText } from '../../../sweeps/sweep-text.ts'
import { MAX_TEXT_BYTES, MAX_TEXT_KEYS, findUnsafeText } from '../../../sweeps/sweep-text-scan.ts'

function codeOf(text: string): string | undefined {
  return findUnsafeText(text)?.code
}

describe('findUnsafeText', () => {
  it('refuses the two documents that abort a process in the parser', () => {
    expect(codeOf('['.repeat(5000) + ']'.repeat(5000))).toBe('too_deep')
    expect(codeOf('['.repeat(30_000))).toBe('too_deep')
  })

  it.each([
    ['mappings', '{a: '.repeat(40)],
    ['lists on one line', '- '.repeat(40)],
    ['complex keys', '? '.repeat(40)],
    ['keys on one line', 'a: '.repeat(40)],
    ['indented mappings', Array.from({ length: 40 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n')],
    ['brackets after a quote that ends early', 'a:\n  "x\n' + '['.repeat(5000)],
    ['brackets after a single quote that ends early', "a:\n  'x\n" + '['.repeat(5000)],
    ['brackets hidden in a text that goes on', `[foo\n "bar\n, ${'['.repeat(5000)}`],
    ['brackets hidden behind a comment', `a: foo\n  "x # " ${'['.repeat(5000)}`],
    ['brackets below a block text', `a: |\n   x\n  ${'['.repeat(5000)}`],
    ['brackets behind quotes next to each other', `["a" "b", ${'['.repeat(5000)}`],
    ['brackets behind a key without a space', `{a:${'['.repeat(5000)}`],
  ])('refuses deep nesting: %s', (_, text) => {
    expect(findUnsafeText(text)).not.toBeNull()
  })

  it.each([
    ['anchor', 'a: &x 1'],
    ['alias', 'a: *x'],
    ['alias', '&a [*a]'.slice(3)],
    ['tag', 'a: !!float 1e-5'],
    ['tag', '- !!js/function "x"'],
    ['merge_key', 'a:\n  <<: b'],
    ['several_documents', 'a: 1\n---\nb: 1'],
    ['several_documents', 'a: 1\n...'],
    ['several_documents', '---\na: "x\n---\n"'],
    ['directive', '%YAML 1.1\n---\na: 1'],
    ['control_character', 'a: \u0007'],
    ['control_character', 'a: 1\rb: 2'],
    ['text_too_long', `a: ${'x'.repeat(MAX_TEXT_BYTES)}`],
    ['too_many_keys', Array.from({ length: MAX_TEXT_KEYS + 1 }, (_, i) => `k${i}: 1`).join('\n')],
    ['tab_indentation', 'a:\n\tb: 1'],
    ['unclosed_bracket', 'a: [1, 2'],
    ['wrong_bracket', 'a: [1}'],
    ['unclosed_quote', 'a: "x'],
  ])('refuses: %s', (code, text) => {
    expect(codeOf(text)).toBe(code)
  })

  it.each([
    'a: b & c * d ! e',
    'a: "[[[[[[ &x *y !z"  # [[[[ &x',
    "a: 'it''s [fine]'",
    'a: |\n  [[[[ &x\n\n  *y\nb: >-\n    text\n    more\n',
    '---\n# comment\na: http://host:80/x#y\n',
    'a: first line\n  second line\nb: 1',
    'a: "one\n  two"\nb:\n- 1\n- - 2\n  - 3\n',
    'a: [\n  1, # one\n  2\n]\nb: {x: 1, "y":2}\n',
    '{\n\t"method": "grid",\n\t"parameters": {"a": {"values": [1, "]"]}}\n}',
    'command:\n  - ${env}\n  - "${args}"\n  - python',
    'a:\r\n  b: 1\r\n  c: [1,\r\n      2]\r\n',
  ])('lets pass: %s', (text) => {
    expect(findUnsafeText(text)).toBeNull()
    expect(readSweepText(text).errors).toEqual([])
  })

  it('says where: line and column', () => {
    expect(findUnsafeText('a: 1\nb:\n  c: *x')).toMatchObject({ line: 3, column: 6, code: 'alias' })
  })
})

describe('readSweepText', () => {
  it('never throws, whatever the bytes', () => {
    const piece = fc.constantFrom(
      'a',
      ':',
      ': ',
      '- ',
      '\n',
      '  ',
      '[',
      ']',
      '{',
      '}',
      '"',
      "'",
      '#',
      ' #',
      '|',
      '>',
      '&',
      '*',
      '!',
      ',',
      '? ',
      '---',
      '\t',
      '\\',
      '1e5',
      '<<',
    )
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(piece, { maxLength: 60 }).map((parts) => parts.join('')),
          fc.string({ unit: 'binary' }),
        ),
        (text) => {
          const { root, errors } = readSweepText(text)
          expect(root !== null || errors.length >= 0).toBe(true)
        },
      ),
      { numRuns: 1000 },
    )
  })

  it('notes duplicate keys with their place', () => {
    expect(readSweepText('a: 1\nb: 2\na: 3').errors).toMatchObject([
      { code: 'duplicate_key', path: 'a', line: 3, column: 1 },
    ])
  })

  it('keeps int and float apart', () => {
    const { root } = readSweepText('[1, 1.0, 1e-5, 1E5, 0x1f, +2, -0, .5, 5., "1", ~, yes_, .nan]')
    if (root === null) throw new Error('unreadable')
    expect(writeConfigText(configValueOf(root))).toBe(
      '[1,1.0,1e-05,100000.0,31,2,0,0.5,5.0,"1",null,"yes_",{"$float":"nan"}]',
    )
  })
})

describe('readPlainLiteral', () => {
  it.each([
    '012',
    '1_000',
    '0o17',
    '0b11',
    '1:30',
    '007.5',
    '12345678901234567890',
    '9007199254740993',
    '1e400',
    '1e-400',
    '1'.repeat(60_000),
  ])('refuses what would change silently: %.20s', (source) => {
    expect(readPlainLiteral(source).problem).toMatchObject({ isError: true })
  })

  it.each(['yes', 'No', 'ON', 'off'])('warns of %s, which W&B reads as a boolean', (source) => {
    expect(readPlainLiteral(source)).toMatchObject({
      value: source,
      problem: { isError: false, code: 'ambiguous_word' },
    })
  })

  it.each(['2024-01-01', '1.2.3', 'e5', '-', '1e', 'Infinity', 'nan', '0x', '--1', '1-2'])(
    'reads %s as text',
    (source) => {
      expect(readPlainLiteral(source)).toEqual({ value: source })
    },
  )
})

describe('applySettings', () => {
  const text = '# mine\nmethod: random # kept\nparameters:\n  lr: {min: 0.1, max: 1.0}\n  opt.x: {value: 1}\n'

  it('sets values at dotted paths and keeps comments', () => {
    const changed = applySettings(text, [
      'parameters.lr.max=2',
      'run_cap=5',
      'parameters.new.values=[1, 1.0]',
    ])
    expect(changed).toContain('# mine')
    expect(changed).toContain('method: random # kept')
    expect(changed).toContain('max: 2')
    expect(changed).toContain('run_cap: 5')
    expect(changed).toMatch(/values: \[ ?1, 1\.0 ?\]/)
  })

  it('finds names that contain dots, and replaces lists of a command', () => {
    expect(applySettings(text, ['parameters.opt.x.value=7'])).toMatch(/opt\.x: \{ ?value: 7 ?\}/)
    expect(applySettings('command: [a, b]\n', ['command.1=c'])).toMatch(/\[ ?a, c ?\]/)
  })

  it('gives the text back untouched without settings', () => {
    expect(applySettings(text, [])).toBe(text)
  })

  it('refuses what is no setting, in words', () => {
    for (const setting of [
      '',
      'x',
      '=1',
      'a..b=1',
      '__proto__.x=1',
      'a=*x',
      `a=${'['.repeat(5000)}`,
      'method.x=1',
    ]) {
      expect(() => applySettings(text, [setting]), setting.slice(0, 20)).toThrow(SweepError)
    }
    expect(() => applySettings('a: [', ['a=1'])).toThrow(SweepConfigError)
  })
})
