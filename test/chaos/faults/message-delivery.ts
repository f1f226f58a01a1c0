// One case of F13 and F14: true reports of a run's attempts, delivered in a scrambled way to the code that stores them,
// must leave exactly what their orderly delivery leaves. Runs inside one unit of a real store, which is undone.
import fc from 'fast-check'
import { endOpenAttempts } from '../../../controller/dispatch/attempt-endings.ts'
import { applyReports } from '../../../controller/dispatch/apply-reports.ts'
import type { SentReport } from '../../../controller/dispatch/apply-reports.ts'
import { newAttempt } from '../../../controller/dispatch/new-records.ts'
import type { Report, ReportBody } from '../../../sweeps/protocol.ts'
import { isWaiting } from '../../../sweeps/run.ts'
import type { AttemptRecord, RunRecord } from '../../../sweeps/run.ts'
import type { StoreTransaction } from '../../../sweeps/store.ts'
import type { AgentId, SweepRecord } from '../../../sweeps/sweep.ts'
import { SOME_TIME, aRun, aSweep } from '../../support/records.ts'

/** What an attempt reports between its start and its end: losses of metric reports, or a log line. */
type Spoken = number | 'log'

export interface DeliveryCase {
  /** Of the first attempt, and of the second, should there be one. */
  readonly spoken: readonly [readonly Spoken[], readonly Spoken[]]
  /** Batches of places in the pool of all messages, each as often as it occurs. */
  readonly batches: readonly (readonly number[])[]
  /** Before which batch the first attempt is lost, and before which the second may be offered; null: never lost. */
  readonly loss: { readonly lostAt: number; readonly offeredAt: number } | null
}

/** Any order, any repetition, any batches. */
export const scrambled: fc.Arbitrary<DeliveryCase> = delivery(
  fc.array(fc.array(fc.nat(1_000), { maxLength: 8 }), { maxLength: 10 }),
)

/** Everything in order, each message 1 to 5 times, and earlier ones again at any time. */
export const replayed: fc.Arbitrary<DeliveryCase> = delivery(
  fc
    .array(fc.record({ times: fc.integer({ min: 1, max: 5 }), back: fc.nat(6) }), { maxLength: 20 })
    .map((steps) =>
      steps.map(({ times, back }, index) => [
        ...new Array<number>(times).fill(index),
        ...(back < index ? [index - back] : []),
      ]),
    ),
)

function delivery(batches: fc.Arbitrary<readonly (readonly number[])[]>): fc.Arbitrary<DeliveryCase> {
  const spoken = fc.array(
    fc.oneof(fc.constant('log' as const), fc.double({ noNaN: true, min: -1e6, max: 1e6 })),
    { maxLength: 5 },
  )
  const loss = fc.record({ lostAt: fc.nat(10), wait: fc.nat(4) })
  return fc.record({
    spoken: fc.tuple(spoken, spoken),
    batches,
    loss: fc.option(
      loss.map(({ lostAt, wait }) => ({ lostAt, offeredAt: lostAt + wait })),
      { nil: null },
    ),
  })
}

const AGENTS = ['agent001', 'agent002'] as AgentId[]

interface Stage {
  readonly tx: StoreTransaction
  readonly runId: RunRecord['id']
  /** Open ones and earlier ones, in order. */
  readonly attempts: AttemptRecord[]
}

/** @returns what differs, or null */
export async function checkDelivery(tx: StoreTransaction, given: DeliveryCase): Promise<string | null> {
  const sweep = aSweep()
  await tx.insertSweep(sweep)
  const stage = await openStage(tx, sweep)
  const creditedOfFirst = await deliverScrambled(stage, given)
  const twin = await openStage(tx, sweep)
  await deliverInOrder(twin, given, stage.attempts.length > 1 ? creditedOfFirst : null)
  const [found, wanted] = [await describe(stage), await describe(twin)]
  return found === wanted ? null : `stored:\n${found}\nwanted:\n${wanted}`
}

async function openStage(tx: StoreTransaction, sweep: SweepRecord): Promise<Stage> {
  const run = aRun({ sweepId: sweep.id, name: 'the run', attemptCount: 1, openAttempt: 1 })
  await tx.insertRuns([run])
  const attempt = newAttempt(run, AGENTS[0] as AgentId, SOME_TIME)
  await tx.insertAttempts([attempt])
  return { tx, runId: run.id, attempts: [attempt] }
}

