// The one judge of the kill tests: compares what the controller says (runs, attempts, history) with what the
// training scripts wrote (the ledger) and names every broken invariant. Pure; it knows no process and no server.
//
//   I1  unique          every cell is exactly one run
//   I2  one owner       attempts count 1, 2, 3, ...; they start in that order, each at most once; none works on
//                       for more than a lease beside its successor
//   I3  nothing lost    the history of a run is complete: every step of the attempt that finished, once
//   I4  nothing invented  every stored value was reported by that (run, attempt), and is the right one for its config
//   I5  cap             never more runs than run_cap, and exactly that many at the end
//   I6  grid complete   no cell is missing, every run is finished
//
// I7 (terminal is final) is part of I2 here: an attempt that follows one that finished or failed is named there. What
// has other evidence is found where that is: I10 (recovery in time), I11 (clean host) and I13 (no secret) in
// scene.ts, I8 and I9 by tests of their own (docs/reliability.md).
import { cellKey, expectedLoss, expectedValue } from './ledger.ts'
import type { CellConfig, Ledger, LedgerLine } from './ledger.ts'

/** RUN of interfaces.md, as far as it is judged here. */
export interface RunView {
  readonly id: string
  readonly state: string
  readonly config: CellConfig
  readonly value: number | string | null
  readonly summary: Readonly<Record<string, { readonly last: number | string | null }>>
  readonly attempt: number
  readonly attempts: readonly AttemptView[]
}

export interface AttemptView {
  readonly attempt: number
  readonly agentId: string
  readonly startedAt: string | null
  readonly endedAt: string | null
  readonly outcome: string | null
  readonly exitCode: number | null
  readonly signal?: string | null
}

/** A line of `sweep export --what history`. */
export interface HistoryPoint {
  readonly runId: string
  readonly attempt: number
  readonly step: number
  readonly metric: string
  readonly value: number | string
}

export interface Evidence {
  readonly cells: readonly CellConfig[]
  readonly steps: number
  readonly leaseMs: number
  readonly runs: readonly RunView[]
  readonly history: readonly HistoryPoint[]
  readonly ledger: Ledger
  /** `<run>-<attempt>` whose process the test itself ended: these may have failed by that signal. @default none */
  readonly endedByTest?: ReadonlySet<string>
  /** @default as many runs as cells */
  readonly runCap?: number
  /** How long an attempt may work on beside its successor. @default leaseMs */
  readonly overlapLimitMs?: number
  /** Agents (CHAOS_AGENT) on which every training fails: a failed attempt of theirs may be followed by another. */
  readonly badAgents?: ReadonlySet<string>
  /** An agent's disk was full: metrics may be missing, none may be wrong. @default false */
  readonly mayDropMetrics?: boolean
}

export interface Violation {
  readonly invariant: 'I1' | 'I2' | 'I3' | 'I4' | 'I5' | 'I6' | 'I9' | 'I10' | 'I11' | 'I13' | 'ledger'
  /** Of I4: a run counts as finished whose script did not get to its end. */
  readonly isFalseSuccess?: true
  readonly runId: string | null
  readonly message: string
}

/** Two attempts of one run that were at work at the same time. */
export interface Overlap {
  readonly runId: string
  readonly attempt: number
  readonly overlapMs: number
}

export interface Verdict {
  readonly violations: readonly Violation[]
  readonly overlaps: readonly Overlap[]
}

export function judge(evidence: Evidence): Verdict {
  const overlaps: Overlap[] = []
  const linesByRun = groupBy(evidence.ledger.lines, (line) => line.runId)
  const historyByRun = groupBy(evidence.history, (point) => point.runId)
  const violations: Violation[] = [
    ...judgeLedgerText(evidence),
    ...judgeCells(evidence),
    ...judgeCap(evidence),
    ...evidence.runs.flatMap((run) => {
      const lines = linesByRun.get(run.id) ?? []
      const found = findOverlaps(run, lines)
      overlaps.push(...found)
      return [
        ...judgeAttemptNumbers(run),
        ...judgeOutcomes(run, lines, evidence),
        ...judgeStarts(run, lines),
        ...(wasEndedByTest(run, evidence) ? [] : judgeValues(run, lines, evidence)),
        ...judgeHistory(run, historyByRun.get(run.id) ?? [], evidence),
        ...judgeOverlaps(run, found, evidence.overlapLimitMs ?? evidence.leaseMs),
      ]
    }),
    ...judgeStrangers(evidence),
  ]
  return { violations, overlaps }
}

function judgeLedgerText({ ledger }: Evidence): Violation[] {
  return ledger.unreadable.map((line) => ({
    invariant: 'ledger',
    runId: null,
    message: `unreadable line: ${line.slice(0, 200)}`,
  }))
}

function judgeCap({ runs, runCap }: Evidence): Violation[] {
  if (runCap === undefined || runs.length === runCap) return []
  return [{ invariant: 'I5', runId: null, message: `${runs.length} runs, and run_cap is ${runCap}` }]
}

