// What a model-based method remembers of observations: those that ended, in the order of their ends, as rows of the
// model; the open ones; and everything that is known, so that nothing is proposed twice.
import type { ModelSpace } from './model-space.ts'
import type { Observation, OpenPoint } from './optimizer.ts'
import type { CurvePoint } from './stopping-rule.ts'

export interface EndedRun {
  readonly row: Float64Array
  /** Index of the proposal; below 0: no method proposed it. */
  readonly index: number
  /** Finite, lower is better; null: it failed. */
  readonly value: number | null
  /** Ended early: the value counts for less. */
  readonly isStopped: boolean
  /** See Observation. */
  readonly curve: readonly CurvePoint[]
}

export interface OpenRow {
  readonly row: Float64Array
  /** Of the proposal; null: nobody proposed it. */
  readonly index: number | null
  readonly id: string
}

interface Place {
  readonly id: string
  readonly endedAt: number
  readonly index: number
}

export class RunHistory {
  /** By (endedAt, index, id): the same whatever the order in which the runs were told. */
  readonly ended: EndedRun[] = []
  /** Grows whenever `ended` changed other than by appending. */
  revision = 0
  readonly #space: ModelSpace
  /** Beside `ended`, entry by entry. */
  readonly #places: Place[] = []
  readonly #placeOf = new Map<string, Place>()
  readonly #open = new Map<string, OpenRow>()
  readonly #voidRows = new Map<string, Float64Array>()

  constructor(space: ModelSpace) {
    this.#space = space
  }

  observe(observations: readonly Observation[]): void {
    for (const observation of observations) this.#observeOne(observation)
  }

  /** Rows of open runs and of these points, by the index of their proposals. */
  pendingWith(points: readonly OpenPoint[]): OpenRow[] {
    const others = points.map(({ index, point }) => ({ id: '', index, row: this.#space.rowOf(point) }))
    return [...this.#open.values(), ...others].sort(compareOpen)
  }

  /** Every row that was told as ended or void. */
  get past(): Float64Array[] {
    return [...this.ended.map(({ row }) => row), ...this.#voidRows.values()]
  }

  /** Of the run at this place of `ended`. */
  idAt(place: number): string {
    return this.#places[place]!.id
  }

  /** Order of the latest end; null: none. */
  get lastEnd(): number | null {
    return this.#places.at(-1)?.endedAt ?? null
  }

  #observeOne(observation: Observation): void {
    const { id, point, state, value } = observation
    const row = this.#space.rowOf(point)
    const index = observation.index ?? -1
    this.#open.delete(id)
    this.#voidRows.delete(id)
    if (state === 'open' || state === 'void') {
      // A run that was over is open again (a retry): it will end in a new place
      this.#forgetEnd(id)
      if (state === 'open') this.#open.set(id, { id, row, index: observation.index ?? null })
      else this.#voidRows.set(id, row)
      return
    }
    const isUsable = value !== null && Number.isFinite(value) && state !== 'failed'
    const run = {
      row,
      index,
      value: isUsable ? value : null,
      isStopped: state === 'stopped',
      curve: (observation.curve ?? []).filter(isUsablePoint),
    }
    this.#end({ id, endedAt: observation.endedAt ?? 0, index }, run)
  }

  #end(place: Place, run: EndedRun): void {
    const before = this.#placeOf.get(place.id)
    if (before !== undefined && comparePlaces(before, place) === 0) {
      const at = this.#places.indexOf(before)
      if (isSameRun(this.ended[at]!, run)) return
      this.ended[at] = run
      this.revision++
      return
    }
    this.#forgetEnd(place.id)
    let at = this.#places.length
    while (at > 0 && comparePlaces(this.#places[at - 1]!, place) > 0) at--
    if (at < this.#places.length) this.revision++
    this.#places.splice(at, 0, place)
    this.ended.splice(at, 0, run)
    this.#placeOf.set(place.id, place)
  }

  #forgetEnd(id: string): void {
    const place = this.#placeOf.get(id)
    if (place === undefined) return
    const at = this.#places.indexOf(place)
    this.#places.splice(at, 1)
    this.ended.splice(at, 1)
    this.#placeOf.delete(id)
    this.revision++
  }
}

function compareOpen(a: OpenRow, b: OpenRow): number {
  if (a.index !== b.index) return (a.index ?? -Infinity) - (b.index ?? -Infinity)
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0
}

function comparePlaces(a: Place, b: Place): number {
  if (a.endedAt !== b.endedAt) return a.endedAt - b.endedAt
  if (a.index !== b.index) return a.index - b.index
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0
}

function isSameRun(a: EndedRun, b: EndedRun): boolean {
  return (
    a.value === b.value &&
    a.index === b.index &&
    a.isStopped === b.isStopped &&
    isSameCurve(a.curve, b.curve) &&
    a.row.every((coordinate, j) => coordinate === b.row[j])
  )
}

function isUsablePoint({ progress, value }: CurvePoint): boolean {
  return progress > 0 && Number.isFinite(progress) && Number.isFinite(value)
}

function isSameCurve(a: readonly CurvePoint[], b: readonly CurvePoint[]): boolean {
  return (
    a.length === b.length &&
    a.every(({ progress, value }, i) => progress === b[i]!.progress && value === b[i]!.value)
  )
}
