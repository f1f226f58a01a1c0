// Minimises a smooth function in a box: limited-memory BFGS with projection. Coordinates that lie on a bound and would
// leave the box are held; the quasi-Newton step is taken in the others and projected (Bertsekas 1982, SIAM J. Control
// Optim. 20; two-loop recursion of Nocedal 1980). Simpler than Byrd et al. (1995): no Cauchy point, Armijo only.
//   x, g     point and gradient;  s, y   differences of the two between iterations

export interface BoxSearchOptions {
  /** @default 50 */
  readonly maxIterations?: number
  /** Ends when no coordinate of x - P(x - g) is larger. @default 1e-5 */
  readonly gradientTolerance?: number
  /** Ends when the value falls by less than this times max(|f|, 1) in one iteration. @default 1e-9 */
  readonly valueTolerance?: number
}

export interface BoxSearchResult {
  /** A copy, inside the box. */
  readonly x: Float64Array
  readonly value: number
  readonly evaluations: number
}

const MEMORY = 8
const MAX_BACKTRACKS = 20
const ARMIJO = 1e-4

/**
 * @param evaluate writes the gradient at x into its second argument and returns the value; NaN and +Infinity count as
 *   "too far" (not at the start)
 * @param start projected into the box first
 * @returns the best point found: never worse than the projected start. Deterministic.
 */
export function minimiseInBox(
  evaluate: (x: Float64Array, gradient: Float64Array) => number,
  start: Float64Array,
  low: Float64Array,
  high: Float64Array,
  options: BoxSearchOptions = {},
): BoxSearchResult {
  const { maxIterations = 50, gradientTolerance = 1e-5, valueTolerance = 1e-9 } = options
  const d = start.length
  let x = start.map((value, j) => Math.min(Math.max(value, low[j]!), high[j]!))
  let g = new Float64Array(d)
  let value = evaluate(x, g)
  let evaluations = 1
  let nextX = new Float64Array(d)
  let nextG = new Float64Array(d)
  const direction = new Float64Array(d)
  const isFree = new Uint8Array(d)
  const pairs: CurvaturePair[] = []

  for (let iteration = 0; iteration < maxIterations; iteration++) {
    if (projectedGradient(x, g, low, high, isFree) <= gradientTolerance) break
    quasiNewton(pairs, g, isFree, direction)
    let slope = innerProduct(direction, g)
    if (!(slope < 0)) {
      pairs.length = 0
      quasiNewton(pairs, g, isFree, direction)
      slope = innerProduct(direction, g)
    }
    // Without curvature the gradient has no scale: the first step moves half a unit at most
    let step = pairs.length === 0 ? Math.min(1, 0.5 / Math.sqrt(-slope)) : 1
    let nextValue = Infinity
    let isAccepted = false
    for (let trial = 0; trial < MAX_BACKTRACKS; trial++) {
      let predicted = 0
      for (let j = 0; j < d; j++) {
        nextX[j] = Math.min(Math.max(x[j]! + step * direction[j]!, low[j]!), high[j]!)
        predicted += g[j]! * (nextX[j]! - x[j]!)
      }
      nextValue = evaluate(nextX, nextG)
      evaluations++
      if (nextValue <= value + ARMIJO * predicted && nextValue <= value) {
        isAccepted = true
        break
      }
      const parabola = (-predicted * step) / (2 * (nextValue - value - predicted))
      const shorter = Number.isFinite(parabola) ? parabola : 0.25 * step
      step = Math.min(Math.max(shorter, 0.1 * step), 0.5 * step)
    }
    if (!isAccepted) {
      if (pairs.length === 0) break
      pairs.length = 0 // the curvature misleads: once more along the gradient
      continue
    }
    remember(pairs, x, g, nextX, nextG)
    const gain = value - nextValue
    ;[x, nextX] = [nextX, x]
    ;[g, nextG] = [nextG, g]
    value = nextValue
    if (gain <= valueTolerance * Math.max(Math.abs(value), 1)) break
  }
  return { x, value, evaluations }
}

interface CurvaturePair {
  readonly s: Float64Array
  readonly y: Float64Array
}

/** Largest coordinate of x - P(x - g); marks the coordinates that may move. */
function projectedGradient(
  x: Float64Array,
  g: Float64Array,
  low: Float64Array,
  high: Float64Array,
  isFree: Uint8Array,
): number {
  let largest = 0
  for (let j = 0; j < x.length; j++) {
    const held = (x[j]! <= low[j]! && g[j]! > 0) || (x[j]! >= high[j]! && g[j]! < 0)
    isFree[j] = held ? 0 : 1
    const moved = Math.min(Math.max(x[j]! - g[j]!, low[j]!), high[j]!)
    largest = Math.max(largest, Math.abs(x[j]! - moved))
  }
  return largest
}

/** direction = -H g in the free coordinates, 0 in the others; -g without pairs. */
function quasiNewton(
  pairs: readonly CurvaturePair[],
  g: Float64Array,
  isFree: Uint8Array,
  direction: Float64Array,
): void {
  const d = g.length
  for (let j = 0; j < d; j++) direction[j] = isFree[j] ? -g[j]! : 0
  const weights = new Float64Array(pairs.length)
  let scale = 0
  for (let k = pairs.length - 1; k >= 0; k--) {
    const { s, y } = pairs[k]!
    const curvature = freeProduct(s, y, isFree)
    if (!(curvature > 0)) continue
    weights[k] = innerProduct(s, direction) / curvature
    for (let j = 0; j < d; j++) if (isFree[j]) direction[j] = direction[j]! - weights[k]! * y[j]!
    if (scale === 0) scale = curvature / freeProduct(y, y, isFree)
  }
  if (scale > 0) for (let j = 0; j < d; j++) direction[j] = direction[j]! * scale
  for (let k = 0; k < pairs.length; k++) {
    const { s, y } = pairs[k]!
    const curvature = freeProduct(s, y, isFree)
    if (!(curvature > 0)) continue
    const correction = weights[k]! - innerProduct(y, direction) / curvature
    for (let j = 0; j < d; j++) if (isFree[j]) direction[j] = direction[j]! + correction * s[j]!
  }
}

/** Keeps the last MEMORY pairs; one without clear positive curvature is left out. */
function remember(
  pairs: CurvaturePair[],
  x: Float64Array,
  g: Float64Array,
  nextX: Float64Array,
  nextG: Float64Array,
): void {
  const s = nextX.map((value, j) => value - x[j]!)
  const y = nextG.map((value, j) => value - g[j]!)
  const curvature = innerProduct(s, y)
  if (!(curvature > 1e-10 * Math.sqrt(innerProduct(s, s) * innerProduct(y, y)))) return
  if (pairs.length === MEMORY) pairs.shift()
  pairs.push({ s, y })
}

function innerProduct(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let j = 0; j < a.length; j++) sum += a[j]! * b[j]!
  return sum
}

function freeProduct(a: Float64Array, b: Float64Array, isFree: Uint8Array): number {
  let sum = 0
  for (let j = 0; j < a.length; j++) if (isFree[j]) sum += a[j]! * b[j]!
  return sum
}
