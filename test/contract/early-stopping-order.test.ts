// 10,000 sweeps whose reports come in any order, several times, late after the end, and from attempts that were lost:
// what is decided is W&B's rule on the in-order history of the accepted attempts, also after a restart. The reports go
// the way of all reports, through applyReports into a store.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { applyReports } from '../../controller/dispatch/apply-reports.ts'
import type { SentReport } from '../../controller/dispatch/apply-reports.ts'
import type { AppliedReports } from '../../controller/credit/attempt-work.ts'
import { endOpenAttempts } from '../../controller/dispatch/attempt-endings.ts'
import { SweepStopping, loadSweepStopping, ruleName } from '../../controller/dispatch/sweep-stopping.ts'
import { createRng } from '../../optimizers/rng.ts'
import type { Rng } from '../../optimizers/rng.ts'
import type { MetricRow, Report, ReportBody } from '../../sweeps/protocol.ts'
import type { AttemptRecord, RunRecord } from '../../sweeps/run.ts'
import { stoppingSettings } from '../../sweeps/stopping-settings.ts'
import type { StopCheck, SweepStore } from '../../sweeps/store.ts'
import type { MetricSpec, RunId, SweepRecord } from '../../sweeps/sweep.ts'
import { SOME_TIME, aRun, anAttempt, aSweep } from '../support/records.ts'
import { openTemporaryStore } from '../support/store.ts'
import type { TemporaryStore } from '../support/store.ts'

const CASE_COUNT = 10_000
/** Sweeps that share a transaction: as independent as alone, and quicker. */
const GROUP = 100
const BANDS = [1, 2, 4]
const ETA = 2

let temporary: TemporaryStore
beforeAll(async () => {
  temporary = await openTemporaryStore()
})
afterAll(() => temporary.close())

interface CaseRun {
  run: RunRecord
  /** What each attempt reports, in order; steps of the second may begin below where the first got to. */
  readonly attempts: { readonly record: AttemptRecord; readonly reports: readonly Report[] }[]
  readonly isLost: boolean
  readonly isFinished: boolean
}

interface Case {
  readonly sweep: SweepRecord
  readonly metric: MetricSpec
  readonly isStrict: boolean
  readonly runs: CaseRun[]
  readonly stopping: SweepStopping
}

function makeCase(rng: Rng): Case {
  const metric: MetricSpec = {
    name: 'loss',
    goal: rng() < 0.5 ? 'minimize' : 'maximize',
    summary: 'best',
    target: null,
  }
  const isStrict = rng() < 0.5
  const sweep = aSweep({ metric })
  const runs = Array.from({ length: 2 + rng.integer(3) }, () => makeRun(sweep, rng))
  const keys = { type: 'hyperband', max_iter: 8, s: 3, eta: ETA, strict: isStrict }
  return {
    sweep,
    metric,
    isStrict,
    runs,
    stopping: new SweepStopping(sweep.id, 1, stoppingSettings(keys), metric),
  }
}

function makeRun(sweep: SweepRecord, rng: Rng): CaseRun {
  const isLost = rng() < 0.3
  const isFinished = rng() < 0.3
  const run = aRun({ sweepId: sweep.id, state: 'queued', attemptCount: 1, openAttempt: 1 })
  const attempts = (isLost ? [1, 2] : [1]).map((attempt) => {
    const record = anAttempt({ runId: run.id, attempt, startedAt: null, reportSeq: 0, outcome: null })
    const firstStep = attempt === 1 ? 0 : rng.integer(4)
    const bodies: ReportBody[] = [{ kind: 'started', pid: 1, host: 'h', slot: 0 }]
    for (let i = 0, count = rng.integer(6); i < count; i++) bodies.push(metricsBody(firstStep + i, rng))
    const isLast = !isLost || attempt === 2
    if (isFinished && isLast) {
      const end = { outcome: 'finished', exitCode: 0, signal: null, reason: null, stderrTail: null } as const
      bodies.push({ kind: 'ended', ...end })
    }
    const { token } = record
    const reports = bodies.map((body, index): Report => {
      return { runId: run.id, attempt, token, seq: index + 1, at: SOME_TIME + index, body }
    })
    return { record, reports }
  })
  return { run, attempts, isLost, isFinished }
}

