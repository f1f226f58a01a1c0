// `sweep top`: the ranking of a sweep, live. On a terminal it takes the screen; elsewhere, or with --once, it writes
// lines.
import type { ListSweepsResponse } from '../../sweeps/sweep-schema.ts'
import type { ResolveResponse } from '../../sweeps/api-schema.ts'
import { SweepError } from '../../sweeps/errors.ts'
import { isTerminalSweepState } from '../../sweeps/sweep.ts'
import { createApiClient } from '../api-client.ts'
import type { ApiClient } from '../api-client.ts'
import { defineCommand } from '../command.ts'
import type { CommandContext } from '../command.ts'
import { parseDuration } from '../durations.ts'
import { FILTER_SOURCE } from '../filter-problem.ts'
import { parseColumns } from '../run-columns.ts'
import { resolveServerAddress } from '../server-address.ts'
import { findToken } from '../token.ts'
import { compileSelection } from '../top/filter-runs.ts'
import { FIRST_VIEW } from '../top/view.ts'
import type { View } from '../top/view.ts'

interface Options {
  readonly where?: string
  readonly columns?: readonly string[]
  readonly interval: number
  readonly once: boolean
}

const MIN_INTERVAL_MS = 250
/** Of each request: a server that is silent for longer is shown as away. The stream has a beat every 15 s. */
const SILENCE_MS = 20_000

export const command = defineCommand<Options>({
  name: 'top',
  summary: 'Watch the ranking of a sweep, live',
  arguments: '[id]',
  examples: [
    ['sweep top', 'the newest sweep that runs, else the newest'],
    ["sweep top k3v9r2td -w 'opt:adamw lr<1e-2'", 'only some of its runs (sweep help filters)'],
    ['sweep top @last --once', 'one frame as text, for watch or a log'],
  ],
  options: [
    { flags: '-w, --where <filter>', description: 'only the runs that it takes' },
    { flags: '--columns <a,b,c>', description: 'after rank, run and value', parse: parseColumns },
    {
      flags: '--interval <duration>',
      description: 'between two frames',
      parse: parseInterval,
      default: 1000,
    },
    { flags: '--once', description: 'write one frame and end', default: false },
  ],
  notes: [
    'Running runs stand where they would rank now, marked ~ and ?. Keys: ? shows them.',
    'Columns: trend state step took age host agent name attempt reason tags note group,',
    'and names of parameters and metrics (m.NAME). Needs 60x15; below that, one line.',
    'With --json a line of JSON whenever something has changed, until the sweep has ended.',
  ],
  next: ['sweep best ID', 'sweep show RUN', 'sweep logs RUN -f'],
  run: async (context, [ref], options) => {
    if (options.where !== undefined) context.setSource({ name: FILTER_SOURCE, text: options.where })
    const selection = options.where === undefined ? null : compileSelection(options.where)
    const view: View = { ...FIRST_VIEW, selection, columns: options.columns ?? null }
    const sweepId = await findSweep(context, ref)
    if (context.isJson) {
      const { streamTop } = await import('../top/stream-lines.ts')
      return streamTop(context, { api: patientApi(context), sweepId, view, ...options, format: 'json' })
    }
    if (options.once) {
      const { printOneFrame } = await import('../top/stream-lines.ts')
      return printOneFrame(context, { api: context.api(), sweepId, view })
    }
    if (context.width === null || !isTerminal(context.io.stdin)) {
      const { streamTop } = await import('../top/stream-lines.ts')
      return streamTop(context, { api: patientApi(context), sweepId, view, ...options, format: 'words' })
    }
    const { runTopSession } = await import('../top/session.ts')
    return runTopSession(context, { sweepId, api: patientApi(context), view, intervalMs: options.interval })
  },
})

function isTerminal(stdin: CommandContext['io']['stdin']): boolean {
  return 'isTTY' in stdin && stdin.isTTY === true
}

/** Asks once and gives up: whoever watches asks again by himself, and says so on the screen. */
function patientApi(context: CommandContext): ApiClient {
  const { env, cwd } = context.io
  const server = resolveServerAddress(env, context.globals.server).url
  return createApiClient({
    server,
    token: findToken({ env, cwd, server }),
    timeoutMs: context.globals.timeout ?? SILENCE_MS,
    retryDelaysMs: [],
  })
}

/** The id of the sweep that was named, else of the newest one that goes on, else of the newest. */
async function findSweep(context: CommandContext, ref: string | undefined): Promise<string> {
  const api = context.api()
  if (ref !== undefined) {
    const found = JSON.parse(await api.get(`/resolve/${encodeURIComponent(ref)}`)) as ResolveResponse // the server's own schema
    if (found.kind === 'sweep') return found.id
    throw new SweepError('USAGE', `${found.id} is a run; top shows a sweep`, {
      hint: `Look at it:  sweep show ${found.id}`,
    })
  }
  const { sweeps } = JSON.parse(await api.get('/sweeps', { project: context.project })) as ListSweepsResponse // the server's own schema
  const chosen = sweeps.find(({ state }) => !isTerminalSweepState(state) && state !== 'paused') ?? sweeps[0]
  if (chosen !== undefined) return chosen.id
  throw new SweepError('NOT_FOUND', 'there is no sweep yet', { hint: 'Create one:  sweep create sweep.yaml' })
}

function parseInterval(text: string, flag: string): number {
  const ms = parseDuration(text, flag)
  if (ms >= MIN_INTERVAL_MS) return ms
  throw new SweepError('USAGE', `${flag}: "${text}" is shorter than 250ms`, {
    hint: 'Four frames a second are the most.',
  })
}
