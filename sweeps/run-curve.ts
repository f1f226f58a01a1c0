// A run's learning curve as methods are told it: the best value so far along its progress, in the metric's own sign.
import type { CurvePoint } from '../optimizers/stopping-rule.ts'
import { ThinnedCurve } from '../optimizers/thinned-curve.ts'
import type { MetricSpec } from './sweep.ts'

export type { CurvePoint } from '../optimizers/stopping-rule.ts'

export class RunCurve {
  readonly #curve = new ThinnedCurve()
  readonly #sign: 1 | -1

  constructor(goal: MetricSpec['goal']) {
    this.#sign = goal === 'maximize' ? -1 : 1
  }

  /** @param progress not below the last one @param value finite */
  add(progress: number, value: number): void {
    this.#curve.add(progress, this.#sign * value)
  }

  /** Some of the points, in growing order of progress; the last one is where the run is now. */
  get points(): CurvePoint[] {
    return this.#curve.points.map(({ progress, value }) => ({ progress, value: this.#sign * value + 0 }))
  }
}
