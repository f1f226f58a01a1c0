// `sweep doctor`: what could stand in the way on this machine and on the way to the server, each with a remedy.
import { defineCommand } from '../command.ts'
import type { CommandContext } from '../command.ts'
import { resolveDataFolder } from '../controller-traces.ts'
import { exitCodeOfChecks, fail, ok } from '../doctor/check.ts'
import type { Check } from '../doctor/check.ts'
import { checkPort, checkRedis } from '../doctor/controller-checks.ts'
import { checkFile } from '../doctor/file-check.ts'
import {
  checkFolder,
  checkGpus,
  checkNode,
  checkPython,
  judgeDisk,
  readDiskSpace,
} from '../doctor/machine-checks.ts'
import { checkServer, isLoopback } from '../doctor/server-checks.ts'
import type { ServerFacts } from '../doctor/server-checks.ts'
import { readOwnVersion } from '../own-version.ts'
import { SweepError } from '../../sweeps/errors.ts'
import { DEFAULT_SERVER, resolveServerAddress } from '../server-address.ts'
import { loadSettings } from '../settings.ts'
import { printable } from '../terminal.ts'
import type { Paint } from '../terminal.ts'
import { stateFolder } from '../token.ts'

interface Options {
  readonly agent: boolean
}

export const command = defineCommand<Options>({
  name: 'doctor',
  summary: 'Check this machine, the way to the server, and a sweep file',
  arguments: '[file]',
  examples: [
    ['sweep doctor', 'this machine and the way to the server'],
    ['sweep doctor sweep.yaml', 'and whether the first command of the file could start here'],
    ['sweep doctor --agent --server http://gpu-head:8765', 'only what a training machine needs'],
  ],
  options: [
    { flags: '--agent', description: 'only what `sweep agent` needs: no Redis, no port', default: false },
  ],
  notes: [
    'Every check is ok, warn or fail; a hint can be pasted. Exit code: 0 nothing failed,',
    '5 the server is not reachable, 4 the token, 6 the file, 7 anything else.',
  ],
  next: ['sweep up', 'sweep agent ID'],
  worksWithoutSettings: true,
  run: async (context, [file], options) => {
    const checks = await runChecks(context, file, options)
    if (context.isJson) context.print(JSON.stringify({ schema: 'sweep.doctor/1', checks }))
    else for (const check of checks) for (const line of renderCheck(check, context)) context.print(line)
    return exitCodeOfChecks(checks)
  },
})

async function runChecks(
  context: CommandContext,
  file: string | undefined,
  options: Options,
): Promise<Check[]> {
  const { io } = context
  const dataFolder = resolveDataFolder(io.env, io.cwd)
  const address = readAddress(context)
  const url = new URL(address instanceof SweepError ? DEFAULT_SERVER : address)
  const isLocal = isLoopback(url.hostname)
  // An address without a port is a proxy's: a controller here would take the usual one.
  const port = isLocal && url.port !== '' ? Number(url.port) : Number(new URL(DEFAULT_SERVER).port)
  const [server, verdict, python, gpus, redis] = await Promise.all([
    checkAddress(context, address),
    file === undefined ? null : checkFile(context, file),
    checkPython(io),
    checkGpus(io),
    options.agent ? null : checkRedis(io, isLocal),
  ])
  const isInUse = server.version !== null && isLocal && String(port) === url.port
  return [
    checkSettings(context),
    checkNode(process.versions.node),
    ...server.checks,
    ...(redis === null ? [] : [redis, await checkPort(port, { isInUse, env: io.env })]),
    checkFolder('data folder', dataFolder),
    judgeDisk(readDiskSpace(dataFolder), dataFolder),
    ...(options.agent ? [] : [checkFolder('state folder', stateFolder(io.env))]),
    ...(verdict?.needsNoPython ? [] : [python]),
    gpus,
    ...(verdict === null ? [] : [verdict.check]),
  ]
}

async function checkAddress(context: CommandContext, address: string | SweepError): Promise<ServerFacts> {
  if (address instanceof SweepError) {
    return {
      checks: [fail('server', address.message, address.hint ?? 'Correct the address.')],
      version: null,
    }
  }
  const { env, cwd } = context.io
  return checkServer({ env, cwd, server: address }, await readOwnVersion())
}

function readAddress(context: CommandContext): string | SweepError {
  try {
    return resolveServerAddress(context.io.env, context.globals.server).url
  } catch (error) {
    if (error instanceof SweepError) return error
    throw error
  }
}

function checkSettings(context: CommandContext): Check {
  try {
    const { server } = context.globals
    const settings = loadSettings(context.outerEnv, context.io.cwd).describe(
      server === undefined ? {} : { server },
    )
    const set = settings.filter(({ origin }) => origin !== 'default')
    const words = set.map(({ key, value, place }) => `${key} ${value} (${place})`)
    return ok('settings', words.length === 0 ? 'all as they come' : words.join(', '))
  } catch (error) {
    if (!(error instanceof SweepError)) throw error
    return fail('settings', `${error.at ?? ''}  ${error.message}`.trim(), error.hint ?? 'Correct that line.')
  }
}

const NAME_COLUMNS = 12

function renderCheck(check: Check, { paint, globals }: CommandContext): string[] {
  if (globals.quiet && check.status === 'ok') return []
  const line = `${markOf(check, paint)} ${check.name.padEnd(NAME_COLUMNS)}  ${printable(check.found)}`
  return check.hint === null ? [line] : [line, `  ${' '.repeat(NAME_COLUMNS)}  ${printable(check.hint)}`]
}

function markOf({ status }: Check, paint: Paint): string {
  if (status === 'ok') return paint.green('✓')
  return status === 'warn' ? paint.yellow('!') : paint.red('✗')
}
