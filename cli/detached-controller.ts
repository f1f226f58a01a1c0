// `sweep up --detach`: starts the same command in the background and waits until it answers.
import { spawn } from 'node:child_process'
import { closeSync, fstatSync, mkdirSync, openSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { SweepError } from '../sweeps/errors.ts'
import type { CommandContext } from './command.ts'
import { quoteForShell } from './shell-words.ts'
import { pause } from './sweep-state.ts'

const START_LIMIT_MS = 60_000
const POLL_MS = 50

export interface DetachedSettings {
  readonly host: string
  readonly port: number
  readonly dataFolder: string
  readonly leaseMs: number
}

/** @returns the exit code: 0 when it answers, else the one it ended with */
export async function startDetached(context: CommandContext, settings: DetachedSettings): Promise<number> {
  mkdirSync(settings.dataFolder, { recursive: true, mode: 0o700 })
  const logPath = join(settings.dataFolder, 'controller.log')
  const log = openSync(logPath, 'a+', 0o600)
  const from = fstatSync(log).size
  const words = ['up', '--host', settings.host, '--port', String(settings.port)]
  words.push('--data', settings.dataFolder, '--lease', `${settings.leaseMs}ms`)
  const child = spawn(process.execPath, [...process.execArgv, process.argv[1] ?? '', ...words], {
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

function readFrom(file: number, from: number): string {
  const size = Math.max(0, fstatSync(file).size - from)
  const bytes = Buffer.alloc(size)
  return bytes.toString('utf8', 0, readSync(file, bytes, 0, size, from))
}
