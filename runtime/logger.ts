// One JSON line per event on stderr (or into a given stream): `log.info('run.requeued', { runId, agentId })`.
// error = a human must act; warn = degraded but handled; info = a state changed; debug = the rest.
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
    },
    options.destination ?? pinoDestination({ fd: 2, sync: true }),
  )
  const at =
    (level: 'error' | 'warn' | 'info' | 'debug') => (event: string, facts?: Record<string, unknown>) =>
      facts === undefined ? sink[level](event) : sink[level](facts, event)
  return { error: at('error'), warn: at('warn'), info: at('info'), debug: at('debug') }
}

function pinoIsoTime(): string {
  return `,"time":"${new Date().toISOString()}"`
}

/** Says nothing: for tests and for commands that print their own words. */
export const silentLogger: Logger = { error() {}, warn() {}, info() {}, debug() {} }
