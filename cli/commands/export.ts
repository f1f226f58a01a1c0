// `sweep export`: runs or their history, streamed to a file or to stdout.
import { createWriteStream, rmSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { extname, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { EXPORT_FORMATS } from '../../sweeps/api-limits.ts'
import { SweepError } from '../../sweeps/errors.ts'
import { refPath } from '../api-client.ts'
import { defineCommand } from '../command.ts'
import type { CommandContext } from '../command.ts'
import { FILTER_SOURCE } from '../filter-problem.ts'
import { writeWithPressure } from '../terminal.ts'

type Format = (typeof EXPORT_FORMATS)[number]

interface Options {
  readonly what: 'runs' | 'history' | 'all'
  readonly format?: Format
  readonly output?: string
  readonly where?: string
}

export const command = defineCommand<Options>({
  name: 'export',
  summary: 'Write the runs of a sweep, or their history, to a file',
  arguments: '<id>',
  examples: [
    ['sweep export k3v9r2td -o runs.csv', 'one line per run; the format follows from the suffix'],
    ['sweep export @last --what history -o history.parquet', 'every reported value'],
    ["sweep export k3v9 -w 'state:finished' --format json | jq length", 'some runs, to stdout'],
  ],
  options: [
    {
      flags: '--what <rows>',
      description: 'runs, history or all',
      choices: ['runs', 'history', 'all'],
      default: 'runs',
    },
    {
      flags: '--format <name>',
      description: 'csv, json, jsonl or parquet (default: by the suffix, else jsonl)',
      choices: EXPORT_FORMATS,
    },
    { flags: '-o, --output <file>', description: 'file to write, replaced when it is complete' },
    { flags: '-w, --where <filter>', description: 'only the runs that it takes (sweep help filters)' },
  ],
  notes: [
    'A Parquet file is one table: write runs and history to two files.',
    'Non-finite numbers are NaN, Infinity, -Infinity: text in JSON and CSV, numbers in Parquet.',
    'Text that a spreadsheet would take for a formula gets an apostrophe in front (CSV).',
  ],
  next: ['sweep best ID', 'sweep runs ID'],
  run: async (context, [ref = ''], options) => {
    const format = chooseFormat(options)
    const isToStdout = options.output === undefined || options.output === '-'
    checkTarget(context, options, format, isToStdout)
    if (options.where !== undefined) context.setSource({ name: FILTER_SOURCE, text: options.where })
    const query = { what: options.what, format, where: options.where }
    const source = await context.api().stream(refPath('sweeps', ref, '/export'), query)
    if (isToStdout) {
      await copyToStdout(context, source)
      return 0
    }
    const output = options.output ?? ''
    const bytes = await copyToFile(source, resolve(context.io.cwd, output), output)
    if (context.isJson) {
      const facts = { file: output, what: options.what, format, bytes }
      context.print(JSON.stringify({ schema: 'sweep.export/1', ...facts }))
    } else if (!context.globals.quiet)
      context.note(`Wrote ${output} (${options.what}, ${format}, ${bytes} bytes).`)
    return 0
  },
})

/** What can only go wrong is refused before anything is asked for. @throws SweepError USAGE */
function checkTarget(context: CommandContext, options: Options, format: Format, isToStdout: boolean): void {
  if (format !== 'parquet') return
  if (options.what === 'all') {
    throw new SweepError('USAGE', 'a Parquet file is one table: it cannot hold runs and their history', {
      hint: 'Write two files:  --what runs -o runs.parquet   and   --what history -o history.parquet',
    })
  }
  if (isToStdout && context.width !== null)
    throw new SweepError('USAGE', 'Parquet is nothing to print on a terminal', {
      hint: 'Write a file:  -o runs.parquet',
    })
}

async function copyToStdout(context: CommandContext, source: IncomingMessage): Promise<void> {
  const chunks = source[Symbol.asyncIterator]() as AsyncIterator<Uint8Array> // no encoding is set
  for (;;) {
    let next: IteratorResult<Uint8Array>
    try {
      next = await chunks.next()
    } catch (error) {
      throw brokenOff('standard output', 'What was written is not whole.', error)
    }
    if (next.done === true) return
    await writeWithPressure(context.io.stdout, next.value)
  }
}

/** Under another name until it is whole and on the disk. @returns its bytes */
async function copyToFile(source: IncomingMessage, target: string, name: string): Promise<number> {
  const partial = `${target}.${process.pid}.partial`
  const forget = removeOnSignal(partial)
  let bytes = 0
  source.on('data', (chunk: Buffer) => (bytes += chunk.length))
  try {
    await pipeline(source, createWriteStream(partial, { flush: true }))
    await rename(partial, target)
  } catch (error) {
    await rm(partial, { force: true })
    throw isOfFile(error) ? cannotWrite(name, error) : brokenOff(name, 'Nothing was written.', error)
  } finally {
    forget()
  }
  return bytes
}

/** Ctrl-C leaves no half of a file behind. @returns what ends this care */
function removeOnSignal(path: string): () => void {
  const signals = [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const
  const listeners = signals.map(([signal, code]) => {
    const listener = () => {
      rmSync(path, { force: true })
      process.exit(code)
    }
    process.once(signal, listener)
    return () => process.off(signal, listener)
  })
  return () => listeners.forEach((remove) => remove())
}

const FILE_CALLS: ReadonlySet<string> = new Set(['open', 'write', 'writev', 'fsync', 'close', 'rename'])
const SOCKET_CODES: ReadonlySet<string> = new Set(['EPIPE', 'ECONNRESET', 'ETIMEDOUT'])

/** The file's fault or the server's: both may fail in a `write`, and they fail with other codes. */
export function isOfFile(error: unknown): error is NodeJS.ErrnoException {
  if (!(error instanceof Error)) return false
  const { syscall, code } = error as NodeJS.ErrnoException // checked member by member
  return FILE_CALLS.has(syscall ?? '') && !SOCKET_CODES.has(code ?? '')
}

const FILE_REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota of the disk is used up',
  EFBIG: 'the file would be larger than is allowed here',
  EACCES: 'not allowed',
  EPERM: 'not allowed',
  EROFS: 'the disk is read-only',
  ENOENT: 'there is no such folder',
  ENOTDIR: 'there is no such folder',
  EISDIR: 'it is a folder',
}

function cannotWrite(output: string, error: NodeJS.ErrnoException): SweepError {
  const why = FILE_REASONS[error.code ?? ''] ?? error.message
  return new SweepError('USAGE', `cannot write ${output}: ${why}`, {
    hint: 'Nothing was written. Name a file in a folder that exists and has room.',
    cause: error,
  })
}

function brokenOff(output: string, consequence: string, error: unknown): SweepError {
  const why = error instanceof Error ? error.message : String(error)
  return new SweepError('SERVER_UNREACHABLE', `the export to ${output} broke off: ${why}`, {
    hint: `${consequence} Try again.`,
    cause: error,
  })
}

/** @throws SweepError USAGE when a suffix names a format that there is none of */
export function chooseFormat(options: Pick<Options, 'format' | 'output'>): Format {
  if (options.format !== undefined) return options.format
  const suffix = extname(options.output ?? '')
    .slice(1)
    .toLowerCase()
  if (suffix === '') return 'jsonl'
  const format = EXPORT_FORMATS.find((name) => name === suffix)
  if (format) return format
  throw new SweepError('USAGE', `no format for the suffix ".${suffix}"`, {
    hint: `Choose one:  --format ${EXPORT_FORMATS.join('|')}`,
  })
}
