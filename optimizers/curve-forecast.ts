// Where a learning curve will end, from its last stretch and from curves that went to their end. Several simple
// forecasts are made, and weighed by how well each would have foretold the finished curves from the same point.
//   r    progress now;  R  progress at the end;  q  where the last stretch begins, about r / 2
//   v    best value at r;  g = v(q) - v(r) >= 0, the gain over the last stretch, lower values being better
//   a    exponent of a power law v(r) = c + b r^-a, 0 for the logarithm: it foretells a further gain of k g,
//        k = (r^-a - R^-a) / (q^-a - r^-a)

/** What a forecast is made from. */
export interface CurveStretch {
  readonly value: number
  /** null: the curve does not reach back far enough. */
  readonly gain: number | null
}

/** The same of a curve that finished, and its value at the end. */
export interface FinishedStretch extends CurveStretch {
  readonly final: number
}

export interface Forecast {
  readonly mean: number
  /** Above 0 unless all finished curves ended where they were. */
  readonly std: number
}

/** From curves that still gather speed to those that are nearly there. */
const EXPONENTS = [-0.3, 0, 0.3, 0.6, 1, 1.5] as const
/** The believed error counts as so many finished curves: half of what finished curves gained from here on. */
const PRIOR_COUNT = 2
const PRIOR_ERROR = 0.5

/** One way to foretell, with its record on the finished curves. */
interface Model {
  readonly gainFactor: number
  readonly shift: number
  readonly variance: number
  /** Up to a constant. */
  readonly logWeight: number
}

/** All that the finished curves say at one point of progress: made once, asked for every curve that comes there. */
export class CurveForecaster {
  readonly #models: readonly Model[]

  /**
   * @param finished at this progress, at least one
   * @param progress r > 0 @param stretchStart q < r @param end R > r
   */
  constructor(finished: readonly FinishedStretch[], progress: number, stretchStart: number, end: number) {
    const further = finished.map(({ value, final }) => value - final)
    const meanFurther = further.reduce((sum, gain) => sum + gain, 0) / further.length
    const believed = PRIOR_ERROR * further.reduce((sum, gain) => sum + Math.abs(gain), 0)
    const priorVariance = (believed / further.length) ** 2
    const withRecord = (gainFactor: number, shift: number): Model => {
      const squares = finished.reduce(
        (sum, { value, gain, final }) => sum + (value - shift - gainFactor * (gain ?? 0) - final) ** 2,
        0,
      )
      const count = finished.length + PRIOR_COUNT
      const variance = (squares + PRIOR_COUNT * priorVariance) / count
      return { gainFactor, shift, variance, logWeight: -0.5 * count * Math.log(Math.max(variance, 1e-300)) }
    }
    const hasGains = finished.every(({ gain }) => gain !== null)
    const factors = hasGains
      ? EXPONENTS.map((a) => powerGain(a, progress, end) / powerGain(a, stretchStart, progress))
      : []
    this.#models = [
      ...factors.map((factor) => withRecord(factor, 0)),
      withRecord(0, meanFurther),
      withRecord(0, 0),
    ]
  }

  /** Mean and standard deviation of the mixture. */
  forecast({ value, gain }: CurveStretch): Forecast {
    const usable = this.#models.filter(({ gainFactor }) => gain !== null || gainFactor === 0)
    const top = usable.reduce((most, { logWeight }) => Math.max(most, logWeight), -Infinity)
    const ends = usable.map(({ gainFactor, shift, variance, logWeight }) => ({
      weight: Math.exp(logWeight - top),
      mean: value - shift - gainFactor * (gain ?? 0),
      variance,
    }))
    const total = ends.reduce((sum, { weight }) => sum + weight, 0)
    const mean = ends.reduce((sum, end) => sum + (end.weight / total) * end.mean, 0)
    const variance = ends.reduce(
      (sum, end) => sum + (end.weight / total) * (end.variance + (end.mean - mean) ** 2),
      0,
    )
    return { mean, std: Math.sqrt(variance) }
  }
}

/** Gain of a power law with exponent a and unit slope from `from` to `to`. */
function powerGain(a: number, from: number, to: number): number {
  return a === 0 ? Math.log(to / from) : (from ** -a - to ** -a) / a
}