/** @returns how many reports of the first attempt were stored when the second was offered */
async function deliverScrambled(stage: Stage, given: DeliveryCase): Promise<number> {
  const { tx, attempts } = stage
  let creditedOfFirst = 0
  for (const [index, batch] of given.batches.entries()) {
    if (index === given.loss?.lostAt) await lose(stage)
    if (index === given.loss?.offeredAt) creditedOfFirst = await offerNext(stage)
    const pool = [...attempts.flatMap((attempt) => messagesOf(attempt, given)), ...forged(attempts[0])]
    await deliver(
      tx,
      batch.flatMap((place) => pool[place % pool.length] ?? []),
    )
  }
  // Agents send again until everything is stored: in order, from the first unstored on.
  for (const attempt of attempts) await deliver(tx, messagesOf(attempt, given))
  return creditedOfFirst
}

async function deliverInOrder(stage: Stage, given: DeliveryCase, ofFirst: number | null): Promise<void> {
  const [first] = stage.attempts
  if (first === undefined) return
  for (const message of messagesOf(first, given).slice(0, ofFirst ?? undefined))
    await deliver(stage.tx, [message])
  if (ofFirst === null) return
  await lose(stage)
  await offerNext(stage)
  const second = stage.attempts[1]
  if (second !== undefined)
    for (const message of messagesOf(second, given)) await deliver(stage.tx, [message])
}

async function deliver(tx: StoreTransaction, messages: readonly SentReport[]): Promise<void> {
  await applyReports(tx, messages, SOME_TIME)
}

async function lose({ tx, runId }: Stage): Promise<void> {
  await endOpenAttempts(tx, [{ runId, attempt: 1 }], 'lost', 'silent', SOME_TIME)
}

/** As the scheduler does: only a run that waits. @returns how many reports of the first attempt are stored */
async function offerNext({ tx, runId, attempts }: Stage): Promise<number> {
  const [run] = await tx.findRuns([runId])
  const [first] = await tx.findAttempts([{ runId, attempt: 1 }])
  if (run === undefined || !isWaiting(run) || attempts.length > 1) return 0
  const next = { ...run, attemptCount: 2, openAttempt: 2 }
  await tx.saveRuns([next])
  const attempt = newAttempt(next, AGENTS[1] as AgentId, SOME_TIME)
  await tx.insertAttempts([attempt])
  attempts.push(attempt)
  return first?.reportSeq ?? 0
}

function messagesOf(attempt: AttemptRecord, { spoken }: DeliveryCase): SentReport[] {
  const own = spoken[attempt.attempt - 1] ?? []
  const bodies: ReportBody[] = [
    { kind: 'started', pid: attempt.attempt, host: 'h', slot: 0 },
    ...own.map((word, index): ReportBody =>
      word === 'log'
        ? { kind: 'log', stream: 'stdout', text: `line ${index}\n` }
        : { kind: 'metrics', rows: [{ step: index, at: SOME_TIME, metrics: { loss: word } }] },
    ),
    { kind: 'ended', outcome: 'finished', exitCode: 0, signal: null, reason: null, stderrTail: null },
  ]
  return bodies.map((body, index) => sent(attempt, index + 1, body))
}

/** The first attempt's next report, from somebody who does not know its token. */
function forged(attempt: AttemptRecord | undefined): SentReport[] {
  if (attempt === undefined) return []
  const body: ReportBody = { kind: 'metrics', rows: [{ step: 0, at: SOME_TIME, metrics: { loss: -1e9 } }] }
  return [sent({ ...attempt, token: 'guessed' }, 2, body)]
}

function sent(attempt: AttemptRecord, seq: number, body: ReportBody): SentReport {
  const { runId, attempt: number, token, agentId } = attempt
  const report: Report = { runId, attempt: number, token, seq, at: SOME_TIME, body }
  return { agentId, report }
}

/** Everything that is stored of the run, without its id and its tokens. */
async function describe({ tx, runId }: Stage): Promise<string> {
  const [run] = await tx.findRuns([runId])
  const attempts = await tx.listAttempts([runId])
  const hidden = { runId: '', id: '', name: '', token: '', configText: '', configHash: '', lossCount: 0 }
  return JSON.stringify(
    {
      run: { ...run, ...hidden },
      attempts: attempts.map((attempt) => ({ ...attempt, ...hidden })),
      summaries: [...(await tx.listSummaries([runId])).values()].flat(),
      metrics: (await tx.readMetrics(runId)).map((chunk) => ({ ...chunk, ...hidden })),
      logs: (await tx.readLogs(runId)).map((chunk) => ({ ...chunk, ...hidden })),
    },
    null,
    1,
  ).replaceAll(runId, 'RUN')
}
