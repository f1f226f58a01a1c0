// The use cases on sweeps: create, list, pause, resume, stop, cancel. Each change is one unit of the store with its
// entries in the change log; the dispatcher hears of it after the commit.
import type { Clock } from '../runtime/clock.ts'
import type { CreateSweepRequest, SweepAction } from '../sweeps/sweep-schema.ts'
import {
  applySettings,
  maxAttemptsOf,
  parseSweepFile,
  problemsBeforeRunning,
  type SweepConfig,
} from '../sweeps/config.ts'
import { NotFoundError, SweepConfigError, SweepError, type ConfigProblem } from '../sweeps/errors.ts'
import { isWaiting, transitionRun, type RunRecord } from '../sweeps/run.ts'
import { ADVISING_PROPOSALS, adviseStop } from '../sweeps/stop-advice.ts'
import type { ProspectRecord, StopAdvice } from '../sweeps/stop-advice.ts'
import { searchSpaceOf } from '../sweeps/suggest.ts'
import { ACTION_TARGETS, meaningOfAction } from '../sweeps/sweep-actions.ts'
import type { NewChange, StoreTransaction, SweepStore } from '../sweeps/store.ts'
import {
  createId,
  isTerminalSweepState,
  transitionSweep,
  type SweepId,
  type SweepRecord,
  type SweepState,
} from '../sweeps/sweep.ts'
import type { Dispatcher } from './dispatch-port.ts'
import { givePriorRuns } from './prior-runs.ts'
import type { SweepView } from './present.ts'
import type { Standings } from './standings.ts'

export interface SweepServiceDeps {
  readonly store: SweepStore
  readonly dispatcher: Pick<Dispatcher, 'lookForChanges'>
  readonly standings: Standings
  readonly clock: Clock
  /** Uniform integer in [0, n). */
  readonly randomInt: (n: number) => number
}

export interface CreateSweepOptions {
  /** Runs that were there before and join it (prior-runs.ts). @default none */
  readonly priorRuns?: readonly string[]
  /** Who works it may bring a function in place of a program. @default true */
  readonly needsProgram?: boolean
}

export interface SweepService {
  /** @throws SweepConfigError with every problem of the file; what givePriorRuns throws */
  createSweep(
    request: CreateSweepRequest,
    options?: CreateSweepOptions,
  ): Promise<{ view: SweepView; warnings: readonly ConfigProblem[] }>
  listSweeps(query: { project?: string; states?: readonly SweepState[] }): Promise<SweepView[]>
  viewSweep(sweep: SweepRecord): Promise<SweepView>
  /** Is there little left to gain? null: no, or nobody can say. */
  adviseStop(sweep: SweepRecord): Promise<StopAdvice | null>
  /** @throws NotFoundError */
  renameSweep(id: SweepId, name: string): Promise<SweepRecord>
  /** Asking for what already is changes nothing and is no error. @throws SweepError ILLEGAL_TRANSITION */
  changeSweep(
    id: SweepId,
    action: SweepAction,
    reason: string | null,
  ): Promise<{ view: SweepView; changed: boolean }>
}

export const DEFAULT_PROJECT = 'default'
const MAX_SEED = 2 ** 31
/** Runs of one page while a sweep's waiting runs are ended. */
const WAITING_PAGE = 1000

function readRecord(suggestedBy: string | null): ProspectRecord | null {
  return suggestedBy === null ? null : (JSON.parse(suggestedBy) as ProspectRecord) // our own text
}

