// What a model-based method remembers of observations: those that ended, in the order in which they were told that they
// did, as rows of the model; the open ones; and everything that is known, so that nothing is proposed twice.
import type { ModelSpace } from './model-space.ts'
import type { Observation } from './optimizer.ts'

export interface EndedRun {
  readonly row: Float64Array
  /** Index of the proposal; -1: nobody proposed it. */
  readonly index: number
  /** Finite, lower is better; null: it failed. */
  readonly value: number | null
  /** Ended early: the value counts for less. */
  readonly isStopped: boolean
}

export class RunHistory {
  /** In order; runs whose data changed later keep their place. */
  readonly ended: EndedRun[] = []
  /** Grows whenever `ended` changed other than by appending. */
  revision = 0
  readonly #space: ModelSpace
  readonly #open = new Map<string, { readonly row: Float64Array; readonly index: number }>()
  readonly #places = new Map<string, number>()
  readonly #voidRows = new Map<string, Float64Array>()

  constructor(space: ModelSpace) {
    this.#space = space
  }

  observe(observations: readonly Observation[]): void {
    for (const observation of observations) this.#observeOne(observation)
  }

  /** Rows of open runs, by the index of their proposals. */
  get pending(): Float64Array[] {
    return [...this.#open.values()].sort((a, b) => a.index - b.index).map(({ row }) => row)
  }

  /** Every row that was ever told. */
  get known(): Float64Array[] {
    return [...this.ended.map(({ row }) => row), ...this.pending, ...this.#voidRows.values()]
  }

  #observeOne(observation: Observation): void {
    const { id, point, state, value } = observation
    const row = this.#space.rowOf(point)
    const index = observation.index ?? -1
    this.#open.delete(id)
    this.#voidRows.delete(id)
    if (state === 'open' || state === 'void') this.#forgetEnd(id)
    if (state === 'open') this.#open.set(id, { row, index })
    if (state === 'void') this.#voidRows.set(id, row)
    if (state === 'open' || state === 'void') return
    const isUsable = value !== null && Number.isFinite(value) && state !== 'failed'
    const run = { row, index, value: isUsable ? value : null, isStopped: state === 'stopped' }
    const place = this.#places.get(id)
    if (place === undefined) {
      this.#places.set(id, this.ended.push(run) - 1)
    } else if (!isSameRun(this.ended[place]!, run)) {
      this.ended[place] = run
      this.revision++
    }
  }

  /** A run that was over is open again (a retry): it will end in a new place. */
  #forgetEnd(id: string): void {
    const place = this.#places.get(id)
    if (place === undefined) return
    this.ended.splice(place, 1)
    this.#places.delete(id)
    for (const [other, at] of this.#places) if (at > place) this.#places.set(other, at - 1)
    this.revision++
  }
}

function isSameRun(a: EndedRun, b: EndedRun): boolean {
  return (
    a.value === b.value &&
    a.index === b.index &&
    a.isStopped === b.isStopped &&
    a.row.every((coordinate, j) => coordinate === b.row[j])
  )
}
