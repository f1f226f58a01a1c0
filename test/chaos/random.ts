// Seeded random numbers for plans: the same seed gives the same plan on any machine.

/** Uniform in [0, 1). */
export type Random = () => number

/** Mulberry32: 32 bits of state; enough to draw a plan. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Uniform between two bounds, rounded. */
export function drawWhole(random: Random, least: number, most: number): number {
  return Math.round(least + random() * (most - least))
}

/** @throws Error when there is nothing to draw from */
export function drawOne<T>(random: Random, items: readonly T[]): T {
  const item = items[Math.min(items.length - 1, Math.floor(random() * items.length))]
  if (item === undefined) throw new Error('nothing to draw from')
  return item
}
