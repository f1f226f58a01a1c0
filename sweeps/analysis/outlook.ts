// How a sweep stands and what is to be expected of it, in figures and sentences: when it ends, whether it still improves,
// how sure its ranking is, what to try next. The one place where they are computed: the API, the CLI and the page show
// the same. Pure.
import { createRng } from '../../optimizers/rng.ts'
import type { SweepConfig } from '../config.ts'
import { leavesOf } from '../parameter-tree.ts'
import { rankRuns } from '../ranking.ts'
import type { RankableRun } from '../ranking.ts'
import { isTerminalSweepState } from '../sweep.ts'
import type { SweepRecord } from '../sweep.ts'
import { chanceToImprove } from './chance.ts'
import type { Chance } from './chance.ts'
import { adviseNext } from './next-steps.ts'
import type { NextStep } from './next-steps.ts'
import { measureNoise } from './noise.ts'
import type { Noise } from './noise.ts'
import { ETA_FROM, estimateTimeLeft, measurePace } from './pace.ts'
import type { Pace, TimedRun, TimeLeft } from './pace.ts'

export interface OutlookRun extends RankableRun, TimedRun {
  readonly state: RankableRun['state']
  readonly finishedAt: number | null
  readonly name: string
  readonly configText: string
}

export interface OutlookInput {
  readonly sweep: SweepRecord
  readonly config: SweepConfig
  /** All of its runs. */
  readonly runs: readonly OutlookRun[]
  /** Slots of living agents that take its work, and how many of them are busy. */
  readonly slots: { readonly alive: number; readonly busy: number }
  /** GPUs that a run has; null: the agents hand out none. */
  readonly gpusPerRun: number | null
  /** Epoch ms. */
  readonly now: number
}

export interface Outlook {
  readonly runsLeft: number | null
  /** Runs that will ever be; null: nothing bounds them. */
  readonly runsInAll: number | null
  readonly pace: Pace
  readonly timeLeft: TimeLeft | null
  /** Why there is no time left to tell; null when there is. */
  readonly timeLeftReason: string | null
  readonly hours: { readonly spent: number; readonly toGo: number | null; readonly unit: 'gpu' | 'slot' }
  readonly best: BestSoFar | null
  readonly noise: Noise | null
  readonly chance: Chance
  readonly next: readonly NextStep[]
}

export interface BestSoFar {
  readonly runId: string
  readonly value: number
  readonly foundAt: number
  /** How many runs were ranked since. */
  readonly runsSince: number
  /** The best was beaten within the newest fifth of the ranked runs, 10 at the least. */
  readonly isImproving: boolean
}

const MS_PER_HOUR = 3_600_000

/** O(n log n) for n runs. */
export function buildOutlook(input: OutlookInput): Outlook {
  const { sweep, config, runs } = input
  const pace = measurePace(runs)
  const { ranked } = rankRuns(runs, sweep.metric)
  const byEnd = [...ranked].sort((a, b) => (a.finishedAt ?? 0) - (b.finishedAt ?? 0))
  const sign = sweep.metric?.goal === 'maximize' ? -1 : 1
  const finite = byEnd.filter(({ value }) => Number.isFinite(value))
  const left = countLeft(sweep, runs)
  return {
    ...left,
    pace,
    ...tellTimeLeft(input, pace, left.runsLeft),
    hours: countHours(input, pace, left.runsLeft),
    best: bestSoFar(ranked[0], byEnd),
    noise: measureNoise(
      ranked.flatMap(({ id, configText, value, state }) =>
        value !== null && Number.isFinite(value)
          ? [{ id, configText, value, isStopped: state === 'stopped' }]
          : [],
      ),
    ),
    chance: isTerminalSweepState(sweep.state)
      ? { probability: null, reason: 'the sweep is over', threshold: null, record: null }
      : chanceInOwnSign(
          finite.map(({ value }) => sign * (value ?? 0)),
          sign,
        ),
    next: adviseNext(leavesOf(config.parameters), ranked),
  }
}

