// A client says that it begins a run, tells more of it, or somebody edits it: one unit of work on the run, its attempt
// and what is kept of the client.
import { randomBytes } from 'node:crypto'
import { NO_AGENT } from '../../sweeps/client-run.ts'
import type { ClientRunRecord } from '../../sweeps/client-run.ts'
import { hashConfigText } from '../../sweeps/config-hash.ts'
import { NotFoundError, SweepError } from '../../sweeps/errors.ts'
import { NO_LINES } from '../../sweeps/line-ranges.ts'
import type { RunKey } from '../../sweeps/run-key.ts'
import { beginAgain, canRevive, freshRun } from '../../sweeps/run.ts'
import type { AttemptRecord, RunRecord } from '../../sweeps/run.ts'
import type { NewChange, StoreTransaction } from '../../sweeps/store.ts'
import { ID_PATTERN, createId } from '../../sweeps/sweep.ts'
import type { RunId } from '../../sweeps/sweep.ts'
import {
  createWork,
  endWork,
  nothingApplied,
  noteEnds,
  reviveWork,
  saveWorks,
  startWork,
} from '../credit/attempt-work.ts'
import type { AppliedReports } from '../credit/attempt-work.ts'
import { newAttempt } from '../dispatch/new-records.ts'
import { NO_OWNERS } from '../credit/metric-owners.ts'
import { mergeWandbConfig, unwrapWandbConfig } from './client-config.ts'
import type { ClientClaim } from './client-post.ts'
import { checkKey, findById, findByName } from './find-client-run.ts'
import type { ClientRun } from './find-client-run.ts'
import { drawRunName } from './run-names.ts'
import { isOwnAgents } from './whose-attempt.ts'

/** W&B's word for no project. */
export const DEFAULT_PROJECT = 'uncategorized'
const MAX_NAME_LENGTH = 256

export interface BeginContext {
  readonly key: RunKey | null
  readonly now: number
  readonly randomInt: (n: number) => number
}

export interface Begun {
  readonly run: RunRecord
  readonly client: ClientRunRecord
  readonly isNew: boolean
  readonly applied: AppliedReports
}

/**
 * @throws NotFoundError when an edit names no run; SweepError FORBIDDEN when the key is another run's, ILLEGAL_TRANSITION
 *   when it is a sweep's run that is worked by nobody now
 */
export async function takeClaim(
  tx: StoreTransaction,
  claim: ClientClaim,
  context: BeginContext,
): Promise<Begun> {
  const found = await findClaimed(tx, claim, context.key)
  if (found === null) return insertRun(tx, claim, context)
  checkKey(context.key, found)
  const edited = editRun(found.run, claim)
  const changes: NewChange[] = []
  if (edited !== found.run) changes.push(changeOf(edited, 'run.edited', context.now, {}))
  const result = nothingApplied()
  const joined = await join(tx, { run: edited, client: found.client }, claim, context, changes, result)
  const client = describe(joined.client ?? newClient(joined.run, claim, context), claim)
  const run = joined.run.sweepId === null ? withConfig(joined.run, found.client, client) : joined.run
  if (run !== found.run) await tx.saveRuns([run])
  await tx.clientRuns.save([client])
  await tx.recordChanges(changes)
  return { run, client, isNew: false, applied: result }
}

async function findClaimed(
  tx: StoreTransaction,
  claim: ClientClaim,
  key: RunKey | null,
): Promise<ClientRun | null> {
  if (claim.runId !== null) {
    const found = await findById(tx, claim.runId)
    if (found === null) throw new NotFoundError('run', claim.runId)
    return found
  }
  return findByName(tx, claim.project, claim.name ?? '', { sweep: claim.sweep, key })
}

