// The leader's side of the suggestion worker: opens sweeps in it, tells it what happened, asks for configurations.
import { Worker } from 'node:worker_threads'
import type { HistoryEntry, Suggestion } from '../../sweeps/suggest.ts'
import type { CurvePoint } from '../../sweeps/run-curve.ts'
import type { RunRecord } from '../../sweeps/run.ts'
import type { RunId, SweepId, SweepRecord } from '../../sweeps/sweep.ts'
import type { Logger } from '../../runtime/logger.ts'
import type { SuggestionAnswer, SuggestionRequest } from './suggestion-worker.ts'

export interface SuggestionsAnswer {
  readonly suggestions: readonly Suggestion[]
  /** Nothing is left to propose after these. */
  readonly exhausted: boolean
}

/** What only some sweeps' methods look at, besides a run's record. */
export interface RunDetails {
  /** The metric's last value, where `impute: latest` asks for it. */
  readonly latest?: number | undefined
  /** Where the method learns from runs that were stopped early (run-curves.ts). */
  readonly curve?: readonly CurvePoint[] | undefined
}

/** A run as the methods see it. */
export function historyEntry(run: RunRecord, { latest, curve }: RunDetails = {}): HistoryEntry {
  return {
    runId: run.id,
    configText: run.configText,
    configHash: run.configHash,
    state: run.state,
    value: run.value,
    latest: latest ?? null,
    ...(curve === undefined ? {} : { curve }),
    index: run.suggestionIndex,
    endedAt: run.finishedAt ?? 0,
  }
}

export interface Suggestions {
  /**
   * Forgets what was known of the sweep and starts from these runs.
   * @param withCurves runs that finished or were stopped stay open for the method until tellCurves
   */
  open(sweep: SweepRecord, runs: readonly RunRecord[], withCurves: boolean): void
  /** @param latest the metric's last values @default unknown */
  observe(sweepId: SweepId, runs: readonly RunRecord[], latest?: ReadonlyMap<RunId, number>): void
  /** Runs of which the method waits for the curves. */
  untold(sweepId: SweepId): readonly RunRecord[]
  tellCurves(sweepId: SweepId, curves: ReadonlyMap<RunId, readonly CurvePoint[]>): void
  close(sweepId: SweepId): void
  /**
   * Up to `count` configurations, with indexes from `fromIndex` on; fewer when they take long. Rejects with the method's own message, or with
   * SuggestionThreadError when the thread died meanwhile: ask again.
   */
  suggest(sweepId: SweepId, fromIndex: number, count: number): Promise<SuggestionsAnswer>
  stop(): Promise<void>
}

/** Before a dead thread's successor, doubled from one death to the next until a thread has answered. */
const FIRST_RESTART_DELAY_MS = 250
const LONGEST_RESTART_DELAY_MS = 10_000

/** The thread died (out of memory, a bug): nothing is known of the method; ask again. */
export class SuggestionThreadError extends Error {
  constructor() {
    super('the suggestion thread ended')
    this.name = 'SuggestionThreadError'
  }
}

/** @param onCrash a new thread runs in place of one that died: every sweep must be opened again */
export function startSuggestions(log: Logger, onCrash: () => void): Suggestions {
  const waiting = new Map<number, { resolve(answer: SuggestionsAnswer): void; reject(error: Error): void }>()
  let nextRequestId = 1
  let isStopping = false
  let restartDelayMs = FIRST_RESTART_DELAY_MS
  let worker: Worker | null = startWorker()

  function startWorker(): Worker {
    const started = newThread()
    started.on('message', (answer: SuggestionAnswer) => {
      restartDelayMs = FIRST_RESTART_DELAY_MS
      const request = waiting.get(answer.requestId)
      waiting.delete(answer.requestId)
      if ('error' in answer) request?.reject(new Error(answer.error))
      else request?.resolve(answer)
    })
    started.on('error', (error) => log.error('suggestions.crashed', { reason: error.message }))
    started.on('exit', () => {
      worker = null
      for (const request of waiting.values()) request.reject(new SuggestionThreadError())
      waiting.clear()
      if (isStopping) return
      setTimeout(restart, restartDelayMs).unref()
      restartDelayMs = Math.min(2 * restartDelayMs, LONGEST_RESTART_DELAY_MS)
    })
    return started
  }

  const restart = () => {
    if (isStopping) return
    worker = startWorker()
    onCrash()
  }

  // Without a thread nothing is lost: the next one is given everything again.
  const send = (request: SuggestionRequest) => worker?.postMessage(request)
  const learners = new Map<SweepId, CurveLearner>()

  function observe(sweepId: SweepId, runs: readonly RunRecord[], latest?: ReadonlyMap<RunId, number>): void {
    const learner = learners.get(sweepId)
    const told = runs.filter((run) => learner === undefined || !isUntold(learner, run))
    if (told.length === 0) return
    const entries = told.map((run) =>
      historyEntry(run, { latest: latest?.get(run.id), curve: learner?.curves.get(run.id) }),
    )
    send({ type: 'observe', sweepId, entries })
  }

  return {
    open(sweep, runs, withCurves) {
      send({ type: 'open', sweepId: sweep.id, configText: sweep.configText, seed: sweep.seed })
      learners.delete(sweep.id)
      if (withCurves) learners.set(sweep.id, { curves: new Map(), untold: new Map() })
      observe(sweep.id, runs)
    },
    observe,
    untold: (sweepId) => [...(learners.get(sweepId)?.untold.values() ?? [])],
    tellCurves(sweepId, curves) {
      const learner = learners.get(sweepId)
      if (learner === undefined) return
      for (const [runId, curve] of curves) learner.curves.set(runId, curve)
      const told = [...learner.untold.values()].filter((run) => curves.has(run.id))
      for (const run of told) learner.untold.delete(run.id)
      observe(sweepId, told)
    },
    close(sweepId) {
      learners.delete(sweepId)
      send({ type: 'close', sweepId })
    },
    suggest(sweepId, fromIndex, count) {
      if (worker === null) return Promise.reject(new SuggestionThreadError())
      return new Promise((resolve, reject) => {
        const requestId = nextRequestId++
        waiting.set(requestId, { resolve, reject })
        send({ type: 'suggest', requestId, sweepId, fromIndex, count })
      })
    },
    async stop() {
      isStopping = true
      await worker?.terminate()
    },
  }
}

/** A sweep whose method learns from curves. */
interface CurveLearner {
  readonly curves: Map<RunId, readonly CurvePoint[]>
  /** Ended runs that it waits for. */
  readonly untold: Map<RunId, RunRecord>
}

/** Notes a run that ended and whose curve is not known. */
function isUntold({ curves, untold }: CurveLearner, run: RunRecord): boolean {
  const isNeeded = (run.state === 'finished' || run.state === 'stopped') && !curves.has(run.id)
  if (isNeeded) untold.set(run.id, run)
  else untold.delete(run.id)
  return isNeeded
}

function newThread(): Worker {
  if (!import.meta.url.endsWith('.ts')) return new Worker(new URL('./suggestion-worker.js', import.meta.url))
  // Run from the sources (tsx, vitest): a thread does not inherit the loader.
  const file = JSON.stringify(new URL('./suggestion-worker.ts', import.meta.url).href)
  return new Worker(`import('tsx/esm/api').then(({ register }) => (register(), import(${file})))`, {
    eval: true,
  })
}
