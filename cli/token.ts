// Where a command finds its token, in this order: SWEEP_TOKEN, SWEEP_TOKEN_FILE, the credentials kept for the
// server, `admin-token` in the data folder or in a `.sweep` folder found upward, the file that a running
// `sweep up` of the same user leaves in its state folder.
import { readdirSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { isDamagedToken, TOKEN_PATTERN } from '../sweeps/access-token.ts'
import { SweepError } from '../sweeps/errors.ts'
import { credentialsPath, readCredential } from './credentials.ts'

export interface TokenSearch {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  /** The server that it is for. */
  readonly server: string
}

export interface FoundToken {
  readonly token: string
  /** Where it was found, for messages. Never the token itself. */
  readonly origin: string
}

/** @throws SweepError UNAUTHORIZED when a place that was named outright holds no token */
export function findToken(search: TokenSearch): FoundToken | null {
  const { env, cwd, server } = search
  if (env['SWEEP_TOKEN'])
    return { token: checkToken(env['SWEEP_TOKEN'], 'SWEEP_TOKEN'), origin: 'SWEEP_TOKEN' }
  if (env['SWEEP_TOKEN_FILE']) {
    const path = resolve(cwd, env['SWEEP_TOKEN_FILE'])
    const text = readText(path)
    if (text === null) {
      throw new SweepError('UNAUTHORIZED', `SWEEP_TOKEN_FILE: cannot read ${path}`, {
        hint: 'Name a file that holds the token and nothing else.',
      })
    }
    return { token: checkToken(text, path), origin: path }
  }
  const credentials = credentialsPath(env)
  const kept = readCredential(env, server)
  if (kept !== null) return { token: kept, origin: credentials }
  for (const folder of dataFolders(env, cwd)) {
    const path = join(folder, 'admin-token')
    const text = readText(path)?.trim()
    if (text !== undefined && TOKEN_PATTERN.test(text)) return { token: text, origin: path }
  }
  return findRunningController(env, server)
}

/** The folder in which a running `sweep up` leaves its address and token. */
export function stateFolder(env: TokenSearch['env']): string {
  return join(env['XDG_STATE_HOME'] || join(env['HOME'] || homedir(), '.local', 'state'), 'sweep')
}

/** SWEEP_DATA, then every `.sweep` from here upward. */
function* dataFolders(env: TokenSearch['env'], cwd: string): Generator<string> {
  if (env['SWEEP_DATA']) yield resolve(cwd, env['SWEEP_DATA'])
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    yield join(folder, '.sweep')
    if (dirname(folder) === folder) return
  }
}

/** Only the file of the server that is asked for: a token is not offered to another one. */
function findRunningController(env: TokenSearch['env'], server: string): FoundToken | null {
  const folder = stateFolder(env)
  let names: string[]
  try {
    names = readdirSync(folder).filter((name) => name.startsWith('up-') && name.endsWith('.json'))
  } catch {
    return null // no such folder: no controller of this user runs
  }
  for (const name of names.sort()) {
    const path = join(folder, name)
    const left = parseObject(readText(path))
    const token = left?.['token']
    if (isSameServer(left?.['url'], server) && typeof token === 'string' && TOKEN_PATTERN.test(token)) {
      return { token, origin: path }
    }
  }
  return null
}

/** `localhost` and 127.0.0.1 are one machine to whoever types them. */
function isSameServer(left: unknown, right: string): boolean {
  const plain = (url: string) => url.replace('//localhost:', '//127.0.0.1:')
  return typeof left === 'string' && plain(left) === plain(right)
}

/** @param origin where the text comes from, for messages. @throws SweepError UNAUTHORIZED when it is no token */
export function checkToken(text: string, origin: string): string {
  const token = text.trim()
  if (!TOKEN_PATTERN.test(token)) {
    throw new SweepError('UNAUTHORIZED', `${origin} does not hold a token`, {
      hint: 'A token is 48 or more letters, digits and underscores, with nothing else around it.',
    })
  }
  if (isDamagedToken(token)) {
    throw new SweepError('UNAUTHORIZED', `${origin} holds a token that is incomplete or mistyped`, {
      hint: 'Its last six letters do not fit the rest. Copy it again, whole.',
    })
  }
  return token
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null // missing or not ours to read: the next place is tried
  }
}

function parseObject(text: string | null): Record<string, unknown> | null {
  if (text === null) return null
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? { ...value } : null
  } catch {
    return null // half-written or foreign: as if it were not there
  }
}
