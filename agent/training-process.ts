// Starts, signals and clears away one training command: a leader in a session of its own, and everything that comes
// from it. Knows nothing of sweeps.
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import type { Readable } from 'node:stream'
import { createProcessCgroup } from '../runtime/cgroup.ts'
import type { ProcessCgroup } from '../runtime/cgroup.ts'
import {
  findByEnvironment,
  findFamily,
  identifyProcess,
  killUntilQuiet,
  signalQuietly,
} from '../runtime/process-tree.ts'
import type { ProcessIdentity } from '../runtime/process-tree.ts'

export interface TrainingProcessOptions {
  readonly argv: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  /** An entry of `env` as `NAME=value` that no other process has: what carries it belongs to this command. */
  readonly cookie: string
  /** Name of its own control group, where one can be made. */
  readonly cgroupName: string
  readonly onStdout: (chunk: Buffer) => void
  readonly onStderr: (chunk: Buffer) => void
}

export interface ProcessExit {
  readonly exitCode: number | null
  readonly signal: NodeJS.Signals | null
}

/** The command could not be started at all; the message says why and what to do. */
export class SpawnError extends Error {
  readonly code = 'SPAWN_FAILED' // the run fails with this reason, the agent goes on
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'SpawnError'
  }
}

/** How long what is left may take to die after SIGKILL; longer only in an uninterruptible wait. */
const CLEAR_LIMIT_MS = 5_000
/** How long the pipes are read after everything that could write is gone. */
const PIPE_LIMIT_MS = 2_000

export class TrainingProcess {
  readonly pid: number
  /** null where /proc is missing. */
  readonly identity: ProcessIdentity | null
  /** Resolves when the leader has exited; the rest may still be there. */
  readonly exited: Promise<ProcessExit>
  private killTimer: NodeJS.Timeout | null = null
  private hasExited = false

  private constructor(
    private readonly child: ChildProcess,
    pid: number,
    private readonly cookie: string,
    private readonly cgroup: ProcessCgroup | null,
  ) {
    this.pid = pid
    this.identity = identifyProcess(pid)
    this.exited = new Promise((resolve) => {
      child.once('exit', (exitCode, signal) => {
        this.hasExited = true
        if (this.killTimer !== null) clearTimeout(this.killTimer)
        resolve({ exitCode, signal })
      })
    })
  }

  /** @throws SpawnError when there is no such command, it may not be executed, or the folder is missing */
  static async start(options: TrainingProcessOptions): Promise<TrainingProcess> {
    const [program, ...args] = options.argv
    if (program === undefined || program === '') {
      throw new SpawnError('The command is empty. Give `program` or `command` in the sweep file.')
    }
    const child = spawnOrThrow(program, args, options)
    const failure = new Promise<never>((_resolve, reject) => child.once('error', reject))
    child.on('error', () => {}) // later ones concern signals that came too late
    if (child.pid === undefined) {
      return failure.catch((error: unknown) => {
        throw describeSpawnFailure(error, program, options.cwd)
      })
    }
    failure.catch(() => {})
    const cgroup = createProcessCgroup(options.cgroupName)
    cgroup?.add(child.pid)
    const started = new TrainingProcess(child, child.pid, options.cookie, cgroup)
    child.stdout?.on('data', options.onStdout)
    child.stderr?.on('data', options.onStderr)
    child.stdout?.on('error', () => {})
    child.stderr?.on('error', () => {})
    return started
  }

  /** Folder of its control group; null where there is none. */
  get cgroupPath(): string | null {
    return this.cgroup?.path ?? null
  }

  /** SIGTERM to the group, SIGKILL after `graceMs`; asking again changes nothing. */
  terminate(graceMs: number): void {
    if (this.hasExited || this.killTimer !== null) return
    signalQuietly(-this.pid, 'SIGTERM')
    this.killTimer = setTimeout(() => this.kill(), graceMs)
  }

  /** SIGKILL to the group, now. */
  kill(): void {
    if (!this.hasExited) signalQuietly(-this.pid, 'SIGKILL')
  }

  /**
   * After the leader's exit: kills the rest of its group and session and everything with its cookie, and reads the
   * pipes to their end.
   * @returns whether nothing is left
   */
  async clear(): Promise<boolean> {
    const find = () => [
      ...new Set([
        ...findByEnvironment(this.cookie),
        ...(this.identity === null ? [] : findFamily(this.identity)),
      ]),
    ]
    if (this.identity === null) signalQuietly(-this.pid, 'SIGKILL')
    await this.cgroup?.clear(CLEAR_LIMIT_MS)
    const { isQuiet } = await killUntilQuiet(find, { quietWalks: 1, pauseMs: 20, limitMs: CLEAR_LIMIT_MS })
    await Promise.all([readToEnd(this.child.stdout), readToEnd(this.child.stderr)])
    return isQuiet
  }
}

function spawnOrThrow(
  program: string,
  args: readonly string[],
  options: TrainingProcessOptions,
): ChildProcess {
  try {
    return spawn(program, args, {
      cwd: options.cwd,
      env: { ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
      windowsHide: true,
    })
  } catch (error) {
    throw describeSpawnFailure(error, program, options.cwd) // e.g. a NUL byte in an argument
  }
}

function describeSpawnFailure(error: unknown, program: string, cwd: string): SpawnError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const where = `in ${cwd}`
  const say = (what: string, remedy: string) =>
    new SpawnError(`Cannot start "${program}" ${where}: ${what}. ${remedy}`, error)
  switch (code) {
    case 'ENOENT':
      return say(
        'no such file, or not on the PATH',
        'Install it on this machine, correct `command` or `program`, or start the agent in the folder of the script.',
      )
    case 'EACCES':
      return say(
        'it is not executable',
        `Run \`chmod +x ${program}\`, or name its interpreter in \`command\`.`,
      )
    case 'ENOEXEC':
      return say('it is neither a program nor a script with #!', 'Name its interpreter in `command`.')
    case 'E2BIG':
      return say('the arguments are too long', 'Use ${args_json_file} in `command`.')
    case 'EAGAIN':
    case 'EMFILE':
    case 'ENOMEM':
      return say(`this machine has no room for one more process (${code})`, 'Use fewer slots on it.')
    default:
      return say(error instanceof Error ? error.message : String(error), 'Correct `command` or `program`.')
  }
}

function readToEnd(stream: Readable | null): Promise<void> {
  if (stream === null || stream.readableEnded || stream.destroyed) return Promise.resolve()
  return new Promise((resolve) => {
    const timer = setTimeout(() => stream.destroy(), PIPE_LIMIT_MS)
    stream.once('close', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}
