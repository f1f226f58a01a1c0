// Early termination for a program that drives (`sweep suggest --stdio`): which rule is applied, what it says to each
// report, and the curves that the method learns from.
import type { ConfigMap, ConfigValue } from './config-text.ts'
import { ConfigNumber } from './config-text.ts'
import type { SweepConfig } from './config.ts'
import { EarlyStopping } from './early-stopping.ts'
import { RunCurve } from './run-curve.ts'
import type { CurvePoint } from './run-curve.ts'
import { stoppingSettings } from './stopping-settings.ts'
import type { StoppingType } from './stopping-settings.ts'

/** The rule that docs/bayes.md recommends, and what it is recommended with. */
const RECOMMENDED_RULE: StoppingType = 'curve'
const RECOMMENDED_MIN_RUNS = 2

/**
 * The block of a sweep file for a driver's: it says from where on runs may be stopped; the rule is ours.
 * @param asked the driver's early_terminate: `min_iter` or `grace_steps`, `eta` or `reduction_factor` are read
 * @param rule null: the recommended one
 */
export function drivenStoppingBlock(asked: ConfigMap | null, rule: StoppingType | null): ConfigMap {
  const type = rule ?? RECOMMENDED_RULE
  if (type === 'hyperband' && asked?.get('type') === 'hyperband') return asked
  const first = asked?.get('min_iter') ?? asked?.get('grace_steps') ?? whole(1)
  const factor = asked?.get('eta') ?? asked?.get('reduction_factor') ?? whole(3)
  const keys: [string, ConfigValue][] =
    type === 'hyperband'
      ? [
          ['min_iter', first],
          ['eta', factor],
        ]
      : [
          ['grace_steps', first],
          ['reduction_factor', factor],
        ]
  if (type === RECOMMENDED_RULE) keys.push(['min_runs', whole(RECOMMENDED_MIN_RUNS)])
  return new Map<string, ConfigValue>([['type', type], ...keys])
}

function whole(value: number): ConfigNumber {
  return ConfigNumber.int(value)
}

/** The runs of one session under early termination. */
export class DrivenRuns {
  readonly #stopping: EarlyStopping
  readonly #curves = new Map<string, RunCurve>()
  /** To be ended, some by what another run reported: each is told at its next report. */
  readonly #condemned = new Set<string>()
  readonly #goal: 'minimize' | 'maximize'

  /** @param config with early_terminate and a metric */
  constructor(config: SweepConfig) {
    this.#goal = config.metric?.goal ?? 'minimize'
    this.#stopping = new EarlyStopping(stoppingSettings(config.earlyTerminate ?? {}), { goal: this.#goal })
  }

  /** @param value in the metric's own sign; null: not in this report @returns whether the run is to be ended */
  report(id: string, step: number, value: number | null): boolean {
    const decisions = this.#stopping.take(id, [{ step, seconds: null, epoch: step, value }])
    if (value !== null && Number.isFinite(value)) {
      const { progress } = this.#stopping.progressOf(id)
      let curve = this.#curves.get(id)
      if (curve === undefined) this.#curves.set(id, (curve = new RunCurve(this.#goal)))
      curve.add(progress, value)
    }
    for (const { runId, outcome } of decisions) if (outcome === 'stopped') this.#condemned.add(runId)
    return this.#condemned.has(id)
  }

  /** @returns the run's curve in the metric's own sign */
  end(id: string, state: 'finished' | 'stopped' | 'failed'): CurvePoint[] {
    this.#stopping.follow(id, state, false)
    const points = this.#curves.get(id)?.points ?? []
    this.#curves.delete(id)
    this.#condemned.delete(id)
    return points
  }
}
