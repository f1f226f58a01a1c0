// The agent's own decisions: which jobs it takes, what it starts, what it tells the leader it holds, and how it
// leaves. Connections, files and processes are in the parts it is given.
//
// Phases:
//   working       takes jobs
//   draining      takes no more; what runs goes on to its end (back to working when a leader takes its order back)
//   handing back  everything held was asked to end (SIGTERM), its runs go back to the queue
//   killing       everything held got SIGKILL
//   leaving       nothing is held; the last reports go out
import { setTimeout as delay } from 'node:timers/promises'
import { AttemptJob, attemptKey } from '../sweeps/protocol.ts'
import type { Beat, Command } from '../sweeps/protocol.ts'
import type { Logger } from '../runtime/logger.ts'
import type { EmitEvent } from './agent-events.ts'
import { AttemptRunner } from './attempt-runner.ts'
import type { AttemptServices, Slot } from './attempt-runner.ts'
import type { BeatTimer } from './beats.ts'
import type { GpuState, GpuWatch } from './gpu-watch.ts'
import type { JobLeases } from './job-leases.ts'
import { JournalFullError } from './journal.ts'
import type { EndRequest, Journal } from './journal.ts'
import { describeFullDisk } from './preflight.ts'
import type { Reporter } from './reporter.ts'
import type { LimitReached, WorkLimits } from './work-limits.ts'

export type AgentPhase = 'working' | 'draining' | 'handing back' | 'killing' | 'leaving'

export interface AgentOptions {
  readonly slots: readonly Slot[]
  readonly sweepIds: readonly string[]
  readonly limits: WorkLimits
  /** Stays when its sweeps are over: they may be opened again. */
  readonly staysForever: boolean
  /** null: no GPUs are handed out, or they cannot be watched. */
  readonly gpuWatch: GpuWatch | null
  readonly leases: JobLeases
  readonly services: AttemptServices
  readonly log: Logger
  readonly register: () => Promise<void>
  /** Something went wrong that nobody foresaw: the process must not go on. */
  readonly onFatal: (error: unknown) => void
  /** Nothing is held and nothing will be: leave with this exit code. */
  readonly onIdle: (exitCode: number) => void
}

/** Jobs not taken: listed in beats until the leader has ended them. */
interface Refused {
  readonly runId: string
  readonly attempt: number
  readonly token: string
}

/** Between two looks at a slot that was set aside. */
const GPU_POLL_MS = 5_000

const DISK_FULL = 'the disk of the agent is full'
const LEASE_UNSURE = 'its lease may have run out before it could start'

const LooseJob = AttemptJob.pick({ runId: true, attempt: true, token: true })

export class Agent {
  phase: AgentPhase = 'working'
  private readonly journal: Journal
  private readonly emit: EmitEvent
  private readonly runners = new Map<string, AttemptRunner>()
  private readonly refused = new Map<string, Refused>()
  private readonly waiting: AttemptRunner[] = []
  private readonly freeSlots: Slot[]
  private readonly slotsAside = new Map<number, GpuState>()
  /** Attempts of the incarnation before that never ended: sent once more, never listed. */
  private readonly leftovers: readonly string[]
  private exitCode = 0
  /** It drains because a leader said so, and not because of a signal here. */
  private isToldToLeave = false
  private isDiskLow = false
  private isWaiting = false
  private reporter: Reporter | null = null
  private beats: BeatTimer | null = null

  constructor(private readonly options: AgentOptions) {
    this.journal = options.services.journal
    this.emit = options.services.emit
    this.freeSlots = [...options.slots]
    this.leftovers = [...this.journal.attempts()]
      .filter((attempt) => !attempt.hasEnded)
      .map((attempt) => attemptKey(attempt.runId, attempt.attempt))
  }

  connect(reporter: Reporter, beats: BeatTimer): void {
    this.reporter = reporter
    this.beats = beats
  }

  get heldCount(): number {
    return this.runners.size
  }

