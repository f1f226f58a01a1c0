// One attempt from its acceptance to its journaled end. States:
//   accepted  journaled, waits for a slot or for the spawn
//   running   its process was spawned
//   ended     its end is journaled and nothing of it is left on this machine
// `end` and `disown` may come at any moment; what they do to the outcome is decided by what came first: the request
// in the journal, or the exit.
import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { SweepError } from '../sweeps/errors.ts'
import type { AttemptJob, MetricRow, ReportBody } from '../sweeps/protocol.ts'
import type { Clock } from '../runtime/clock.ts'
import { redactWords } from '../runtime/redact-secrets.ts'
import type { AgentFolder } from './agent-folder.ts'
import type { EmitEvent } from './agent-events.ts'
import { Surroundings } from './attempt-surroundings.ts'
import type { SurroundingsServices } from './attempt-surroundings.ts'
import { isDiskFull } from './journal.ts'
import type { EndRequest, Journal } from './journal.ts'
import { LogCapture } from './log-capture.ts'
import { checkProgram } from './preflight.ts'
import type { DiskLook } from './preflight.ts'
import type { Reaper } from './reaper.ts'
import { ReportBuffer } from './report-buffer.ts'
import { MetricRows } from './report-sources/metric-rows.ts'
import type { Notice } from './report-sources/metric-rows.ts'
import { MetricsFile } from './report-sources/metrics-file.ts'
import type { ReportAddress, ReportServer } from './report-sources/report-server.ts'
import { StdoutLines } from './report-sources/stdout-lines.ts'
import { RunMetric } from './run-metric.ts'
import { TimeLimits } from './time-limits.ts'
import { COOKIE_NAME, cgroupPrefix, prepareTraining } from './training-environment.ts'
import type { TrainingEnvironment } from './training-environment.ts'
import { askSilenceOfWandb } from './wandb-environment.ts'
import { SpawnError, TrainingProcess } from './training-process.ts'
import type { ProcessExit } from './training-process.ts'

/** What all attempts of an agent share. */
export interface AttemptServices extends SurroundingsServices {
  readonly agentId: string
  readonly host: string
  /** The controller's address. */
  readonly server: string
  readonly cwd: string
  /** Run in place of the sweep's command; null: that is run. */
  readonly command: readonly string[] | null
  /** Folder with our package `wandb`; null: trainings get the one that is installed. */
  readonly asWandb: string | null
  readonly dataDirectory: string
  readonly environment: NodeJS.ProcessEnv
  readonly folder: AgentFolder
  readonly journal: Journal
  readonly reaper: Reaper
  readonly reportServer: ReportServer
  readonly clock: Clock
  readonly emit: EmitEvent
  /** A report is in the journal. */
  readonly onReport: () => void
  /** The disk that has no room for a run's files, if there is one. */
  readonly findFullDisk: () => DiskLook | null
}

/** A slot of the agent with the GPUs it shows. */
export interface Slot {
  readonly index: number
  readonly devices: string | null
}

type Ended = ReportBody & { kind: 'ended' }

const OUTCOMES = { early: 'stopped', cancel: 'cancelled', preempt: 'preempted', timeout: 'failed' } as const

export class AttemptRunner {
  state: 'accepted' | 'running' | 'ended' = 'accepted'
  /** It never started and was not reported to end: the disk has no room for its files. The run goes back. */
  hasNoRoom = false
  /** Resolves when it has ended, whatever way. */
  readonly over: Promise<void>
  private readonly markOver: () => void
  private readonly buffer: ReportBuffer
  private readonly rows: MetricRows
  private readonly cookie: string
  private readonly metric: RunMetric
  private process: TrainingProcess | null = null
  private controlFile: string | null = null
  private hasExited = false
  /** From the spawn to the end; null before, and when it was never spawned. */
  durationMs: number | null = null
  /** It finished: how long that took says how long others take. */
  hasRunToItsEnd = false
  private isDisowned = false
  private isStarted = false
  private slot: Slot | null = null
  private timeLimits: TimeLimits | null = null
  private spawnedAtMs: number | null = null

