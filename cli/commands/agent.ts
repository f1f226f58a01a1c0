// `sweep agent`: works sweeps on this machine, one slot per GPU, until there is nothing left to do.
import { SweepError } from '../../sweeps/errors.ts'
import { createAgentBoard, eventAsKeyValue, eventAsLine } from '../agent-events.ts'
import type { AgentEvent } from '../agent-events.ts'
import type { ResolveResponse } from '../../sweeps/api-schema.ts'
import { defineCommand, wholeNumber } from '../command.ts'
import type { CommandContext } from '../command.ts'
import { parseDuration } from '../durations.ts'
import { resolveDataFolder } from '../controller-traces.ts'
import { startLiveBlock } from '../live-block.ts'
import type { LiveBlock } from '../live-block.ts'
import { definedOnly, passSignalsTo, redisAddress } from '../local-agents.ts'
import type { AgentHandle } from '../local-agents.ts'
import { resolveServerAddress } from '../server-address.ts'
import { findToken } from '../token.ts'
import { openFileLog } from './up.ts'

interface Options {
  readonly slots?: number
  readonly gpus?: string
  readonly gpusPerRun?: number
  readonly slotsPerGpu?: number
  readonly count?: number
  readonly maxTime?: number
  readonly idleExit?: number
  readonly forever?: boolean
  readonly labels?: readonly string[]
  readonly systemMetrics?: number
  readonly command?: readonly string[]
  readonly asWandb: boolean
}

export const command = defineCommand<Options>({
  name: 'agent',
  summary: 'Work sweeps on this machine, one slot per GPU',
  arguments: '<id...>',
  examples: [
    ['sweep agent k3v9r2td', 'all GPUs of this machine; one slot when there is none'],
    ['sweep agent @last --slots 4 --gpus none', 'four runs at one time, no GPUs handed out'],
    ['sweep agent k3v9 z7h2 --count 10 --labels gpu=h100', 'two sweeps in this order, ten runs at most'],
  ],
  options: [
    {
      flags: '--slots <n>',
      description: 'runs at one time (default: one per GPU, else 1)',
      parse: wholeNumber(1),
    },
    { flags: '--gpus <which>', description: 'auto, all, none, or as 0,1', parse: parseGpus },
    { flags: '--gpus-per-run <k>', description: 'GPUs of one slot', parse: wholeNumber(1) },
    { flags: '--slots-per-gpu <n>', description: 'runs that share a GPU', parse: wholeNumber(1) },
    { flags: '--count <n>', description: 'leave after so many runs', parse: wholeNumber(1) },
    {
      flags: '--max-time <duration>',
      description: 'leave before then; take no run that would not fit',
      parse: parseDuration,
    },
    {
      flags: '--idle-exit <duration>',
      description: 'leave after so long without a run',
      parse: parseDuration,
    },
    { flags: '--forever', description: 'stay when the sweeps are over', default: false },
    {
      flags: '--labels <key=value>',
      description: 'what this machine offers; may be repeated',
      isRepeatable: true,
    },
    {
      flags: '--system-metrics <interval>',
      description: 'sample the machine this often, or off (default: 10s)',
      parse: parseSystemInterval,
    },
    {
      flags: '--command <json>',
      description: "words to run in place of the sweep's command",
      parse: parseWords,
    },
    { flags: '--as-wandb', description: "import wandb gives sweep's Python client", default: false },
  ],
  notes: [
    'Ctrl-C once: finish these runs, then leave. Twice: hand them back. Three times: kill.',
    'Exit code: 0 done, 20 runs keep failing here, 21 told to leave, 75 handed back, 130 and 143 killed.',
    'Its own log is agent.log in SWEEP_DATA (./.sweep).',
  ],
  next: ['sweep best ID', 'sweep agents ID'],
  run: async (context, args, options) => {
    const { env, cwd } = context.io
    const server = resolveServerAddress(env, context.globals.server).url
    const found = findToken({ env, cwd, server })
    if (found === null) {
      throw new SweepError('UNAUTHORIZED', 'an agent needs a token, and none was found', {
        hint: 'sweep login, or set SWEEP_TOKEN_FILE.  Where it is looked for:  sweep help tokens',
      })
    }
    const sweepIds = await resolveSweeps(context, args)
    const dataDir = resolveDataFolder(env, cwd)
    const labels = parseLabels(options.labels ?? [])
    const { slots, gpus, gpusPerRun, slotsPerGpu, count, systemMetrics: systemIntervalMs } = options
    const { command: replacement, asWandb: isAsWandb } = options
    const { maxTime: maxTimeMs, idleExit: idleExitMs, forever: staysForever } = options
    let agent: AgentHandle | undefined
    const reporter = createReporter(context)
    passSignalsTo(
      () => (agent ? [agent] : []),
      () => {
        if (!agent) process.exit(0) // nothing has been taken yet: it is drained
      },
      () => {
        if (!agent) process.exit(75)
      },
    )
    const { startAgent } = await import('../../agent/main.ts')
    try {
      const started: AgentHandle = await startAgent({
        server,
        token: found.token,
        sweepIds,
        ...definedOnly({
          slots,
          gpus,
          gpusPerRun,
          slotsPerGpu,
          count,
          maxTimeMs,
          idleExitMs,
          staysForever,
          systemIntervalMs,
          command: replacement,
        }),
        ...redisAddress(env),
        isAsWandb,
        labels,
        dataDir,
        cwd,
        log: openFileLog(dataDir, 'agent.log', context.globals.debug ? 'debug' : 'info'),
        onEvent: reporter.take,
      })
      agent = started
      await reporter.begin(started, server)
      return await started.done
    } finally {
      reporter.end()
    }
  },
})

