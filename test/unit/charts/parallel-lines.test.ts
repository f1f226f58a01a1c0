import { expect, it } from 'vitest'
import { LineDensity, shadeLayers } from '../../../charts/line-density.ts'
import { readAxis, updateAxis, MISSING } from '../../../charts/parallel-data.ts'
import { ParallelLines } from '../../../charts/parallel-lines.ts'

const AREA = { width: 200, height: 100, top: 5, bottom: 80 }
const column = (name: string, values: unknown[]) => ({ name, values, isLog: false })

/** A fixed sequence of numbers from 0 to 1. */
function randomOf(seed: number): () => number {
  let state = seed
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647
}

function linesOf(columns: ReturnType<typeof column>[], count: number) {
  const axes = columns.map((each) => readAxis(each, count, count + 10))
  const placed = axes.map((axis, index) => ({ axis, x: index * 60 + 3, isFlipped: index === 1 }))
  return { axes, lines: new ParallelLines(AREA, placed, count + 10) }
}

const all = (count: number) => new Uint8Array(count).fill(1)
const sum = (density: LineDensity) => density.counts.reduce((total, count) => total + count, 0)

it('leaves nothing when every line that was put in is taken out', () => {
  const random = randomOf(7)
  const density = new LineDensity(120, 90)
  const pieces = Array.from({ length: 500 }, () => [random() * 140 - 25, random() * 140 - 25] as const)
  for (const [y0, y1] of pieces) density.add(10, y0, 100, y1, 1)
  expect(sum(density)).toBeGreaterThan(10_000)
  for (const [y0, y1] of pieces) density.add(10, y0, 100, y1, -1)
  expect(density.counts.every((count) => count === 0)).toBe(true)
})

it('joins the ends of a line without a gap, flat and steep', () => {
  for (const [y0, y1] of [
    [10, 12],
    [5, 95],
    [95, 5],
  ] as const) {
    const density = new LineDensity(40, 100)
    density.add(5, y0, 35, y1, 1)
    const hit = [...density.counts.keys()].filter((at) => density.counts[at] === 1)
    const neighbours = (at: number) =>
      hit.filter(
        (other) =>
          Math.abs((other % 40) - (at % 40)) <= 1 &&
          Math.abs(Math.floor(other / 40) - Math.floor(at / 40)) <= 1,
      )
    expect(hit.length).toBeGreaterThanOrEqual(30)
    expect(hit.every((at) => neighbours(at).length > 1)).toBe(true)
  }
})

it('shows after changes what it would show if it had begun with them', () => {
  const random = randomOf(3)
  const count = 400
  const values = () => Array.from({ length: count }, () => (random() < 0.1 ? null : random()))
  const columns = [
    column('a', values()),
    column('b', values()),
    column(
      'c',
      Array.from({ length: count }, (_, row) => `t${row % 3}`),
    ),
  ]
  const { axes, lines } = linesOf(columns, count)
  lines.want(count, all(count), null)
  while (!lines.advance(() => true).isDone);
  // A brush, then runs that change, then no brush
  const brushed = new Uint8Array(count).map((_, row) => (row % 4 === 0 ? 1 : 0))
  lines.want(count, all(count), brushed)
  while (!lines.advance(() => true).isDone);
  const changed = [3, 40, 41, 399]
  for (const row of changed) {
    columns[0]!.values[row] = 0.5
    columns[2]!.values[row] = 't0'
    for (const [at, axis] of axes.entries()) expect(updateAxis(axis, columns[at]!, row)).toBe(true)
  }
  lines.touch(changed)
  while (!lines.advance(() => true).isDone);

  const fresh = linesOf(columns, count).lines
  fresh.want(count, all(count), brushed)
  expect(fresh.advance(() => false).isDone).toBe(true)
  expect(lines.base.counts).toEqual(fresh.base.counts)
  expect(lines.lit.counts).toEqual(fresh.lit.counts)
  lines.want(count, all(count), null)
  lines.advance(() => false)
  expect(sum(lines.lit)).toBe(0)
})

it('asks for a new axis when a value lies outside of it, and has a place for none', () => {
  const values: unknown[] = [1, 2, null]
  const axis = readAxis(column('a', values), 3, 5)
  expect([axis.missingCount, axis.places[2]]).toEqual([1, Math.fround(MISSING)])
  values[3] = 3
  expect(updateAxis(axis, column('a', values), 3)).toBe(false)
  values[3] = 1.5
  expect(updateAxis(axis, column('a', values), 3)).toBe(true)
  expect([axis.missingCount, axis.rowCount, axis.places[3]]).toEqual([1, 4, 0.5])
  values[2] = 'text'
  expect(updateAxis(axis, column('a', values), 2)).toBe(false)
})

it('puts what is far beyond most at the end of a fenced axis', () => {
  const values = Array.from({ length: 50 }, (_, row) => 1 + row / 50)
  values[7] = 1e6
  const axis = readAxis({ ...column('loss', values), fence: 'high' }, 50)
  expect(axis.scale.max).toBeLessThan(5)
  expect(axis.places[7]).toBe(1)
})

it('colours by the logarithm of the count, the later layer on top', () => {
  const density = new LineDensity(4, 1)
  density.counts.set([0, 1, 10, 100])
  const over = new LineDensity(4, 1)
  over.counts[1] = 1
  const pixels = new Uint8ClampedArray(16)
  const layer = { density, colour: [10, 20, 30] as const, strength: 1, faintest: 0.2, fullAt: 100 }
  shadeLayers([layer, { ...layer, density: over, colour: [1, 2, 3] }], pixels)
  expect([...pixels.subarray(0, 4)]).toEqual([0, 0, 0, 0])
  expect([...pixels.subarray(4, 8)]).toEqual([1, 2, 3, 51])
  expect([...pixels.subarray(12)]).toEqual([10, 20, 30, 255])
  expect(pixels[11]).toBeGreaterThan(51)
  expect(pixels[11]).toBeLessThan(255)
})