/** The test ended the process of its last attempt, and it failed by that. */
function wasEndedByTest(run: RunView, { endedByTest }: Evidence): boolean {
  return run.state === 'failed' && endedByTest?.has(`${run.id}-${run.attempt}`) === true
}

function wasOnBadAgent(attempt: number, lines: readonly LedgerLine[], { badAgents }: Evidence): boolean {
  return lines.some(
    (line) => line.event === 'start' && line.attempt === attempt && badAgents?.has(line.agent ?? '') === true,
  )
}

function judgeCells({ cells, runs, runCap = cells.length }: Evidence): Violation[] {
  const violations: Violation[] = []
  let mayBeMissing = cells.length - runCap
  const runsByCell = groupBy(runs, (run) => cellKey(run.config))
  for (const cell of cells) {
    const found = runsByCell.get(cellKey(cell)) ?? []
    if (found.length === 0 && mayBeMissing-- <= 0) {
      violations.push({ invariant: 'I6', runId: null, message: `cell ${cellKey(cell)} has no run` })
    }
    for (const extra of found.slice(1)) {
      violations.push({ invariant: 'I1', runId: extra.id, message: `cell ${cellKey(cell)} has another run` })
    }
    runsByCell.delete(cellKey(cell))
  }
  for (const [key, strangers] of runsByCell) {
    for (const run of strangers) {
      violations.push({ invariant: 'I1', runId: run.id, message: `${key} is no cell of the grid` })
    }
  }
  return violations
}

function judgeAttemptNumbers(run: RunView): Violation[] {
  const numbers = run.attempts.map((attempt) => attempt.attempt)
  const isCounted = numbers.every((number, index) => number === index + 1)
  if (isCounted && numbers.length > 0 && run.attempt === numbers.length) return []
  return [
    {
      invariant: 'I2',
      runId: run.id,
      message: `attempts are numbered ${numbers.join(', ') || 'not at all'}, the run's latest is ${run.attempt}`,
    },
  ]
}

/** Exactly the last attempt finished, with exit code 0; the ones before it were lost, recalled or handed back. */
function judgeOutcomes(run: RunView, lines: readonly LedgerLine[], evidence: Evidence): Violation[] {
  const violations: Violation[] = []
  const add = (invariant: Violation['invariant'], message: string) =>
    void violations.push({ invariant, runId: run.id, message })
  const hasFailedByTest = wasEndedByTest(run, evidence)
  if (run.state !== 'finished' && !hasFailedByTest) add('I6', `is ${run.state}, not finished`)
  run.attempts.forEach((attempt, index) => {
    const isLast = index === run.attempts.length - 1
    const has = (event: LedgerLine['event']) =>
      lines.some((line) => line.event === event && line.attempt === attempt.attempt)
    const name = `attempt ${attempt.attempt}`
    if (attempt.outcome === null) add('I6', `${name} is still open`)
    else if (isLast && hasFailedByTest) {
      if (attempt.outcome !== 'failed' || attempt.signal !== 'SIGKILL')
        add('I4', `${name} was killed, and ended ${attempt.outcome} by ${attempt.signal}`)
    } else if (isLast && attempt.outcome !== 'finished')
      add('I6', `${name}, the last, ended ${attempt.outcome}`)
    else if (!isLast && attempt.outcome === 'failed' && wasOnBadAgent(attempt.attempt, lines, evidence)) {
      // its quarantine gave the configuration back
    } else if (!isLast && !['lost', 'recalled', 'preempted'].includes(attempt.outcome)) {
      add('I2', `${name} ended ${attempt.outcome}, and another attempt followed`)
    }
    if (attempt.outcome === 'finished') {
      const falseSuccess = (message: string) =>
        void violations.push({ invariant: 'I4', isFalseSuccess: true, runId: run.id, message })
      if (!has('end')) falseSuccess(`${name} is finished, and the ledger has no end of it`)
      if (attempt.exitCode !== 0) falseSuccess(`${name} is finished with exit code ${attempt.exitCode}`)
      if (attempt.startedAt === null) add('I4', `${name} is finished and never started`)
    }
    if (attempt.outcome === 'recalled' && has('start')) add('I2', `${name} was recalled, and it did start`)
  })
  return violations
}

/** Each attempt starts at most once, with the run's config, known to the controller, and in the order of numbers. */
function judgeStarts(run: RunView, lines: readonly LedgerLine[]): Violation[] {
  const violations: Violation[] = []
  let latest: LedgerLine | null = null
  const seen = new Set<number>()
  for (const line of lines) {
    if (line.event !== 'start') continue
    const add = (invariant: Violation['invariant'], message: string) =>
      void violations.push({ invariant, runId: run.id, message: `attempt ${line.attempt} ${message}` })
    if (seen.has(line.attempt)) add('I2', 'started twice')
    if (!run.attempts.some((attempt) => attempt.attempt === line.attempt))
      add('I4', 'started, and nobody offered it')
    if (latest !== null && line.attempt < latest.attempt) add('I2', `started after attempt ${latest.attempt}`)
    if (cellKey(line.config) !== cellKey(run.config))
      add('I4', `was given another config: ${cellKey(line.config)}`)
    seen.add(line.attempt)
    latest = line
  }
  return violations
}