  constructor(
    readonly key: string,
    readonly job: AttemptJob,
    private readonly services: AttemptServices,
  ) {
    const { journal, clock, onReport, agentId } = services
    let markOver = () => {}
    this.over = new Promise((resolve) => (markOver = resolve))
    this.markOver = markOver
    this.cookie = `${COOKIE_NAME}=${agentId}.${key}`
    this.buffer = new ReportBuffer({ key, journal, onReport, now: clock.now })
    this.metric = new RunMetric(job.metric)
    this.rows = new MetricRows({
      now: clock.now,
      onRow: (row) => this.takeRow(row),
      onNotice: (notice) => this.takeNotice(notice),
    })
  }

  /** Trains in this slot; resolves with `over`. Call once. */
  async run(slot: Slot): Promise<void> {
    this.slot = slot
    this.isStarted = true
    try {
      if (!this.mayStart()) return
      if (this.services.findFullDisk() !== null) {
        this.hasNoRoom = true
        return
      }
      await this.services.journal.starting(this.key)
      if (!this.mayStart()) return
      await this.train(slot)
    } catch (error) {
      // A full disk is the machine's fault, and would fail one run after the other.
      if (this.process === null && isDiskFull(error) && this.mayStart()) this.hasNoRoom = true
      // A command that cannot be built or started fails its run; the agent lives.
      else await this.failStart(slot, error)
    } finally {
      if (this.process === null && !this.isDisowned) await this.endWithoutStart()
      this.finishUp()
    }
  }

  /** Ends the attempt for this reason; the first request names the end, unless the exit was seen before. */
  async end(request: EndRequest): Promise<void> {
    if (this.hasExited || this.state === 'ended' || this.isDisowned) return
    await this.services.journal.request(this.key, request)
    this.writeControlFile(request)
    this.process?.terminate(this.job.graceMs)
    if (!this.isStarted) await this.endUnstarted()
  }

  /** SIGKILL now; after `end`, or the kill counts as a failure. */
  kill(): void {
    this.process?.kill()
  }

  /** The attempt belongs to another: its process ends, nothing more is reported. */
  async disown(): Promise<void> {
    if (this.isDisowned) return
    this.isDisowned = true
    this.writeControlFile({ how: 'cancel', reason: 'this attempt was given to another agent' })
    this.process?.terminate(this.job.graceMs)
    if (!this.isStarted) this.finishUp()
    await this.over
  }

  private mayStart(): boolean {
    return !this.isDisowned && (this.services.journal.attempt(this.key)?.request ?? null) === null
  }

  private async train(slot: Slot): Promise<void> {
    const { services, job } = this
    const runFolder = services.folder.runFolder(this.key)
    const address = services.reportServer.register(this.rows)
    let file: MetricsFile | null = null
    try {
      const world = prepareTraining({
        job,
        cwd: services.cwd,
        dataDirectory: services.dataDirectory,
        runFolder,
        cookieValue: this.cookie.slice(COOKIE_NAME.length + 1),
        reportUrl: address.url,
        runToken: address.token,
        devices: slot.devices,
        server: services.server,
        asWandb: services.asWandb,
        inherited: services.environment,
      })
      this.controlFile = world.controlFile
      checkProgram(job, world.argv, services.cwd)
      if (world.warnings.length > 0) this.rows.notice('command_warning', world.warnings.join(' '))
      await services.reaper.learn(this.cookie)
      if (!this.mayStart()) return
      file = new MetricsFile({ path: world.metricsFile, rows: this.rows })
      await this.spawnAndWait(slot, world, file, address)
    } finally {
      address.unregister()
      await file?.finish()
      await services.reaper.forget(this.cookie)
      rmSync(runFolder, { recursive: true, force: true })
    }
  }

