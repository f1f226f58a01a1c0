// What the pictures of one run are drawn from: its metrics in few points, and the media among its values. Both read the
// history page by page: a run of a million points is never held in memory as a whole.
import { CurveBuckets } from '../sweeps/curve-buckets.ts'
import type { CurveBucket } from '../sweeps/curve-buckets.ts'
import type { CurveJson, ReadCurvesResponse, ReadMediaResponse } from '../sweeps/run-parts-schema.ts'
import type { RunRecord } from '../sweeps/run.ts'
import { metricNumber } from '../sweeps/store.ts'
import type { StoreReads } from '../sweeps/store.ts'
import { readCountedRows } from './export-history.ts'
import { isoTime } from './present.ts'

type HistorySource = Pick<StoreReads, 'readMetrics'>
type CountedRun = Pick<RunRecord, 'id' | 'attemptCount'>

/** @param options.key one metric; null: all */
export async function readCurves(
  store: HistorySource,
  run: CountedRun,
  { key, points }: { readonly key: string | null; readonly points: number },
): Promise<ReadCurvesResponse> {
  const curves = new Map<string, CurveBuckets>()
  const resumes: ReadCurvesResponse['resumes'] = []
  let attemptBefore: number | null = null
  for await (const { attempt, row } of readCountedRows(store, run)) {
    if (attemptBefore !== null && attempt !== attemptBefore) resumes.push({ attempt, step: row.step })
    attemptBefore = attempt
    for (const [name, value] of Object.entries(row.metrics)) {
      if (key !== null && name !== key) continue
      let curve = curves.get(name)
      if (curve === undefined) curves.set(name, (curve = new CurveBuckets(points)))
      curve.take(row.step, row.at, metricNumber(value))
    }
  }
  const names = [...curves.keys()].sort()
  return { runId: run.id, curves: names.map((name) => presentCurve(name, curves.get(name))), resumes }
}

function presentCurve(key: string, curve: CurveBuckets | undefined): CurveJson {
  const buckets = curve?.buckets ?? []
  const whole = curve?.isWhole ?? true
  return {
    key,
    points: curve?.points ?? 0,
    whole,
    step: buckets.map(({ step }) => step),
    atMs: buckets.map(({ at }) => at),
    mean: buckets.map(meanOf),
    ...(whole ? {} : { min: buckets.map(({ min }) => min), max: buckets.map(({ max }) => max) }),
    nonFinite: buckets.reduce((sum, { nonFinite }) => sum + nonFinite, 0),
  }
}

function meanOf({ sum, count, min, max }: CurveBucket): number | null {
  if (count === 0 || min === null || max === null) return null
  // Two values near the largest number have no finite sum.
  return Number.isFinite(sum) ? sum / count : min / 2 + max / 2
}

/** Keys of which media are kept; scripts have few. */
const MAX_KEYS = 200

export async function readMedia(
  store: HistorySource,
  run: CountedRun,
  perKey: number,
): Promise<ReadMediaResponse> {
  const kept = new Map<string, ThinnedList<MediaItem>>()
  for await (const { row } of readCountedRows(store, run)) {
    for (const [key, value] of Object.entries(row.values ?? {})) {
      if (!isMedia(value)) continue
      let list = kept.get(key)
      if (list === undefined) {
        if (kept.size >= MAX_KEYS) continue
        kept.set(key, (list = new ThinnedList(perKey)))
      }
      list.take({ step: row.step, time: isoTime(row.at), value })
    }
  }
  const keys = [...kept.keys()].sort()
  return {
    media: keys.map((key) => ({ key, count: kept.get(key)?.count ?? 0, items: kept.get(key)?.items ?? [] })),
  }
}

type MediaItem = ReadMediaResponse['media'][number]['items'][number]

function isMedia(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && '_type' in value && typeof value._type === 'string'
}

/** At most so many of what is taken, evenly, the first and the last among them; holds twice as many. */
class ThinnedList<T> {
  #kept: T[] = []
  #last: T | null = null
  #every = 1
  count = 0

  constructor(private readonly limit: number) {}

  take(item: T): void {
    if (this.count % this.#every === 0) this.#kept.push(item)
    this.#last = item
    this.count += 1
    if (this.#kept.length < this.limit) return
    this.#kept = this.#kept.filter((_, index) => index % 2 === 0)
    this.#every *= 2
  }

  get items(): T[] {
    const last = this.#last
    return last === null || this.#kept.at(-1) === last ? [...this.#kept] : [...this.#kept, last]
  }
}