function judgeValues(run: RunView, lines: readonly LedgerLine[], evidence: Evidence): Violation[] {
  const wanted = expectedValue(run.config)
  const end = lines.find((line) => line.event === 'end' && line.attempt === run.attempt)
  const recorded = [
    { what: 'its value', value: run.value },
    { what: 'the last loss', value: run.summary['loss']?.last ?? null },
    {
      what: 'the attempt that made it',
      value: run.summary['from_attempt']?.last ?? null,
      wanted: run.attempt,
    },
    ...(end?.event === 'end' ? [{ what: 'the value in the ledger', value: end.value }] : []),
  ]
  return recorded
    .filter((entry) => entry.value !== (entry.wanted ?? wanted))
    .filter((entry) => !(evidence.mayDropMetrics === true && isOfSomeStep(entry.value, run, evidence.steps)))
    .map((entry) => ({
      invariant: 'I4',
      runId: run.id,
      message: `${entry.what} is ${entry.value}, not ${entry.wanted ?? wanted}`,
    }))
}

/** What is left when later steps were dropped: nothing, or what an earlier step reported. */
function isOfSomeStep(value: number | string | null, run: RunView, steps: number): boolean {
  if (value === null) return true
  return Array.from({ length: steps }, (_, index) => expectedLoss(run.config, index + 1, steps)).includes(
    Number(value),
  )
}

/** The scripts start from step 1 at each attempt: what counts is the last attempt's rows, all of them, once. */
function judgeHistory(run: RunView, points: readonly HistoryPoint[], evidence: Evidence): Violation[] {
  const { steps } = evidence
  const violations: Violation[] = []
  const stepsSeen = new Map<string, number[]>()
  for (const point of points) {
    const wanted =
      point.metric === 'loss'
        ? expectedLoss(run.config, point.step, steps)
        : point.metric === 'from_attempt'
          ? point.attempt
          : undefined
    if (point.value !== wanted || point.attempt !== run.attempt) {
      violations.push({
        invariant: 'I4',
        runId: run.id,
        message: `step ${point.step} of attempt ${point.attempt}: ${point.metric} is ${point.value}, not ${wanted} of attempt ${run.attempt}`,
      })
    }
    stepsSeen.set(point.metric, [...(stepsSeen.get(point.metric) ?? []), point.step])
  }
  const wantedSteps = Array.from({ length: steps }, (_, index) => index + 1).join(',')
  for (const metric of ['loss', 'from_attempt']) {
    const seen = (stepsSeen.get(metric) ?? []).sort((left, right) => left - right).join(',')
    const mayMiss = evidence.mayDropMetrics === true || wasEndedByTest(run, evidence)
    const isRepeated = new Set(stepsSeen.get(metric)).size !== (stepsSeen.get(metric) ?? []).length
    if (seen !== wantedSteps && (!mayMiss || isRepeated)) {
      violations.push({
        invariant: 'I3',
        runId: run.id,
        message: `${metric} has steps ${seen || 'none'}, not ${wantedSteps}`,
      })
    }
  }
  return violations
}

/** An attempt was at work until its last line; whatever of that lies after its successor's start is an overlap. */
function findOverlaps(run: RunView, lines: readonly LedgerLine[]): Overlap[] {
  const starts = lines.filter((line) => line.event === 'start')
  return starts.flatMap((start) => {
    const successors = starts.filter((other) => other.attempt > start.attempt).map((other) => other.at)
    const lastSeen = Math.max(
      ...lines.filter((line) => line.attempt === start.attempt).map((line) => line.at),
    )
    const overlapMs = lastSeen - Math.min(...successors)
    return overlapMs > 0 ? [{ runId: run.id, attempt: start.attempt, overlapMs }] : []
  })
}

function judgeOverlaps(run: RunView, overlaps: readonly Overlap[], leaseMs: number): Violation[] {
  return overlaps
    .filter((overlap) => overlap.overlapMs > leaseMs)
    .map((overlap) => ({
      invariant: 'I2',
      runId: run.id,
      message: `attempt ${overlap.attempt} worked on for ${overlap.overlapMs} ms beside its successor`,
    }))
}

/** Work of runs that the controller does not know. */
function judgeStrangers({ runs, history, ledger }: Evidence): Violation[] {
  const known = new Set(runs.map((run) => run.id))
  const strangers = new Set(
    [...history, ...ledger.lines].map((entry) => entry.runId).filter((id) => !known.has(id)),
  )
  return [...strangers].map((runId) => ({
    invariant: 'I4',
    runId,
    message: 'worked or recorded, and the sweep has no such run',
  }))
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const key = keyOf(item)
    const group = groups.get(key)
    if (group) group.push(item)
    else groups.set(key, [item])
  }
  return groups
}
