// The agent's side of its reaper (reaper-main.ts): starts it in a session of its own, tells it every cookie before
// the process that carries it, and starts another when it dies.
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { createRequire } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Logger } from '../runtime/logger.ts'
import type { ProcessIdentity } from '../runtime/process-tree.ts'
import type { ReaperMessage } from './reaper-main.ts'

interface KnownLeader {
  readonly leader: ProcessIdentity
  readonly cgroup: string | null
}

/** Cookies kept by the reaper; each `learn` resolves only when the reaper has it. */
export class Reaper {
  private child: ChildProcess | null = null
  private starting: Promise<ChildProcess> | null = null
  private isClosing = false
  private readonly leaders = new Map<string, KnownLeader | null>()

  constructor(private readonly log: Logger) {}

  get pid(): number | null {
    return this.child?.pid ?? null
  }

  /** Before the start of a process that carries the cookie. */
  async learn(cookie: string): Promise<void> {
    this.leaders.set(cookie, null)
    await this.tell({ learn: cookie })
  }

  /** After the start: also what cleared its environment can then be found, by its group and session. */
  async learnLeader(cookie: string, leader: ProcessIdentity, cgroup: string | null): Promise<void> {
    this.leaders.set(cookie, { leader, cgroup })
    await this.tell({ cookie, leader, cgroup })
  }

  /** Nothing that carries the cookie is left. */
  async forget(cookie: string): Promise<void> {
    this.leaders.delete(cookie)
    if (this.child !== null) await this.tell({ forget: cookie })
  }

  /** Ends the reaper; it kills whatever it still knows. */
  async close(): Promise<void> {
    this.isClosing = true
    const child = this.child ?? (await this.starting?.catch(() => null)) ?? null
    if (child === null || child.exitCode !== null || child.signalCode !== null) return
    const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
    child.stdin?.end()
    await exited
  }

  /** Starts the reaper when there is none. */
  async ensure(): Promise<ChildProcess> {
    if (this.child !== null) return this.child
    this.starting ??= this.start().finally(() => (this.starting = null))
    return this.starting
  }

  private async start(): Promise<ChildProcess> {
    const { program, args } = reaperCommand()
    const child = spawn(program, args, {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
      env: reaperEnvironment(),
    })
    child.stdin?.on('error', () => {}) // its exit tells
    // At once, before it is known to run: should the agent die now, all of it lies in the pipe.
    const told = Promise.all(
      [...this.leaders].map(([cookie, known]) =>
        writeMessage(child, known === null ? { learn: cookie } : { cookie, ...known }),
      ),
    )
    told.catch(() => {}) // looked at below
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve)
      child.once('error', reject)
    })
    child.once('exit', (exitCode, signal) => this.restart(child, exitCode, signal))
    this.child = child
    await told
    return child
  }

  private restart(child: ChildProcess, exitCode: number | null, signal: string | null): void {
    if (this.child === child) this.child = null
    if (this.isClosing) return
    this.log.warn('agent.reaper_died', { exitCode, signal })
    this.ensure().catch((error: unknown) =>
      this.log.error('agent.reaper_restart_failed', { reason: String(error) }),
    )
  }

  private async tell(message: ReaperMessage): Promise<void> {
    // A reaper that dies while it is told is replaced, and the new one is told everything.
    for (let tries = 0; ; tries++) {
      const child = await this.ensure()
      try {
        return await writeMessage(child, message)
      } catch (error) {
        if (this.isClosing || tries >= 3) throw error
        if (this.child === child) this.child = null
      }
    }
  }
}

function writeMessage(child: ChildProcess, message: ReaperMessage): Promise<void> {
  return new Promise((resolve, reject) => {
    if (child.stdin === null) return reject(new Error('the reaper has no input'))
    child.stdin.write(`${JSON.stringify(message)}\n`, (error) => (error ? reject(error) : resolve()))
  })
}

/** The built file runs as it is; the source needs its loader, found from here and not from the working directory. */
function reaperCommand(): { program: string; args: string[] } {
  const isSource = import.meta.url.endsWith('.ts')
  const file = fileURLToPath(new URL(isSource ? './reaper-main.ts' : './reaper-main.js', import.meta.url))
  const loader = isSource
    ? ['--import', pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href]
    : []
  return { program: process.execPath, args: [...loader, file] }
}

/** Nothing of the agent's environment: no secrets, no NODE_OPTIONS. */
function reaperEnvironment(): Record<string, string> {
  return process.env['PATH'] === undefined ? {} : { PATH: process.env['PATH'] }
}
