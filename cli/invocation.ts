// From the words of a command line to an invocation and its context. Parsing is commander's; the words of help and
// errors are ours.
import { Command, CommanderError, Option } from 'commander'
import { SweepError } from '../sweeps/errors.ts'
import { didYouMean } from '../sweeps/nearest-name.ts'
import { createApiClient } from './api-client.ts'
import type { ApiClient } from './api-client.ts'
import { globalOptionsOf, longFlag } from './command.ts'
import type { AnyCommand, CommandContext, CommandEntry, GlobalOptions, OptionSpec } from './command.ts'
import { renderCommandHelp } from './help-text.ts'
import type { SourceText } from './print-error.ts'
import { resolveServerAddress } from './server-address.ts'
import { createPaint, decideColor } from './terminal.ts'
import type { Io, Paint } from './terminal.ts'
import { findToken } from './token.ts'

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
  const globals = globalOptionsOf(spec)
  for (const option of [...(spec.options ?? []), ...globals]) command.addOption(buildOption(option))
  command
    .helpOption('-h, --help', 'this page')
    .allowExcessArguments(false)
    .showSuggestionAfterError(false)
    .configureOutput({ writeOut: () => {}, writeErr: () => {}, outputError: () => {} })
    .exitOverride()
  try {
    command.parse(spec.hasSignedArguments ? words.map(maskSigned) : [...words], { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.code === 'commander.helpDisplayed') return renderCommandHelp(spec, globals, paint)
    throw usageError(spec, command, error)
  }
  // commander types option values as any; the declarations above name each of them.
  const options = command.opts<Record<string, unknown>>()
  return { args: command.args.map(unmask), options, globals: options as unknown as GlobalOptions }
}

// No word of a command line holds NUL: behind one, commander takes `-tag` for an argument.
const MASK = '\u0000'

function maskSigned(word: string): string {
  return /^-[^-]/.test(word) && !['-h', '-q', '-v'].includes(word) ? MASK + word : word
}

function unmask(word: string): string {
  return word.startsWith(MASK) ? word.slice(MASK.length) : word
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
  outerEnv: Io['env'],
  globals: GlobalOptions,
  commands: readonly CommandEntry[],
  setSource: (source: SourceText) => void,
  now: () => number = Date.now,
): CommandContext {
  const { stdout, stderr, env } = io
  const note = (line: string) => void stderr.write(`${line}\n`)
  const hasColor = !globals.json && decideColor(globals.color, env, stdout.isTTY === true)
  let client: ApiClient | undefined
  return {
    io,
    outerEnv,
    globals,
    commands,
    isJson: globals.json,
    project: globals.project ?? (env['SWEEP_PROJECT'] || undefined),
    paint: createPaint(hasColor),
    hasColor,
    width: stdout.isTTY === true ? Math.max(40, stdout.columns || 80) : null,
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
