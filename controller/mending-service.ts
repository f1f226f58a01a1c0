// The use cases that mend a sweep while it is worked: edit its file, extend its cap, put configurations into its queue,
// work failed runs again. Each is one unit of the store; a dry run decides the same and writes nothing.
import type { Clock } from '../runtime/clock.ts'
import type {
  EditSweepRequest,
  EnqueueRequest,
  ExtendSweepRequest,
  RetryRequest,
} from '../sweeps/sweep-schema.ts'
import {
  applySettings,
  maxAttemptsOf,
  parseSweepFile,
  problemsBeforeRunning,
  type SweepConfig,
} from '../sweeps/config.ts'
import { hashConfigText } from '../sweeps/config-hash.ts'
import { NotFoundError, SweepConfigError, SweepError, type ConfigProblem } from '../sweeps/errors.ts'
import { readGivenConfigs } from '../sweeps/given-configs.ts'
import { parseRunFilter } from '../sweeps/run-filter.ts'
import { retryRun, type RunRecord } from '../sweeps/run.ts'
import { compareSpecs, givesMoreToPropose, meaningOfEdit, type SettingChange } from '../sweeps/spec-edit.ts'
import type { NewChange, StoreReads, StoreTransaction, SweepStore } from '../sweeps/store.ts'
import { searchSpaceOf } from '../sweeps/suggest.ts'
import { transitionSweep, type RunId, type SweepId, type SweepRecord } from '../sweeps/sweep.ts'
import { removeSettings } from '../sweeps/sweep-text.ts'
import type { Dispatcher } from './dispatch-port.ts'
import { enqueuedRun } from './enqueued-run.ts'
import { filterableOf } from './filterable-facts.ts'
import type { Standings } from './standings.ts'

export interface MendingServiceDeps {
  readonly store: SweepStore
  readonly dispatcher: Pick<Dispatcher, 'lookForChanges'>
  readonly standings: Standings
  readonly clock: Clock
  /** Uniform integer in [0, n). */
  readonly randomInt: (n: number) => number
}

export interface EditOutcome {
  readonly sweep: SweepRecord
  readonly changed: boolean
  readonly changes: readonly SettingChange[]
  readonly notes: readonly string[]
  readonly warnings: readonly ConfigProblem[]
}

export interface EnqueueOutcome {
  readonly sweep: SweepRecord
  readonly enqueued: readonly { readonly runId: RunId | null; readonly configText: string }[]
  readonly known: readonly RunRecord[]
  readonly warnings: readonly ConfigProblem[]
}

export interface RetryOutcome {
  readonly sweep: SweepRecord
  readonly retried: readonly RunId[]
  readonly notRetried: readonly RunRecord[]
}

/** All throw NOT_FOUND, and ILLEGAL_TRANSITION for a sweep that was stopped, cancelled or failed. */
export interface MendingService {
  /** @throws SweepConfigError; SweepError REQUEST_INVALID for what cannot be edited, ILLEGAL_TRANSITION on another version */
  editSweep(id: SweepId, request: EditSweepRequest): Promise<EditOutcome>
  /**
   * Puts another file in the place of the sweep's: any while nothing was proposed yet, afterwards as an edit.
   * @throws as editSweep
   */
  replaceFile(id: SweepId, text: string): Promise<EditOutcome>
  /** @throws SweepError ILLEGAL_TRANSITION when there is no cap to extend */
  extendSweep(id: SweepId, request: ExtendSweepRequest): Promise<EditOutcome>
  /** @throws SweepConfigError; SweepError ILLEGAL_TRANSITION when run_cap has no room */
  enqueue(id: SweepId, request: EnqueueRequest): Promise<EnqueueOutcome>
  retry(id: SweepId, request: RetryRequest): Promise<RetryOutcome>
}

type Writer = Pick<
  StoreTransaction,
  'saveSweep' | 'insertSpecVersion' | 'insertRuns' | 'saveRuns' | 'recordChanges'
>

