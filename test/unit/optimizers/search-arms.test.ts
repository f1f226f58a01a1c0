import { describe, expect, it } from 'vitest'
import { ModelSpace } from '../../../optimizers/model-space.ts'
import { equalLevels } from '../../../optimizers/optimizer.ts'
import type { EndedRun } from '../../../optimizers/run-history.ts'
import { chooseArm } from '../../../optimizers/search-arms.ts'

const SMOOTH = new ModelSpace([{ kind: 'continuous' }, { kind: 'continuous' }])
const MIXED = new ModelSpace([{ kind: 'continuous' }, equalLevels(3)])

const runs = (values: readonly number[], levelOf: (index: number) => number = () => 0): EndedRun[] =>
  values.map((value, index) => ({
    row: Float64Array.from([index / 100, levelOf(index)]),
    index,
    value,
    isStopped: false,
    curve: [],
  }))

function arms(
  space: ModelSpace,
  history: readonly EndedRun[],
  from: number,
  count: number,
  open: readonly Float64Array[] = [],
): string[] {
  const best = history.reduce((a, b) => (b.value! < a.value! ? b : a))
  return Array.from({ length: count }, (_, i) => chooseArm(from + i, history, space, best.row, open, 5).kind)
}

const falling = (count: number) => Array.from({ length: count }, (_, i) => 100 - i)
const stuck = (count: number) => Array.from({ length: count }, (_, i) => (i < 5 ? 10 - i : 6))

describe('the arms of the search', () => {
  it('look near the best every third time, beside open runs every second time at the beginning', () => {
    const everyThird = ['global', 'global', 'trust-region', 'global', 'global', 'trust-region']
    const everySecond = ['global', 'trust-region', 'global', 'trust-region', 'global', 'trust-region']
    const open = [Float64Array.from([0.9, 0.9])]
    expect(arms(SMOOTH, runs(falling(5)), 0, 6)).toEqual(everyThird)
    expect(arms(SMOOTH, runs(falling(5)), 0, 6, open)).toEqual(everySecond)
    expect(arms(SMOOTH, runs(falling(30)), 30, 6)).toEqual(everyThird)
    expect(arms(SMOOTH, runs(falling(30)), 30, 6, open)).toEqual(everyThird)
  })

  it('look elsewhere two times of three when nothing improves', () => {
    const found = arms(SMOOTH, runs(stuck(30)), 30, 12)
    expect(found.filter((kind) => kind === 'trust-region')).toHaveLength(4)
    expect(new Set(found)).toEqual(new Set(['trust-region', 'outside', 'hop']))
  })

  it('give the level of a category its turn that was tried least', () => {
    // Level 0 has the best run, level 1 every other run, level 2 only one, a bad one
    const history = runs(falling(31), (index) => (index === 30 ? 0 : index === 3 ? 2 : 1))
    const turns = Array.from({ length: 12 }, (_, i) =>
      chooseArm(30 + i, history, MIXED, history[30]!.row, [], 5),
    )
    const levels = turns.flatMap((arm) => (arm.kind === 'level' ? [arm.level] : []))
    expect(levels).toEqual([2, 2])
  })

  it('count open runs as tries of their level', () => {
    const history = runs(falling(31), (index) => (index === 30 ? 0 : (index % 2) + 1))
    const open = Array.from({ length: 20 }, (_, i) => Float64Array.from([i / 20, 2]))
    expect(chooseArm(34, history, MIXED, history[30]!.row, open, 5)).toMatchObject({
      kind: 'level',
      level: 1,
    })
  })

  it('make the box smaller when it fails and larger when it succeeds', () => {
    const sideAfter = (values: readonly number[]) => {
      const history = runs(values)
      for (let index = values.length; ; index++) {
        const arm = chooseArm(index, history, SMOOTH, history[0]!.row, [], 5)
        if (arm.kind === 'trust-region') return arm.side
      }
    }
    expect(sideAfter([5, 4])).toBe(0.4)
    expect(sideAfter(falling(12))).toBe(0.8)
    expect(sideAfter([...falling(3), ...new Array<number>(60).fill(200)])).toBeLessThan(0.05)
  })
})
