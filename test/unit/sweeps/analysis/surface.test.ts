import { describe, expect, it } from 'vitest'
import { createRng } from '../../../../optimizers/rng.ts'
import { modelSurface } from '../../../../sweeps/analysis/surface.ts'
import { parseSweepFile } from '../../../../sweeps/config.ts'

const PLAIN = `method: random
metric: {name: acc, goal: maximize}
parameters:
  lr: {distribution: log_uniform_values, min: 0.0001, max: 0.1}
  wd: {min: 0.0, max: 1.0}
  opt: {values: [adam, sgd]}
  fixed: {value: 3}
`
const rng = createRng(11, 'surface')
const runs = Array.from({ length: 60 }, () => {
  const [lr, wd, opt] = [10 ** (-4 + 3 * rng()), rng() * 0.5, rng() < 0.5 ? 'adam' : 'sgd'] // wd above 0.5 is never tried
  const value = 0.9 - 0.1 * (Math.log10(lr) + 2.5) ** 2 - 0.3 * (wd - 0.2) ** 2 + (opt === 'adam' ? 0.05 : 0)
  return { configText: JSON.stringify({ lr, wd, opt, fixed: 3 }), value, isStopped: false }
})
const { config } = parseSweepFile(PLAIN)

describe('the surface of a model', () => {
  it('has its best place where the function has it, in the units of the metric and the parameters', () => {
    const surface = modelSurface(config, runs, 'lr', 'wd')
    const cells = (surface?.mean ?? []).flatMap((row, y) =>
      row.map((mean, x) => ({ mean: mean ?? -Infinity, x, y })),
    )
    const best = cells.reduce((a, b) => (b.mean > a.mean ? b : a))
    expect(Math.log10(Number(surface?.x.values[best.x]))).toBeCloseTo(-2.5, 0)
    expect(Math.abs(Math.log10(Number(surface?.x.values[best.x])) + 2.5)).toBeLessThan(0.2)
    expect(Math.abs(Number(surface?.y.values[best.y]) - 0.2)).toBeLessThan(0.2)
    expect(best.mean).toBeGreaterThan(0.88)
    expect(best.mean).toBeLessThan(0.97)
    expect(surface).toMatchObject({ runs: 60, x: { kind: 'number' } })
  })

  it('says where no run is near enough', () => {
    const surface = modelSurface(config, runs, 'lr', 'wd')
    const rows = surface?.isWithinReach ?? []
    const share = (row: readonly boolean[] | undefined) => (row ?? []).filter(Boolean).length / 32
    expect(share(rows[8])).toBeGreaterThan(0.8) // wd 0.26
    expect(share(rows[31])).toBe(0) // wd 1
  })

  it('takes categories as they are', () => {
    const surface = modelSurface(config, runs, 'opt', 'lr')
    expect(surface?.x).toEqual({ name: 'opt', kind: 'category', values: ['adam', 'sgd'] })
    expect(surface?.mean[0]).toHaveLength(2)
    const mean = (x: number) => (surface?.mean ?? []).reduce((sum, row) => sum + (row[x] ?? 0) / 32, 0)
    expect(mean(0) - mean(1)).toBeGreaterThan(0.01)
  })

  it('leaves out where the two do not exist together', () => {
    const conditional = parseSweepFile(`method: random
metric: {name: acc, goal: maximize}
parameters:
  opt: {values: [adam, sgd]}
  momentum: {min: 0.0, max: 1.0, when: {opt: sgd}}
`).config
    const some = Array.from({ length: 30 }, (_, index) => ({
      configText: index % 2 === 0 ? '{"opt":"adam"}' : `{"opt":"sgd","momentum":${index / 30}}`,
      value: index / 30,
      isStopped: false,
    }))
    const surface = modelSurface(conditional, some, 'opt', 'momentum')
    expect(surface?.mean.every(([adam, sgd]) => adam === null && typeof sgd === 'number')).toBe(true)
  })

  it('refuses parameters that do not vary, and needs ten runs', () => {
    expect(() => modelSurface(config, runs, 'fixed', 'lr')).toThrow(/x: no parameter "fixed" that varies/)
    expect(() => modelSurface(config, runs, 'lr', 'lr')).toThrow(/y: lr is x already/)
    expect(modelSurface(config, runs.slice(0, 9), 'lr', 'wd')).toBeNull()
  })
})
