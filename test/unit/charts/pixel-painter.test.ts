// Lines and dots as pixels: as much ink as their area, in the places where they lie.
import { describe, expect, it } from 'vitest'
import { inkOf, PixelPainter } from '../../../charts/pixel-painter.ts'

const [WIDTH, HEIGHT] = [60, 40]
const BLACK = inkOf([0, 0, 0], 1)

function paint(draw: (painter: PixelPainter) => void) {
  const pixels = new Uint8ClampedArray(4 * WIDTH * HEIGHT)
  const painter = new PixelPainter(pixels, WIDTH, HEIGHT)
  draw(painter)
  const at = (column: number, line: number) => [
    ...pixels.subarray(4 * (line * WIDTH + column), 4 * (line * WIDTH + column) + 4),
  ]
  /** Sum of the alphas, in whole pixels. */
  const ink = pixels.reduce((sum, byte, index) => (index % 4 === 3 ? sum + byte / 255 : sum), 0)
  return { at, ink, painter, pixels }
}

describe('a line', () => {
  it('of one pixel through the middles of pixels covers them alone', () => {
    const { at, ink } = paint((painter) => painter.line(10, 5.5, 20, 5.5, 1, BLACK))
    expect(at(10, 5)).toEqual([0, 0, 0, 255])
    expect(at(19, 5)).toEqual([0, 0, 0, 255])
    expect(ink).toBe(10)
  })

  it.each([
    [10, 10, 50, 10],
    [10, 10, 50, 20],
    [50, 20, 10, 10],
    [10, 5, 40, 35],
    [20, 5, 28, 35],
    [20, 35, 20, 5],
  ])('from %d,%d to %d,%d has the ink of its area', (x0, y0, x1, y1) => {
    const { ink } = paint((painter) => painter.line(x0, y0, x1, y1, 1.4, BLACK))
    expect(ink / (1.4 * Math.hypot(x1 - x0, y1 - y0))).toBeCloseTo(1, 1)
  })

  it('is left out where it leaves the picture', () => {
    const { ink } = paint((painter) => painter.line(-20, -20, 80, 60, 2, BLACK))
    expect(ink).toBeGreaterThan(80)
    expect(paint((painter) => painter.line(-50, 10, -5, 20, 2, BLACK)).ink).toBe(0)
    expect(paint((painter) => painter.line(10, 45, 50, 90, 2, BLACK)).ink).toBe(0)
  })

  it('of no length is nothing', () => {
    expect(paint((painter) => painter.line(10, 10, 10, 10, 2, BLACK)).ink).toBe(0)
  })
})

describe('a dot', () => {
  it('has the ink of its area, round its middle', () => {
    const { at, ink } = paint((painter) => painter.dot(20.5, 20.5, 3, BLACK))
    expect(ink / (Math.PI * 9)).toBeCloseTo(1, 1)
    expect(at(20, 20)).toEqual([0, 0, 0, 255])
    expect(at(17, 20)).toEqual(at(23, 20))
    expect(at(20, 17)).toEqual(at(20, 23))
    expect(at(16, 20)).toEqual([0, 0, 0, 0])
  })

  it('at the edge is cut', () => {
    const { ink } = paint((painter) => painter.dot(0, 0, 3, BLACK))
    expect(ink / ((Math.PI * 9) / 4)).toBeCloseTo(1, 1)
  })
})

it('lies below what was painted before, and shines through it', () => {
  const { at } = paint((painter) => {
    painter.line(30.5, 0, 30.5, 40, 1, inkOf([0, 0, 200], 0.5))
    painter.line(0, 5.5, 60, 5.5, 1, inkOf([200, 0, 0], 1))
  })
  expect(at(10, 5)).toEqual([200, 0, 0, 255])
  expect(at(30, 20)).toEqual([0, 0, 200, 128])
  expect(at(30, 5)).toEqual([100, 0, 100, 255])
})

it('is empty when it is cleared', () => {
  const { painter, pixels } = paint((each) => each.dot(20, 20, 5, BLACK))
  painter.clear()
  expect(pixels.every((byte) => byte === 0)).toBe(true)
})
