import { describe, expect, it } from 'vitest'
import { Posterior, fitHyperparameters } from '../../../optimizers/gaussian-process.ts'
import type { HyperPrior } from '../../../optimizers/hyperprior.ts'
import { LOW_NOISE_PRIOR, thetaOf } from '../../../optimizers/hyperprior.ts'
import { MapObjective } from '../../../optimizers/map-objective.ts'
import type { GpData } from '../../../optimizers/map-objective.ts'
import { createRng } from '../../../optimizers/rng.ts'
import { readOptimizerVectors, relativeError } from './optimizer-vectors.ts'

interface GpCase {
  name: string
  n: number
  d: number
  X: number[][]
  y: number[]
  categorical: boolean[]
  lengthscale: number[]
  outputscale: number
  noise: number
  mean: number
  cholesky_diag: number[]
  alpha: number[]
  log_marginal_likelihood: number
  grad: number[]
  Xtest: number[][]
  posterior_mean: number[]
  posterior_var_latent: number[]
  dmean_dx: (number | null)[][]
  dvar_dx: (number | null)[][]
  loo_mean: number[]
  loo_var: number[]
}

/** The order of kernels.ts: numbers first, then categories. */
function columnOrder(categorical: readonly boolean[]): number[] {
  const indexes = [...categorical.keys()]
  return [...indexes.filter((j) => !categorical[j]), ...indexes.filter((j) => categorical[j])]
}

function dataOf(X: readonly number[][], y: readonly number[], categorical: readonly boolean[]): GpData {
  const order = columnOrder(categorical)
  return {
    rows: Float64Array.from(X.flatMap((row) => order.map((j) => row[j]!))),
    targets: Float64Array.from(y),
    noiseScale: new Float64Array(y.length).fill(1),
    dimensionCount: categorical.length,
    numericCount: categorical.filter((is) => !is).length,
  }
}

describe('the Gaussian process agrees with numpy', () => {
  const { cases } = readOptimizerVectors<{ cases: GpCase[] }>('gp_matern52.json')

  it.each(cases.map((one) => [one.name, one] as const))('in likelihood and prediction: %s', (name, one) => {
    const isIllConditioned = name.includes('illcond')
    const isLoose = isIllConditioned || name.includes('dup')
    const order = columnOrder(one.categorical)
    const data = dataOf(one.X, one.y, one.categorical)
    const theta = Float64Array.from([
      ...order.map((j) => one.lengthscale[j]!),
      one.outputscale,
      one.noise,
    ]).map(Math.log)

    const objective = new MapObjective(data, { prior: null, mean: one.mean })
    const gradient = new Float64Array(one.d + 2)
    const value = objective.evaluate(theta, gradient)
    const logLikelihood = -value - (one.n / 2) * Math.log(2 * Math.PI)
    expect(relativeError(logLikelihood, one.log_marginal_likelihood)).toBeLessThan(
      isIllConditioned ? 1e-7 : 1e-10,
    )
    const wanted = [...order.map((j) => one.grad[j]!), ...one.grad.slice(one.d)]
    const found = [...gradient.map((slope) => -slope), objective.meanSlope]
    for (const [i, slope] of wanted.entries()) {
      expect(Math.abs(found[i]! - slope)).toBeLessThan(
        (isIllConditioned ? 1e-5 : 1e-8) * (1 + Math.abs(slope)),
      )
    }

    const posterior = Posterior.create(data, { theta, mean: one.mean })!
    for (const [i, pivot] of posterior.choleskyDiagonal().entries()) {
      expect(relativeError(pivot, one.cholesky_diag[i]!)).toBeLessThan(isIllConditioned ? 1e-7 : 1e-11)
    }
    const { means, variances } = posterior.leaveOneOut()
    for (const [i, mean] of means.entries()) {
      expect(relativeError(mean, one.loo_mean[i]!)).toBeLessThan(1e-7)
      expect(relativeError(variances[i]!, one.loo_var[i]!)).toBeLessThan(1e-7)
    }
    const z = new Float64Array(one.d)
    const slopes = new Float64Array(data.numericCount)
    for (const [i, x] of one.Xtest.entries()) {
      posterior.encode(
        order.map((j) => x[j]!),
        z,
      )
      posterior.predict(z)
      expect(Math.abs(posterior.predictedMean - one.posterior_mean[i]!)).toBeLessThan(
        isIllConditioned ? 1e-7 : 1e-9,
      )
      expect(Math.abs(posterior.predictedVariance - one.posterior_var_latent[i]!)).toBeLessThan(
        isLoose ? 1e-9 : 1e-10,
      )
      const mend = (k: number) => slopes[k]! / Math.exp(theta[k]!)
      for (const [name_, factors, rows] of [
        ['mean', [1, 0], one.dmean_dx],
        ['var', [0, 1], one.dvar_dx],
      ] as const) {
        slopes.fill(0)
        posterior.addGradient(z, factors[0]!, factors[1]!, slopes)
        for (let k = 0; k < data.numericCount; k++) {
          const slope = rows[i]![order[k]!]
          if (typeof slope !== 'number') continue
          expect(Math.abs(mend(k) - slope), name_).toBeLessThan(1e-7 * (1 + Math.abs(slope)))
        }
      }
    }
  })
})

