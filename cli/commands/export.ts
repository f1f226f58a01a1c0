// `sweep export`: runs or their history, streamed to a file or to stdout.
import { createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { extname, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { SweepError } from '../../sweeps/errors.ts'
import { refPath } from '../api-client.ts'
import { defineCommand } from '../command.ts'
import { writeWithPressure } from '../terminal.ts'

const FORMATS = ['csv', 'json', 'jsonl'] as const
type Format = (typeof FORMATS)[number]

interface Options {
  readonly what: 'runs' | 'history' | 'all'
  readonly format?: Format
  readonly output?: string
}

export const command = defineCommand<Options>({
  name: 'export',
  summary: 'Write the runs of a sweep, or their history, to a file',
  arguments: '<id>',
  examples: [
    ['sweep export k3v9r2td -o runs.csv', 'one line per run; the format follows from the suffix'],
    ['sweep export @last --what history -o history.jsonl', 'every reported value'],
    ['sweep export k3v9 --format json | jq length', 'to stdout'],
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
      description: 'csv, json or jsonl (default: by the suffix, else jsonl)',
      choices: FORMATS,
    },
    { flags: '-o, --output <file>', description: 'file to write, replaced when it is complete' },
  ],
  next: ['sweep best ID', 'sweep runs ID'],
  run: async (context, [ref = ''], options) => {
    const format = chooseFormat(options)
    const path = refPath('sweeps', ref, '/export')
    const source = await context.api().stream(path, { what: options.what, format })
    if (options.output === undefined || options.output === '-') {
      source.setEncoding('utf8')
      for await (const text of source) await writeWithPressure(context.io.stdout, String(text))
      return 0
    }
    const target = resolve(context.io.cwd, options.output)
    const partial = `${target}.${process.pid}.partial`
    let bytes = 0
    source.on('data', (chunk: Buffer) => (bytes += chunk.length))
    try {
      await pipeline(source, createWriteStream(partial))
      await rename(partial, target)
    } catch (error) {
      await rm(partial, { force: true })
      throw brokenOff(options.output, error)
    }
    if (context.isJson) {
      context.print(
        JSON.stringify({ schema: 'sweep.export/1', file: options.output, what: options.what, format, bytes }),
      )
    } else if (!context.globals.quiet)
      context.note(`Wrote ${options.output} (${options.what}, ${format}, ${bytes} bytes).`)
    return 0
  },
})

/** The file's fault or the server's: an error of the file system names the call that failed on a path. */
function brokenOff(output: string, error: unknown): SweepError {
  const isOfFile = error instanceof Error && 'path' in error && 'syscall' in error
  const why = error instanceof Error ? error.message : String(error)
  return isOfFile
    ? new SweepError('USAGE', `cannot write ${output}: ${why}`, {
        hint: 'Nothing was written. Name a file in a folder that exists and has room.',
        cause: error,
      })
    : new SweepError('SERVER_UNREACHABLE', `the export to ${output} broke off: ${why}`, {
        hint: 'Nothing was written. Try again.',
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
  const format = FORMATS.find((name) => name === suffix)
  if (format) return format
  throw new SweepError('USAGE', `no format for the suffix ".${suffix}"`, {
    hint: `Choose one:  --format ${FORMATS.join('|')}`,
  })
}