function metricsBody(step: number, rng: Rng): ReportBody {
  const kind = rng()
  // Few values, so that ties occur; some NaN, some rows without the metric
  const metrics: MetricRow['metrics'] =
    kind < 0.1 ? { loss: 'NaN' } : kind < 0.15 ? { other: 1 } : { loss: rng.integer(6) / 2 }
  return { kind: 'metrics', rows: [{ step, at: SOME_TIME, metrics }] }
}

const sentOf = (entry: CaseRun['attempts'][number]): SentReport[] =>
  entry.reports.map((report) => ({ agentId: entry.record.agentId, report }))

/** In any order, some several times, some not at all. */
function scrambled(reports: readonly SentReport[], rng: Rng): SentReport[] {
  const sent = reports
    .filter(() => rng() < 0.7)
    .flatMap((report) => (rng() < 0.3 ? [report, report] : [report]))
  for (let i = sent.length - 1; i > 0; i--) {
    const j = rng.integer(i + 1)
    const [a, b] = [sent[i], sent[j]]
    if (a !== undefined && b !== undefined) [sent[i], sent[j]] = [b, a]
  }
  return sent
}

async function deliver(
  store: SweepStore,
  cases: readonly Case[],
  sent: readonly SentReport[],
): Promise<void> {
  const applied = await store.write((tx) => applyReports(tx, sent, SOME_TIME))
  for (const one of cases) takeIn(one, applied)
}

function takeIn({ sweep, stopping }: Case, applied: AppliedReports): void {
  for (const grown of applied.grown) if (grown.run.sweepId === sweep.id) stopping.take(grown, () => null)
  for (const { run } of applied.ended) if (run.sweepId === sweep.id) stopping.follow(run)
}

/** What is accepted of each run, by the numbers of the reports alone. */
function acceptedValues(entry: CaseRun, creditedOfFirst: number, metric: MetricSpec): number[] {
  const rowsOf = (reports: readonly Report[]) =>
    reports.flatMap(({ body }) => (body.kind === 'metrics' ? body.rows : []))
  const [first, second] = entry.attempts
  const later = second === undefined ? [] : rowsOf(second.reports)
  const limit = later[0]?.step ?? Infinity
  const earlier = rowsOf(first?.reports.slice(0, creditedOfFirst) ?? []).filter(({ step }) => step < limit)
  return [...earlier, ...later].flatMap(({ metrics }) => {
    const value = metrics['loss']
    return typeof value === 'number' ? [metric.goal === 'maximize' ? -value : value] : []
  })
}

/** W&B's rule, written down plainly: which of the running runs are stopped. */
function stoppedByRule(
  histories: ReadonlyMap<string, number[]>,
  running: readonly string[],
  isStrict: boolean,
): string[] {
  return running.filter((id) => {
    const own = histories.get(id) ?? []
    const band = BANDS.filter((known) => known <= own.length).at(-1)
    if (band === undefined) return false
    const values = [...histories.values()].filter((h) => h.length >= band).map((h) => h[band - 1] ?? NaN)
    const threshold = values.sort((a, b) => a - b)[Math.trunc((1 / ETA) * values.length)] ?? Infinity
    return (isStrict ? (own[band - 1] ?? NaN) : Math.min(...own)) > threshold
  })
}

