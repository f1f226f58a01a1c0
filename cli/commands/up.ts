// `sweep up`: a controller in this process, until a signal ends it; or in the background with --detach.
import { mkdirSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { SweepError } from '../../sweeps/errors.ts'
import { createLogger } from '../../runtime/logger.ts'
import type { Logger } from '../../runtime/logger.ts'
import { defineCommand } from '../command.ts'
import type { CommandContext } from '../command.ts'
import { leaveTrace, resolveDataFolder } from '../controller-traces.ts'
import { startDetached } from '../detached-controller.ts'
import { parseDuration } from '../durations.ts'

interface Options {
  readonly host: string
  readonly port: number
  readonly data?: string
  readonly lease: number
  readonly detach: boolean
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
    ['sweep up --host 0.0.0.0', 'for other machines; needs a token'],
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
  ],
  notes: [
    'Prints "ready http://..." once it answers. SIGTERM or Ctrl-C drains and ends it.',
    'The log goes to stderr as JSON lines; on a terminal to DATA/controller.log.',
  ],
  next: ['sweep create sweep.yaml', 'sweep agent @last'],
  run: async (context, _args, options) => {
    const dataFolder = resolveDataFolder(context.io.env, context.io.cwd, options.data)
    const settings = { host: options.host, port: options.port, dataFolder, leaseMs: options.lease ?? 180_000 }
    return options.detach ? startDetached(context, settings) : serve(context, settings)
  },
})

export interface UpSettings {
  readonly host: string
  readonly port: number
  readonly dataFolder: string
  readonly leaseMs: number
}

async function serve(context: CommandContext, settings: UpSettings): Promise<number> {
  const { env } = context.io
  const ended = untilSignal(context)
  const { startController } = await import('../../controller/main.ts')
  const controller = await startController({
    host: settings.host,
    port: settings.port,
    dataDir: settings.dataFolder,
    leaseMs: settings.leaseMs,
    redisUrl: env['REDIS_URL'] || undefined,
    databaseUrl: env['DATABASE_URL'] || undefined,
    adminToken: env['SWEEP_ADMIN_TOKEN'] || undefined,
    log: openLog(context, settings.dataFolder),
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
    if (context.isStderrTerminal) context.note(`data and log in ${settings.dataFolder}   ^C: drain and end`)
    const failure = await Promise.race([ended, controller.failed])
    await withinLimit(controller.stop(), DRAIN_LIMIT_MS)
    if (failure instanceof Error) throw failure
    return 0
  } finally {
    removeTrace()
  }
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
