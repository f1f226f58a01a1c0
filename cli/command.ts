// What a command is: a declaration (words, flags, examples) and an action that gets a context. Parsing is
// commander's; printing of help and errors is ours.
import { Command, CommanderError, Option } from 'commander'
import { ERROR_CODES, SweepError } from '../sweeps/errors.ts'
import { didYouMean } from '../sweeps/nearest-name.ts'
import { createApiClient } from './api-client.ts'
import type { ApiClient } from './api-client.ts'
import { renderCommandHelp } from './help-text.ts'
import { parseDuration } from './durations.ts'
import type { SourceText } from './print-error.ts'
import { resolveServerAddress } from './server-address.ts'
import { createPaint, decideColor } from './terminal.ts'
import type { ColorChoice, Io, Paint } from './terminal.ts'
import { findToken } from './token.ts'

export interface OptionSpec {
  /** As commander writes them: `-n, --count <n>`. */
  readonly flags: string
  readonly description: string
  readonly parse?: (text: string, flag: string) => unknown
  readonly default?: unknown
  readonly choices?: readonly string[]
  /** May be given several times; the value is a list. */
  readonly isRepeatable?: boolean
}

export interface CommandSpec<Options> {
  readonly name: string
  /** One line, without a full stop. */
  readonly summary: string
  /** As commander writes them: `<id> [other...]`. */
  readonly arguments?: string
  /** The command as typed, and what it does; three of them. */
  readonly examples: readonly (readonly [command: string, does: string])[]
  readonly options?: readonly OptionSpec[]
  /** What to do afterwards, as commands. */
  readonly next: readonly string[]
  /** Facts that do not fit a flag: a few lines. */
  readonly notes?: readonly string[]
  /** @returns the exit code */
  readonly run: (context: CommandContext, args: readonly string[], options: Options) => Promise<number>
}

/** A command whose options' type is its own business. */
export interface AnyCommand extends Omit<CommandSpec<never>, 'run'> {
  readonly run: (
    context: CommandContext,
    args: readonly string[],
    options: Record<string, unknown>,
  ) => Promise<number>
}

export interface GlobalOptions {
  readonly server?: string
  readonly project?: string
  readonly json: boolean
  readonly quiet: boolean
  readonly verbose: boolean
  readonly yes: boolean
  readonly debug: boolean
  readonly color: ColorChoice
  /** Milliseconds. */
  readonly timeout?: number
}

/** All that an action may use of the world. */
export interface CommandContext {
  readonly io: Io
  readonly globals: GlobalOptions
  readonly isJson: boolean
  /** `--project`, else SWEEP_PROJECT. */
  readonly project: string | undefined
  readonly paint: Paint
  readonly hasColor: boolean
  /** Columns of the terminal on stdout; null when stdout is none, and then nothing is cut. */
  readonly width: number | null
  readonly isStderrTerminal: boolean
  now(): number
  /** Writes a line to stdout. */
  print(line?: string): void
  /** Writes a line for people to stderr. */
  note(line: string): void
  api(): ApiClient
  /** Remembers the file that errors speak of. */
  setSource(source: SourceText): void
}

/** @param spec `options` reach `run` as commander names them (camel case), with the declared defaults */
export function defineCommand<Options = Record<string, never>>(spec: CommandSpec<Options>): AnyCommand {
  // commander builds the options from the declaration beside their type: the one place that trusts they agree.
  return { ...spec, run: (context, args, options) => spec.run(context, args, options as Options) }
}

export const GLOBAL_OPTIONS: readonly OptionSpec[] = [
  { flags: '--server <url>', description: 'controller to talk to (SWEEP_SERVER)' },
  { flags: '--project <name>', description: 'project (SWEEP_PROJECT)' },
  { flags: '--json', description: 'answer for programs', default: false },
  { flags: '-q, --quiet', description: 'only what is asked for', default: false },
  { flags: '-v, --verbose', description: 'tell each request on stderr', default: false },
  { flags: '--yes', description: 'do not ask', default: false },
  { flags: '--timeout <duration>', description: 'how long to wait', parse: parseDuration },
  {
    flags: '--color <when>',
    description: 'auto, always or never',
    choices: ['auto', 'always', 'never'],
    default: 'auto',
  },
  { flags: '--debug', description: 'stack traces with errors', default: false },
]

export interface Invocation {
  readonly args: readonly string[]
  readonly options: Record<string, unknown>
  readonly globals: GlobalOptions
}

