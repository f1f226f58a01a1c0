// `sweep up`: a controller in this process, until a signal ends it; or in the background with --detach.
import { mkdirSync, openSync, writeSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { SweepError } from '../../sweeps/errors.ts'
import { createLogger } from '../../runtime/logger.ts'
import type { Logger } from '../../runtime/logger.ts'
import { defineCommand } from '../command.ts'
import type { CommandContext } from '../command.ts'
import { leaveTrace, resolveDataFolder } from '../controller-traces.ts'
import { startDetached } from '../detached-controller.ts'
import type { UpSettings } from '../detached-controller.ts'
import { parseDuration } from '../durations.ts'
import { parseSize } from '../sizes.ts'
import { checkTlsFlags, readTlsFiles } from '../tls-files.ts'
import type { TlsTexts } from '../tls-files.ts'

interface Options {
  readonly host: string
  readonly port: number
  readonly data?: string
  readonly lease: number
  readonly detach: boolean
  readonly tlsCert?: string
  readonly tlsKey?: string
  readonly allowedHost?: readonly string[]
  readonly behindProxy: boolean
}

/** SIGTERM must end the process within 10 s. */
const DRAIN_LIMIT_MS = 9_500
const MIN_LEASE_MS = 5_000

export const command = defineCommand<Options>({
  name: 'up',
  summary: 'Start a controller: API, scheduler and private Redis',
  examples: [
    ['sweep up', 'on this machine, data in ./.sweep'],
    ['sweep up --port 0 --data /var/lib/sweep --detach', 'in the background, on a free port'],
    ['sweep up --host 0.0.0.0 --tls-cert F --tls-key F', 'for other machines; needs a token'],
  ],
  options: [
    { flags: '--host <address>', description: 'address to listen on', default: '127.0.0.1' },
    { flags: '--port <n>', description: '0: a free one', parse: parsePort, default: 8765 },
    { flags: '--data <folder>', description: 'data folder (SWEEP_DATA, else ./.sweep)' },
    {
      flags: '--lease <duration>',
      description: 'silence after which an agent is lost (default 180s)',
      parse: parseLease,
    },
    { flags: '--detach', description: 'start it in the background', default: false },
    { flags: '--tls-cert <file>', description: 'PEM: serve https; SIGHUP reads it again' },
    { flags: '--tls-key <file>', description: 'PEM, without a pass phrase' },
    {
      flags: '--allowed-host <name>',
      description: 'another name that it is called by; repeatable',
      isRepeatable: true,
    },
    {
      flags: '--behind-proxy',
      description: 'trust X-Forwarded-* of a proxy on this machine',
      default: false,
    },
  ],
  notes: [
    'Prints "ready http://..." once it answers; on a terminal also a link that logs a browser in.',
    'SIGTERM or Ctrl-C drains and ends it.',
    'The log goes to stderr as JSON lines; on a terminal to DATA/controller.log.',
  ],
  next: ['sweep create sweep.yaml', 'sweep agent @last'],
  run: async (context, _args, options) => {
    const dataFolder = resolveDataFolder(context.io.env, context.io.cwd, options.data)
    const inCwd = (path: string | undefined) =>
      path === undefined ? undefined : resolve(context.io.cwd, path)
    const settings: UpSettings = {
      host: options.host,
      port: options.port,
      dataFolder,
      leaseMs: options.lease ?? 180_000,
      tls: checkTlsFlags(inCwd(options.tlsCert), inCwd(options.tlsKey)),
      allowedHosts: options.allowedHost ?? [],
      isBehindProxy: options.behindProxy,
    }
    return options.detach ? startDetached(context, settings) : serve(context, settings)
  },
})

async function serve(context: CommandContext, settings: UpSettings): Promise<number> {
  const { env } = context.io
  const ended = untilSignal(context)
  const readCertificate = () => (settings.tls ? readTlsFiles(settings.tls, context.now()) : undefined)
  const tls = readCertificate()
  const log = openLog(context, settings.dataFolder)
  const { startController } = await import('../../controller/main.ts')
  const controller = await startController({
    host: settings.host,
    port: settings.port,
    dataDir: settings.dataFolder,
    leaseMs: settings.leaseMs,
    redisUrl: env['REDIS_URL'] || undefined,
    databaseUrl: env['DATABASE_URL'] || undefined,
    adminToken: env['SWEEP_ADMIN_TOKEN'] || undefined,
    filesDir: env['SWEEP_FILES'] ? resolve(context.io.cwd, env['SWEEP_FILES']) : undefined,
    maxFileBytes: parseSize(env['SWEEP_MAX_FILE_SIZE'], 'SWEEP_MAX_FILE_SIZE'),
    tls,
    allowedHosts: settings.allowedHosts,
    isBehindProxy: settings.isBehindProxy,
    log,
  })
  const removeTrace = leaveTrace(env, {
    url: controller.url,
    port: controller.port,
    token: controller.adminToken,
    dataFolder: settings.dataFolder,
  })
  try {
    context.print(
      context.isJson
        ? JSON.stringify({ schema: 'sweep.up/1', event: 'ready', url: controller.url, pid: process.pid })
        : `ready ${controller.url}`,
    )
    if (context.isStderrTerminal) {
      context.note(`data and log in ${settings.dataFolder}   ^C: drain and end`)
      context.note(`page ${await controller.makePageLink()}   good once, for 5 minutes`)
      if (isReadableByOthers(settings)) context.note(PLAIN_HTTP_WARNING)
    } else if (tls !== undefined) {
      // On a terminal SIGHUP says that it was closed, and ends the controller as ever.
      process.on('SIGHUP', () => changeCertificate(readCertificate, controller.changeCertificate, log))
    }
    const failure = await Promise.race([ended, controller.failed])
    await withinLimit(controller.stop(), DRAIN_LIMIT_MS)
    if (failure instanceof Error) throw failure
    return 0
  } finally {
    removeTrace()
  }
}

/** Shows the certificate as it stands in its files now; one that is no good is logged, and the old one stays. */
function changeCertificate(
  read: () => TlsTexts | undefined,
  show: (tls: TlsTexts) => void,
  log: Logger,
): void {
  try {
    const tls = read()
    if (tls !== undefined) show(tls)
    log.info('controller.certificate_changed', {})
  } catch (error) {
    log.error('controller.certificate_refused', { reason: (error as Error).message })
  }
}

const PLAIN_HTTP_WARNING =
  'WARNING: other machines reach this over plain HTTP: whoever can read that network can read the tokens.\n' +
  '         Use --tls-cert and --tls-key, or --behind-proxy when a proxy does TLS.  sweep help env'

function isReadableByOthers({ host, tls, isBehindProxy }: UpSettings): boolean {
  return !/^(localhost|::1|127\..*)$/.test(host) && tls === undefined && !isBehindProxy
}

/** Resolves at the first signal; the second one ends the process at once. */
function untilSignal(context: CommandContext): Promise<null> {
  return new Promise((resolve) => {
    let isEnding = false
    const listen = (signal: NodeJS.Signals, code: number) =>
      process.on(signal, () => {
        if (isEnding) process.exit(code)
        isEnding = true
        if (context.isStderrTerminal) context.note('draining   ^C again: end at once')
        resolve(null)
      })
    listen('SIGINT', 130)
    listen('SIGTERM', 143)
  })
}

async function withinLimit(work: Promise<unknown>, limitMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<void>((resolve) => (timer = setTimeout(resolve, limitMs)))
  await Promise.race([work, limit])
  clearTimeout(timer)
}

/** JSON lines on stderr; on a terminal they would drown the words, so they go into the data folder. */
function openLog(context: CommandContext, dataFolder: string): Logger {
  const level = context.globals.debug || context.globals.verbose ? 'debug' : 'info'
  if (!context.isStderrTerminal) return createLogger({ level })
  return openFileLog(dataFolder, 'controller.log', level)
}

/** A log in a file of the data folder, readable by this user alone. */
export function openFileLog(dataFolder: string, name: string, level: 'info' | 'debug' = 'info'): Logger {
  mkdirSync(dataFolder, { recursive: true, mode: 0o700 })
  const file = openSync(join(dataFolder, name), 'a', 0o600)
  const write = (line: string) => {
    try {
      writeSync(file, line)
    } catch {
      // The disk is full: it costs the line and not the process. What is wrong is in /readyz and in the agent's beats.
    }
  }
  return createLogger({ level, destination: { write } })
}

function parsePort(text: string, flag: string): number {
  const port = Number(text)
  if (!/^\d+$/.test(text) || port > 65_535) {
    throw new SweepError('USAGE', `${flag}: "${text}" is not a port`, {
      hint: 'A number from 0 (a free one) to 65535.',
    })
  }
  return port
}

function parseLease(text: string, flag: string): number {
  const ms = parseDuration(text, flag)
  if (ms < MIN_LEASE_MS) throw new SweepError('USAGE', `${flag}: "${text}" is shorter than 5 s`)
  return ms
}