interface FitCase {
  X: number[][]
  y: number[]
  start: number[]
  objective_at_start: number
  grad_at_start: number[]
  objective_local_from_start: number
  objective_best_of_12: number
}

/** Gaussians in ln l, ln s_f and ln s_n, the first one wider apart in more dimensions. */
const DIMENSION_SCALED: HyperPrior = {
  ...LOW_NOISE_PRIOR,
  noiseFloor: 1e-6,
  penalise(theta, gradient) {
    const d = theta.length - 2
    const centres = [...new Array<number>(d).fill(Math.log(0.35) + 0.5 * Math.log(d)), 0, -8]
    const widths = [...new Array<number>(d).fill(1), 0.7, 2.5]
    return theta.reduce((sum, value, j) => {
      const off = value - centres[j]!
      gradient[j] = gradient[j]! + off / widths[j]! ** 2
      return sum + off ** 2 / (2 * widths[j]! ** 2)
    }, 0)
  },
}

/** Walls round ln l = 0, Gamma(2, 1) on s_f, Gamma(1.1, 30) on the noise variance. */
const BARRIER: HyperPrior = {
  ...LOW_NOISE_PRIOR,
  noiseFloor: 1e-6,
  penalise(theta, gradient) {
    const d = theta.length - 2
    const own = new Float64Array(theta.length)
    const noise = Math.exp(theta[d + 1]!)
    const penalty = LOW_NOISE_PRIOR.penalise(theta, own) - (theta[d + 1]! + 10) ** 2 / 18
    own[d + 1] = (30 - 0.1 / (noise + 1e-6)) * noise
    for (const [j, slope] of own.entries()) gradient[j] = gradient[j]! + slope
    return penalty - (0.1 * Math.log(noise + 1e-6) - 30 * (noise + 1e-6))
  },
}

describe('the fit of hyperparameters', () => {
  const vectors = readOptimizerVectors<{ cases: FitCase[]; barrier_prior: { cases: Partial<FitCase>[] } }>(
    'map_fit.json',
  )
  const suites: readonly (readonly [string, HyperPrior, readonly FitCase[]])[] = [
    ['dimension-scaled', DIMENSION_SCALED, vectors.cases],
    [
      'barrier',
      BARRIER,
      vectors.barrier_prior.cases.map((one, index) => ({ ...vectors.cases[index]!, ...one })),
    ],
  ]

  it.each(suites)('finds the reference optimum under the %s prior', (_, prior, cases) => {
    expect(cases).toHaveLength(4)
    for (const one of cases) {
      const d = one.X[0]!.length
      const data = dataOf(one.X, one.y, new Array<boolean>(d).fill(false))
      const start = Float64Array.from(one.start)
      const gradient = new Float64Array(d + 2)
      const value = new MapObjective(data, { prior, mean: 0 }).evaluate(start, gradient)
      expect(relativeError(value, one.objective_at_start)).toBeLessThan(1e-9)
      for (const [j, slope] of one.grad_at_start.entries()) {
        expect(Math.abs(gradient[j]! - slope)).toBeLessThan(1e-7 * (1 + Math.abs(slope)))
      }
      const fit = fitHyperparameters(data, prior, [start], { mean: 0 })
      expect(fit.objective).toBeLessThan(one.objective_local_from_start + 1e-2)
      expect(fit.objective).toBeLessThan(one.objective_best_of_12 + 0.05)
    }
  })

  it('has the gradient that differences of its value show, with the mean profiled', () => {
    const data = testData(15, 3, 1)
    const objective = new MapObjective(data, { prior: LOW_NOISE_PRIOR })
    const theta = Float64Array.from([-0.4, 0.2, -1, 0.3, -6])
    const gradient = new Float64Array(5)
    objective.evaluate(theta, gradient)
    const work = new Float64Array(5)
    for (const [j, slope] of gradient.entries()) {
      const at = (step: number) =>
        objective.evaluate(
          theta.map((value, k) => (k === j ? value + step : value)),
          work,
        )
      expect(Math.abs((at(1e-5) - at(-1e-5)) / 2e-5 - slope)).toBeLessThan(1e-5 * (1 + Math.abs(slope)))
    }
  })
})

