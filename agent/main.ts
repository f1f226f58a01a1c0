// Starts one agent: takes its folder, clears away what its last incarnation left, registers, connects, and wires the
// parts together. The command that calls it owns the signals and the printing. The wiring is one long function on
// purpose: it is read from top to bottom, in the order in which things are opened.
import { hostname } from 'node:os'
import { join, resolve } from 'node:path'
import { readFileSync } from 'node:fs'
import { SweepError } from '../sweeps/errors.ts'
import { PROTOCOL_VERSION } from '../sweeps/protocol.ts'
import type { RegisterAgentResponse } from '../sweeps/protocol.ts'
import { systemClock } from '../runtime/clock.ts'
import type { Logger } from '../runtime/logger.ts'
import { Shutdown } from '../runtime/shutdown.ts'
import { Agent } from './agent.ts'
import { createEmitter } from './agent-events.ts'
import type { AgentEvent, EmitEvent } from './agent-events.ts'
import { takeAgentFolder } from './agent-folder.ts'
import type { AgentFolder } from './agent-folder.ts'
import { findAsWandbFolder } from './as-wandb.ts'
import { BeatTimer } from './beats.ts'
import { CommandReader } from './commands.ts'
import { findGpuDevices, listNvidiaGpus } from './gpu-devices.ts'
import { DEFAULT_LOCK_FOLDER, takeGpus } from './gpu-locks.ts'
import type { TakenGpus } from './gpu-locks.ts'
import { planGpuSlots } from './gpu-slots.ts'
import type { GpuSlots } from './gpu-slots.ts'
import { GpuWatch } from './gpu-watch.ts'
import { Ending, asSweepError, clearLastIncarnation, sayGoodbye } from './incarnation.ts'
import { JobLeases } from './job-leases.ts'
import { Journal, JournalFullError, isDiskFull } from './journal.ts'
import { Mailbox } from './mailbox.ts'
import { readGpus } from './nvidia-smi.ts'
import { findFullDisk } from './preflight.ts'
import { ProvenanceReader } from './provenance/provenance-reader.ts'
import { Reaper } from './reaper.ts'
import { changeLogin, createRedisClient } from './redis-connection.ts'
import { registerAgent } from './registration.ts'
import { ReportServer } from './report-sources/report-server.ts'
import { Reporter } from './reporter.ts'
import { SystemMonitor } from './system-metrics/system-monitor.ts'
import { findOtherWandbChoice } from './wandb-environment.ts'
import { WorkLimits } from './work-limits.ts'

export type { AgentEvent } from './agent-events.ts'

export interface StartAgentOptions {
  /** Address of the controller, e.g. `http://127.0.0.1:8765`. */
  readonly server: string
  /** May register agents. */
  readonly token: string
  /** Works them in this order. */
  readonly sweepIds: readonly string[]
  /** @default the number of GPUs divided by gpusPerRun, else 1 */
  readonly slots?: number
  /** `auto`, `all`, `none`, or a list `0,1`. @default 'auto' */
  readonly gpus?: string
  /** @default 1 */
  readonly gpusPerRun?: number
  /** Runs that share the GPUs of one run. @default 1 */
  readonly slotsPerGpu?: number
  /** Takes this many runs, then leaves. @default no limit */
  readonly count?: number
  /** Takes no run that would end later than so long after its start; then it leaves. @default no limit */
  readonly maxTimeMs?: number
  /** Leaves after so long without a run. @default never */
  readonly idleExitMs?: number
  /** Stays when its sweeps are over. @default false */
  readonly staysForever?: boolean
  /** Between two samples of the machine and its runs; 0: none are taken. @default 10_000 */
  readonly systemIntervalMs?: number
  /** What the sweep's `requires` is compared with. @default {} */
  readonly labels?: Record<string, string>
  /** The machine's name, as it is told to the controller. @default the system's */
  readonly host?: string
  /** The agent takes `agents/<machine id>/<k>` in it; checkpoints are kept in it. */
  readonly dataDir: string
  /** Training commands run there. */
  readonly cwd: string
  /** Words that are run in place of each sweep's command, macros expanded. @default the sweep's */
  readonly command?: readonly string[]
  /** `import wandb` gives our Python client in trainings. @default false */
  readonly isAsWandb?: boolean
  readonly log: Logger
  /** Connects there directly instead of through the controller. */
  readonly redisUrl?: string
  readonly onEvent: (event: AgentEvent) => void
}