/** What a unit writes, and nothing for a dry run. */
const NO_WRITES: Writer = {
  saveSweep: async () => {},
  insertSpecVersion: async () => {},
  insertRuns: async (runs) => new Set(runs.map((run) => run.id)),
  saveRuns: async () => {},
  recordChanges: async () => {},
}

export function createMendingService(deps: MendingServiceDeps): MendingService {
  const { store, dispatcher, clock } = deps

  /** Decides and writes in one unit; a dry run reads outside and keeps nothing. */
  async function inUnit<T>(
    dryRun: boolean | undefined,
    work: (reads: StoreReads, writer: Writer) => Promise<T>,
  ): Promise<T> {
    if (dryRun === true) return work(store, NO_WRITES)
    const outcome = await store.write((tx) => work(tx, tx))
    dispatcher.lookForChanges()
    return outcome
  }

  return {
    editSweep: (id, request) =>
      inUnit(request.dryRun, async (reads, writer) => {
        const sweep = await findOpenSweep(reads, id, 'edited')
        if (request.expectedVersion !== undefined && request.expectedVersion !== sweep.specVersion)
          throw versionConflict(sweep, request.expectedVersion)
        const text = removeSettings(
          applySettings(request.text ?? sweep.configText, request.set ?? []),
          request.unset ?? [],
        )
        return applyEdit(writer, sweep, text, clock.now())
      }),

    replaceFile: (id, text) =>
      inUnit(false, async (reads, writer) => {
        const sweep = await findOpenSweep(reads, id, 'edited')
        const isUntouched = sweep.runCount === 0 && sweep.nextIndex === 0
        const replace = isUntouched ? applyReplacement : applyEdit
        return replace(writer, sweep, text, clock.now())
      }),

    extendSweep: (id, { addRuns, dryRun }) =>
      inUnit(dryRun, async (reads, writer) => {
        const sweep = await findOpenSweep(reads, id, 'extended')
        if (sweep.runCap === null) throw nothingToExtend(sweep)
        const text = applySettings(sweep.configText, [`run_cap=${sweep.runCap + addRuns}`])
        return applyEdit(writer, sweep, text, clock.now())
      }),

    enqueue: (id, request) =>
      inUnit(request.dryRun, async (reads, writer) => {
        const sweep = await findOpenSweep(reads, id, 'given more configurations')
        return applyEnqueue(reads, writer, sweep, request, { at: clock.now(), randomInt: deps.randomInt })
      }),

    async retry(id, request) {
      const wanted = await findRetryable(deps, id, request)
      return inUnit(request.dryRun, (reads, writer) => applyRetry(reads, writer, id, wanted, clock.now()))
    },
  }
}

async function applyEdit(writer: Writer, sweep: SweepRecord, text: string, at: number): Promise<EditOutcome> {
  const { changes, config, warnings } = compareSpecs(sweep.configText, text)
  // One that never had a program is worked by functions.
  const hadProgram = problemsBeforeRunning(parseSweepFile(sweep.configText).config).length === 0
  const problems = hadProgram ? problemsBeforeRunning(config) : []
  if (problems.length > 0) throw new SweepConfigError(problems, warnings)
  if (changes.length === 0) return { sweep, changed: false, changes, notes: [], warnings }
  const notes = meaningOfEdit(sweep, { changes, config })
  const opens = sweep.state === 'finished' || (sweep.state === 'finishing' && givesMoreToPropose(changes))
  const edited: SweepRecord = {
    ...(opens ? reopenSweep(sweep, 'running') : sweep),
    ...factsOfConfig(config),
    ...(changes.some(({ path }) => path === 'name') ? nameOf(config, sweep) : {}),
    configText: text,
    specVersion: sweep.specVersion + 1,
  }
  await writer.saveSweep(edited)
  await writer.insertSpecVersion(edited.id, edited.specVersion, text, at)
  const data = { version: edited.specVersion, paths: changes.map(({ path }) => path), state: edited.state }
  await writer.recordChanges([sweepChange(edited, 'sweep.edited', data, at)])
  return { sweep: edited, changed: true, changes, notes, warnings }
}

