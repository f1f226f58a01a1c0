// One regression tree over binned features, as a random forest grows it: greedy, by the fall of the squared error. Trees
// are kept in flat arrays that the next tree overwrites: a forest for importance needs each of them only once.
//   bins[i]   bin of row i: 0 where the feature does not exist, else 1 .. binCount - 1
//   mask      the bins that go left, one bit a bin (hence at most 32 bins)
import type { Rng } from './rng.ts'

/** Bins of a feature at most, that of missing values included. */
export const MAX_BINS = 32

export interface BinnedFeature {
  /** Ordered bins are split between neighbours; categories into the two sets with the farthest means. */
  readonly kind: 'ordered' | 'category'
  /** Length n. */
  readonly bins: Uint8Array
  /** At most MAX_BINS; 1: nothing to split. */
  readonly binCount: number
}

export interface TreeOptions {
  /** Features that are looked at for a split, drawn anew for each. */
  readonly featuresPerSplit: number
  /** Rows of a leaf at least. */
  readonly leafSize: number
  readonly maxDepth: number
}

/** Rows of a node: its part of the order, and how deep it is. */
interface OpenNode {
  readonly node: number
  readonly from: number
  readonly to: number
  readonly depth: number
}

interface Split {
  readonly feature: number
  readonly mask: number
  readonly gain: number
}

export class RegressionTree {
  readonly #features: readonly BinnedFeature[]
  readonly #targets: Float64Array
  /** Of each node: -1 for a leaf. */
  readonly #feature: Int32Array
  readonly #mask: Int32Array
  readonly #left: Int32Array
  readonly #right: Int32Array
  readonly #value: Float64Array
  readonly #order: Int32Array
  readonly #scratch: Int32Array
  readonly #counts = new Float64Array(MAX_BINS)
  readonly #sums = new Float64Array(MAX_BINS)
  readonly #byMean = new Int32Array(MAX_BINS)
  #nodeCount = 0
  readonly #used = new Set<number>()

  /** @param targets length n, finite */
  constructor(features: readonly BinnedFeature[], targets: Float64Array) {
    const size = 2 * targets.length + 1
    this.#features = features
    this.#targets = targets
    this.#feature = new Int32Array(size)
    this.#mask = new Int32Array(size)
    this.#left = new Int32Array(size)
    this.#right = new Int32Array(size)
    this.#value = new Float64Array(size)
    this.#order = new Int32Array(targets.length)
    this.#scratch = new Int32Array(targets.length)
  }

  /** Features that the last tree splits by. */
  get usedFeatures(): ReadonlySet<number> {
    return this.#used
  }

  /** Grows a new tree in place of the last one. O(rows * featuresPerSplit * depth). @param rows may repeat, n at most */
  grow(rows: Int32Array, options: TreeOptions, rng: Rng): void {
    this.#order.set(rows)
    this.#nodeCount = 1
    this.#used.clear()
    const open: OpenNode[] = [{ node: 0, from: 0, to: rows.length, depth: 0 }]
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const { node, from, to, depth } = next
      this.#feature[node] = -1
      this.#value[node] = this.#meanOf(from, to)
      if (to - from < 2 * options.leafSize || depth >= options.maxDepth) continue
      const split = this.#bestSplit(from, to, options, rng)
      if (split === null) continue
      const middle = this.#partition(from, to, split)
      if (middle === from || middle === to) continue
      this.#feature[node] = split.feature
      this.#mask[node] = split.mask
      this.#used.add(split.feature)
      const [left, right] = [this.#nodeCount, this.#nodeCount + 1]
      this.#nodeCount += 2
      this.#left[node] = left
      this.#right[node] = right
      open.push({ node: left, from, to: middle, depth: depth + 1 })
      open.push({ node: right, from: middle, to, depth: depth + 1 })
    }
  }