export interface AgentHandle {
  readonly agentId: string
  readonly slots: number
  /**
   * The exit code, once nothing of the agent is left: 0 the work is done, or drained · 20 gave up: runs keep
   * failing here · 21 told to leave · 75 handed back · 130 third Ctrl-C · 143
   * second SIGTERM. Rejects when the agent could not go on, e.g. because its journal could not be written.
   */
  readonly done: Promise<number>
  /** One Ctrl-C: the first drains, the second hands everything back (75), the third kills (130). */
  interrupt(): void
  /** One SIGTERM: the first hands everything back (75), the second kills (143). */
  terminate(): void
}

const LIMIT_CHECK_MS = 500

const NEXT_PRESS = {
  drain: 'Press Ctrl-C again to end the runs and hand them back to the queue.',
  handBack: 'Press Ctrl-C again to kill the runs now.',
  terminate: 'SIGTERM again kills the runs now.',
} as const

/**
 * Resolves when the agent is registered and takes work.
 * @throws SweepError SERVER_UNREACHABLE, UNAUTHORIZED, NOT_FOUND and whatever else the server answers; USAGE for
 *   GPUs that are not there, and for a data folder on a full disk
 */
export async function startAgent(options: StartAgentOptions): Promise<AgentHandle> {
  const shutdown = new Shutdown(options.log)
  try {
    return await openAgent(options, shutdown)
  } catch (error) {
    await shutdown.run()
    throw isDiskFull(error) || error instanceof JournalFullError ? diskFull(options.dataDir, error) : error
  }
}

