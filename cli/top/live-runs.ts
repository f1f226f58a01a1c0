// What `sweep top` knows of a sweep's runs: a snapshot, kept up to date by the messages of the change stream
// (docs/live-changes.md), and the ranking counted from them. No network and no drawing here.
import type { ChangesMessage, LiveRun, LiveSweep, SweepSnapshot } from '../../sweeps/live-schema.ts'
import type { MetricValue } from '../../sweeps/protocol.ts'

/** A step of the best value so far. */
export interface BestStep {
  readonly atMs: number
  readonly value: number
  readonly runId: string
}

export class LiveRuns {
  sweep: LiveSweep
  /** Everything up to here is in it. */
  seq: number
  readonly #runs = new Map<string, LiveRun>()
  /** Best first. A run's place is its index plus one. */
  readonly #ranked: LiveRun[] = []
  #bestSteps: BestStep[] | null = null
  #prefixLength: number | null = null

  constructor(snapshot: SweepSnapshot) {
    this.sweep = snapshot.sweep
    this.seq = snapshot.seq
    for (const run of runsOfSnapshot(snapshot)) {
      this.#runs.set(run.id, run)
      if (isRanked(run)) this.#ranked.push(run)
    }
    this.#ranked.sort((a, b) => this.#compare(a, b))
  }

  /** In order of creation. */
  get all(): IterableIterator<LiveRun> {
    return this.#runs.values()
  }

  get count(): number {
    return this.#runs.size
  }

  /** Best first. */
  get ranked(): readonly LiveRun[] {
    return this.#ranked
  }

  get(id: string): LiveRun | undefined {
    return this.#runs.get(id)
  }

  /** Place from 1; null: not ranked. */
  rankOf(run: LiveRun): number | null {
    if (!isRanked(run)) return null
    const index = this.#placeOf(run)
    return this.#ranked[index]?.id === run.id ? index + 1 : null
  }

  /** How many ranked runs are better than this one, which need not be ranked. */
  countBetter(run: LiveRun): number {
    return this.#placeOf(run)
  }

  /** A message that was applied already changes nothing. @returns whether anything of this sweep changed */
  apply(message: ChangesMessage): boolean {
    if (message.seq <= this.seq) return false
    this.seq = message.seq
    let isChanged = false
    const sweep = message.sweeps.find(({ id }) => id === this.sweep.id)
    if (sweep !== undefined) {
      const isTurned = sweep.metric?.goal !== this.sweep.metric?.goal
      this.sweep = sweep
      if (isTurned) this.#ranked.sort((a, b) => this.#compare(a, b))
      isChanged = true
    }
    for (const run of message.runs) {
      if (run.sweepId !== this.sweep.id) continue
      this.#replace(run)
      isChanged = true
    }
    for (const { event, entityId } of message.events) {
      if (event === 'run.removed') isChanged = this.#remove(entityId) || isChanged
    }
    return isChanged
  }

  /** The ranked runs that were the best when they ended, the first one first. */
  bestSteps(): readonly BestStep[] {
    if (this.#bestSteps !== null) return this.#bestSteps
    const byEnd = [...this.#ranked].sort((a, b) => (a.finishedAtMs ?? 0) - (b.finishedAtMs ?? 0))
    const steps: BestStep[] = []
    let best: LiveRun | null = null
    for (const run of byEnd) {
      if (best !== null && this.#compare(run, best) >= 0) continue
      best = run
      steps.push({ atMs: run.finishedAtMs ?? run.createdAtMs, value: numberOf(run.value), runId: run.id })
    }
    return (this.#bestSteps = steps)
  }

  /** So many characters of the ids, 5 at least, tell all of them apart. */
  prefixLength(): number {
    if (this.#prefixLength !== null) return this.#prefixLength
    let length = 5
    while (length < 8 && new Set([...this.#runs.keys()].map((id) => id.slice(0, length))).size < this.count)
      length += 1
    return (this.#prefixLength = length)
  }

  #replace(run: LiveRun): void {
    const before = this.#runs.get(run.id)
    this.#runs.set(run.id, run)
    if (before === undefined) this.#prefixLength = null
    if (before !== undefined && isRanked(before)) this.#unrank(before)
    if (!isRanked(run)) return
    this.#ranked.splice(this.#placeOf(run), 0, run)
    this.#bestSteps = null
  }

  #remove(id: string): boolean {
    const run = this.#runs.get(id)
    if (run === undefined) return false
    if (isRanked(run)) this.#unrank(run)
    this.#prefixLength = null
    return this.#runs.delete(id)
  }

  #unrank(run: LiveRun): void {
    const index = this.#placeOf(run)
    if (this.#ranked[index]?.id === run.id) this.#ranked.splice(index, 1)
    this.#bestSteps = null
  }

  /** Index of the first ranked run that is not better. */
  #placeOf(run: LiveRun): number {
    let [low, high] = [0, this.#ranked.length]
    while (low < high) {
      const middle = (low + high) >> 1
      const other = this.#ranked[middle]
      if (other !== undefined && this.#compare(other, run) < 0) low = middle + 1
      else high = middle
    }
    return low
  }

  #compare(a: LiveRun, b: LiveRun): number {
    const sign = this.sweep.metric?.goal === 'maximize' ? -1 : 1
    const left = sign * numberOf(a.value)
    const right = sign * numberOf(b.value)
    if (left !== right) return left < right ? -1 : 1
    const ends = (a.finishedAtMs ?? Infinity) - (b.finishedAtMs ?? Infinity)
    if (ends < 0 || ends > 0) return ends
    return a.createdAtMs - b.createdAtMs || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)
  }
}

/** NaN: no value, or NaN itself. */
export function numberOf(value: MetricValue | null | undefined): number {
  return value === null || value === undefined ? NaN : Number(value)
}

/** Holds a place in the ranking. */
export function isRanked(run: LiveRun): boolean {
  return (run.state === 'finished' || run.state === 'stopped') && !Number.isNaN(numberOf(run.value))
}

/** The snapshot's columns as runs, as the stream tells them. */
function* runsOfSnapshot({ columns, params, metrics, count, sweep }: SweepSnapshot): Generator<LiveRun> {
  for (let row = 0; row < count; row += 1) {
    const given: Record<string, unknown> = {}
    for (const [name, cells] of Object.entries(columns)) {
      const cell = cells[row]
      if (cell !== null && cell !== undefined && name !== 'rank') given[name] = cell
    }
    const ownParams: LiveRun['params'] = {}
    for (const { name, values } of params) {
      const value = values[row]
      if (value !== null && value !== undefined) ownParams[name] = value
    }
    const ownMetrics: LiveRun['metrics'] = {}
    for (const { name, ...summaries } of metrics) {
      const found = Object.entries(summaries).flatMap(([which, cells]) => {
        const cell = cells?.[row]
        return cell === null || cell === undefined ? [] : [[which, cell] as const]
      })
      if (found.length > 0) ownMetrics[name] = Object.fromEntries(found)
    }
    // The cells have the names and types of LiveRun's members: both are of sweeps/live-schema.ts.
    yield {
      ...given,
      sweepId: sweep.id,
      project: sweep.project,
      params: ownParams,
      metrics: ownMetrics,
    } as LiveRun
  }
}