  /** The mean of the leaf of row `i`; of feature `swapped` the bin of row `other` stands for its own. @param swapped -1: none */
  predict(i: number, swapped = -1, other = i): number {
    let node = 0
    for (let feature = this.#feature[0]!; feature >= 0; feature = this.#feature[node]!) {
      const bin = this.#features[feature]!.bins[feature === swapped ? other : i]!
      node = ((this.#mask[node]! >>> bin) & 1) === 1 ? this.#left[node]! : this.#right[node]!
    }
    return this.#value[node]!
  }

  #meanOf(from: number, to: number): number {
    let sum = 0
    for (let at = from; at < to; at++) sum += this.#targets[this.#order[at]!]!
    return sum / Math.max(1, to - from)
  }

  /** null: no split lowers the error. */
  #bestSplit(from: number, to: number, { featuresPerSplit, leafSize }: TreeOptions, rng: Rng): Split | null {
    const count = this.#features.length
    const offered = drawSome(count, Math.min(featuresPerSplit, count), rng)
    let best: Split | null = null
    for (const feature of offered) {
      const split = this.#splitBy(feature, from, to, leafSize)
      if (split !== null && (best === null || split.gain > best.gain)) best = split
    }
    return best
  }

  /**
   * The best split of the rows that have the feature; those that lack it go with the larger side. So a parameter that only
   * exists beside another gains nothing by standing for that other one.
   */
  #splitBy(index: number, from: number, to: number, leafSize: number): Split | null {
    const { bins, binCount, kind } = this.#features[index]!
    const [counts, sums, order, targets] = [this.#counts, this.#sums, this.#order, this.#targets]
    counts.fill(0, 0, binCount)
    sums.fill(0, 0, binCount)
    for (let at = from; at < to; at++) {
      const row = order[at]!
      const bin = bins[row]!
      counts[bin] = counts[bin]! + 1
      sums[bin] = sums[bin]! + targets[row]!
    }
    let [total, sum, filled] = [0, 0, 0]
    for (let bin = 1; bin < binCount; bin++) {
      if (counts[bin] === 0) continue
      total += counts[bin]!
      sum += sums[bin]!
      this.#byMean[filled++] = bin
    }
    if (filled < 2 || total < 2 * leafSize) return null
    const candidates = this.#byMean.subarray(0, filled)
    // For squared error the best two sets of categories are neighbours in the order of their means (Breiman 1984, 4.2)
    if (kind === 'category') candidates.sort((a, b) => sums[a]! / counts[a]! - sums[b]! / counts[b]!)
    const whole = (sum * sum) / total
    let [bestGain, bestAt, bestLeft] = [1e-12 * Math.abs(whole) + 1e-300, -1, 0]
    let [leftCount, leftSum] = [0, 0]
    for (let at = 0; at < filled - 1; at++) {
      const bin = candidates[at]!
      leftCount += counts[bin]!
      leftSum += sums[bin]!
      const rightCount = total - leftCount
      if (leftCount < leafSize || rightCount < leafSize) continue
      const rightSum = sum - leftSum
      const gain = (leftSum * leftSum) / leftCount + (rightSum * rightSum) / rightCount - whole
      if (gain <= bestGain) continue
      ;[bestGain, bestAt, bestLeft] = [gain, at, leftCount]
    }
    if (bestAt < 0) return null
    let mask = 2 * bestLeft >= total ? 1 : 0 // bin 0: does not exist
    for (let at = 0; at <= bestAt; at++) mask |= 1 << candidates[at]!
    // Ordered bins that were empty here go with their neighbours
    if (kind === 'ordered') for (let bin = 1; bin <= candidates[bestAt]!; bin++) mask |= 1 << bin
    return { feature: index, mask, gain: bestGain }
  }

  /** Rows that go left come first, otherwise in their order. @returns where the right ones begin */
  #partition(from: number, to: number, { feature, mask }: Split): number {
    const { bins } = this.#features[feature]!
    const [order, scratch] = [this.#order, this.#scratch]
    let [left, right] = [from, 0]
    for (let at = from; at < to; at++) {
      const row = order[at]!
      if (((mask >>> bins[row]!) & 1) === 1) order[left++] = row
      else scratch[right++] = row
    }
    order.set(scratch.subarray(0, right), left)
    return left
  }
}

/** `some` different numbers in [0, count). O(some^2). */
function drawSome(count: number, some: number, rng: Rng): number[] {
  if (some >= count) return Array.from({ length: count }, (_, index) => index)
  // Floyd 1987
  const drawn: number[] = []
  for (let top = count - some; top < count; top++) {
    const one = rng.integer(top + 1)
    drawn.push(drawn.includes(one) ? top : one)
  }
  return drawn
}
