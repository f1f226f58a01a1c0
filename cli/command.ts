// What a command is: a declaration (words, flags, examples) and an action that gets a context. Parsing is in
// invocation.ts, the pages of help in help-text.ts.
import { ERROR_CODES, SweepError } from '../sweeps/errors.ts'
import type { ApiClient } from './api-client.ts'
import { parseDuration } from './durations.ts'
import type { SourceText } from './print-error.ts'
import type { ColorChoice, Io, Paint } from './terminal.ts'

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
  /** `-word` is an argument and no flag, except for -h, -q and -v. @default false */
  readonly hasSignedArguments?: boolean
  /** The command as typed, and what it does; three of them. */
  readonly examples: readonly (readonly [command: string, does: string])[]
  readonly options?: readonly OptionSpec[]
  /** What to do afterwards, as commands. */
  readonly next: readonly string[]
  /** Facts that do not fit a flag: a few lines. */
  readonly notes?: readonly string[]
  /** Runs beside a settings file that cannot be read, as if there were none. @default false */
  readonly worksWithoutSettings?: boolean
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
  /** false: never ask, as if there were no terminal. */
  readonly input: boolean
  readonly debug: boolean
  readonly color: ColorChoice
  /** Milliseconds. */
  readonly timeout?: number
}

/** A command as it stands in the overview; its page and its work are loaded when they are asked for. */
export interface CommandEntry {
  readonly name: string
  readonly group: string
  readonly summary: string
  /** Not for people: neither listed nor suggested. */
  readonly isHidden?: boolean
  readonly load: () => Promise<{ readonly command: AnyCommand }>
}

/** All that an action may use of the world. */
export interface CommandContext {
  /** `env` includes what settings files say, as variables. */
  readonly io: Io
  /** The environment as it was outside, without the settings files. */
  readonly outerEnv: Io['env']
  /** Every command, for `sweep help`. */
  readonly commands: readonly CommandEntry[]
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
  { flags: '--yes', description: 'do not ask: do it', default: false },
  { flags: '--no-input', description: 'do not ask: refuse what needs --yes' },
  { flags: '--timeout <duration>', description: 'how long to wait', parse: parseDuration },
  {
    flags: '--color <when>',
    description: 'auto, always or never (SWEEP_COLOR)',
    choices: ['auto', 'always', 'never'],
    default: 'auto',
  },
  { flags: '--debug', description: 'stack traces with errors', default: false },
]

/** The global flags of a command: those that it does not declare itself. */
export function globalOptionsOf(command: AnyCommand): readonly OptionSpec[] {
  const own = new Set((command.options ?? []).map(({ flags }) => longFlag(flags)))
  return GLOBAL_OPTIONS.filter(({ flags }) => !own.has(longFlag(flags)))
}

/** `--count` of `-n, --count <n>`. */
export function longFlag(flags: string): string {
  return /--[a-z-]+/.exec(flags)?.[0] ?? flags
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