async function openAgent(options: StartAgentOptions, shutdown: Shutdown): Promise<AgentHandle> {
  const { log, server } = options
  const dataDirectory = resolve(options.dataDir)
  const host = (options.host ?? hostname()).slice(0, 200)
  const asWandb = options.isAsWandb === true ? findAsWandbFolder() : null
  const emit = createEmitter(options.onEvent, systemClock.now)
  const gpus = await takeOwnGpus(options, emit)
  shutdown.add({ name: 'gpu locks', limitMs: 1_000, close: () => gpus.release() })
  const gpuSlots = planGpuSlots(gpus.devices, options)

  const ending = new Ending()
  const folder = takeAgentFolder(dataDirectory)
  shutdown.add({ name: 'folder', limitMs: 1_000, close: () => folder.release() })
  const journal = new Journal({ directory: folder.path, onFatal: (error) => ending.fail(error) })
  shutdown.add({ name: 'journal', limitMs: 2_000, close: () => journal.close() })
  if (journal.skippedLineCount > 0)
    log.warn('agent.journal_lines_skipped', { count: journal.skippedLineCount })
  await clearLastIncarnation(folder, journal, log)
  const incarnation = await journal.beginIncarnation(systemClock.now())

  const reaper = new Reaper(log)
  shutdown.add({ name: 'reaper', limitMs: 5_000, close: () => reaper.close() })
  await reaper.ensure()
  const register = () => registerThisAgent(options, folder, { incarnation, host, slots: gpuSlots.slotCount })
  const registered = await register().catch(async (error: unknown) => {
    await journal.leave() // nothing was started
    throw error
  })
  const { agentId, deployment } = registered
  if (agentId !== folder.identity.agentId) folder.saveAgentId(agentId)

  let accepted = registered.accepts ?? []
  const { provenance, monitor } = lookAround(options, host)
  shutdown.add({ name: 'provenance', limitMs: 100, close: () => provenance.close() })
  shutdown.add({ name: 'system metrics', limitMs: 100, close: () => monitor?.close() })
  const reportServer = await ReportServer.start()
  shutdown.add({ name: 'report server', limitMs: 1_000, close: () => reportServer.close() })
  const { clients, access } = connectToRedis(options, folder, registered, emit)
  for (const client of Object.values(clients)) {
    shutdown.add({ name: 'redis client', limitMs: 1_000, close: () => client.disconnect() })
  }

  const leases = new JobLeases({ incarnation, leaseMs: registered.leaseMs, clock: systemClock })
  const agent = new Agent({
    leases,
    slots: gpuSlots.devicesBySlot.map((devices, index) => ({ index, devices })),
    sweepIds: options.sweepIds,
    limits: new WorkLimits(options, systemClock),
    gpuWatch: await GpuWatch.begin({ read: readOwnGpus, devicesBySlot: gpuSlots.devicesBySlot }),
    staysForever: options.staysForever === true,
    services: {
      agentId,
      host,
      server,
      cwd: options.cwd,
      command: options.command ?? null,
      asWandb,
      dataDirectory,
      environment: process.env,
      folder,
      journal,
      reaper,
      reportServer,
      provenance,
      monitor,
      accepts: (kind) => accepted.includes(kind),
      clock: systemClock,
      emit,
      onReport: () => reporter.wake(),
      findFullDisk: () => findFullDisk([folder.path, options.cwd]),
    },
    log,
    register: async () => {
      const again = await register()
      accepted = again.accepts ?? []
      access.login = again.redis
      changeLogin(Object.values(clients), access.login)
    },
    onFatal: (error) => ending.fail(error),
    onIdle: (exitCode) => ending.finish(exitCode),
  })
  const reporter = new Reporter({
    client: clients.reports,
    deployment,
    agentId,
    agentKey: folder.identity.agentKey,
    incarnation,
    host,
    journal,
    leases,
    describeBeat: () => agent.describeBeat(),
    onFirstBeat: () => {
      agent.forgetLeftovers()
      mailbox.start()
    },
    onTrouble: (error) => log.warn('agent.reports_delayed', { reason: error.message }),
  })
  shutdown.add({ name: 'reporter', limitMs: 2_000, close: () => reporter.close() })
  const beats = new BeatTimer({
    intervalMs: registered.beatIntervalMs,
    random: Math.random,
    beat: () => reporter.beat(),
  })
  shutdown.add({ name: 'beats', limitMs: 100, close: () => beats.stop() })
  agent.connect(reporter, beats)
  const limitTimer = setInterval(() => agent.checkLimits(), LIMIT_CHECK_MS)
  shutdown.add({ name: 'limits', limitMs: 100, close: () => clearInterval(limitTimer) })
  beats.start()
  const commands = new CommandReader({
    client: clients.commands,
    deployment,
    agentId,
    onCommand: (command) => agent.carryOut(command),
    onUnusable: (reason) => {
      emit({
        event: 'agent.notice',
        code: 'command_unusable',
        text: `A command was not carried out: ${reason}`,
      })
    },
  })
  shutdown.add({ name: 'commands', limitMs: 2_000, close: () => commands.close() })
  const mailbox = new Mailbox({
    client: clients.mailbox,
    deployment,
    agentId,
    onJob: async (data) => {
      try {
        await agent.takeJob(data)
      } catch (error) {
        ending.fail(error)
        throw error
      }
    },
    onSettled: (jobId) => agent.startJob(jobId),
    onError: (error) => log.debug('agent.mailbox_failed', { reason: error.message }),
  })
  shutdown.add({ name: 'mailbox', limitMs: 3_000, close: () => mailbox.close() })

  announce(emit, { agentId, host, gpuSlots, server, registered })
  if (asWandb === null) tellOtherWandbChoice(emit, server)
  const hurry = new AbortController()
  const done = ending.ended.then(
    async (exitCode) => {
      await mailbox.close()
      await sayGoodbye({ reporter, journal, exitCode, signal: hurry.signal })
      await shutdown.run()
      emit({ event: 'agent.left', exitCode, unstoredCount: journal.unstoredCount })
      return exitCode
    },
    async (error: unknown) => {
      log.error('agent.failed', { reason: error instanceof Error ? error.message : String(error) })
      agent.killProcesses()
      await shutdown.run()
      throw asSweepError(error)
    },
  )
  done.catch(() => {}) // the caller's to handle; here only so that a late look at it is no crash

  const killNow = (exitCode: number) => {
    if (!agent.killAll(exitCode)) hurry.abort()
  }
  let interruptCount = 0
  let terminateCount = 0
  return {
    agentId,
    slots: gpuSlots.slotCount,
    done,
    interrupt() {
      interruptCount++
      if (interruptCount === 1) agent.drain(0, 'interrupted', NEXT_PRESS.drain)
      // After a leader's `leave`, or a SIGTERM, the first press is not the first step.
      else if (interruptCount === 2) agent.handBackAll(75, NEXT_PRESS.handBack)
      else killNow(130)
    },
    terminate() {
      terminateCount++
      if (terminateCount === 1) agent.handBackAll(75, NEXT_PRESS.terminate)
      else killNow(143)
    },
  }
}

/** Those that this agent sees, was told to take, and that no other agent of the machine has. */
async function takeOwnGpus(options: StartAgentOptions, emit: EmitEvent): Promise<TakenGpus> {
  const { gpus } = options
  const devices = await findGpuDevices({
    ...(gpus === undefined ? {} : { gpus }),
    environment: process.env,
    listGpus: () => listNvidiaGpus(process.env),
  })
  const isEachWanted = gpus !== undefined && gpus !== 'auto' && gpus !== 'all'
  const folder = process.env['SWEEP_GPU_LOCKS'] ?? DEFAULT_LOCK_FOLDER
  const taken = takeGpus(devices, { folder, isEachWanted })
  for (const { device, pid } of taken.others) {
    const text = `GPU ${device.name} is handed out by another agent${pid === null ? '' : ` (pid ${pid})`}: left out.`
    emit({ event: 'agent.notice', code: 'gpu_taken', text })
  }
  return taken
}