async function insertRun(tx: StoreTransaction, claim: ClientClaim, context: BeginContext): Promise<Begun> {
  const { now, randomInt } = context
  const name = claim.name ?? createId(randomInt)
  if (name === '' || name.length > MAX_NAME_LENGTH)
    throw new SweepError('REQUEST_INVALID', `a run's id has 1 to ${MAX_NAME_LENGTH} characters`, {
      at: 'name',
    })
  const isOurs = ID_PATTERN.test(name) && (await tx.findRun(name as RunId)) === null
  const id = (isOurs ? name : createId(randomInt)) as RunId
  const waiting = freshRun({
    id,
    name: claim.displayName ?? drawRunName(randomInt),
    sweepId: null,
    project: claim.project ?? DEFAULT_PROJECT,
    configText: '{}',
    configHash: hashConfigText('{}'),
    specVersion: 1,
    seed: randomInt(2 ** 31),
    createdAt: now,
  })
  const client = describe({ ...newClient(waiting, claim, context), name }, claim)
  const labelled = withConfig(editRun(waiting, claim), null, client)
  const run = claim.isPending ? labelled : beginAgain(labelled, now)
  await tx.insertRuns([run])
  if (!claim.isPending) await tx.insertAttempts([ownAttempt(run, claim, now)])
  await tx.clientRuns.save([{ ...client, attempt: run.attemptCount }])
  await tx.recordChanges([
    changeOf(run, 'run.created', now, { project: run.project }),
    ...(claim.isPending ? [] : [changeOf(run, 'run.started', now, { attempt: 1 })]),
  ])
  return { run, client: { ...client, attempt: run.attemptCount }, isNew: true, applied: nothingApplied() }
}

/** A process that begins gets its attempt: the one that waits for it, or a run without a sweep its next one. */
async function join(
  tx: StoreTransaction,
  found: ClientRun,
  claim: ClientClaim,
  context: BeginContext,
  changes: NewChange[],
  result: AppliedReports,
): Promise<ClientRun> {
  if (!claim.isStart) return found
  return found.run.sweepId === null
    ? joinOwn(tx, found, claim, context, changes)
    : joinOfSweep(tx, found, claim, context, changes, result)
}

async function joinOwn(
  tx: StoreTransaction,
  { run, client }: ClientRun,
  claim: ClientClaim,
  { now }: BeginContext,
  changes: NewChange[],
): Promise<ClientRun> {
  let waiting = run
  if (run.openAttempt !== null) {
    const open = await openAttempt(tx, run)
    // Nothing was heard of it but its beginning: the same word twice, because the answer was lost.
    if (client?.attempt === open.attempt && client.processStartedAt === null) return { run, client }
    const work = createWork('', run, open, null)
    endWork(work, { outcome: 'lost', at: now, reason: 'its client began it again' }, changes, now)
    await tx.saveAttempts([work.attempt])
    waiting = { ...work.run, lossCount: run.lossCount }
  }
  const next = beginAgain(waiting, now)
  await tx.insertAttempts([ownAttempt(next, claim, now)])
  changes.push(changeOf(next, 'run.started', now, { attempt: next.attemptCount }))
  if (client === null) return { run: next, client }
  const following = withNextProcess(client, next.attemptCount)
  // The process that said its own end is gone: what looks like it, because it began a moment later, is the next one.
  const hasGone = run.openAttempt === null && run.state !== 'lost'
  return { run: next, client: hasGone ? { ...following, formerStartedAt: null } : following }
}

async function joinOfSweep(
  tx: StoreTransaction,
  { run, client }: ClientRun,
  claim: ClientClaim,
  context: BeginContext,
  changes: NewChange[],
  result: AppliedReports,
): Promise<ClientRun> {
  const number = context.key?.runId === run.id ? context.key.attempt : run.attemptCount
  const [attempt] = await tx.findAttempts([{ runId: run.id, attempt: number }])
  const isLast = attempt !== undefined && attempt.attempt === run.attemptCount
  if (!isLast || (attempt.outcome !== null && !canRevive(run, attempt))) throw notWorked(run)
  const sweep = run.sweepId === null ? null : await tx.findSweep(run.sweepId)
  const work = createWork('', run, attempt, sweep)
  if (attempt.outcome !== null) reviveWork(work, result, changes, context.now)
  const isAgents = await isOwnAgents(tx, attempt)
  if (!isAgents && work.attempt.startedAt === null)
    startWork(
      work,
      { at: context.now, pid: null, slot: null, host: claim.host ?? '' },
      result,
      changes,
      context.now,
    )
  noteEnds([work], result)
  await saveWorks(tx, [work], [])
  if (client?.attempt === number) return { run: work.run, client }
  const joined = client === null ? newClient(work.run, claim, context) : withNextProcess(client, number)
  const printed = isAgents ? await reportedMetrics(tx, attempt) : []
  return { run: work.run, client: { ...joined, attempt: number, owners: { ...NO_OWNERS, agent: printed } } }
}

