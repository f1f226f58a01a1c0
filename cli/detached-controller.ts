// `sweep up --detach`: starts the same command in the background and waits until it answers.
import { spawn } from 'node:child_process'
import { closeSync, fstatSync, mkdirSync, openSync, readSync } from 'node:fs'
import { join } from 'node:path'
import type { CreateTicketResponse } from '../sweeps/access-schema.ts'
import { SweepError } from '../sweeps/errors.ts'
import { createApiClient } from './api-client.ts'
import type { CommandContext } from './command.ts'
import { quoteForShell } from './shell-words.ts'
import { pause } from './sweep-state.ts'
import type { TlsPaths } from './tls-files.ts'
import { findToken } from './token.ts'

const START_LIMIT_MS = 60_000
const POLL_MS = 50

/** What `sweep up` is started with. */
export interface UpSettings {
  readonly host: string
  readonly port: number
  readonly dataFolder: string
  readonly leaseMs: number
  /** undefined: plain HTTP. */
  readonly tls: TlsPaths | undefined
  readonly allowedHosts: readonly string[]
  readonly isBehindProxy: boolean
}

/** @returns the exit code: 0 when it answers, else the one it ended with */
export async function startDetached(context: CommandContext, settings: UpSettings): Promise<number> {
  mkdirSync(settings.dataFolder, { recursive: true, mode: 0o700 })
  const logPath = join(settings.dataFolder, 'controller.log')
  const log = openSync(logPath, 'a+', 0o600)
  const from = fstatSync(log).size
  const child = spawn(process.execPath, [...process.execArgv, process.argv[1] ?? '', ...wordsOf(settings)], {
    detached: true,
    stdio: ['ignore', log, log],
    cwd: context.io.cwd,
  })
  const exited = new Promise<number>((resolve) => {
    child.on('exit', (code) => resolve(code ?? 1))
    child.on('error', () => resolve(1))
  })
  const deadline = performance.now() + START_LIMIT_MS
  try {
    for (;;) {
      // The end is looked at before the log, so that what it wrote last is seen.
      const exitCode = await Promise.race([exited, pause(POLL_MS).then(() => null)])
      const written = readFrom(log, from)
      const url = /^ready (\S+)$/m.exec(written)?.[1]
      if (url !== undefined) {
        child.unref()
        const answer = { schema: 'sweep.up/1', event: 'ready', url, pid: child.pid, log: logPath }
        context.print(context.isJson ? JSON.stringify(answer) : `ready ${url}`)
        if (!context.isJson && !context.globals.quiet) {
          const end = `sweep down --data ${quoteForShell(settings.dataFolder)}`
          context.note(`In the background, log in ${logPath}.  End it:  ${end}`)
          const link = context.isStderrTerminal ? await askForPageLink(context, url) : null
          if (link !== null) context.note(`page ${link}   good once, for 5 minutes`)
        }
        return 0
      }
      if (exitCode !== null) {
        const lines = written.split('\n').filter((line) => line !== '' && !line.startsWith('{'))
        for (const line of lines.length > 0 ? lines : [`✗ The controller ended. See ${logPath}.`])
          context.note(line)
        return exitCode
      }
      if (performance.now() > deadline) {
        child.kill('SIGTERM')
        throw new SweepError('TIMED_OUT', `the controller did not answer within ${START_LIMIT_MS / 1000} s`, {
          hint: `Look at its log:  ${logPath}`,
        })
      }
    }
  } finally {
    closeSync(log)
  }
}

function wordsOf(settings: UpSettings): string[] {
  const { tls } = settings
  return [
    ...['up', '--host', settings.host, '--port', String(settings.port)],
    ...['--data', settings.dataFolder, '--lease', `${settings.leaseMs}ms`],
    ...(tls === undefined ? [] : ['--tls-cert', tls.cert, '--tls-key', tls.key]),
    ...settings.allowedHosts.flatMap((name) => ['--allowed-host', name]),
    ...(settings.isBehindProxy ? ['--behind-proxy'] : []),
  ]
}

/** Asked for here, so that it stands in no log. null when the controller does not give one to this user. */
async function askForPageLink(context: CommandContext, server: string): Promise<string | null> {
  try {
    const { env, cwd } = context.io
    const token = findToken({ env, cwd, server })
    const client = createApiClient({ server, token, timeoutMs: 5000, retryDelaysMs: [] })
    const answer = JSON.parse(await client.post('/session/ticket', {})) as CreateTicketResponse // the server's schema
    return answer.url
  } catch {
    return null // its certificate is not trusted here, for instance: the page asks for a token itself
  }
}

function readFrom(file: number, from: number): string {
  const size = Math.max(0, fstatSync(file).size - from)
  const bytes = Buffer.alloc(size)
  return bytes.toString('utf8', 0, readSync(file, bytes, 0, size, from))
}
