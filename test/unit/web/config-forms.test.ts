// What the screens of configurations compute: differences of files, forms of a space, words of events.
import { describe, expect, it } from 'vitest'
import { describeEvent } from '../../../web/screens/edit/describe-event.ts'
import { diffLines } from '../../../web/screens/edit/diff-lines.ts'
import { asJson, configTextOf, fieldsOf } from '../../../web/screens/edit/parameter-fields.ts'
import { quoteWord } from '../../../web/screens/edit/quote-word.ts'

describe('the difference of two files', () => {
  const words = (from: string, to: string) =>
    diffLines(from, to).map(({ kind, text }) => `${{ same: ' ', out: '-', in: '+' }[kind]}${text}`)

  it('keeps the longest common lines', () => {
    expect(words('a\nb\nc\nd', 'a\nx\nc\ny\nd')).toEqual([' a', '-b', '+x', ' c', '+y', ' d'])
    expect(words('a\nb', 'a\nb')).toEqual([' a', ' b'])
    expect(words('', 'a')).toEqual(['-', '+a'])
  })

  it('gives both files back, whatever they are', () => {
    const random = (seed: number) =>
      Array.from({ length: 60 }, (_, index) => String((index * seed * 7) % 11)).join('\n')
    for (let seed = 1; seed < 20; seed += 1) {
      const [from, to] = [random(seed), random(seed + 3)]
      const lines = diffLines(from, to)
      expect(
        lines
          .filter(({ kind }) => kind !== 'in')
          .map(({ text }) => text)
          .join('\n'),
      ).toBe(from)
      expect(
        lines
          .filter(({ kind }) => kind !== 'out')
          .map(({ text }) => text)
          .join('\n'),
      ).toBe(to)
    }
  })
})

describe('the form of a space', () => {
  const parameter = (name: string, distribution: string, text: string) => ({
    name,
    distribution,
    text: `${name} ${text}`,
    inferred: false,
    size: null,
  })

  it('offers listed values as they are written, and anything where they are not', () => {
    const fields = fieldsOf([
      parameter('bs', 'categorical', '{32,64.0,adamw,true}'),
      parameter('lr', 'uniform', '0.1..1'),
      parameter('many', 'categorical', '{1,2,3,... 90 values}'),
      parameter('pairs', 'categorical', '{[1,2],[3]}'),
      parameter('momentum', 'uniform', '0.8..0.99  only if opt = sgd'),
      parameter('seed', 'constant', '= 1'),
    ])
    expect(fields.map(({ name, options, isConditional }) => [name, options, isConditional])).toEqual([
      ['bs', ['32', '64.0', '"adamw"', 'true'], false],
      ['lr', null, false],
      ['many', null, false],
      ['pairs', null, false],
      ['momentum', null, true],
    ])
  })

  it('writes what was typed, numbers as they were', () => {
    expect(asJson(' 1.0 ')).toBe('1.0')
    expect(asJson('1e-3')).toBe('1e-3')
    expect(asJson('adamw')).toBe('"adamw"')
    expect(asJson('a "b"')).toBe('"a \\"b\\""')
    const values = new Map([
      ['lr', '1.0'],
      ['opt.name', '"sgd"'],
      ['opt.beta', '0.9'],
      ['left out', ''],
    ])
    expect(configTextOf(values)).toBe('{"lr": 1.0, "opt": {"name": "sgd", "beta": 0.9}}')
    expect(configTextOf(new Map())).toBe('{}')
  })
})

it('says events in words, with their facts', () => {
  expect(describeEvent('sweep.paused', { from: 'running', reason: 'lunch', by: 'ann' })).toBe(
    'paused: from running, lunch',
  )
  expect(describeEvent('sweep.specEdited', {})).toBe('spec edited')
  expect(describeEvent('sweep.x', { text: 'y'.repeat(500) }).length).toBeLessThan(150)
})

it('quotes a word as a shell needs it', () => {
  expect(quoteWord('--lr=1e-3')).toBe('--lr=1e-3')
  expect(quoteWord("it's")).toBe("'it'\\''s'")
  expect(quoteWord('')).toBe("''")
})