/** @returns the invocation, or the help text that was asked for. @throws SweepError USAGE */
export function parseInvocation(
  spec: AnyCommand,
  words: readonly string[],
  paint: Paint,
): Invocation | string {
  const command = new Command(spec.name)
  if (spec.arguments) command.arguments(spec.arguments)
  const globals = GLOBAL_OPTIONS.filter((option) => !isDeclared(spec, option))
  for (const option of [...(spec.options ?? []), ...globals]) command.addOption(buildOption(option))
  command
    .helpOption('-h, --help', 'this page')
    .allowExcessArguments(false)
    .showSuggestionAfterError(false)
    .configureOutput({ writeOut: () => {}, writeErr: () => {}, outputError: () => {} })
    .exitOverride()
  try {
    command.parse([...words], { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.code === 'commander.helpDisplayed') return renderCommandHelp(spec, globals, paint)
    throw usageError(spec, command, error)
  }
  // commander types option values as any; the declarations above name each of them.
  const options = command.opts<Record<string, unknown>>()
  return { args: command.args, options, globals: options as unknown as GlobalOptions }
}

function isDeclared(spec: AnyCommand, global: OptionSpec): boolean {
  const long = longFlag(global.flags)
  return (spec.options ?? []).some((option) => longFlag(option.flags) === long)
}

function longFlag(flags: string): string {
  return /--[a-z-]+/.exec(flags)?.[0] ?? flags
}

function buildOption(spec: OptionSpec): Option {
  const option = new Option(spec.flags, spec.description)
  if (spec.choices) option.choices(spec.choices)
  if (spec.default !== undefined) option.default(spec.default)
  const flag = longFlag(spec.flags)
  if (spec.isRepeatable) {
    option.argParser((text, list: unknown) => [...(Array.isArray(list) ? list : []), text] as never)
  } else if (spec.parse) {
    const parse = spec.parse
    option.argParser((text) => parse(text, flag) as never)
  }
  return option
}

function usageError(spec: AnyCommand, command: Command, error: CommanderError): SweepError {
  const message = error.message.replace(/^error: /, '')
  const hints: string[] = []
  if (error.code === 'commander.unknownOption') {
    const wanted = /'(.+?)'/.exec(message)?.[1] ?? ''
    const known = command.options.flatMap((option) =>
      [option.long, option.short].filter((flag) => flag !== undefined),
    )
    const guess = wanted.startsWith('--') ? didYouMean(wanted.split('=')[0] ?? '', known) : ''
    if (guess !== '') hints.push(guess)
  }
  hints.push(`See:  sweep ${spec.name} --help`)
  return new SweepError('USAGE', message, { hint: hints.join('  '), cause: error })
}

export function createContext(
  io: Io,
  globals: GlobalOptions,
  setSource: (source: SourceText) => void,
  now: () => number = Date.now,
): CommandContext {
  const { stdout, stderr, env } = io
  const note = (line: string) => void stderr.write(`${line}\n`)
  const hasColor = !globals.json && decideColor(globals.color, env, stdout.isTTY === true)
  let client: ApiClient | undefined
  return {
    io,
    globals,
    isJson: globals.json,
    project: globals.project ?? (env['SWEEP_PROJECT'] || undefined),
    paint: createPaint(hasColor),
    hasColor,
    width: stdout.isTTY === true ? Math.max(40, stdout.columns ?? 80) : null,
    isStderrTerminal: stderr.isTTY === true,
    now,
    print: (line = '') => void stdout.write(`${line}\n`),
    note,
    setSource,
    api: () => (client ??= connect()),
  }

  function connect(): ApiClient {
    const server = resolveServerAddress(env, globals.server).url
    return createApiClient({
      server,
      token: findToken({ env, cwd: io.cwd, server }),
      timeoutMs: globals.timeout ?? 60_000,
      onRequest: globals.verbose ? note : undefined,
    })
  }
}

/** Parses a whole number of at least `min`. @throws SweepError USAGE naming the flag */
export function wholeNumber(min: number): (text: string, flag: string) => number {
  return (text, flag) => {
    const value = Number(text)
    if (!/^[+-]?\d+$/.test(text.trim()) || value < min || !Number.isSafeInteger(value)) {
      throw new SweepError('USAGE', `${flag}: "${text}" is not a whole number of at least ${min}`)
    }
    return value
  }
}

/** Exit code of an error code, for commands that answer with it instead of throwing. */
export function exitCodeFor(code: keyof typeof ERROR_CODES): number {
  return ERROR_CODES[code].exitCode
}
