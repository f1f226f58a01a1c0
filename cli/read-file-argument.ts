// Reads FILE of a command: a path, or `-` for standard input.
import { readFile } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { SweepError } from '../sweeps/errors.ts'
import type { CommandContext } from './command.ts'

const MAX_BYTES = 16 * 1024 * 1024

export interface FileText {
  /** For messages: the path as given, or `<stdin>`. */
  readonly name: string
  /** Without its folder. */
  readonly baseName: string
  readonly text: string
}

/** @throws SweepError NOT_FOUND when it cannot be read, BODY_TOO_LARGE above 16 MiB */
export async function readFileArgument(context: CommandContext, path: string): Promise<FileText> {
  if (path === '-') return { name: '<stdin>', baseName: '<stdin>', text: await readStdin(context) }
  let bytes: Buffer
  try {
    bytes = await readFile(resolve(context.io.cwd, path))
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    const why =
      { ENOENT: 'no such file', EISDIR: 'it is a folder', EACCES: 'not allowed to read it' }[code] ?? code
    throw new SweepError('NOT_FOUND', `cannot read ${path}: ${why}`, {
      hint: 'Name a sweep file, or - for standard input.',
      cause: error,
    })
  }
  if (bytes.length > MAX_BYTES) throw tooLarge(path)
  return { name: path, baseName: basename(path), text: bytes.toString('utf8') }
}

async function readStdin(context: CommandContext): Promise<string> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of context.io.stdin) {
    const bytes = Buffer.from(part as Uint8Array | string) // a byte stream, or text in tests
    size += bytes.length
    if (size > MAX_BYTES) throw tooLarge('standard input')
    parts.push(bytes)
  }
  return Buffer.concat(parts).toString('utf8')
}

function tooLarge(name: string): SweepError {
  return new SweepError('BODY_TOO_LARGE', `${name} is larger than 16 MiB: that is no sweep file`)
}
