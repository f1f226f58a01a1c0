// A curve with fewer points than were reported: neighbours in one bucket, of which the least, the greatest and the mean
// are kept, so that a spike of one step is still there. Pure; memory is bounded whatever the length.

export interface CurveBucket {
  /** Of the last row in it. */
  step: number
  /** Epoch ms. */
  at: number
  /** Of its finite values; null: it has none. */
  min: number | null
  max: number | null
  sum: number
  /** Finite values. */
  count: number
  /** NaN and infinities. */
  nonFinite: number
}

/**
 * Takes points one by one, in order, and holds fewer than `2 * limit` buckets: when there would be more, neighbours are
 * joined. Up to `2 * limit - 1` points are kept as they are. Cost O(1) a point.
 */
export class CurveBuckets {
  readonly #limit: number
  #buckets: CurveBucket[] = []
  /** Points that a full bucket holds. */
  #perBucket = 1
  #inLast = 0
  #points = 0

  /** @param limit at least this many buckets are left of a long curve; > 0 */
  constructor(limit: number) {
    this.#limit = limit
  }

  /** Points that were taken. */
  get points(): number {
    return this.#points
  }

  /** Does every bucket hold one point? */
  get isWhole(): boolean {
    return this.#perBucket === 1
  }

  get buckets(): readonly CurveBucket[] {
    return this.#buckets
  }

  take(step: number, at: number, value: number): void {
    this.#points += 1
    const last = this.#buckets.at(-1)
    if (last !== undefined && this.#inLast < this.#perBucket) {
      join(last, bucketOf(step, at, value))
      this.#inLast += 1
      return
    }
    this.#buckets.push(bucketOf(step, at, value))
    this.#inLast = 1
    if (this.#buckets.length >= 2 * this.#limit) this.#halve()
  }

  #halve(): void {
    const halved: CurveBucket[] = []
    for (let index = 0; index < this.#buckets.length; index += 2) {
      const bucket = this.#buckets[index] as CurveBucket // inside
      const next = this.#buckets[index + 1]
      if (next !== undefined) join(bucket, next)
      halved.push(bucket)
    }
    // With an odd number the last bucket stays half full.
    this.#inLast += this.#buckets.length % 2 === 0 ? this.#perBucket : 0
    this.#buckets = halved
    this.#perBucket *= 2
  }
}

function bucketOf(step: number, at: number, value: number): CurveBucket {
  return Number.isFinite(value)
    ? { step, at, min: value, max: value, sum: value, count: 1, nonFinite: 0 }
    : { step, at, min: null, max: null, sum: 0, count: 0, nonFinite: 1 }
}

function join(into: CurveBucket, next: CurveBucket): void {
  into.step = next.step
  into.at = next.at
  into.min = into.min === null ? next.min : next.min === null ? into.min : Math.min(into.min, next.min)
  into.max = into.max === null ? next.max : next.max === null ? into.max : Math.max(into.max, next.max)
  into.sum += next.sum
  into.count += next.count
  into.nonFinite += next.nonFinite
}
