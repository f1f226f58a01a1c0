// Reads a token that a person gives: from a file, from a pipe, or typed without being shown. Never from an argument,
// which `ps` shows to everybody on the machine.
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { SweepError } from '../sweeps/errors.ts'
import type { CommandContext } from './command.ts'
import { checkToken } from './token.ts'

/** More than any token, and less than a wrong file that fills the memory. */
const MAX_BYTES = 4096

/**
 * @param file of `--token-file`; without one, standard input is asked
 * @throws SweepError USAGE when the file cannot be read, UNAUTHORIZED when what comes is no token
 */
export async function readSecret(context: CommandContext, prompt: string, file?: string): Promise<string> {
  if (file !== undefined) return checkToken(readTokenFile(resolve(context.io.cwd, file)), file)
  const { stdin } = context.io
  if ('isTTY' in stdin && stdin.isTTY === true)
    return checkToken(await ask(context, prompt), 'what was typed')
  return checkToken(await readAll(stdin), 'standard input')
}

function readTokenFile(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new SweepError('USAGE', `--token-file: cannot read ${path}`, {
      hint: 'Name a file that holds the token and nothing else.',
      cause: error,
    })
  }
}

async function readAll(stdin: CommandContext['io']['stdin']): Promise<string> {
  let text = ''
  for await (const part of stdin) {
    text += String(part)
    if (text.length > MAX_BYTES) break
  }
  return text
}

/** readline turns the terminal's own echo off and writes its echo to nowhere. */
async function ask(context: CommandContext, prompt: string): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: context.io.stdin, output: nowhere, terminal: true })
  context.io.stderr.write(`${prompt} `) // not before the echo is off: somebody may type at once
  try {
    return await new Promise<string>((resolve, reject) => {
      lines.once('line', resolve)
      lines.once('SIGINT', () => reject(nothingGiven()))
      lines.once('close', () => reject(nothingGiven()))
    })
  } finally {
    lines.close()
    context.io.stderr.write('\n')
  }
}

function nothingGiven(): SweepError {
  return new SweepError('USAGE', 'no token was given', { hint: 'Nothing was changed.' })
}