  private async spawnAndWait(
    slot: Slot,
    world: TrainingEnvironment,
    file: MetricsFile,
    address: ReportAddress,
  ): Promise<void> {
    const { services, job } = this
    const stdout = new StdoutLines(this.rows)
    const log = new LogCapture({
      onChunk: (stream, text) => this.buffer.add({ kind: 'log', stream, text }),
      onNotice: (notice) => this.takeNotice(notice),
      secret: job.token, // a part of WANDB_API_KEY, which a script may print with its environment
    })
    const process = await TrainingProcess.start({
      argv: world.argv,
      cwd: services.cwd,
      env: world.env,
      cookie: this.cookie,
      cgroupName: `${cgroupPrefix(services.agentId)}${this.key}`,
      onStdout: (chunk) => {
        log.push('stdout', chunk)
        stdout.push(chunk)
      },
      onStderr: (chunk) => log.push('stderr', chunk),
    })
    this.process = process
    this.state = 'running'
    this.spawnedAtMs = services.clock.monotonicMs()
    this.watchTime()
    const exited = process.exited.then((exit) => {
      this.hasExited = true
      this.timeLimits?.stop()
      return exit
    })
    if (!this.mayStart()) process.terminate(job.graceMs) // asked to end while it was spawned
    const started = this.reportStarted(slot, process.pid, world.argv)
    started.catch(() => {}) // thrown where it is awaited, which may be later than it fails
    const surroundings = this.lookAround(slot, process, world)
    if (process.identity !== null) {
      services.journal.spawned(this.key, process.identity)
      await services.reaper.learnLeader(this.cookie, process.identity, process.cgroupPath)
    }
    await started
    const exit = await exited
    const isClear = await process.clear()
    stdout.end()
    await file.finish()
    await surroundings.finish()
    address.unregister()
    log.end()
    if (!isClear)
      this.rows.notice('processes_left', 'Some of its processes did not die within 5 s of SIGKILL.')
    if (!this.isDisowned) await this.reportEnd(this.describeExit(exit, log.stderrTail))
  }

  private watchTime(): void {
    const { runTimeoutMs, noMetricTimeoutMs } = this.job
    const { server, clock } = this.services
    this.timeLimits = new TimeLimits({
      runTimeoutMs,
      noMetricTimeoutMs,
      askSilenceMs: () => askSilenceOfWandb({ server, job: this.job }, clock.now),
      onTimeout: (reason) => {
        // A journal that cannot be written ends the agent by itself.
        this.end({ how: 'timeout', reason }).catch(() => {})
      },
    })
  }

  private lookAround(slot: Slot, process: TrainingProcess, world: TrainingEnvironment): Surroundings {
    const { key, buffer, job, services } = this
    const started = { argv: world.argv, env: world.env, devices: slot.devices, seed: job.seed }
    return new Surroundings(
      { key, buffer, journal: services.journal, started, leader: process.identity },
      services,
    )
  }

  private async reportStarted(slot: Slot, pid: number | null, words: readonly string[]): Promise<void> {
    const { host, cwd, emit } = this.services
    const argv = redactWords(words) // ${envvar:...} may have put a secret there
    const { runId, attempt, sweepId, sweepName, configText } = this.job
    if (pid !== null) {
      const facts = {
        runId,
        attempt,
        slot: slot.index,
        pid,
        sweepId,
        sweepName,
        gpus: slot.devices,
        configText,
        argv,
      }
      emit({ event: 'run.started', ...facts })
    }
    await this.buffer.addDurable({ kind: 'started', pid, host, slot: slot.index, argv, cwd })
  }

  private describeExit(exit: ProcessExit, stderrTail: string | null): Ended {
    const request = this.services.journal.attempt(this.key)?.request ?? null
    const { exitCode, signal } = exit
    const base = { kind: 'ended', exitCode, signal, stderrTail } as const
    if (request !== null)
      return { ...base, outcome: OUTCOMES[request.how], reason: cutReason(request.reason) }
    if (exitCode === 0) return { ...base, outcome: 'finished', reason: null }
    const reason = signal === null ? `exit code ${exitCode}` : `killed by ${signal}`
    return { ...base, outcome: 'failed', reason }
  }