  /**
   * Journals a job that came by the mailbox; when it resolves the job is this agent's, or refused, or was known.
   * Never rejects for what the job holds.
   */
  async takeJob(data: unknown): Promise<void> {
    const parsed = AttemptJob.safeParse(data)
    if (!parsed.success) return this.takeUnreadableJob(data)
    const job = parsed.data
    const key = attemptKey(job.runId, job.attempt)
    const stop = this.journal.earlyStop(job.runId, job.attempt)
    if (stop !== null && this.journal.attempt(key) === undefined) return this.answerStopped(job, stop)
    if (job.attempt <= this.journal.highestAttempt(job.runId)) return // late or repeated: it never starts again
    if (this.phase !== 'working') return this.refuse(job, job.sweepId, 'the agent takes no more work')
    // Offered before the leader heard that this agent wants fewer: the count is exact.
    if (this.options.limits.hasTakenAll)
      return this.refuse(job, job.sweepId, 'the agent has taken as many runs as it was to')
    if (!this.options.leases.take(key, job.lease)) {
      this.options.leases.forget(key)
      return this.refuse(job, job.sweepId, LEASE_UNSURE)
    }
    const older = [...this.runners.values()].filter((runner) => runner.job.runId === job.runId)
    try {
      await this.journal.accept(job)
    } catch (error) {
      if (!(error instanceof JournalFullError)) throw error
      return this.refuse(job, job.sweepId, DISK_FULL)
    }
    this.options.limits.noteTaken()
    this.isWaiting = false
    const { services } = this.options
    const own = services.command === null ? job : { ...job, command: [...services.command] }
    const runner = new AttemptRunner(key, own, services)
    this.runners.set(key, runner)
    void runner.over.then(() => this.release(runner))
    this.beats?.hurry()
    for (const other of older) this.drop(other, 'superseded')
    // Asked to leave while the job was being written: it goes back like everything else.
    if (this.phase !== 'working') await this.handBack(runner)
  }

  /** The job is out of the mailbox: its process may start. */
  startJob(key: string): void {
    const runner = this.runners.get(key)
    if (runner === undefined || runner.state !== 'accepted' || this.waiting.includes(runner)) return
    this.waiting.push(runner)
    this.startWaiting()
  }

  /** What the next beat says. */
  describeBeat(): Omit<Beat, 'number'> {
    this.journal.recover()
    this.lookAtDisk()
    const attempts: Beat['attempts'] = []
    for (const { runId, attempt, token, hasEnded } of this.journal.attempts()) {
      const key = attemptKey(runId, attempt)
      if (this.refused.has(key)) continue
      const runner = this.runners.get(key)
      if (hasEnded) attempts.push({ runId, attempt, token, state: 'ended' })
      else if (runner !== undefined) attempts.push({ runId, attempt, token, state: runner.state })
    }
    for (const ref of this.refused.values()) attempts.push({ ...ref, state: 'refused' })
    const capacity = this.capacity()
    return {
      capacity,
      freeSlots: Math.max(0, Math.min(this.options.slots.length, capacity) - this.runners.size),
      sweepIds: [...this.options.sweepIds],
      attempts,
      leaving: this.phase === 'leaving',
    }
  }

  /** Behind the first beat: the leader has ended what it did not list, so nothing of it is sent any more. */
  forgetLeftovers(): void {
    for (const key of this.leftovers) this.reporter?.forget(key)
  }

  async carryOut(command: Command): Promise<void> {
    switch (command.type) {
      case 'stored':
        for (const { runId, attempt, seq } of command.items) {
          const key = attemptKey(runId, attempt)
          this.reporter?.stored(key, seq)
          this.options.services.provenance.stored(key, seq)
          if (this.journal.attempt(key) === undefined) this.refused.delete(key)
        }
        return
      case 'disowned':
        return this.disown(command.runId, command.attempt, command.verdict)
      case 'stop':
        return this.stop(command.runId, command.attempt, { how: command.how, reason: command.reason })
      case 'leave':
        return this.leave(command)
      case 'stay':
        return this.stay()
      case 'register':
        return this.options.register()
      case 'sweepEnded':
        return this.journal.sweepEnded(command.sweepId)
    }
  }

