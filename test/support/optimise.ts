// Bayesian search driven in a test: proposals, their runs' ends, and what is taken, with one slot or several.
import { expect } from 'vitest'
import { createBayesianSearch } from '../../optimizers/bayesian.ts'
import { equalLevels } from '../../optimizers/optimizer.ts'
import type {
  Dimension,
  Observation,
  Optimizer,
  OptimizerOptions,
  Proposal,
  TakenPoints,
} from '../../optimizers/optimizer.ts'

export const CONTINUOUS: Dimension = { kind: 'continuous' }
export const ordered = (levels: number): Dimension => ({
  ...equalLevels(levels),
  position: (level) => (level + 0.5) / levels,
})
export const MIXED: readonly Dimension[] = [CONTINUOUS, ordered(5), equalLevels(3), CONTINUOUS]

/** Everything that was proposed, by its point's text. */
export class Taken implements TakenPoints {
  readonly texts = new Set<string>()
  constructor(private readonly options: OptimizerOptions) {}

  add(point: readonly number[]): void {
    this.texts.add(this.#textOf(point))
  }

  hasPoint(point: readonly number[]): boolean {
    return this.texts.has(this.#textOf(point))
  }

  hasCell(cell: number): boolean {
    const radix = this.options.dimensions.map((one) => (one.kind === 'finite' ? one.levels : 1))
    const levels: number[] = []
    let rest = cell
    for (const levelCount of radix.toReversed()) {
      levels.unshift(rest % levelCount)
      rest = Math.floor(rest / levelCount)
    }
    return this.texts.has(levels.join(','))
  }

  #textOf(point: readonly number[]): string {
    return point
      .map((u, index) => {
        const dimension = this.options.dimensions[index]
        return dimension?.kind === 'finite' ? dimension.levelAt(u) : u
      })
      .join(',')
  }
}

/** Runs `slots` proposals at a time: the oldest of them ends before the next is asked for. */
export function optimise(
  options: OptimizerOptions,
  count: number,
  objective: (point: readonly number[]) => number,
  slots = 1,
) {
  const optimizer = createBayesianSearch(options)
  const taken = new Taken(options)
  const asked: { proposal: Proposal; told: readonly Observation[] }[] = []
  const told: Observation[] = []
  const open: Observation[] = []
  const tell = (observation: Observation) => {
    optimizer.observe([observation])
    told.push(observation)
  }
  const values: number[] = []
  for (let index = 0; index < count; index++) {
    if (open.length === slots) {
      const first = open.shift()!
      values.push(objective(first.point))
      tell({ ...first, state: 'done', value: values.at(-1)! })
    }
    const proposal = optimizer.suggest(index, taken)
    if (proposal === null) break
    asked.push({ proposal, told: [...told] })
    expect(taken.hasPoint(proposal.point)).toBe(false)
    taken.add(proposal.point)
    open.push({
      id: `run-${index}`,
      index: proposal.index,
      point: proposal.point,
      state: 'open',
      value: null,
    })
    tell(open.at(-1)!)
  }
  return { asked, values, taken }
}

export const bowl = (point: readonly number[]): number =>
  (point[0]! - 0.3) ** 2 + (point[1]! - 0.7) ** 2 + (point[2]! > 0.34 && point[2]! < 0.66 ? 0 : 0.5)

/** A proposal of an optimiser that nothing is taken from. */
export function expectInside(optimizer: Optimizer, index: number, d: number): void {
  const proposal = optimizer.suggest(index, { hasPoint: () => false, hasCell: () => false })
  expect(proposal?.point).toHaveLength(d)
  expect(proposal?.point.every((u) => u >= 0 && u <= 1)).toBe(true)
}
