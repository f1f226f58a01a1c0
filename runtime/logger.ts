// One JSON line per event on stderr (or into a given stream): `log.info('run.requeued', { runId, agentId })`.
// error = a human must act; warn = degraded but handled; info = a state changed; debug = the rest.
// docs/observability.md lists every event; a test compares it with the code.
import { pino, destination as pinoDestination } from 'pino'
import type { DestinationStream } from 'pino'

/** A log of events with stable names. Never pass secrets, configs marked secret, or the environment. */
export interface Logger {
  error(event: string, facts?: Record<string, unknown>): void
  warn(event: string, facts?: Record<string, unknown>): void
  info(event: string, facts?: Record<string, unknown>): void
  debug(event: string, facts?: Record<string, unknown>): void
}

export interface LoggerOptions {
  /** @default 'info' */
  readonly level?: 'error' | 'warn' | 'info' | 'debug' | 'silent'
  /** @default stderr */
  readonly destination?: DestinationStream
}

export function createLogger(options: LoggerOptions = {}): Logger {
  const sink = pino(
    {
      level: options.level ?? 'info',
      base: null,
      timestamp: pinoIsoTime,
      formatters: { level: (label) => ({ level: label }) },
      messageKey: 'event',
      redact: { paths: SECRET_FIELDS.flatMap((name) => [name, `*.${name}`]), censor: REDACTED },
      hooks: { streamWrite: redactText },
    },
    options.destination ?? openStderr(),
  )
  const at =
    (level: 'error' | 'warn' | 'info' | 'debug') => (event: string, facts?: Record<string, unknown>) =>
      facts === undefined ? sink[level](event) : sink[level](facts, event)
  return { error: at('error'), warn: at('warn'), info: at('info'), debug: at('debug') }
}

/** A disk that is full, or a reader that is gone, costs the lines and not the process. */
function openStderr(): DestinationStream {
  return pinoDestination({ fd: 2, sync: true }).on('error', () => {})
}

const REDACTED = '[redacted]'

/** A second line of defence: nobody passes these, and if somebody does, their value is not written. */
const SECRET_FIELDS = [
  'authorization',
  'cookie',
  'headers',
  'env',
  'password',
  'token',
  'adminToken',
  'agentKey',
  'secret',
]

/** Secrets inside of texts that other programs wrote: a bearer token, the login of an address, a token in a query. */
const SECRET_TEXTS: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  [/\b(Bearer|Basic) [^\s"\\]+/gi, `$1 ${REDACTED}`],
  [/(:\/\/)[^\s"\\/@]*:[^\s"\\/@]*@/g, `$1${REDACTED}@`],
  [/([?&](?:access_)?(?:token|key|ticket|password|secret)=)[^\s"\\&]+/gi, `$1${REDACTED}`],
  [/\bswp_[A-Za-z0-9_]{20,}/g, REDACTED],
]

/** @param text one line of the log, or any text that is shown to people */
export function redactText(text: string): string {
  return SECRET_TEXTS.reduce((line, [pattern, replacement]) => line.replace(pattern, replacement), text)
}

function pinoIsoTime(): string {
  return `,"time":"${new Date().toISOString()}"`
}

/** Says nothing: for tests and for commands that print their own words. */
export const silentLogger: Logger = { error() {}, warn() {}, info() {}, debug() {} }
