// What one poll of an agent that polls tells, with what is stored of the runs that it was given: which it holds, which have
// ended and how, and which it is to end.
import type { ClientRunRecord } from '../sweeps/client-run.ts'
import { STOP_PATIENCE_MS, endOfGone, isStopDue, stateOfHandout } from '../sweeps/handout.ts'
import type { HandoutMoment, HandoutRecord } from '../sweeps/handout.ts'
import type { Beat, Report, ReportBody } from '../sweeps/protocol.ts'
import { canRevive } from '../sweeps/run.ts'
import type { AttemptRecord, RunRecord } from '../sweeps/run.ts'

/** A hand-out with what is stored of it. */
export interface GivenRun {
  readonly handout: HandoutRecord
  readonly attempt: AttemptRecord
  readonly run: RunRecord
  /** null: no client of this attempt has spoken. */
  readonly client: ClientRunRecord | null
}

/** Gathered from the hand-outs one by one, the newest first. */
export class PollReading {
  readonly held: Beat['attempts'] = []
  readonly reports: Report[] = []
  readonly stops: string[] = []
  readonly marks: { readonly moment: HandoutMoment; readonly handout: HandoutRecord }[] = []
  readonly #known = new Set<string>()

  constructor(
    private readonly alive: ReadonlySet<string>,
    private readonly now: number,
  ) {}

  get isFree(): boolean {
    return this.alive.size === 0 && this.held.length === 0
  }

  take(given: GivenRun): void {
    const { attempt, run } = given
    // Of a run that came back to it, the process is the newest attempt's.
    const isAlive = this.alive.has(run.id) && !this.#known.has(run.id)
    this.#known.add(run.id)
    if (attempt.outcome === null) this.#takeOpen(given, isAlive)
    else if (isAlive) this.#takeOver(attempt, run)
  }

  /** Runs that nobody gave it, or that were erased. */
  stopStrangers(): void {
    for (const runId of this.alive) if (!this.#known.has(runId)) this.stops.push(runId)
  }

  #takeOpen(given: GivenRun, isAlive: boolean): void {
    const { handout, attempt, run, client } = given
    const state = stateOfHandout(handout, { isAlive, hasClient: client !== null, now: this.now })
    if (state === 'works') return this.#takeWorking(given)
    if (state === 'gone' || (state === 'awaited' && run.wish !== null)) {
      const isPreempting = client?.isPreempting ?? false
      return this.#end(attempt, endOfGone({ wish: run.wish, isPreempting }))
    }
    if (state === 'unstarted')
      return this.#end(attempt, {
        outcome: 'lost',
        reason: 'its agent was given the run and did not start it',
      })
    this.#hold(attempt, 'accepted')
  }

  #takeWorking({ handout, attempt, run, client }: GivenRun): void {
    if (handout.seenAt === null) this.marks.push({ moment: 'seenAt', handout })
    if (attempt.startedAt === null) this.#report(attempt, STARTED)
    this.#hold(attempt, 'running')
    if (run.wish === null) return
    if (handout.stopAskedAt === null) this.marks.push({ moment: 'stopAskedAt', handout })
    const askedAt = handout.stopAskedAt ?? this.now
    if (isStopDue(askedAt, { hasClient: client !== null }, this.now)) this.stops.push(run.id)
  }

  /** Its process lives on after its attempt has ended. */
  #takeOver(attempt: AttemptRecord, run: RunRecord): void {
    if (canRevive(run, attempt)) return this.#hold(attempt, 'running')
    const isSuperseded = attempt.outcome === 'lost' || attempt.outcome === 'recalled'
    const isEnding = attempt.endedAt !== null && this.now - attempt.endedAt < STOP_PATIENCE_MS
    const endedItself = attempt.outcome === 'finished' || attempt.outcome === 'failed'
    if (isSuperseded || !(isEnding || endedItself)) this.stops.push(run.id)
  }

  #hold({ runId, attempt, token }: AttemptRecord, state: 'accepted' | 'running'): void {
    this.held.push({ runId, attempt, token, state })
  }

  #end(attempt: AttemptRecord, { outcome, reason }: Pick<Ended, 'outcome' | 'reason'>): void {
    this.#report(attempt, { kind: 'ended', outcome, exitCode: null, signal: null, reason, stderrTail: null })
  }

  /** Decided from what is stored, so its number is the next one; said twice it counts once. */
  #report({ runId, attempt, token, reportSeq, host }: AttemptRecord, body: ReportBody): void {
    const said = body.kind === 'started' ? { ...body, host } : body
    this.reports.push({ runId, attempt, token, seq: reportSeq + 1, at: this.now, body: said })
  }
}

type Ended = Extract<ReportBody, { kind: 'ended' }>

/** It says neither its process's number nor when it started: that it lives is seen now. */
const STARTED: ReportBody = { kind: 'started', pid: null, host: '', slot: 0 }
