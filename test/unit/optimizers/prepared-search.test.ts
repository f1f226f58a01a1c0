import { describe, expect, it } from 'vitest'
import { fitModel, meansByModel } from '../../../optimizers/fitted-model.ts'
import type { FittedModel } from '../../../optimizers/fitted-model.ts'
import { ModelSpace } from '../../../optimizers/model-space.ts'
import { prepareSearch } from '../../../optimizers/prepared-search.ts'
import { createRng } from '../../../optimizers/rng.ts'
import type { SearchArm } from '../../../optimizers/search-arms.ts'
import { equalLevels } from '../../../optimizers/optimizer.ts'
import { buildTrainingSet } from '../../../optimizers/training-set.ts'

const SPACE = new ModelSpace([{ kind: 'continuous' }, equalLevels(2)])
/** Measured at 0, 0.05, ..., 1 in each of two levels: a slope, and one lucky value far from the floor of the slope. */
const LUCKY = 0.3

function modelWith(noise: number): FittedModel {
  const runs = Array.from({ length: 42 }, (_, index) => {
    const [x, level] = [(index >> 1) / 20, index % 2]
    const value = x + 0.5 * level - (x === LUCKY && level === 0 ? 0.4 : 0)
    return { row: Float64Array.from([x, level]), index, value, isStopped: false, curve: [] }
  })
  const set = buildTrainingSet(SPACE, runs, false)!
  const theta = Float64Array.from([1, 1, 1, noise].map(Math.log))
  return fitModel(set, theta, [])!
}

function prepare(model: FittedModel, arm: SearchArm) {
  const best = Float64Array.from([LUCKY, 0])
  return prepareSearch(arm, SPACE, model, best, createRng(1, 'jitter'))
}

describe('what there is to improve on', () => {
  it('is the least value when measurements are exact', () => {
    const model = modelWith(1e-6)
    const { surface, incumbent } = prepare(model, { kind: 'global' })
    expect(surface.tau).toBe(Math.min(...model.set.data.targets))
    expect(incumbent[0]).toBeCloseTo(LUCKY, 2)
  })

  it('is the least mean of the model under noise: a lucky value is not chased', () => {
    const model = modelWith(0.1)
    const { surface, incumbent } = prepare(model, { kind: 'global' })
    expect(surface.tau).toBe(meansByModel(model)[0]!.mean)
    expect(surface.tau).toBeGreaterThan(Math.min(...model.set.data.targets) + 0.2)
    expect(incumbent[0]).toBeCloseTo(0, 2)
  })

  it('is the least mean of a level, where that level is held', () => {
    const model = modelWith(0.1)
    const { surface } = prepare(model, { kind: 'level', axis: 1, level: 1 })
    const { data } = model.set
    const inLevel = meansByModel(model).find(({ i }) => data.rows[2 * i + 1] === 1)
    expect(surface.tau).toBe(inLevel?.mean)
    expect(surface.tau).toBeGreaterThan(prepare(model, { kind: 'global' }).surface.tau)
  })
})