export function createSweepService(deps: SweepServiceDeps): SweepService {
  const { store, dispatcher, standings, clock } = deps

  async function viewSweep(sweep: SweepRecord): Promise<SweepView> {
    const [counts, best, commits] = await Promise.all([
      store.countRunsByState(sweep.id),
      standings.bestOf(sweep),
      store.countCommits(sweep.id),
    ])
    return { sweep, counts, best, commits }
  }

  return {
    viewSweep,

    async adviseStop(sweep) {
      if (sweep.method !== 'bayes' || isTerminalSweepState(sweep.state)) return null
      const newest = { sweepId: sweep.id, descending: true, limit: ADVISING_PROPOSALS } as const
      const runs = await store.listRuns(newest)
      return adviseStop(runs.flatMap(({ suggestedBy }) => readRecord(suggestedBy) ?? []))
    },

    async createSweep(request, { priorRuns = [], needsProgram = true } = {}) {
      const { sweep, config, warnings } = readSweep(request, needsProgram, deps)
      const created = await store.write(async (tx) => {
        await tx.insertSweep(sweep)
        await tx.insertSpecVersion(sweep.id, sweep.specVersion, sweep.configText, sweep.createdAt)
        await tx.recordChanges([
          sweepChange(sweep, 'sweep.created', { name: sweep.name, state: sweep.state }),
        ])
        if (priorRuns.length === 0) return sweep
        const context = { at: sweep.createdAt, randomInt: deps.randomInt }
        return givePriorRuns(tx, sweep, config, priorRuns, context)
      })
      dispatcher.lookForChanges()
      return { view: await viewSweep(created), warnings }
    },

    async listSweeps(query) {
      return Promise.all((await store.listSweeps(query)).map(viewSweep))
    },

    async renameSweep(id, name) {
      const renamed = await store.write(async (tx) => {
        const sweep = await tx.findSweep(id)
        if (sweep === null) throw new NotFoundError('sweep', id)
        if (sweep.name === name) return sweep
        const next: SweepRecord = { ...sweep, name }
        await tx.saveSweep(next)
        await tx.recordChanges([sweepChange(next, 'sweep.renamed', { name, from: sweep.name }, clock.now())])
        return next
      })
      dispatcher.lookForChanges()
      return renamed
    },

    async changeSweep(id, action, reason) {
      const change = await store.write((tx) => applyAction(tx, id, action, { reason, at: clock.now() }))
      if (change.changed) dispatcher.lookForChanges()
      return { view: await viewSweep(change.sweep), changed: change.changed }
    },
  }
}

/** The file with its settings, read and checked, as a new record. */
function readSweep(
  request: CreateSweepRequest,
  needsProgram: boolean,
  { clock, randomInt }: SweepServiceDeps,
): { sweep: SweepRecord; config: SweepConfig; warnings: readonly ConfigProblem[] } {
  const text = request.set === undefined ? request.text : applySettings(request.text, request.set)
  const { config, warnings } = parseSweepFile(text)
  const problems = needsProgram ? problemsBeforeRunning(config) : []
  if (problems.length > 0) throw new SweepConfigError(problems, warnings)
  const id = createId(randomInt) as SweepId
  const at = clock.now()
  const sweep: SweepRecord = {
    id,
    name: request.name ?? config.name ?? id,
    project: request.project ?? config.project ?? DEFAULT_PROJECT,
    state: request.paused === true ? 'paused' : 'running',
    stateReason: null,
    method: config.method,
    metric: config.metric,
    configText: text,
    specVersion: 1,
    seed: request.seed ?? config.seed ?? randomInt(MAX_SEED),
    runCap: config.runCap,
    maxParallel: config.maxParallel,
    maxAttempts: maxAttemptsOf(config),
    size: searchSpaceOf(config).size,
    nextIndex: 0,
    runCount: 0,
    createdAt: at,
    startedAt: null,
    finishedAt: null,
  }
  return { sweep, config, warnings }
}

interface ActionContext {
  readonly reason: string | null
  readonly at: number
}

const ACTION_EVENTS = {
  pause: 'sweep.paused',
  resume: 'sweep.resumed',
  stop: 'sweep.stopped',
  cancel: 'sweep.cancelled',
} as const satisfies Record<SweepAction, string>

