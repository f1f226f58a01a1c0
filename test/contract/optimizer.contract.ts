// What every search method promises (optimizers/optimizer.ts), as one suite run against each of them.
import { describe, expect, it } from 'vitest'
import { countPoints, equalLevels } from '../../optimizers/optimizer.ts'
import type {
  Dimension,
  Observation,
  Optimizer,
  OptimizerOptions,
  TakenPoints,
} from '../../optimizers/optimizer.ts'

const FINITE: readonly Dimension[] = [equalLevels(4), equalLevels(3)]
const CONTINUOUS: readonly Dimension[] = [{ kind: 'continuous' }, equalLevels(3)]
const NOTHING_TAKEN: TakenPoints = { hasPoint: () => false, hasCell: () => false }

/** Cells of a space with equal levels, as its optimizer counts them. */
function cellOf(dimensions: readonly Dimension[], point: readonly number[]): number {
  return dimensions.reduce((cell, dimension, index) => {
    const levels = dimension.kind === 'finite' ? dimension.levels : 1
    return cell * levels + Math.min(Math.floor((point[index] ?? 0) * levels), levels - 1)
  }, 0)
}

function takenCells(cells: ReadonlySet<number>): TakenPoints {
  return { hasCell: (cell) => cells.has(cell), hasPoint: (point) => cells.has(cellOf(FINITE, point)) }
}

/** @param options.isFiniteOnly the method takes no continuous dimension */
export function describeOptimizerContract(
  name: string,
  create: (options: OptimizerOptions) => Optimizer,
  options: { readonly isFiniteOnly?: boolean } = {},
): void {
  describe(`${name} as an Optimizer`, () => {
    const spaces = options.isFiniteOnly ? [FINITE] : [FINITE, CONTINUOUS]

    it('proposes points inside the cube, at the index asked for or later', () => {
      for (const dimensions of spaces) {
        const optimizer = create({ dimensions, seed: 5 })
        for (let index = 0; index < 10; index++) {
          const proposal = optimizer.suggest(index, NOTHING_TAKEN)
          expect(proposal?.index).toBeGreaterThanOrEqual(index)
          expect(proposal?.point).toHaveLength(dimensions.length)
          expect(proposal?.point.every((u) => u >= 0 && u <= 1)).toBe(true)
        }
      }
    })

    it('gives the same proposal again, from another instance and in any order', () => {
      for (const dimensions of spaces) {
        const one = create({ dimensions, seed: 5 })
        const other = create({ dimensions, seed: 5 })
        const forwards = [0, 1, 2, 3].map((index) => one.suggest(index, NOTHING_TAKEN))
        const backwards = [3, 2, 1, 0].map((index) => other.suggest(index, NOTHING_TAKEN)).reverse()
        expect(backwards).toEqual(forwards)
      }
    })

    it('never proposes what is taken, and says so when all is', () => {
      const optimizer = create({ dimensions: FINITE, seed: 5 })
      const cells = new Set<number>()
      let index = 0
      for (;;) {
        const proposal = optimizer.suggest(index, takenCells(cells))
        if (proposal === null) break
        const cell = cellOf(FINITE, proposal.point)
        expect(cells.has(cell)).toBe(false)
        cells.add(cell)
        index = proposal.index + 1
      }
      expect(cells.size).toBe(countPoints(FINITE))
    })

    it('lives with observations that say little', () => {
      for (const dimensions of spaces) {
        const optimizer = create({ dimensions, seed: 5 })
        const point = [0.5, 0.5]
        const observations: Observation[] = [
          { id: 'nan', point, state: 'done', value: NaN },
          { id: 'none', point, state: 'open', value: null },
          { id: 'failed', point, state: 'failed', value: null },
        ]
        optimizer.observe(observations.slice(0, 1))
        expect(optimizer.suggest(0, NOTHING_TAKEN)).not.toBeNull()
        optimizer.observe(observations)
        expect(optimizer.suggest(1, NOTHING_TAKEN)).not.toBeNull()
      }
    })
  })
}
