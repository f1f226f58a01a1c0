// The tokens that `sweep login` keeps: `$XDG_CONFIG_HOME/sweep/credentials`, JSON, one per server address, readable by
// this user alone.
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { TOKEN_PATTERN } from '../sweeps/access-token.ts'
import { SweepError } from '../sweeps/errors.ts'

type Env = Readonly<Record<string, string | undefined>>

export function credentialsPath(env: Env): string {
  return join(env['XDG_CONFIG_HOME'] || join(env['HOME'] || homedir(), '.config'), 'sweep', 'credentials')
}

/** @param server as resolveServerAddress gives it */
export function readCredential(env: Env, server: string): string | null {
  const token = readFile(credentialsPath(env))?.[server]
  return typeof token === 'string' && TOKEN_PATTERN.test(token) ? token : null
}

/** @returns where it is kept. @throws SweepError USAGE when the file cannot be written */
export function keepCredential(env: Env, server: string, token: string): string {
  const path = credentialsPath(env)
  writeFile(path, { ...readFile(path), [server]: token })
  return path
}

/** @returns whether there was one. @throws SweepError USAGE when the file cannot be written */
export function forgetCredential(env: Env, server: string): boolean {
  const path = credentialsPath(env)
  const { [server]: token, ...others } = readFile(path) ?? {}
  if (token === undefined) return false
  if (Object.keys(others).length === 0) rmSync(path, { force: true })
  else writeFile(path, others)
  return true
}

/** null: there is none, or it is half-written or foreign. */
function readFile(path: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'))
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null
  } catch {
    return null // as if it were not there: the next login writes it anew
  }
}

/** Whole or not at all, and never readable by others, not even before it has its name. */
function writeFile(path: string, content: Readonly<Record<string, unknown>>): void {
  const draft = `${path}.${process.pid}.new`
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    rmSync(draft, { force: true })
    writeFileSync(draft, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600, flag: 'wx' })
    renameSync(draft, path)
  } catch (error) {
    throw new SweepError('USAGE', `${path} cannot be written: ${(error as Error).message}`, {
      hint: 'Set XDG_CONFIG_HOME to a folder of yours, or use SWEEP_TOKEN_FILE.',
      cause: error,
    })
  }
}