/** Milliseconds; 0 for `off`. */
function parseSystemInterval(text: string, flag: string): number {
  if (text === 'off') return 0
  const intervalMs = parseDuration(text, flag)
  if (intervalMs >= 1_000) return intervalMs
  throw new SweepError('USAGE', `${flag}: ${text} is too short`, { hint: 'At least 1s, or off.' })
}

function parseWords(text: string, flag: string): readonly string[] {
  const words = readJson(text)
  if (
    Array.isArray(words) &&
    words.length > 0 &&
    words.every((word): word is string => typeof word === 'string')
  )
    return words
  throw new SweepError('USAGE', `${flag}: "${text}" is not a JSON list of words`, {
    hint: `As in:  --command '["python","train.py","\${args}"]'`,
  })
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null // no JSON: the caller says what was wanted
  }
}

async function resolveSweeps(context: CommandContext, refs: readonly string[]): Promise<string[]> {
  const ids: string[] = []
  for (const ref of refs) {
    const text = await context.api().get(`/resolve/${encodeURIComponent(ref)}`)
    const found = JSON.parse(text) as ResolveResponse // the server's own schema
    if (found.kind !== 'sweep') {
      throw new SweepError('USAGE', `"${ref}" is a run: an agent works sweeps`, {
        hint: `See:  sweep show ${ref}`,
      })
    }
    ids.push(found.id)
  }
  return ids
}

interface Reporter {
  take(event: AgentEvent): void
  begin(agent: AgentHandle, server: string): Promise<void>
  end(): void
}

/** Events before `begin` are kept for it, so that the opening line comes first. */
function createReporter(context: CommandContext): Reporter {
  const isTerminal = context.io.stdout.isTTY === true && !context.isJson
  const early: AgentEvent[] = []
  let hasBegun = false
  let block: LiveBlock | undefined
  let board = createAgentBoard(1)
  const printLine = (line: string) => (block ? block.above(line) : context.print(line))
  const show = (event: AgentEvent) => {
    board.note(event)
    if (context.isJson) context.print(JSON.stringify(event))
    else {
      const line = isTerminal ? eventAsLine(event, context.paint) : eventAsKeyValue(event)
      if (line !== null) printLine(line)
    }
  }
  return {
    take: (event) => void (hasBegun ? show(event) : early.push(event)),
    async begin(agent, server) {
      board = createAgentBoard(agent.slots)
      if (isTerminal) {
        const { hostname } = await import('node:os')
        const slots = `${agent.slots} slot${agent.slots === 1 ? '' : 's'}`
        context.print(
          `${hostname()} · ${slots} · reports to ${new URL(server).host} · agent ${agent.agentId}`,
        )
        const render = (width: number) => {
          const lines = board.lines(Date.now(), width)
          return context.globals.quiet ? lines.slice(0, 2) : lines
        }
        block = await startLiveBlock(context.io.stdout, render)
      }
      hasBegun = true
      for (const event of early) show(event)
    },
    end: () => block?.end(),
  }
}

function parseGpus(text: string, flag: string): string {
  if (/^(?:auto|all|none|(?:\d+|(?:GPU|MIG)-[\w-]+)(?:,(?:\d+|(?:GPU|MIG)-[\w-]+))*)$/.test(text)) return text
  throw new SweepError('USAGE', `${flag}: "${text}" is neither auto, all, none nor a list`, {
    hint: 'As in:  --gpus 0,1',
  })
}

export function parseLabels(pairs: readonly string[]): Record<string, string> {
  const labels = new Map<string, string>()
  for (const pair of pairs.flatMap((text) => text.split(','))) {
    const at = pair.indexOf('=')
    if (at <= 0)
      throw new SweepError('USAGE', `--labels: "${pair}" is not key=value`, {
        hint: 'As in:  --labels gpu=h100',
      })
    labels.set(pair.slice(0, at), pair.slice(at + 1))
  }
  return Object.fromEntries(labels)
}
