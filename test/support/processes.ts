// Real processes for tests: started with their output in files, waited for, and found again in /proc by the folder
// they belong to. Nothing here kills a process that the caller did not name.
import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync, readdirSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'

export interface ProcessExit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** A process that a test started. Its output goes to two files, so that a killed reader cannot block it. */
export interface TestProcess {
  readonly name: string
  readonly pid: number
  readonly exited: Promise<ProcessExit>
  /** null while it runs. */
  exit(): ProcessExit | null
  signal(signal: NodeJS.Signals): void
  stdout(): string
  stderr(): string
}

export interface StartOptions {
  readonly name: string
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
  /** Files `<name>.out` and `<name>.err` are appended there. */
  readonly logFolder: string
}

/** @throws Error when the program cannot be started */
export function startProcess(options: StartOptions): TestProcess {
  const [program, ...rest] = options.argv
  if (program === undefined) throw new Error('no program to start')
  const outPath = join(options.logFolder, `${options.name}.out`)
  const errPath = join(options.logFolder, `${options.name}.err`)
  const out = openSync(outPath, 'a')
  const err = openSync(errPath, 'a')
  const child = spawn(program, rest, {
    cwd: options.cwd,
    env: { ...options.env },
    stdio: ['ignore', out, err],
  })
  closeSync(out)
  closeSync(err)
  if (child.pid === undefined) throw new Error(`cannot start ${options.argv.join(' ')}`)
  let exit: ProcessExit | null = null
  const exited = new Promise<ProcessExit>((resolve) => {
    child.once('exit', (code, signal) => {
      exit = { code, signal }
      resolve(exit)
    })
  })
  child.on('error', () => {}) // a signal that came too late; a failed spawn has thrown above
  return {
    name: options.name,
    pid: child.pid,
    exited,
    exit: () => exit,
    signal: (signal) => void child.kill(signal),
    stdout: () => readFileSync(outPath, 'utf8'),
    stderr: () => readFileSync(errPath, 'utf8'),
  }
}

export interface CommandResult {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs a command to its end, with a limit after which it is killed. */
export function runCommand(
  argv: readonly string[],
  options: {
    readonly env: Readonly<Record<string, string>>
    readonly cwd: string
    readonly stdin?: string | Buffer
    /** @default 30_000 */
    readonly timeoutMs?: number
  },
): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const [program, ...rest] = argv
    if (program === undefined) throw new Error('no program to run')
    const child = spawn(program, rest, {
      cwd: options.cwd,
      env: { ...options.env },
      stdio: ['pipe', 'pipe', 'pipe'],
      timeout: options.timeoutMs ?? 30_000,
      killSignal: 'SIGKILL',
    })
    const out: Buffer[] = []
    const err: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk))
    child.stdin.on('error', () => {}) // the command may end without reading its input
    child.stdin.end(options.stdin ?? '')
    child.once('error', reject)
    child.once('close', (code, signal) => {
      resolve({
        code,
        signal,
        stdout: Buffer.concat(out).toString('utf8'),
        stderr: Buffer.concat(err).toString('utf8'),
      })
    })
  })
}

export interface FoundProcess {
  readonly pid: number
  readonly parentPid: number
  /** The kernel's short name, e.g. `redis-server`. */
  readonly command: string
  readonly environment: readonly string[]
  readonly workingDirectory: string
  readonly commandLine: string
}

/** Living processes (zombies are not) that have `folder` in their environment, working directory or command line. */
export function findProcessesOf(folder: string): FoundProcess[] {
  const found: FoundProcess[] = []
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry) || Number(entry) === process.pid) continue
    const candidate = readProcess(Number(entry))
    if (candidate === null) continue
    const isOurs =
      isWithin(candidate.workingDirectory, folder) ||
      candidate.commandLine.includes(folder) ||
      candidate.environment.some((variable) => variable.includes(folder))
    if (isOurs) found.push(candidate)
  }
  return found
}

export function isAlive(pid: number): boolean {
  return readProcess(pid) !== null
}

/** One line per process, for messages. */
export function describeProcess(found: FoundProcess): string {
  const run = found.environment.find((variable) => variable.startsWith('SWEEP_RUN_ID='))
  return `pid ${found.pid} (${found.command}) ${found.commandLine.slice(0, 160)}${run ? ` ${run}` : ''}`
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`)
}

/** null when there is no such process, it is a zombie, or it is another user's. */
function readProcess(pid: number): FoundProcess | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const afterName = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (afterName[0] === 'Z' || afterName[0] === 'X') return null
    return {
      pid,
      parentPid: Number(afterName[1]),
      command: stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')')),
      environment: readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0'),
      workingDirectory: readlinkSync(`/proc/${pid}/cwd`),
      commandLine: readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim(),
    }
  } catch {
    return null // it ended while it was read
  }
}