/** What the attempt's agent has reported so far. */
async function reportedMetrics(tx: StoreTransaction, { runId, attempt }: AttemptRecord): Promise<string[]> {
  const chunks = (await tx.readMetrics(runId)).filter((chunk) => chunk.attempt === attempt)
  return [...new Set(chunks.flatMap(({ rows }) => rows.flatMap(({ metrics }) => Object.keys(metrics))))]
}

function notWorked(run: RunRecord): SweepError {
  return new SweepError(
    'ILLEGAL_TRANSITION',
    `run ${run.id} is ${run.state}: its sweep has nobody work it now`,
    {
      hint: `Nothing was changed. To have it worked again:  sweep retry ${run.id}`,
    },
  )
}

async function openAttempt(tx: StoreTransaction, run: RunRecord): Promise<AttemptRecord> {
  const [attempt] = await tx.findAttempts([{ runId: run.id, attempt: run.openAttempt ?? 0 }])
  if (attempt === undefined)
    throw new SweepError('INTERNAL', `run ${run.id} has no attempt ${run.openAttempt}`)
  return attempt
}

/** The attempt that the run counts, with nobody but its client at work. */
function ownAttempt(run: RunRecord, claim: ClientClaim, now: number): AttemptRecord {
  const token = randomBytes(24).toString('hex')
  return { ...newAttempt(run, NO_AGENT, now), token, host: (claim.host ?? '').slice(0, 200), startedAt: now }
}

function newClient(run: RunRecord, claim: ClientClaim, { key, now }: BeginContext): ClientRunRecord {
  return {
    runId: run.id,
    entity: claim.entity,
    project: run.project,
    name: run.id,
    startedBy: key === null || key.runId === run.id ? null : key.runId,
    attempt: run.attemptCount,
    wandbConfig: '{}',
    summary: '{}',
    history: NO_LINES,
    events: NO_LINES,
    logLines: 0,
    placed: { history: true, events: true, logs: true },
    owners: NO_OWNERS,
    processStartedAt: null,
    formerStartedAt: null,
    heardAt: now,
    host: null,
    program: null,
    commit: null,
    repo: null,
    isPreempting: false,
  }
}

/** A new process reports: where its lines begin, they say themselves. */
function withNextProcess(client: ClientRunRecord, attempt: number): ClientRunRecord {
  return {
    ...client,
    attempt,
    placed: { history: false, events: false, logs: false },
    owners: NO_OWNERS,
    formerStartedAt: client.processStartedAt ?? client.formerStartedAt,
    processStartedAt: null,
    isPreempting: false,
  }
}

/** What the claim says of the client, added to what is known. */
function describe(client: ClientRunRecord, claim: ClientClaim): ClientRunRecord {
  return {
    ...client,
    entity: claim.isStart ? claim.entity : client.entity,
    wandbConfig:
      claim.wandbConfig === null
        ? client.wandbConfig
        : mergeWandbConfig(client.wandbConfig, claim.wandbConfig),
    summary: claim.summary === null ? client.summary : JSON.stringify(claim.summary),
    host: claim.host ?? client.host,
    program: claim.program ?? client.program,
    commit: claim.commit ?? client.commit,
    repo: claim.repo ?? client.repo,
  }
}

/** The run itself when nothing differs. */
function editRun(run: RunRecord, claim: ClientClaim): RunRecord {
  const edited: RunRecord = {
    ...run,
    name: claim.displayName ?? run.name,
    notes: claim.notes ?? run.notes,
    tags: claim.tags === null ? run.tags : [...new Set(claim.tags)],
    group: claim.group ?? run.group,
    jobType: claim.jobType ?? run.jobType,
  }
  return JSON.stringify(edited) === JSON.stringify(run) ? run : edited
}

function withConfig(run: RunRecord, before: ClientRunRecord | null, client: ClientRunRecord): RunRecord {
  if (before?.wandbConfig === client.wandbConfig) return run
  const configText = unwrapWandbConfig(client.wandbConfig)
  return configText === run.configText ? run : { ...run, configText, configHash: hashConfigText(configText) }
}

function changeOf(run: RunRecord, event: string, at: number, data: Record<string, unknown>): NewChange {
  return { at, entity: 'run', entityId: run.id, sweepId: run.sweepId, event, data }
}