/** Nothing was proposed yet: whatever the file says holds from the first run on. */
async function applyReplacement(
  writer: Writer,
  sweep: SweepRecord,
  text: string,
  at: number,
): Promise<EditOutcome> {
  const { config, warnings } = parseSweepFile(text)
  const replaced: SweepRecord = {
    ...sweep,
    ...factsOfConfig(config),
    ...nameOf(config, sweep),
    configText: text,
    specVersion: sweep.specVersion + 1,
    method: config.method,
    size: searchSpaceOf(config).size,
    seed: config.seed ?? sweep.seed,
  }
  await writer.saveSweep(replaced)
  await writer.insertSpecVersion(replaced.id, replaced.specVersion, text, at)
  const data = { version: replaced.specVersion, paths: [], state: replaced.state }
  await writer.recordChanges([sweepChange(replaced, 'sweep.edited', data, at)])
  return { sweep: replaced, changed: true, changes: [], notes: [], warnings }
}

function nameOf(config: SweepConfig, sweep: SweepRecord): Pick<SweepRecord, 'name'> {
  return { name: config.name ?? sweep.name }
}

function factsOfConfig(
  config: SweepConfig,
): Pick<SweepRecord, 'runCap' | 'maxParallel' | 'maxAttempts' | 'metric'> {
  const { runCap, maxParallel, metric } = config
  return { runCap, maxParallel, metric, maxAttempts: maxAttemptsOf(config) }
}

async function applyEnqueue(
  reads: StoreReads,
  writer: Writer,
  sweep: SweepRecord,
  { text, repeat, dryRun }: EnqueueRequest,
  { at, randomInt }: { at: number; randomInt: (n: number) => number },
): Promise<EnqueueOutcome> {
  const { config } = parseSweepFile(sweep.configText)
  const { configTexts, warnings } = readGivenConfigs(text, config.parameters)
  const hashes = configTexts.map(hashConfigText)
  const replicates = new Map<string, number>()
  const known: RunRecord[] = []
  for (const run of await reads.findRunsByHash(sweep.id, hashes)) {
    if (!replicates.has(run.configHash)) known.push(run)
    replicates.set(run.configHash, Math.max(run.replicate, replicates.get(run.configHash) ?? 0))
  }
  const runs: RunRecord[] = []
  for (const [index, configText] of configTexts.entries()) {
    const configHash = hashes[index] ?? ''
    const last = replicates.get(configHash)
    if (last !== undefined && repeat !== true) continue
    const replicate = last === undefined ? 0 : last + 1
    replicates.set(configHash, replicate)
    const place = sweep.runCount + runs.length
    runs.push(enqueuedRun(sweep, { configText, configHash, replicate, place }, { at, randomInt }))
  }
  const room = sweep.runCap === null ? Infinity : Math.max(0, sweep.runCap - sweep.runCount)
  if (runs.length > room) throw noRoom(sweep, runs.length)
  const enqueued = runs.map((run) => ({ runId: dryRun === true ? null : run.id, configText: run.configText }))
  if (runs.length === 0) return { sweep, enqueued, known, warnings }
  await writer.insertRuns(runs)
  const filled: SweepRecord = {
    ...(sweep.state === 'finished' ? reopenSweep(sweep, 'finishing') : sweep),
    runCount: sweep.runCount + runs.length,
  }
  await writer.saveSweep(filled)
  await writer.recordChanges([
    sweepChange(filled, 'sweep.enqueued', { runs: runs.length, state: filled.state }, at),
    ...runs.map((run) => runChange(run, 'run.enqueued', at)),
  ])
  return { sweep: filled, enqueued, known: repeat === true ? [] : known, warnings }
}

/** What the request names, in order of creation: failed and lost ones when it says no more. */
async function findRetryable(
  { store, standings }: Pick<MendingServiceDeps, 'store' | 'standings'>,
  id: SweepId,
  { where, runIds, max }: RetryRequest,
): Promise<RunId[]> {
  const sweep = await store.findSweep(id)
  if (sweep === null) throw new NotFoundError('sweep', id)
  if (runIds !== undefined) return (runIds as RunId[]).slice(0, max) // ids of the schema
  const takes = parseRunFilter(where ?? 'state:failed|lost')
  const ranks = where === undefined ? null : await standings.ranksOf(sweep)
  const taken = (await store.listRunFacts({ sweepId: id })).filter(
    (facts) => takes(filterableOf(facts, ranks?.get(facts.id) ?? null)) && isRetryable(facts),
  )
  return taken.slice(0, max).map((facts) => facts.id)
}