it(`the decision is that of the in-order history, in ${CASE_COUNT} cases`, { timeout: 300_000 }, async () => {
  const { store } = temporary
  let [stoppedCount, lostCount] = [0, 0]
  for (let from = 0; from < CASE_COUNT; from += GROUP) {
    const rng = createRng(7, 'order', from)
    const cases = Array.from({ length: GROUP }, () => makeCase(rng))
    const runs = cases.flatMap((one) => one.runs)
    await store.write(async (tx) => {
      for (const { sweep } of cases) await tx.insertSweep(sweep)
      await tx.insertRuns(runs.map(({ run }) => run))
      await tx.insertAttempts(
        runs.flatMap(({ attempts }) => attempts.slice(0, 1).map(({ record }) => record)),
      )
    })
    const firsts = runs.flatMap(({ attempts }) => attempts.slice(0, 1).flatMap(sentOf))
    await deliver(store, cases, scrambled(firsts, rng))
    await deliver(store, cases, scrambled(firsts, rng))
    // Some attempts are lost, and their runs get another one
    const lost = runs.filter(({ isLost }) => isLost)
    lostCount += lost.length
    await store.write(async (tx) => {
      await endOpenAttempts(
        tx,
        lost.map(({ run }) => ({ runId: run.id, attempt: 1 })),
        'lost',
        'test',
        SOME_TIME,
      )
      const waiting = await tx.findRuns(lost.map(({ run }) => run.id))
      await tx.saveRuns(waiting.map((run) => ({ ...run, attemptCount: 2, openAttempt: 2 })))
      await tx.insertAttempts(lost.flatMap(({ attempts }) => attempts.slice(1).map(({ record }) => record)))
    })
    const firstAttempts = await store.findAttempts(runs.map(({ run }) => ({ runId: run.id, attempt: 1 })))
    const credited = new Map(firstAttempts.map(({ runId, reportSeq }) => [runId, reportSeq]))
    const all = runs.flatMap(({ attempts }) => attempts.flatMap(sentOf))
    await deliver(store, cases, scrambled(all, rng))
    await deliver(store, cases, scrambled(all, rng))
    await deliver(store, cases, all) // an agent sends until everything is stored
    await deliver(store, cases, scrambled(all, rng)) // late
    const states = new Map(
      (await store.findRuns(runs.map(({ run }) => run.id))).map((run) => [run.id, run.state]),
    )
    for (const [index, one] of cases.entries()) {
      const histories = new Map(
        one.runs.map((entry) => {
          const count = entry.isLost ? (credited.get(entry.run.id) ?? 0) : Infinity
          return [entry.run.id as string, acceptedValues(entry, count, one.metric)]
        }),
      )
      const running = one.runs.map(({ run }) => run.id).filter((id) => states.get(id) === 'running')
      const expected = stoppedByRule(histories, running, one.isStrict)
      stoppedCount += expected.length
      const stops = (stopping: SweepStopping) =>
        running.filter((id) => stopping.rules.judge(id)?.outcome === 'stopped')
      expect(stops(one.stopping), `case ${from + index}`).toEqual(expected)
      if (index % 10 === 0)
        expect(stops(await restarted(store, one)), `case ${from + index}`).toEqual(expected)
    }
  }
  // The cases are what they are meant to be
  expect(stoppedCount).toBeGreaterThan(CASE_COUNT / 10)
  expect(lostCount).toBeGreaterThan(CASE_COUNT / 2)
})

/** As a new leader would read it: ended runs by their checks, open ones by their histories. */
async function restarted(store: SweepStore, { sweep, stopping, metric, runs }: Case): Promise<SweepStopping> {
  const { settings } = stopping
  const checks = runs.flatMap(({ run }) =>
    stopping.rules.rule.marksOf(run.id).map(({ band, value }): StopCheck => {
      const mark = metric.goal === 'maximize' ? -value : value
      const facts = { threshold: null, rank: 0, of: 0, outcome: 'kept', reason: '', at: SOME_TIME } as const
      return {
        runId: run.id as RunId,
        sweepId: sweep.id,
        rule: ruleName(settings),
        band,
        mark,
        value: mark,
        ...facts,
      }
    }),
  )
  await store.write((tx) => tx.saveStopChecks(checks))
  return (await loadSweepStopping(store, sweep, settings, metric)).stopping
}
