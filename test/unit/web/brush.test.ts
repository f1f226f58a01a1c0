import fc from 'fast-check'
import { expect, it } from 'vitest'
import {
  compileBrush,
  parseBrush,
  writeBrush,
  type Brush,
  type BrushRange,
} from '../../../web/selection/brush.ts'
import { aTable } from './table-support.ts'

it('reads ranges, lists and open ends, and leaves out what it cannot read', () => {
  expect([...parseBrush('lr:1e-4..1e-3,opt:adam|sgd,wd:..2,bad,x:a..b')]).toEqual([
    ['lr', { kind: 'range', from: 1e-4, to: 1e-3 }],
    ['opt', { kind: 'texts', texts: new Set(['adam', 'sgd']) }],
    ['wd', { kind: 'range', from: -Infinity, to: 2 }],
  ])
})

it('reads back what it wrote, whatever the names and texts', () => {
  const text = fc.string({ minLength: 1, maxLength: 12 })
  const number = fc.integer({ min: -1e5, max: 1e5 }).map((value) => value / 8)
  const range = fc.oneof(
    fc
      .tuple(number, number)
      .map(([a, b]): BrushRange => ({ kind: 'range', from: Math.min(a, b), to: Math.max(a, b) })),
    fc
      .uniqueArray(text, { minLength: 1, maxLength: 4 })
      .map((texts): BrushRange => ({ kind: 'texts', texts: new Set(texts) })),
  )
  fc.assert(
    fc.property(fc.array(fc.tuple(text, range), { maxLength: 4 }), (parts) => {
      const rounded = new Map(
        parts.map(([name, given]): [string, BrushRange] => [
          name,
          given.kind === 'texts'
            ? given
            : { ...given, from: Number(given.from.toPrecision(6)), to: Number(given.to.toPrecision(6)) },
        ]),
      )
      const brush: Brush = rounded
      expect([...parseBrush(writeBrush(brush))]).toEqual([...brush])
    }),
  )
})

it('takes rows within every range, and none without a value', () => {
  const table = aTable([
    { params: { lr: 0.1, opt: 'adam' } },
    { params: { lr: 0.5, opt: 'sgd' } },
    { params: { opt: 'adam' } },
    { params: { lr: 0.2, opt: 'adam' } },
  ])
  const rows = (text: string) => [0, 1, 2, 3].filter((row) => compileBrush(table, parseBrush(text))?.(row))
  expect(rows('lr:0.1..0.2')).toEqual([0, 3])
  expect(rows('lr:0.15..,opt:adam')).toEqual([3])
  expect(rows('lr:')).toEqual([2])
  expect(compileBrush(table, parseBrush(''))).toBeNull()
})
