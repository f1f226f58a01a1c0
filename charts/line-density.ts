// How many lines cross each pixel, counted instead of painted: ten thousand lines painted over each other are a blob in
// which the last one wins, and cost 100 ms; counted they cost 20 ms, show where lines are dense, and a line can be taken
// out again (docs/decisions/0011-parallel-coordinates.md).

/** Counts of one layer; pixels row by row from the top left. */
export class LineDensity {
  readonly width: number
  readonly height: number
  readonly counts: Int32Array

  constructor(width: number, height: number) {
    this.width = width
    this.height = height
    this.counts = new Int32Array(width * height)
  }

  clear(): void {
    this.counts.fill(0)
  }

  /**
   * Counts one straight piece, or takes it out. The same arguments count the same pixels, so that taking out what was
   * put in leaves nothing.
   * @param x0,x1 pixels, x0 < x1, both within the width
   * @param y0,y1 pixels; what is above or below is left out
   * @param by 1 puts it in, -1 takes it out
   */
  add(x0: number, y0: number, x1: number, y1: number, by: 1 | -1): void {
    const { width, height, counts } = this
    const dx = x1 - x0
    const dy = y1 - y0
    if (Math.abs(dy) <= dx) {
      const slope = dy / dx
      let y = y0 + 0.5
      for (let x = x0; x < x1; x += 1) {
        const line = y | 0
        if (line >= 0 && line < height) counts[line * width + x]! += by
        y += slope
      }
      return
    }
    const [from, to, start] = y0 < y1 ? [y0, y1, x0] : [y1, y0, x1]
    const slope = dx / dy
    const first = Math.round(from)
    const last = Math.min(height, Math.round(to))
    let x = start + (first - from) * slope + 0.5
    for (let y = first; y < last; y += 1) {
      const column = x | 0
      if (y >= 0 && column >= 0 && column < width) counts[y * width + column]! += by
      x += slope
    }
  }

  /** Counts a square of pixels round a point. @param half pixels to each side of the middle one */
  addDot(x: number, y: number, half: number, by: 1 | -1): void {
    const { width, height, counts } = this
    const [column, line] = [Math.round(x), Math.round(y)]
    for (let at = Math.max(0, line - half); at <= Math.min(height - 1, line + half); at += 1)
      for (let across = Math.max(0, column - half); across <= Math.min(width - 1, column + half); across += 1)
        counts[at * width + across]! += by
  }
}

/** A layer with its colour. */
export interface ShadedLayer {
  readonly density: LineDensity
  /** Red, green, blue from 0 to 255. */
  readonly colour: readonly [number, number, number]
  /** Strength where lines are densest, 0 to 1. */
  readonly strength: number
  /** Strength of a single line, 0 to 1. */
  readonly faintest: number
  /** So many lines on a pixel have the full strength; between there and one the logarithm counts. */
  readonly fullAt: number
}

/**
 * Colours pixels by their counts, later layers over earlier ones.
 * @param pixels four bytes a pixel (red, green, blue, alpha), overwritten
 */
export function shadeLayers(layers: readonly ShadedLayer[], pixels: Uint8ClampedArray): void {
  // A pixel as one number, alpha first: all machines that browsers run on are little-endian.
  const words = new Uint32Array(pixels.buffer, pixels.byteOffset, pixels.length / 4)
  words.fill(0)
  for (const layer of layers) {
    const { counts } = layer.density
    const table = shadesOf(layer)
    const most = table.length - 1
    for (let at = 0; at < counts.length; at += 1) {
      const count = counts[at]!
      if (count > 0) words[at] = table[count < most ? count : most]!
    }
  }
}

const SHADES = 4_096

function shadesOf({ colour, strength, faintest, fullAt }: ShadedLayer): Uint32Array {
  const [red, green, blue] = colour
  const size = Math.max(2, Math.min(SHADES, Math.ceil(fullAt) + 1))
  const table = new Uint32Array(size)
  for (let count = 1; count < size; count += 1) {
    const share = Math.min(1, Math.log(count) / Math.log(Math.max(2, fullAt)))
    const alpha = Math.round(255 * (faintest + (strength - faintest) * share))
    table[count] = ((alpha << 24) | (blue << 16) | (green << 8) | red) >>> 0
  }
  return table
}
