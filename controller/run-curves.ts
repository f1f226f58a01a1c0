// What the pictures of one run are drawn from: its metrics in few points, and the media among its values. Both read the
// history page by page: a run of a million points is never held in memory as a whole.
import { CLIENT_SEQ_BASE } from '../sweeps/client-run.ts'
import { CurveBuckets } from '../sweeps/curve-buckets.ts'
import type { CurveBucket } from '../sweeps/curve-buckets.ts'
import type { CurveJson, ReadCurvesResponse, ReadMediaResponse } from '../sweeps/run-parts-schema.ts'
import type { MetricRow } from '../sweeps/protocol.ts'
import type { RunRecord } from '../sweeps/run.ts'
import { metricNumber } from '../sweeps/store.ts'
import type { StoreReads } from '../sweeps/store.ts'
import { chunkPages, readCountedRows } from './export-history.ts'
import { isoTime } from './present.ts'

type HistorySource = Pick<StoreReads, 'readMetrics'>
type CountedRun = Pick<RunRecord, 'id' | 'attemptCount'>

/** What was read of a run's history, as far as it was read. */
interface KeptCurves {
  readonly buckets: Map<string, CurveBuckets>
  readonly resumes: ReadCurvesResponse['resumes']
  readonly attemptCount: number
  /** Nothing of the run had changed since, if the newest change is still this one. */
  seq: number
  /** The last chunk. */
  last: { readonly attempt: number; readonly seq: number } | null
}

export interface RunCurves {
  /** @param options.key one metric; null: all */
  read(
    run: Pick<RunRecord, 'id' | 'sweepId' | 'attemptCount'>,
    options: { readonly key: string | null; readonly points: number },
  ): Promise<ReadCurvesResponse>
}

/** Runs of which the curves are kept. */
const MAX_KEPT = 32
/** Curves of one run that are kept; a run with more is read anew each time. */
const MAX_KEPT_CURVES = 200

/**
 * The curves of runs that were asked for last are kept, and read on from where they were: who watches a run that trains
 * asks every second. Of runs with several attempts, or a client of their own beside the agent, reports may come that
 * belong in front of what was read: they are read anew when anything has changed.
 */
export function createRunCurves(
  store: HistorySource & Pick<StoreReads, 'lastSeq' | 'lastSeqOfSweep'>,
): RunCurves {
  const kept = new Map<string, KeptCurves>()
  const busy = new Map<string, Promise<KeptCurves>>()

  async function refresh(
    name: string,
    run: Parameters<RunCurves['read']>[0],
    points: number,
  ): Promise<KeptCurves> {
    const seq = run.sweepId === null ? await store.lastSeq() : await store.lastSeqOfSweep(run.sweepId)
    const before = kept.get(name)
    if (before !== undefined && before.seq === seq && before.attemptCount === run.attemptCount) return before
    const goesOn =
      before !== undefined &&
      before.attemptCount === run.attemptCount &&
      run.attemptCount <= 1 &&
      before.last !== null &&
      before.last.seq < CLIENT_SEQ_BASE
    const curves: KeptCurves = goesOn
      ? before
      : { buckets: new Map(), resumes: [], attemptCount: run.attemptCount, seq, last: null }
    // What fails half-way is not gone on with.
    kept.delete(name)
    if (run.attemptCount <= 1) await readOn(store, run, curves, points)
    else await readWhole(store, run, curves, points)
    curves.seq = seq
    if (curves.buckets.size <= MAX_KEPT_CURVES) kept.set(name, curves)
    for (const oldest of kept.keys()) if (kept.size > MAX_KEPT) kept.delete(oldest)
    return curves
  }

  return {
    async read(run, { key, points }) {
      const name = `${run.id} ${points}`
      await busy.get(name)?.catch(() => undefined) // who asked before
      const reading = busy.get(name) ?? refresh(name, run, points)
      busy.set(name, reading)
      const { buckets, resumes } = await reading.finally(() => {
        if (busy.get(name) === reading) busy.delete(name)
      })
      const names = [...buckets.keys()].filter((one) => key === null || one === key).sort()
      return {
        runId: run.id,
        curves: names.map((one) => presentCurve(one, buckets.get(one))),
        resumes: [...resumes],
      }
    },
  }
}

/** Of a run with one attempt every row counts. */
async function readOn(
  store: HistorySource,
  run: CountedRun,
  curves: KeptCurves,
  points: number,
): Promise<void> {
  for await (const { attempt, seq, rows } of chunkPages(store, run.id, curves.last ?? undefined)) {
    if (attempt > 1) continue // begun meanwhile: the next request sees it
    for (const row of rows) takeRow(curves, row, points)
    curves.last = { attempt, seq }
  }
}

async function readWhole(
  store: HistorySource,
  run: CountedRun,
  curves: KeptCurves,
  points: number,
): Promise<void> {
  let attemptBefore: number | null = null
  for await (const { attempt, row } of readCountedRows(store, run)) {
    if (attemptBefore !== null && attempt !== attemptBefore) curves.resumes.push({ attempt, step: row.step })
    attemptBefore = attempt
    takeRow(curves, row, points)
  }
}

function takeRow({ buckets }: KeptCurves, row: MetricRow, points: number): void {
  for (const [name, value] of Object.entries(row.metrics)) {
    let curve = buckets.get(name)
    if (curve === undefined) buckets.set(name, (curve = new CurveBuckets(points)))
    curve.take(row.step, row.at, metricNumber(value))
  }
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