async function applyAction(
  tx: StoreTransaction,
  id: SweepId,
  action: SweepAction,
  context: ActionContext,
): Promise<{ sweep: SweepRecord; changed: boolean }> {
  const sweep = await tx.findSweep(id)
  if (sweep === null) throw new SweepError('NOT_FOUND', `no sweep "${id}"`)
  const meaning = meaningOfAction(action, sweep.state)
  if (meaning === 'already') return { sweep, changed: false }
  if (meaning === 'leftovers') return cancelLeftovers(tx, sweep, context)
  if (meaning === 'refused') throw refusal(sweep, action)

  const to = ACTION_TARGETS[action]
  const isOver = to === 'stopped' || to === 'cancelled'
  const moved: SweepRecord = {
    ...transitionSweep(sweep, to),
    stateReason: action === 'resume' ? null : context.reason,
    finishedAt: isOver ? context.at : null,
  }
  await tx.saveSweep(moved)
  await tx.recordChanges([
    sweepChange(moved, ACTION_EVENTS[action], { from: sweep.state, reason: context.reason }, context.at),
  ])
  if (isOver) await cancelWaitingRuns(tx, moved, context)
  if (action === 'cancel') await wishOpenRunsCancelled(tx, moved, context)
  return { sweep: moved, changed: true }
}

/** A stopped sweep stays stopped, but the runs that it still works can be ended. */
async function cancelLeftovers(
  tx: StoreTransaction,
  sweep: SweepRecord,
  context: ActionContext,
): Promise<{ sweep: SweepRecord; changed: boolean }> {
  const wished = await wishOpenRunsCancelled(tx, sweep, context)
  if (wished === 0) throw refusal(sweep, 'cancel')
  return { sweep, changed: true }
}

async function cancelWaitingRuns(
  tx: StoreTransaction,
  sweep: SweepRecord,
  context: ActionContext,
): Promise<void> {
  for (;;) {
    const waiting = (await tx.listWaitingRuns(sweep.id, WAITING_PAGE)).filter(isWaiting)
    if (waiting.length === 0) return
    const reason = context.reason ?? `the sweep was ${sweep.state}`
    const cancelled = waiting.map((run): RunRecord => ({
      ...transitionRun(run, 'cancelled'),
      stopReason: reason,
      finishedAt: context.at,
    }))
    await tx.saveRuns(cancelled)
    await tx.recordChanges(cancelled.map((run) => runChange(run, 'run.cancelled', { reason }, context.at)))
  }
}

/** @returns how many runs were not wished to end before */
async function wishOpenRunsCancelled(
  tx: StoreTransaction,
  sweep: SweepRecord,
  context: ActionContext,
): Promise<number> {
  const openIds = [...new Set((await tx.listOpenAttempts()).map((attempt) => attempt.runId))]
  const open = (await tx.findRuns(openIds)).filter((run) => run.sweepId === sweep.id && run.wish !== 'cancel')
  const wished = open.map((run): RunRecord => ({
    ...run,
    wish: 'cancel',
    wishReason: context.reason ?? 'the sweep was cancelled',
  }))
  if (wished.length === 0) return 0
  await tx.saveRuns(wished)
  await tx.recordChanges(
    wished.map((run) => runChange(run, 'run.cancelWished', { reason: run.wishReason }, context.at)),
  )
  return wished.length
}

const PARTICIPLES = { pause: 'paused', resume: 'resumed', stop: 'stopped', cancel: 'cancelled' } as const

function refusal(sweep: SweepRecord, action: SweepAction): SweepError {
  const because = sweep.stateReason === null ? '' : ` (${sweep.stateReason})`
  return new SweepError(
    'ILLEGAL_TRANSITION',
    `sweep ${sweep.id}${sweep.name === sweep.id ? '' : ` "${sweep.name}"`} is ${sweep.state}${because}: it cannot be ${PARTICIPLES[action]}`,
    {
      hint:
        action === 'resume'
          ? `It stays as it is. See what it found: sweep best ${sweep.id}. Go on in a new one: sweep create FILE`
          : `Nothing of it is left to ${action}. See what it found: sweep best ${sweep.id}`,
      details: { sweepId: sweep.id, state: sweep.state, action },
    },
  )
}

function sweepChange(
  sweep: SweepRecord,
  event: string,
  data: Readonly<Record<string, unknown>>,
  at = sweep.createdAt,
): NewChange {
  return { at, entity: 'sweep', entityId: sweep.id, sweepId: sweep.id, event, data }
}

function runChange(
  run: RunRecord,
  event: string,
  data: Readonly<Record<string, unknown>>,
  at: number,
): NewChange {
  return { at, entity: 'run', entityId: run.id, sweepId: run.sweepId, event, data }
}
