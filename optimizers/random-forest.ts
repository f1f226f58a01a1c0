// A random forest (Breiman 2001) for one question: how much of the target's variance goes through each feature? Each tree
// is asked about the rows that it has not seen, then again with one feature's values exchanged among them.
//   y      target, length n;  f   a tree;  oob  rows that a tree has not seen
//   MSE_j  mean of (y - f(x with feature j of another oob row))^2 over the oob rows
import { MAX_BINS, RegressionTree } from './regression-tree.ts'
import type { BinnedFeature } from './regression-tree.ts'
import type { Rng } from './rng.ts'

export interface ForestOptions {
  readonly trees: number
  /** @default a third of the features, at least 2 */
  readonly featuresPerSplit?: number
  /** @default 1 up to 60 rows, else a 250th of them, 3 at the least */
  readonly leafSize?: number
  /** @default 16 */
  readonly maxDepth?: number
}

export interface ForestAssessment {
  /** 1 - MSE / variance, of each row by the trees that have not seen it; below 0: worse than the mean. */
  readonly r2: number
  /**
   * (MSE_j - MSE) / (2 variance) of each feature: for a perfect forest and independent features the total-effect index of
   * Sobol, the share of variance that would be left if all else were known (Gregorutti et al. 2017, arXiv:1310.5726,
   * prop. 1). May fall below 0 by chance. A row that lacks the feature keeps lacking it.
   */
  readonly importances: Float64Array
}

/**
 * O(trees n log n) and O(trees n features) more for the questions.
 * @param targets length n >= 2, finite
 */
export function assessForest(
  features: readonly BinnedFeature[],
  targets: Float64Array,
  options: ForestOptions,
  rng: Rng,
): ForestAssessment {
  const n = targets.length
  const { trees, maxDepth = 16 } = options
  const leafSize = options.leafSize ?? (n <= 60 ? 1 : Math.max(3, Math.round(n / 250)))
  const featuresPerSplit = options.featuresPerSplit ?? Math.max(2, Math.ceil(features.length / 3))
  const tree = new RegressionTree(features, targets)
  const [rows, isSeen] = [new Int32Array(n), new Uint8Array(n)]
  const [sums, votes] = [new Float64Array(n), new Int32Array(n)]
  const rises = new Float64Array(features.length)
  let asked = 0
  for (let index = 0; index < trees; index++) {
    isSeen.fill(0)
    for (let at = 0; at < n; at++) {
      const row = rng.integer(n)
      rows[at] = row
      isSeen[row] = 1
    }
    tree.grow(rows, { featuresPerSplit, leafSize, maxDepth }, rng)
    const unseen = [...isSeen.keys()].filter((row) => isSeen[row] === 0)
    if (unseen.length < 2) continue
    asked += 1
    for (const row of unseen) {
      sums[row] = sums[row]! + tree.predict(row)
      votes[row] = votes[row]! + 1
    }
    const error = meanSquare(unseen, unseen, targets, tree, -1)
    for (const feature of tree.usedFeatures) {
      const others = exchange(unseen, features[feature]!, rng)
      rises[feature] = rises[feature]! + meanSquare(unseen, others, targets, tree, feature) - error
    }
  }
  const { mean, variance } = momentsOf(targets)
  let [squares, answered, spread] = [0, 0, 0]
  for (let row = 0; row < n; row++) {
    if (votes[row] === 0) continue
    answered += 1
    squares += (targets[row]! - sums[row]! / votes[row]!) ** 2
    spread += (targets[row]! - mean) ** 2
  }
  const r2 = answered === 0 || spread === 0 ? 0 : 1 - squares / spread
  const unit = asked * 2 * variance
  return { r2, importances: rises.map((rise) => (unit > 0 ? rise / unit : 0)) }
}

/** For each row another one of them, from which it takes the feature: a permutation of those that have it. */
function exchange(rows: readonly number[], { bins }: BinnedFeature, rng: Rng): number[] {
  const others = [...rows]
  const having = others.flatMap((row, place) => (bins[row] === 0 ? [] : [place]))
  for (let at = having.length - 1; at > 0; at--) {
    const [a, b] = [having[at]!, having[rng.integer(at + 1)]!]
    ;[others[a], others[b]] = [others[b]!, others[a]!]
  }
  return others
}

function meanSquare(
  rows: readonly number[],
  others: readonly number[],
  targets: Float64Array,
  tree: RegressionTree,
  feature: number,
): number {
  let sum = 0
  for (let at = 0; at < rows.length; at++) {
    const row = rows[at]!
    sum += (targets[row]! - tree.predict(row, feature, others[at]!)) ** 2
  }
  return sum / rows.length
}

function momentsOf(values: Float64Array): { mean: number; variance: number } {
  let [mean, variance] = [0, 0]
  for (const value of values) mean += value / values.length
  for (const value of values) variance += (value - mean) ** 2 / values.length
  return { mean, variance }
}

/**
 * A column of numbers in bins of about equally many rows, equal numbers together; NaN is missing.
 * @param values length n; infinite ones are the ends
 */
export function binNumbers(values: Float64Array): BinnedFeature {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort()
  const edges: number[] = []
  const wanted = MAX_BINS - 1
  // The upper ends of the bins; a value that fills several quantiles is one bin
  for (let index = 1; index <= wanted && sorted.length > 0; index++) {
    const edge = sorted[Math.ceil((index * sorted.length) / wanted) - 1]!
    if (edges.length === 0 || edge > edges.at(-1)!) edges.push(edge)
  }
  const bins = Uint8Array.from(values, (value) => (Number.isNaN(value) ? 0 : 1 + firstAtLeast(edges, value)))
  return { kind: 'ordered', bins, binCount: edges.length + 1 }
}

/** @param codes from 0; NaN: missing. Beyond 30 different ones the rare ones share a bin. */
export function binCategories(codes: Float64Array): BinnedFeature {
  const counts = new Map<number, number>()
  for (const code of codes) if (!Number.isNaN(code)) counts.set(code, (counts.get(code) ?? 0) + 1)
  const frequent = [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, MAX_BINS - 2)
  const binOf = new Map(frequent.map(([code], index) => [code, index + 1]))
  const rest = frequent.length + 1
  const bins = Uint8Array.from(codes, (code) => (Number.isNaN(code) ? 0 : (binOf.get(code) ?? rest)))
  return { kind: 'category', bins, binCount: counts.size > frequent.length ? rest + 1 : rest }
}

/** Index of the first edge that is at least `value`; the last one when none is. */
function firstAtLeast(edges: readonly number[], value: number): number {
  let [low, high] = [0, edges.length - 1]
  while (low < high) {
    const middle = (low + high) >> 1
    if (edges[middle]! >= value) high = middle
    else low = middle + 1
  }
  return low
}
