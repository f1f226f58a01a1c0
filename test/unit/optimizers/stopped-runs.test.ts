import { describe, expect, it } from 'vitest'
import { createBayesianSearch } from '../../../optimizers/bayesian.ts'
import type { Observation, Optimizer, TakenPoints } from '../../../optimizers/optimizer.ts'

const DIMENSIONS = [{ kind: 'continuous' }, { kind: 'continuous' }] as const
const NONE: TakenPoints = { hasPoint: () => false, hasCell: () => false }
const END = 27

const bowl = ([x = 0, y = 0]: readonly number[]): number => (x - 0.7) ** 2 + (y - 0.3) ** 2
/** On its way a run is behind its end, and the more the larger y is. */
const onTheWay = (point: readonly number[], progress: number): number =>
  bowl(point) + (1 + point[1]!) * (1 / progress - 1 / END)

function ended(optimizer: Optimizer, index: number, progress: number): Observation {
  const { point } = optimizer.suggest(index, NONE)!
  const curve = [1, 3, 9, END]
    .filter((at) => at <= progress)
    .map((at) => ({ progress: at, value: onTheWay(point, at) }))
  const state = progress < END ? 'stopped' : 'done'
  return { id: String(index), index, point, state, value: curve.at(-1)!.value, endedAt: index, curve }
}

/** One of four runs goes to its end, the others are stopped early. */
function runThrough(count: number): { optimizer: Optimizer; history: Observation[] } {
  const optimizer = createBayesianSearch({ dimensions: DIMENSIONS, seed: 1 })
  const history: Observation[] = []
  for (let index = 0; index < count; index++) {
    const run = ended(optimizer, index, index % 4 === 0 ? END : 3)
    history.push(run)
    optimizer.observe([run])
  }
  return { optimizer, history }
}

describe('learning from stopped runs', () => {
  it('foretells the end, though most runs never came there', () => {
    const { optimizer, history } = runThrough(24)
    const { point, expectation } = optimizer.suggest(24, NONE)!
    expect(Math.abs(expectation!.value - bowl(point))).toBeLessThan(0.02)
    // Taken for results the same runs say something else: they are 0.3 and more behind
    const blind = createBayesianSearch({ dimensions: DIMENSIONS, seed: 1 })
    blind.observe(history.map(({ curve: _, ...rest }) => rest))
    const other = blind.suggest(24, NONE)!
    expect(Math.abs(other.expectation!.value - bowl(other.point))).toBeGreaterThan(0.02)
  })

  it('finds the least value with a third of the training', () => {
    const { history } = runThrough(40)
    const best = history.reduce((least, { point }) => Math.min(least, bowl(point)), Infinity)
    expect(best).toBeLessThan(1e-3)
  })

  it('counts stopped runs for less at the start, for they cost little', () => {
    const { history, optimizer } = runThrough(6)
    expect(history.map(({ state }) => state === 'stopped').filter(Boolean)).toHaveLength(4)
    expect(optimizer.suggest(6, NONE)?.diagnostics['source']).toBe('initial')
    const finished = createBayesianSearch({ dimensions: DIMENSIONS, seed: 1 })
    finished.observe(history.map((run) => ({ ...run, state: 'done' })))
    expect(finished.suggest(6, NONE)?.diagnostics['source']).toBe('model')
  })

  it('makes each proposal again from the history, bit for bit', () => {
    const { history, optimizer } = runThrough(20)
    for (const index of [9, 14, 20]) {
      const fresh = createBayesianSearch({ dimensions: DIMENSIONS, seed: 1 })
      fresh.observe(history.slice(0, index).reverse())
      const again = fresh.suggest(index, NONE)!
      expect(again.point).toEqual(index < 20 ? history[index]!.point : optimizer.suggest(20, NONE)!.point)
    }
  })
})
