// The command `sweep`: finds the command, loads it alone, runs it, and turns what it throws into words and an
// exit code. Commands are in commands/, one file each.
import { SweepError } from '../sweeps/errors.ts'
import { nearestName } from '../sweeps/nearest-name.ts'
import { COMMANDS, findCommand } from './command-list.ts'
import { renderOverview } from './help-text.ts'
import { readOwnVersion } from './own-version.ts'
import { errorAsJson, errorForPeople, exitCodeOf, toSweepError } from './print-error.ts'
import type { SourceText } from './print-error.ts'
import { createPaint, decideColor } from './terminal.ts'
import type { ColorChoice, Io } from './terminal.ts'

/** Runs the command of this process and ends the process with its exit code. */
export async function main(argv: readonly string[]): Promise<void> {
  const words = argv.slice(2)
  surviveReaderThatLeaves(words)
  const fail = (error: unknown): never => {
    printError(error, process, findPresentation(words, process.env))
    process.exit(exitCodeOf(toSweepError(error)))
  }
  process.on('uncaughtException', fail)
  process.on('unhandledRejection', fail)
  const io: Io = {
    stdout: process.stdout,
    stderr: process.stderr,
    stdin: process.stdin,
    env: process.env,
    cwd: process.cwd(),
  }
  const exitCode = await runCli(words, io)
  await new Promise<void>((resolve) => process.stdout.write('', () => resolve()))
  process.exit(exitCode)
}

/** @returns the exit code; never throws */
export async function runCli(words: readonly string[], io: Io): Promise<number> {
  let source: SourceText | undefined
  try {
    return await dispatch(words, io, (text) => (source = text))
  } catch (error) {
    printError(error, io, { ...findPresentation(words, io.env), source })
    return exitCodeOf(toSweepError(error))
  }
}

async function dispatch(
  words: readonly string[],
  io: Io,
  setSource: (source: SourceText) => void,
): Promise<number> {
  const paint = createPaint(decideColor(findColorChoice(words), io.env, io.stdout.isTTY === true))
  const at = findCommandIndex(words)
  const name = words[at]
  if (name === undefined) {
    if (words.includes('--version')) {
      io.stdout.write(`${await readOwnVersion()}\n`)
      return 0
    }
    const isAsked = words.length === 0 || words.includes('-h') || words.includes('--help')
    if (!isAsked) throw unknownFlag(words)
    io.stdout.write(renderOverview(COMMANDS, paint))
    return 0
  }
  const entry = findCommand(name)
  if (entry === undefined) throw unknownCommand(name)
  const [{ command }, { createContext, parseInvocation }] = await Promise.all([
    entry.load(),
    import('./invocation.ts'),
  ])
  const invocation = parseInvocation(command, words.toSpliced(at, 1), paint)
  if (typeof invocation === 'string') {
    io.stdout.write(invocation)
    return 0
  }
  const context = createContext(io, invocation.globals, COMMANDS, setSource)
  return command.run(context, invocation.args, invocation.options)
}

const FLAGS_WITH_VALUE = new Set(['--server', '--project', '--timeout', '--color'])

/** Index of the command's word: the first that is neither a flag nor a global flag's value. */
function findCommandIndex(words: readonly string[]): number {
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? ''
    if (!word.startsWith('-')) return index
    if (FLAGS_WITH_VALUE.has(word)) index++
  }
  return words.length
}

function unknownCommand(name: string): SweepError {
  const near = nearestName(
    name,
    COMMANDS.map((known) => known.name),
  )
  const guess = near === null ? '' : `Did you mean "sweep ${near}"?  `
  return new SweepError('USAGE', `unknown command "${name}"`, { hint: `${guess}All commands:  sweep --help` })
}

function unknownFlag(words: readonly string[]): SweepError {
  return new SweepError('USAGE', `no command in: sweep ${words.join(' ')}`, {
    hint: 'All commands:  sweep --help',
  })
}

interface Presentation {
  readonly isJson: boolean
  readonly isDebug: boolean
  readonly color: ColorChoice
  readonly source?: SourceText | undefined
}

/** How errors are to look: read from the words themselves, since parsing them may be what failed. */
function findPresentation(words: readonly string[], env: Io['env']): Presentation {
  return {
    isJson: words.includes('--json'),
    isDebug: words.includes('--debug') || Boolean(env['SWEEP_DEBUG']),
    color: findColorChoice(words),
  }
}

function findColorChoice(words: readonly string[]): ColorChoice {
  const index = words.findIndex((word) => word === '--color' || word.startsWith('--color='))
  const value = words[index]?.includes('=') ? words[index]?.split('=')[1] : words[index + 1]
  return index >= 0 && (value === 'always' || value === 'never') ? value : 'auto'
}

function printError(thrown: unknown, io: Pick<Io, 'stderr' | 'env'>, how: Presentation): void {
  const error = toSweepError(thrown)
  if (how.isJson) {
    io.stderr.write(`${errorAsJson(error, how.source)}\n`)
    return
  }
  const hasColor = decideColor(how.color, io.env, io.stderr.isTTY === true)
  io.stderr.write(errorForPeople(error, { hasColor, source: how.source, isDebug: how.isDebug }))
}

/** `sweep plan ... | head` is no failure; commands that hold processes go on without a reader. */
function surviveReaderThatLeaves(words: readonly string[]): void {
  const holdsProcesses = ['up', 'run', 'agent'].includes(words[findCommandIndex(words)] ?? '')
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
      if (!holdsProcesses) process.exit(0)
    })
  }
}
