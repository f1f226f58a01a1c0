import { performance } from 'node:perf_hooks'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compileLinearRegex } from '../../../../controller/wandb/linear-regex.ts'

function fits(pattern: string, text: string, options = ''): boolean {
  return compileLinearRegex(pattern, options)(text, { steps: 1_000_000 })
}

describe('a linear regular expression', () => {
  test.each([
    ['b.*', 'foobar', true],
    ['^foo.*', 'foo-1', true],
    ['^foo.*', 'a foo', false],
    ['a{2,3}$', 'baaa', true],
    ['^a{2,3}$', 'aaaa', false],
    ['^(run|sweep)-\\d+$', 'sweep-12', true],
    ['^(run|sweep)-\\d+$', 'sweeps-12', false],
    ['[^a-c]', 'abc', false],
    ['[]x]', ']', true],
    ['(?i)ADAM', 'optimizer adamw', true],
    ['(?i:A)b', 'ab', true],
    ['(?i:A)b', 'aB', false],
    ['\\bend\\b', 'the end.', true],
    ['\\Bend', 'the end', false],
    ['a||b', '', true],
    ['', 'anything', true],
    ['(?P<name>x)+?y', 'xxy', true],
    ['\\x{1F600}.', '😀a', true],
    ['^.$', '😀', true],
    ['a.c', 'a\nc', false],
    ['{', '{', true],
  ])('%s on %j: %s', (pattern, text, expected) => expect(fits(pattern, text)).toBe(expected))

  test('reads the options of $regex', () => {
    expect(fits('^b', 'a\nB', 'mi')).toBe(true)
    expect(fits('a.c', 'a\nc', 's')).toBe(true)
    expect(() => fits('a', 'a', 'x')).toThrow('unknown option "x"')
  })

  test.each([
    '(',
    ')',
    '[a',
    '*a',
    'a**',
    '\\',
    '(?=a)',
    '(?<!a)b',
    '\\1',
    '\\p{L}',
    '[b-a]',
    'a{3,2}',
    '((a{999}){999})',
    '[[:alpha:]]',
  ])('%s is refused in words', (pattern) => expect(() => fits(pattern, 'a')).toThrow(/regular expression/))

  test('takes no longer for a pattern that makes others try without end', () => {
    const started = performance.now()
    expect(fits('^(a+)+$', `${'a'.repeat(5_000)}b`)).toBe(false)
    expect(performance.now() - started).toBeLessThan(1_000)
  })

  test('stops when its budget is used up', () => {
    const test = compileLinearRegex('(a?){200}b')
    expect(() => test('a'.repeat(10_000), { steps: 100_000 })).toThrow('take too long')
  })

  /** Patterns of both syntaxes, which mean the same in JavaScript. */
  const pattern = fc.letrec<{ node: string }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom('a', 'b', 'c', '.', '[ab]', '[^a]', '\\d', '\\w', '^', '$', '\\b'),
      fc.tuple(tie('node'), tie('node')).map(([left, right]) => left + right),
      fc.tuple(tie('node'), tie('node')).map(([left, right]) => `(?:${left}|${right})`),
      fc
        .tuple(tie('node'), fc.constantFrom('*', '+', '?', '{2}', '{1,3}', '+?'))
        .map(([part, count]) => `(?:${part})${count}`),
    ),
  })).node

  test('agrees with JavaScript on patterns that both read', () => {
    fc.assert(
      fc.property(
        pattern,
        fc.string({ unit: fc.constantFrom('a', 'b', 'c', '1', ' ', '\n'), maxLength: 12 }),
        (source, text) => {
          expect(fits(source, text)).toBe(new RegExp(source, 'u').test(text))
        },
      ),
      { numRuns: 2_000 },
    )
  })
})