function chanceInOwnSign(values: readonly number[], sign: number): Chance {
  const chance = chanceToImprove(values)
  return { ...chance, threshold: chance.threshold === null ? null : sign * chance.threshold }
}

function countLeft(
  sweep: SweepRecord,
  runs: readonly OutlookRun[],
): { runsLeft: number | null; runsInAll: number | null } {
  const open = runs.filter(({ state }) => isOpen(state)).length
  if (isTerminalSweepState(sweep.state)) return { runsLeft: 0, runsInAll: runs.length }
  if (sweep.state === 'finishing') return { runsLeft: open, runsInAll: runs.length }
  const bound = Math.min(sweep.runCap ?? Infinity, sweep.size ?? Infinity)
  if (bound === Infinity) return { runsLeft: null, runsInAll: null }
  const more = Math.max(0, bound - sweep.runCount)
  return { runsLeft: more + open, runsInAll: Math.max(bound, runs.length) }
}

function isOpen(state: string): boolean {
  return state === 'queued' || state === 'preempted' || state === 'running'
}

function tellTimeLeft(
  { sweep, runs, slots, now }: OutlookInput,
  pace: Pace,
  runsLeft: number | null,
): Pick<Outlook, 'timeLeft' | 'timeLeftReason'> {
  const no = (timeLeftReason: string) => ({ timeLeft: null, timeLeftReason })
  const finished = runs.filter(({ state }) => state === 'finished').length
  const running = runs.filter(({ state, startedAt }) => state === 'running' && startedAt !== null)
  if (isTerminalSweepState(sweep.state)) return no('the sweep is over')
  if (sweep.state === 'paused') return no('the sweep is paused')
  if (runsLeft === null) return no('nothing bounds the number of runs: set run_cap to have an end')
  if (finished < ETA_FROM) return no(`needs ${ETA_FROM} finished runs; there are ${finished}`)
  if (slots.alive === 0) return no('no agent is alive')
  const timeLeft = estimateTimeLeft(
    pace,
    {
      waiting: runsLeft - running.length,
      elapsed: running.map(({ startedAt }) => Math.max(0, now - (startedAt ?? now))),
      slots: Math.min(slots.alive, sweep.maxParallel ?? Infinity),
    },
    createRng(sweep.seed, 'outlook'),
  )
  return timeLeft === null ? no('the runs took no time') : { timeLeft, timeLeftReason: null }
}

function countHours(
  { runs, gpusPerRun, now }: OutlookInput,
  pace: Pace,
  left: number | null,
): Outlook['hours'] {
  const factor = (gpusPerRun ?? 1) / MS_PER_HOUR
  let [spentMs, runningMs, running] = [0, 0, 0]
  for (const { state, startedAt, finishedAt } of runs) {
    if (startedAt === null) continue
    const took = Math.max(0, (finishedAt ?? (state === 'running' ? now : startedAt)) - startedAt)
    spentMs += took
    if (state !== 'running') continue
    runningMs += took
    running++
  }
  const { durations } = pace
  const mean = durations.reduce((sum, duration) => sum + duration / durations.length, 0)
  const toGoMs = left === null || durations.length < ETA_FROM ? null : Math.max(0, left * mean - runningMs)
  return {
    spent: spentMs * factor,
    toGo: left === 0 ? 0 : toGoMs === null ? null : Math.max(toGoMs, running === 0 ? 0 : mean / 2) * factor,
    unit: gpusPerRun === null ? 'slot' : 'gpu',
  }
}

function bestSoFar(best: OutlookRun | undefined, byEnd: readonly OutlookRun[]): BestSoFar | null {
  if (best === undefined || best.value === null || best.finishedAt === null) return null
  const foundAt = best.finishedAt
  const runsSince = byEnd.filter(({ finishedAt }) => (finishedAt ?? 0) > foundAt).length
  return {
    runId: best.id,
    value: best.value,
    foundAt,
    runsSince,
    isImproving: runsSince < Math.max(10, byEnd.length / 5),
  }
}