const GPU_READ_LIMIT_MS = 10_000

function readOwnGpus() {
  const env = { PATH: process.env['PATH'] ?? '/usr/bin:/bin' }
  return readGpus({ env, limitMs: GPU_READ_LIMIT_MS })
}

function diskFull(dataDir: string, cause: unknown): SweepError {
  return new SweepError('USAGE', `the disk that holds ${resolve(dataDir)} is full`, {
    hint: 'Free some space, or choose another folder with SWEEP_DATA. What the journal holds is kept.',
    cause,
  })
}

function lookAround(options: StartAgentOptions, host: string) {
  const { cwd, systemIntervalMs = 10_000 } = options
  const shared = { environment: process.env, clock: systemClock }
  return {
    provenance: new ProvenanceReader({ ...shared, host, cwd, agentVersion: readVersion() }),
    monitor:
      systemIntervalMs === 0
        ? null
        : new SystemMonitor({ ...shared, intervalMs: systemIntervalMs, folder: cwd }),
  }
}

function registerThisAgent(
  options: StartAgentOptions,
  folder: AgentFolder,
  facts: { incarnation: number; host: string; slots: number },
): Promise<RegisterAgentResponse> {
  const { agentId, agentKey } = folder.identity // read at each call: the id is known from the first answer on
  return registerAgent({
    server: options.server,
    token: options.token,
    request: {
      protocol: PROTOCOL_VERSION,
      ...(agentId === null ? {} : { agentId }),
      agentKey,
      pid: process.pid,
      sweepIds: [...options.sweepIds],
      labels: options.labels ?? {},
      version: readVersion(),
      ...facts,
    },
  })
}

/** One client per blocking command, and one for everything that is sent. */
function connectToRedis(
  options: StartAgentOptions,
  folder: AgentFolder,
  registered: RegisterAgentResponse,
  emit: EmitEvent,
) {
  const access = {
    server: options.server,
    agentId: registered.agentId,
    agentKey: folder.identity.agentKey,
    login: registered.redis,
    redisUrl: options.redisUrl,
  }
  let isAway = false
  const onError = (error: Error) => {
    if (isAway) return
    isAway = true
    const text = `The queue is not reachable (${error.message || error.name}); runs go on, reports are kept.`
    emit({ event: 'agent.notice', code: 'queue_unreachable', text })
  }
  const clients = {
    reports: createRedisClient(access, { whenAway: 'fail', onError }),
    commands: createRedisClient(access, { whenAway: 'wait', onError }),
    mailbox: createRedisClient(access, { whenAway: 'wait', onError }),
  }
  clients.reports.on('ready', () => {
    if (isAway)
      emit({ event: 'agent.notice', code: 'queue_reachable', text: 'The queue is reachable again.' })
    isAway = false
  })
  return { clients, access }
}

function announce(
  emit: EmitEvent,
  facts: {
    agentId: string
    host: string
    gpuSlots: GpuSlots
    server: string
    registered: RegisterAgentResponse
  },
): void {
  const { agentId, host, gpuSlots, server, registered } = facts
  emit({
    event: 'agent.started',
    agentId,
    host,
    slots: gpuSlots.slotCount,
    gpus: gpuSlots.devicesBySlot,
    server,
    sweeps: registered.sweeps,
  })
}

function tellOtherWandbChoice(emit: EmitEvent, server: string): void {
  const choice = findOtherWandbChoice(process.env, server)
  if (choice === null) return
  const text = `Scripts that import wandb do not report here, as ${choice} is set. Unset it to see their runs live.`
  emit({ event: 'agent.notice', code: 'wandb_elsewhere', text })
}

let version: string | null = null

function readVersion(): string {
  version ??= findVersion()
  return version
}

/** From package.json, one folder up in the source and two in the built tree. */
function findVersion(): string {
  for (const up of ['..', join('..', '..')]) {
    try {
      const text = readFileSync(join(import.meta.dirname, up, 'package.json'), 'utf8')
      const parsed = JSON.parse(text) as { version?: unknown }
      if (typeof parsed.version === 'string') return parsed.version
    } catch {
      continue
    }
  }
  return 'unknown'
}