/** n points in d dimensions, the last `categories` of them categories of three levels. */
function testData(n: number, d: number, categories: number): GpData {
  const rng = createRng(3, 'data', n, d)
  const rows = Float64Array.from({ length: n * d }, (_, at) =>
    at % d >= d - categories ? rng.integer(3) : rng(),
  )
  const targets = Float64Array.from(
    { length: n },
    (_, i) => Math.sin(5 * rows[i * d]!) + rows[i * d + d - 1]!,
  )
  return {
    rows,
    targets,
    noiseScale: new Float64Array(n).fill(1),
    dimensionCount: d,
    numericCount: d - categories,
  }
}

describe('a posterior', () => {
  it('appends pending rows as if they had been there from the start, and keeps the mean', () => {
    const all = testData(20, 3, 1)
    const first = { ...all, rows: all.rows.slice(0, 45), targets: all.targets.slice(0, 15) }
    const theta = thetaOf(3, 0.5, 1, 1e-4)
    const plain = Posterior.create(first, { theta })!
    const believing = Posterior.create(first, { theta, pending: all.rows.slice(45) })!
    const whole = Posterior.create(all, { theta })!
    const z = new Float64Array(3)
    for (const x of [
      [0.2, 0.7, 1],
      [0.9, 0.1, 0],
      [all.rows[45]!, all.rows[46]!, all.rows[47]!],
    ]) {
      for (const posterior of [plain, believing, whole]) {
        posterior.encode(x, z)
        posterior.predict(z)
      }
      expect(believing.predictedMean).toBeCloseTo(plain.predictedMean, 12)
      expect(believing.predictedVariance).toBe(whole.predictedVariance)
      expect(believing.predictedVariance).toBeLessThanOrEqual(plain.predictedVariance)
    }
  })

  it('survives repeated points without noise by adding to the diagonal', () => {
    const data = testData(4, 2, 0)
    data.rows.set(data.rows.subarray(0, 2), 2)
    const posterior = Posterior.create(data, { theta: Float64Array.from([0, 0, 0, -700]) })
    expect(posterior?.jitter).toBeGreaterThan(0)
    expect(posterior?.alpha.every(Number.isFinite)).toBe(true)
  })

  it('is refused in silence where no number can be computed', () => {
    expect(Posterior.create(testData(4, 2, 0), { theta: Float64Array.from([NaN, 0, 0, 0]) })).toBeNull()
  })
})

describe('stages of runs', () => {
  const rng = createRng(5, 'stages')
  const n = 14
  const [rows, wide, stages] = [new Float64Array(2 * n), new Float64Array(3 * n), new Float64Array(n)]
  const targets = Float64Array.from({ length: n }, () => 2 * rng() - 1)
  for (let i = 0; i < n; i++) {
    const [a, b, stage] = [rng(), rng(), i % 3 === 0 ? 0 : -rng()]
    rows.set([a, b], 2 * i)
    wide.set([a, b, stage], 3 * i)
    stages[i] = stage
  }
  const noiseScale = new Float64Array(n).fill(1)
  const staged = { rows, targets, noiseScale, stages, dimensionCount: 2, numericCount: 2 }
  const plain = { rows: wide, targets, noiseScale, dimensionCount: 3, numericCount: 3 }
  const theta = Float64Array.from([Math.log(0.4), Math.log(0.7), Math.log(0.9), 0.2, -6])

  it('are one more numeric coordinate to the likelihood and its gradient', () => {
    const gradients = [new Float64Array(5), new Float64Array(5)] as const
    const ofStaged = new MapObjective(staged, { prior: LOW_NOISE_PRIOR }).evaluate(theta, gradients[0])
    const ofPlain = new MapObjective(plain, { prior: LOW_NOISE_PRIOR }).evaluate(theta, gradients[1])
    expect(ofStaged).toBe(ofPlain)
    expect(gradients[0]).toEqual(gradients[1])
  })

  it('are left behind by predictions, which are of the end', () => {
    const pending = Float64Array.from([0.5, 0.5])
    const [a, b] = [
      Posterior.create(staged, { theta, pending })!,
      Posterior.create(plain, { theta, pending: Float64Array.from([0.5, 0.5, 0]) })!,
    ]
    const [z, wideZ] = [new Float64Array(2), new Float64Array(3)]
    a.encode([0.3, 0.8], z)
    b.encode([0.3, 0.8, 0], wideZ)
    a.predict(z)
    b.predict(wideZ)
    expect(a.predictedMean).toBeCloseTo(b.predictedMean, 12)
    expect(a.predictedVariance).toBeCloseTo(b.predictedVariance, 12)
    const [slope, wideSlope] = [new Float64Array(2), new Float64Array(3)]
    a.addGradient(z, 1, 0.5, slope)
    b.addGradient(wideZ, 1, 0.5, wideSlope)
    for (const j of [0, 1]) expect(slope[j]).toBeCloseTo(wideSlope[j]!, 10)
    expect(a.lengthScales).toHaveLength(2)
  })
})
