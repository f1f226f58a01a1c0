// `sweep down`: ends a controller of this user that runs in the background, and waits until it is gone.
import { rmSync } from 'node:fs'
import { signalQuietly } from '../../runtime/process-tree.ts'
import { SweepError } from '../../sweeps/errors.ts'
import { defineCommand } from '../command.ts'
import type { CommandContext } from '../command.ts'
import { isControllerAlive, readRunningControllers, resolveDataFolder } from '../controller-traces.ts'
import type { ControllerTrace } from '../controller-traces.ts'
import { quoteForShell } from '../shell-words.ts'
import { pause } from '../sweep-state.ts'

interface Options {
  readonly data?: string
  readonly all: boolean
  readonly dryRun: boolean
}

/** A controller drains for 10 s at the most. */
const DEFAULT_LIMIT_MS = 20_000
const POLL_MS = 50

export const command = defineCommand<Options>({
  name: 'down',
  summary: 'End a controller that runs in the background',
  examples: [
    ['sweep down', 'the one of ./.sweep (or SWEEP_DATA)'],
    ['sweep down --data /var/lib/sweep', 'the one of another data folder'],
    ['sweep down --all', 'every one of this user on this machine'],
  ],
  options: [
    { flags: '--data <folder>', description: 'its data folder (SWEEP_DATA, else ./.sweep)' },
    { flags: '--all', description: 'all controllers of this user', default: false },
    { flags: '--dry-run', description: 'end nothing, say what would be ended', default: false },
  ],
  notes: [
    'It is found by the trace that `sweep up` leaves in ~/.local/state/sweep, and gets',
    'SIGTERM; nothing else does. Agents and their runs go on.',
    'Exit code: 0 also when none runs, 3 when only those of other data folders run,',
    '8 when it has not ended in time (--timeout, 20s).',
  ],
  next: ['sweep up --detach', 'sweep doctor'],
  run: async (context, _args, options) => {
    const running = await findLiving(context.io.env, options)
    const dataFolder = resolveDataFolder(context.io.env, context.io.cwd, options.data)
    const chosen = options.all ? running : running.filter((trace) => trace.dataFolder === dataFolder)
    if (chosen.length === 0 && running.length > 0) throw onlyOthers(dataFolder, running)
    const ended = chosen.map(({ url, pid, dataFolder }) => ({ url, pid, dataFolder }))
    if (!options.dryRun) for (const trace of chosen) await endController(trace, context)
    if (context.isJson) {
      context.print(
        JSON.stringify({ schema: 'sweep.down/1', ended, ...(options.dryRun ? { dryRun: true } : {}) }),
      )
    } else if (!context.globals.quiet) {
      const verb = options.dryRun ? 'Would end' : 'Ended'
      for (const one of ended) context.print(`${verb} ${one.url}  (pid ${one.pid}, data ${one.dataFolder})`)
      if (ended.length === 0) context.print('No controller of this user runs on this machine: nothing to do.')
    }
    return 0
  },
})

/** Those that still live. What one left that is known to be dead is taken away: there is a token in it. */
async function findLiving(env: CommandContext['io']['env'], { dryRun }: Options): Promise<ControllerTrace[]> {
  const living: ControllerTrace[] = []
  for (const trace of readRunningControllers(env)) {
    if (await isControllerAlive(trace)) living.push(trace)
    else if (!dryRun && trace.identity !== null) rmSync(trace.path, { force: true })
  }
  return living
}

async function endController(trace: ControllerTrace, context: CommandContext): Promise<void> {
  signalQuietly(trace.pid, 'SIGTERM')
  const limitMs = context.globals.timeout ?? DEFAULT_LIMIT_MS
  const deadline = performance.now() + limitMs
  while (await isControllerAlive(trace)) {
    if (performance.now() > deadline) {
      throw new SweepError(
        'TIMED_OUT',
        `${trace.url} (pid ${trace.pid}) has not ended within ${limitMs / 1000} s`,
        {
          hint: `It was asked to end. By force, losing nothing that is stored:  kill -9 ${trace.pid}`,
        },
      )
    }
    await pause(POLL_MS)
  }
}

function onlyOthers(dataFolder: string, running: readonly ControllerTrace[]): SweepError {
  const commands = running.map((trace) => `sweep down --data ${quoteForShell(trace.dataFolder)}`)
  return new SweepError('NOT_FOUND', `no controller runs on ${dataFolder}`, {
    hint: ['Those that run:', ...commands].join('\n'),
  })
}