  /** To be called now and then: leaves when a limit of its own is reached. */
  checkLimits(): void {
    const reached = this.phase === 'working' || this.phase === 'draining' ? this.reachedLimit() : null
    if (reached?.kind === 'leave') this.drain(0, reached.reason, null)
    if (reached?.kind === 'hand back') this.handBackAll(75, null)
  }

  private reachedLimit(): LimitReached | null {
    return this.options.limits.reached(this.runners.size)
  }

  private leave({ why, reason, hasGivenUp }: Command & { type: 'leave' }): void {
    if (why === 'done' && this.options.staysForever) return this.waitForWork(reason)
    if (hasGivenUp === true && this.phase === 'working') this.emit({ event: 'agent.gave_up', reason })
    this.isToldToLeave ||= this.phase === 'working' && why === 'told'
    this.drain(why === 'done' ? 0 : hasGivenUp === true ? 20 : 21, reason, null)
  }

  /** Its sweeps are over; it was started to stay. Told at every beat, said once. */
  private waitForWork(reason: string): void {
    if (this.isWaiting || this.phase !== 'working') return
    this.isWaiting = true
    const text = `Nothing is left to do (${reason}); it waits for more.`
    this.emit({ event: 'agent.notice', code: 'waiting', text })
  }

  /** A person took the order to leave back before the last run had ended. */
  private stay(): void {
    if (this.phase !== 'draining' || !this.isToldToLeave) return
    this.isToldToLeave = false
    this.exitCode = 0
    this.phase = 'working'
    const text = 'The order to leave was taken back: it takes work again.'
    this.emit({ event: 'agent.notice', code: 'staying', text })
    this.beats?.now()
  }

  /** Takes no more work and leaves when nothing is held. */
  drain(exitCode: number, reason: string, next: string | null): void {
    // A press while the leader's own `leave` is being followed only says what the next one does.
    if (this.phase !== 'working' && !(this.phase === 'draining' && next !== null)) return
    if (this.phase === 'working') this.exitCode = exitCode
    else this.isToldToLeave = false // now it was also asked here
    this.phase = 'draining'
    this.emit({ event: 'agent.draining', reason, heldCount: this.runners.size, next })
    this.beats?.now() // before any end: a slot that is free in a report would be filled again
    for (const runner of this.runners.values()) if (runner.state === 'accepted') void this.handBack(runner)
    this.leaveWhenIdle()
  }

  /** SIGTERM to everything held; its runs go back to the queue. */
  handBackAll(exitCode: number, next: string | null): void {
    if (this.phase !== 'working' && this.phase !== 'draining') return
    this.exitCode = exitCode
    this.phase = 'handing back'
    this.emit({ event: 'agent.ending', how: 'hand back', heldCount: this.runners.size, next })
    this.beats?.now()
    for (const runner of this.runners.values()) void this.handBack(runner)
    this.leaveWhenIdle()
  }

  /** SIGKILL to everything held. @returns whether it was still to be done */
  killAll(exitCode: number): boolean {
    if (this.phase === 'killing' || this.phase === 'leaving') return false
    this.exitCode = exitCode
    this.phase = 'killing'
    this.emit({ event: 'agent.ending', how: 'kill', heldCount: this.runners.size, next: null })
    for (const runner of this.runners.values()) void this.handBack(runner).then(() => runner.kill())
    this.leaveWhenIdle()
    return true
  }

  /** Without any bookkeeping: for an agent that can no longer trust its journal. */
  killProcesses(): void {
    for (const runner of this.runners.values()) runner.kill()
  }

  private lookAtDisk(): void {
    const found = this.options.services.findFullDisk()
    if (found !== null && !this.isDiskLow)
      this.emit({ event: 'agent.notice', code: 'disk_low', text: describeFullDisk(found) })
    if (found === null && this.isDiskLow)
      this.emit({ event: 'agent.notice', code: 'disk_ok', text: 'There is room on the disk again.' })
    this.isDiskLow = found !== null
  }

  private capacity(): number {
    if (this.phase !== 'working' || this.journal.isFull || this.isDiskLow) return 0
    const { limits, slots } = this.options
    return Math.min(slots.length - this.slotsAside.size, limits.room + this.runners.size)
  }