async function applyRetry(
  reads: StoreReads,
  writer: Writer,
  id: SweepId,
  wanted: readonly RunId[],
  at: number,
): Promise<RetryOutcome> {
  const sweep = await findOpenSweep(reads, id, 'worked again')
  const runs = (await reads.findRuns(wanted)).filter((run) => run.sweepId === id)
  const again = runs.filter(isRetryable).map(retryRun)
  const notRetried = runs.filter((run) => !isRetryable(run))
  if (again.length === 0) return { sweep, retried: [], notRetried }
  await writer.saveRuns(again)
  const opened = sweep.state === 'finished' ? reopenSweep(sweep, 'finishing') : sweep
  if (opened !== sweep) await writer.saveSweep(opened)
  await writer.recordChanges([
    sweepChange(opened, 'sweep.retried', { runs: again.length, state: opened.state }, at),
    ...again.map((run) => runChange(run, 'run.retried', at)),
  ])
  return { sweep: opened, retried: again.map((run) => run.id), notRetried }
}

function isRetryable(run: Pick<RunRecord, 'state'>): boolean {
  return run.state === 'failed' || run.state === 'lost'
}

/** @param to `finishing` when it shall work runs and propose nothing */
function reopenSweep(sweep: SweepRecord, to: 'running' | 'finishing'): SweepRecord {
  return { ...transitionSweep(sweep, to), stateReason: null, finishedAt: null }
}

async function findOpenSweep(reads: StoreReads, id: SweepId, participle: string): Promise<SweepRecord> {
  const sweep = await reads.findSweep(id)
  if (sweep === null) throw new NotFoundError('sweep', id)
  if (sweep.state !== 'stopped' && sweep.state !== 'cancelled' && sweep.state !== 'failed') return sweep
  throw new SweepError('ILLEGAL_TRANSITION', `sweep ${id} is ${sweep.state}: it cannot be ${participle}`, {
    hint: 'A finished sweep can be; one that was ended stays so. Go on in a new one: sweep create FILE',
    details: { sweepId: id, state: sweep.state },
  })
}

function versionConflict(sweep: SweepRecord, expected: number): SweepError {
  const message = `sweep ${sweep.id} was edited meanwhile: it has version ${sweep.specVersion}, not ${expected}`
  return new SweepError('ILLEGAL_TRANSITION', message, { hint: 'Look at it again, then edit it.' })
}

function nothingToExtend(sweep: SweepRecord): SweepError {
  const message = `sweep ${sweep.id} has no run_cap: there is nothing to extend`
  const hint =
    sweep.size === null
      ? 'It proposes until it is stopped.'
      : `It proposes all ${sweep.size} configurations of its space.`
  return new SweepError('ILLEGAL_TRANSITION', message, { hint })
}

function noRoom(sweep: SweepRecord, wanted: number): SweepError {
  const message = `run_cap ${sweep.runCap} of sweep ${sweep.id} leaves room for ${Math.max(0, (sweep.runCap ?? 0) - sweep.runCount)} runs, not ${wanted}`
  return new SweepError('ILLEGAL_TRANSITION', message, {
    hint: `Make room first:  sweep extend ${sweep.id} --runs +${wanted}`,
    details: { sweepId: sweep.id, runCap: sweep.runCap, runCount: sweep.runCount },
  })
}

function sweepChange(
  sweep: SweepRecord,
  event: string,
  data: Readonly<Record<string, unknown>>,
  at: number,
): NewChange {
  return { at, entity: 'sweep', entityId: sweep.id, sweepId: sweep.id, event, data }
}

function runChange(run: RunRecord, event: string, at: number): NewChange {
  return { at, entity: 'run', entityId: run.id, sweepId: run.sweepId, event, data: {} }
}