  private async failStart(slot: Slot, error: unknown): Promise<void> {
    if (this.process !== null || !(error instanceof SpawnError || isPreparationError(error))) throw error
    if (!this.mayStart()) return // it was asked to end meanwhile: that names its end
    await this.reportStarted(slot, null, this.job.command)
    const hint = error instanceof SweepError && error.hint !== undefined ? ` ${error.hint}` : ''
    const reason = cutReason(`${error.message}${hint}`)
    await this.reportEnd({
      kind: 'ended',
      outcome: 'failed',
      exitCode: null,
      signal: null,
      reason,
      stderrTail: null,
    })
  }

  private async endUnstarted(): Promise<void> {
    this.isStarted = true
    await this.endWithoutStart()
    this.finishUp()
  }

  /** A request came before the process: it ends so without ever having run. */
  private async endWithoutStart(): Promise<void> {
    const held = this.services.journal.attempt(this.key)
    if (held === undefined || held.hasEnded || held.request === null) return
    const { how, reason } = held.request
    const outcome = OUTCOMES[how]
    const end = { exitCode: null, signal: null, reason: cutReason(reason), stderrTail: null }
    await this.reportEnd({ kind: 'ended', outcome, ...end })
  }

  private async reportEnd(ended: Ended): Promise<void> {
    await this.buffer.addDurable(ended)
    const { outcome, exitCode, signal, reason, stderrTail } = ended
    if (outcome === 'recalled' || outcome === 'lost') return // the second is never said by this agent
    this.durationMs =
      this.spawnedAtMs === null ? null : Math.round(this.services.clock.monotonicMs() - this.spawnedAtMs)
    this.hasRunToItsEnd = outcome === 'finished'
    const { runId, attempt } = this.job
    this.services.emit({
      event: `run.${outcome}`,
      runId,
      attempt,
      slot: this.slot?.index ?? null,
      exitCode,
      signal,
      reason,
      stderrLastLine: stderrTail?.trimEnd().split('\n').at(-1) ?? null,
      durationMs: this.durationMs,
      metric: this.metric.summary(),
    })
  }

  private finishUp(): void {
    this.state = 'ended'
    this.markOver()
  }

  private takeRow(row: MetricRow): void {
    this.buffer.addRow(row)
    if (Object.keys(row.metrics).length > 0) this.timeLimits?.noteMetric()
    const value = this.metric.take(row, this.services.clock.monotonicMs())
    if (value === null) return
    const { runId, attempt } = this.job
    const facts = {
      runId,
      attempt,
      slot: this.slot?.index ?? null,
      name: this.metric.name,
      value,
      step: row.step,
    }
    this.services.emit({ event: 'run.metric', ...facts })
  }

  private takeNotice({ code, text }: Notice): void {
    this.buffer.add({ kind: 'notice', code, text })
    const { runId, attempt } = this.job
    this.services.emit({ event: 'agent.notice', code, text, runId, attempt })
  }

  /** Appears whole, before the first signal. */
  private writeControlFile(request: EndRequest): void {
    if (this.controlFile === null) return
    try {
      const draft = `${this.controlFile}.new`
      writeFileSync(draft, `${JSON.stringify({ stop: request.how, reason: request.reason })}\n`)
      renameSync(draft, this.controlFile)
    } catch (error) {
      // A full disk keeps the script from reading why it must end, not from ending.
      const text = `The control file of ${this.key} was not written: ${String(error)}`
      this.services.emit({ event: 'agent.notice', code: 'control_file', text })
    }
  }
}

/** A command that cannot be built, or files that cannot be written. */
function isPreparationError(error: unknown): error is Error {
  return error instanceof SweepError || (error instanceof Error && 'syscall' in error)
}

function cutReason(reason: string): string {
  return reason.slice(0, 2000).toWellFormed().replaceAll('\0', '\ufffd')
}