  private startWaiting(): void {
    while (this.freeSlots.length > 0) {
      const runner = this.waiting.find((candidate) => !this.hasOlderHeld(candidate))
      if (runner === undefined) return
      this.waiting.splice(this.waiting.indexOf(runner), 1)
      if (runner.state !== 'accepted') continue
      const slot = this.freeSlots.shift()
      if (slot === undefined) return
      this.startIn(slot, runner).catch(this.options.onFatal)
    }
  }

  /** Trains in the slot and gives it back; a slot whose GPUs cannot be used is set aside, and the run goes back. */
  private async startIn(slot: Slot, runner: AttemptRunner): Promise<void> {
    const { gpuWatch } = this.options
    const state = gpuWatch === null ? 'ready' : await gpuWatch.check(slot.index)
    if (state === 'ready') {
      if (runner.state === 'accepted') await this.startSure(slot, runner)
    } else {
      await this.setAside(slot, state, runner)
    }
    this.freeSlots.push(slot)
    this.freeSlots.sort((a, b) => a.index - b.index)
    this.startWaiting()
  }

  /** A job whose lease may have run out while it waited goes back: its run may be at work elsewhere. */
  private async startSure(slot: Slot, runner: AttemptRunner): Promise<void> {
    if (this.options.leases.isSure(runner.key)) await runner.run(slot)
    else await this.handBack(runner, LEASE_UNSURE)
  }

  /** Until its GPUs can be used again. */
  private async setAside(slot: Slot, state: GpuState, runner: AttemptRunner): Promise<void> {
    this.slotsAside.set(slot.index, state)
    const devices = slot.devices ?? ''
    const text =
      state === 'gone'
        ? `GPU ${devices} does not answer: slot ${slot.index} takes no runs.`
        : `Memory of GPU ${devices} is still held after its run: slot ${slot.index} takes none before it is free.`
    this.emit({ event: 'agent.notice', code: state === 'gone' ? 'gpu_gone' : 'gpu_held', text })
    this.beats?.now()
    if (runner.state === 'accepted') await this.handBack(runner, `GPU ${devices} cannot be used`)
    if (this.slotsAside.size === this.options.slots.length && this.areAllGone()) {
      const reason = 'None of its GPUs answers. Its runs went back to the queue.'
      this.leave({ type: 'leave', why: 'told', reason, hasGivenUp: true })
    }
    while (this.phase === 'working' && (await this.options.gpuWatch?.check(slot.index)) !== 'ready')
      await delay(GPU_POLL_MS, undefined, { ref: false })
    if (!this.slotsAside.delete(slot.index) || this.phase !== 'working') return
    const back = `GPU ${devices} can be used again: slot ${slot.index} takes runs.`
    this.emit({ event: 'agent.notice', code: 'gpu_ok', text: back })
    this.beats?.now()
  }

  private areAllGone(): boolean {
    return [...this.slotsAside.values()].every((state) => state === 'gone')
  }

  /** Two attempts of a run share its checkpoints: the older one's processes are gone before the newer one starts. */
  private hasOlderHeld(runner: AttemptRunner): boolean {
    for (const other of this.runners.values()) {
      if (other.job.runId === runner.job.runId && other.job.attempt < runner.job.attempt) return true
    }
    return false
  }

  private release(runner: AttemptRunner): void {
    const { limits } = this.options
    this.runners.delete(runner.key)
    this.options.leases.forget(runner.key)
    const at = this.waiting.indexOf(runner)
    if (at >= 0) this.waiting.splice(at, 1)
    if (runner.hasNoRoom) void this.guard(this.giveBack(runner.job))
    if (runner.durationMs !== null && runner.hasRunToItsEnd) limits.noteEnded(runner.durationMs)
    if (this.runners.size === 0) limits.noteIdle()
    if (limits.hasTakenAll)
      this.beats?.now() // before the end is reported: the slot would be filled again
    else this.beats?.hurry()
    this.startWaiting()
    this.leaveWhenIdle()
  }

