import { describe, expect, it } from 'vitest'
import { minimiseInBox } from '../../../optimizers/lbfgsb.ts'

const box = (d: number, low: number, high: number) =>
  [new Float64Array(d).fill(low), new Float64Array(d).fill(high)] as const

function rosenbrock(x: Float64Array, g: Float64Array): number {
  let value = 0
  g.fill(0)
  for (let j = 0; j + 1 < x.length; j++) {
    const bend = x[j + 1]! - x[j]! ** 2
    value += 100 * bend ** 2 + (1 - x[j]!) ** 2
    g[j] = g[j]! - 400 * bend * x[j]! - 2 * (1 - x[j]!)
    g[j + 1] = g[j + 1]! + 200 * bend
  }
  return value
}

describe('minimiseInBox', () => {
  it("finds Rosenbrock's valley floor", () => {
    const start = Float64Array.from([-1.2, 1, -1.2, 1])
    const found = minimiseInBox(rosenbrock, start, ...box(4, -5, 10), {
      maxIterations: 200,
      gradientTolerance: 1e-8,
      valueTolerance: 0,
    })
    for (const coordinate of found.x) expect(coordinate).toBeCloseTo(1, 6)
    expect(found.evaluations).toBeLessThan(150)
  })

  it('stops exactly on the bounds that hold it', () => {
    const target = [2, -3, 0.25]
    const found = minimiseInBox(
      (x, g) => {
        let value = 0
        for (let j = 0; j < 3; j++) {
          g[j] = 2 * (x[j]! - target[j]!)
          value += (x[j]! - target[j]!) ** 2
        }
        return value
      },
      new Float64Array(3).fill(0.5),
      ...box(3, 0, 1),
    )
    expect(found.x[0]).toBe(1)
    expect(found.x[1]).toBe(0)
    expect(found.x[2]).toBeCloseTo(0.25, 6)
  })

  it('steps back from where there is no value, and never ends worse than it began', () => {
    const found = minimiseInBox(
      (x, g) => {
        g[0] = 1 / x[0]! - 1
        return x[0]! < 0.5 ? NaN : Math.log(x[0]!) - x[0]!
      },
      Float64Array.from([0.9]),
      ...box(1, 0, 5),
    )
    expect(Number.isFinite(found.value)).toBe(true)
    expect(found.value).toBeLessThanOrEqual(Math.log(0.9) - 0.9)
  })

  it('takes a start outside as the nearest point inside, and a box without width as it is', () => {
    const flat = minimiseInBox((x, g) => ((g[0] = 1), x[0]!), Float64Array.from([9]), ...box(1, 2, 2))
    expect([...flat.x]).toEqual([2])
  })
})
