// How fast a sweep goes and when it ends: from how long its runs took, how many can run at once, and how many are left.
// The range comes from drawing: what is left is played many times with durations drawn from those that were seen, of
// which each time another sample is believed. Pure.
import type { Rng } from '../../optimizers/rng.ts'

/** Nothing is said of the end below so many finished runs. */
export const ETA_FROM = 3
const PLAYS = 200
/** Of more the sum is drawn at once: by then it is normal. */
const MAX_PLAYED_RUNS = 300
const MS_PER_HOUR = 3_600_000

/** A run as far as time is concerned; epoch ms. */
export interface TimedRun {
  readonly state: string
  readonly startedAt: number | null
  readonly finishedAt: number | null
  readonly agentIds: readonly string[]
}

export interface Pace {
  /** Runs that ended in an hour, over the newest ones; null: fewer than 3 finished. */
  readonly runsPerHour: number | null
  /** Of finished and stopped runs. */
  readonly medianRunMs: number | null
  /** From the end of a run to the next start on the same agent, the median. */
  readonly gapMs: number
  /** Of ended runs, as long as they took, the newest 500; failed and stopped ones among them: more of them will come. */
  readonly durations: readonly number[]
}

const NEWEST = 500

/** O(n log n). */
export function measurePace(runs: readonly TimedRun[]): Pace {
  const ended = runs
    .filter((run) => isEndedByItself(run.state) && run.startedAt !== null && run.finishedAt !== null)
    .sort((a, b) => (a.finishedAt ?? 0) - (b.finishedAt ?? 0))
  const newest = ended.slice(-NEWEST)
  const durations = newest.map((run) => Math.max(0, (run.finishedAt ?? 0) - (run.startedAt ?? 0)))
  const whole = newest.filter(({ state }) => state !== 'failed')
  const finished = newest.filter(({ state }) => state === 'finished')
  return {
    runsPerHour: finished.length < ETA_FROM ? null : rateOf(newest.slice(-50)),
    medianRunMs: medianOf(whole.map((run) => Math.max(0, (run.finishedAt ?? 0) - (run.startedAt ?? 0)))),
    gapMs: medianGap(newest),
    durations,
  }
}

function isEndedByItself(state: string): boolean {
  return state === 'finished' || state === 'stopped' || state === 'failed'
}

/** From the first start to the last end. */
function rateOf(runs: readonly TimedRun[]): number | null {
  const start = runs.reduce((first, run) => Math.min(first, run.startedAt ?? Infinity), Infinity)
  const end = runs.reduce((last, run) => Math.max(last, run.finishedAt ?? -Infinity), -Infinity)
  return end > start ? (runs.length * MS_PER_HOUR) / (end - start) : null
}

/** Each start is paired with the latest end before it on its agent that no other start has taken. */
function medianGap(runs: readonly TimedRun[]): number {
  const gaps: number[] = []
  const byAgent = new Map<string, TimedRun[]>()
  for (const run of runs) {
    const agent = run.agentIds.at(-1)
    if (agent !== undefined) byAgent.set(agent, [...(byAgent.get(agent) ?? []), run])
  }
  for (const own of byAgent.values()) {
    const starts = own.map((run) => run.startedAt ?? 0).sort((a, b) => a - b)
    const ends = own.map((run) => run.finishedAt ?? 0).sort((a, b) => a - b)
    const free: number[] = []
    let next = 0
    for (const start of starts) {
      while (next < ends.length && (ends[next] ?? Infinity) <= start) free.push(ends[next++] ?? 0)
      const end = free.pop()
      if (end !== undefined) gaps.push(start - end)
    }
  }
  return medianOf(gaps) ?? 0
}

export interface WorkLeft {
  /** Runs that have not started. */
  readonly waiting: number
  /** How long each running one has run; ms. */
  readonly elapsed: readonly number[]
  /** Runs that can run at once, at least 1. */
  readonly slots: number
}

/** Milliseconds from now: one end in ten comes before `low`, one in ten after `high`. */
export interface TimeLeft {
  readonly lowMs: number
  readonly medianMs: number
  readonly highMs: number
}

/** O(PLAYS (n + waiting log slots)). @returns null when no run has taken any time */
export function estimateTimeLeft(pace: Pace, left: WorkLeft, rng: Rng): TimeLeft | null {
  const { durations, gapMs } = pace
  if (durations.length === 0 || durations.every((duration) => duration === 0)) return null
  const ends = Array.from({ length: PLAYS }, () => {
    // A sample of the sample: with few runs seen, little is known of the next ones
    const believed = durations.map(() => durations[rng.integer(durations.length)] ?? 0)
    return playOnce(believed, gapMs, left, rng)
  }).sort((a, b) => a - b)
  const at = (share: number) => ends[Math.round(share * (ends.length - 1))] ?? 0
  return { lowMs: at(0.1), medianMs: at(0.5), highMs: at(0.9) }
}

function playOnce(believed: readonly number[], gapMs: number, left: WorkLeft, rng: Rng): number {
  const slots = Math.max(1, left.slots, left.elapsed.length)
  const free = left.elapsed.map((elapsed) => restOf(elapsed, believed, rng))
  while (free.length < Math.min(slots, left.elapsed.length + left.waiting)) free.push(0)
  const draw = () => (believed[rng.integer(believed.length)] ?? 0) + gapMs
  if (left.waiting <= MAX_PLAYED_RUNS) {
    for (let run = 0; run < left.waiting; run++) {
      let first = 0
      for (let slot = 1; slot < free.length; slot++) if ((free[slot] ?? 0) < (free[first] ?? 0)) first = slot
      free[first] = (free[first] ?? 0) + draw()
    }
    return free.reduce((last, at) => Math.max(last, at), 0)
  }
  const mean = believed.reduce((sum, duration) => sum + duration / believed.length, 0)
  const variance = believed.reduce((sum, duration) => sum + (duration - mean) ** 2 / believed.length, 0)
  // Irwin and Hall: twelve uniform numbers make a normal one
  const normal = Array.from({ length: 12 }, () => rng()).reduce((sum, u) => sum + u, -6)
  const work = left.waiting * (mean + gapMs) + normal * Math.sqrt(left.waiting * variance)
  const begun = free.reduce((sum, rest) => sum + rest, 0)
  return Math.max(0, (work + begun) / free.length + mean / 2)
}

/** What is left of a run: of a believed one that took longer; of one longer than all, as much again as a share of it. */
function restOf(elapsed: number, believed: readonly number[], rng: Rng): number {
  const longer = believed.filter((duration) => duration > elapsed)
  if (longer.length === 0) return elapsed * rng()
  return (longer[rng.integer(longer.length)] ?? elapsed) - elapsed
}

/** null: none. */
export function medianOf(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle]
  if (upper === undefined) return null
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2
}