  /** It was accepted and finds no room for its files. */
  private giveBack(job: AttemptJob): Promise<void> {
    this.options.limits.noteGivenBack()
    this.journal.noteFull()
    return this.refuse(job, job.sweepId, DISK_FULL)
  }

  private leaveWhenIdle(): void {
    if (this.runners.size > 0 || this.phase === 'leaving') return
    if (this.phase === 'working' && !this.options.limits.hasTakenAll) return
    this.phase = 'leaving'
    this.options.onIdle(this.exitCode)
  }

  private async handBack(runner: AttemptRunner, reason = 'the agent was asked to leave'): Promise<void> {
    if (runner.state === 'accepted') this.options.limits.noteGivenBack()
    await this.guard(runner.end({ how: 'preempt', reason }))
  }

  private async stop(runId: string, attempt: number, request: EndRequest): Promise<void> {
    const runner = this.runners.get(attemptKey(runId, attempt))
    if (runner !== undefined) return runner.end(request)
    // Ended or outdated: its end, or the beat that does not list it, is the answer.
    if (attempt <= this.journal.highestAttempt(runId)) return
    await this.journal.stopBeforeJob(runId, attempt, request)
  }

  private disown(runId: string, attempt: number, verdict: 'unknown' | 'superseded'): void {
    const key = attemptKey(runId, attempt)
    this.refused.delete(key)
    const runner = this.runners.get(key)
    if (runner === undefined) this.reporter?.forget(key)
    else this.drop(runner, verdict)
  }

  /** Ends a held attempt that is another's by now; nothing more is sent of it. */
  private drop(runner: AttemptRunner, verdict: 'unknown' | 'superseded'): void {
    const { runId, attempt } = runner.job
    this.options.services.provenance.forget(runner.key)
    this.emit({ event: 'run.disowned', runId, attempt, slot: null, verdict })
    this.reporter?.forget(runner.key)
    void this.guard(runner.disown())
  }

  /** A stop came before the job: now that its token is here, it is answered as ended. */
  private async answerStopped(job: AttemptJob, stop: EndRequest): Promise<void> {
    const { runId, attempt, token, sweepId } = job
    await this.journal.takeUnaccepted({ runId, attempt, token, sweepId })
    const outcome = stop.how === 'early' ? 'stopped' : 'cancelled'
    await this.reportUnaccepted(attemptKey(runId, attempt), outcome, stop.reason)
  }

  /** Its run goes elsewhere, at once: the beat lists it as refused, and a report ends it. */
  private async refuse(ref: Refused, sweepId: string | null, reason: string): Promise<void> {
    const { runId, attempt, token } = ref
    const key = attemptKey(runId, attempt)
    this.refused.set(key, { runId, attempt, token })
    this.emit({ event: 'run.refused', runId, attempt, slot: null, reason })
    this.beats?.hurry()
    try {
      await this.journal.takeUnaccepted({ runId, attempt, token, sweepId })
      await this.reportUnaccepted(key, 'recalled', reason)
    } catch (error) {
      if (!(error instanceof JournalFullError)) throw error // not even the reserve: the beat alone tells
    }
  }

  private async reportUnaccepted(
    key: string,
    outcome: 'stopped' | 'cancelled' | 'recalled',
    reason: string,
  ): Promise<void> {
    const end = { exitCode: null, signal: null, reason: reason.slice(0, 2000), stderrTail: null }
    await this.journal.report(key, { kind: 'ended', outcome, ...end }, this.options.services.clock.now())
    this.reporter?.wake()
  }

  private async takeUnreadableJob(data: unknown): Promise<void> {
    const loose = LooseJob.safeParse(data)
    const text = 'A job could not be read. Controller and agent may be of different versions.'
    this.emit({ event: 'agent.notice', code: 'job_unreadable', text })
    if (!loose.success) return
    if (loose.data.attempt <= this.journal.highestAttempt(loose.data.runId)) return
    await this.refuse(loose.data, null, 'the agent cannot read the job')
  }

  private async guard(work: Promise<void>): Promise<void> {
    try {
      await work
    } catch (error) {
      this.options.onFatal(error)
    }
  }
}
