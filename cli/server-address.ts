// Which server a command talks to: `--server`, then SWEEP_SERVER (settings files count as it), then the default.
import { SweepError } from '../sweeps/errors.ts'

export const DEFAULT_SERVER = 'http://127.0.0.1:8765'

export interface ServerAddress {
  /** Without a trailing slash. */
  readonly url: string
  readonly origin: 'flag' | 'environment' | 'default'
}

/** @throws SweepError USAGE when it is no http(s) URL */
export function resolveServerAddress(
  env: Readonly<Record<string, string | undefined>>,
  flag: string | undefined,
): ServerAddress {
  if (flag !== undefined) return { url: checkUrl(flag, '--server'), origin: 'flag' }
  const configured = env['SWEEP_SERVER']
  if (configured) return { url: checkUrl(configured, 'SWEEP_SERVER'), origin: 'environment' }
  return { url: DEFAULT_SERVER, origin: 'default' }
}

/** Without a trailing slash. @throws SweepError USAGE when it is no http(s) address, or holds a password */
export function checkUrl(text: string, name: string): string {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new SweepError('USAGE', `${name}: "${text}" is not an http:// or https:// address`, {
      hint: `Write it as ${DEFAULT_SERVER}`,
    })
  }
  if (url.username !== '' || url.password !== '') {
    throw new SweepError('USAGE', `${name} holds a user name or password`, {
      hint: 'Put the token into SWEEP_TOKEN or a file named by SWEEP_TOKEN_FILE.',
    })
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`
}
