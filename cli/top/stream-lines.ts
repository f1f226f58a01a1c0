// `sweep top` where no screen is taken: one frame as text, or a line whenever something has changed, until the sweep
// has ended.
import type { LiveRun } from '../../sweeps/live-schema.ts'
import type { SweepError } from '../../sweeps/errors.ts'
import { isTerminalSweepState } from '../../sweeps/sweep.ts'
import type { ApiClient } from '../api-client.ts'
import type { CommandContext } from '../command.ts'
import { renderFrame } from './frame.ts'
import type { TopFacts } from './top-facts.ts'
import { summaryLine } from './frame-header.ts'
import { gatherOnce, startGathering } from './gather.ts'
import { orderRuns } from './order-runs.ts'
import { chooseGlyphs } from './sparkline.ts'
import { dressLine, lineWidth } from './styled-line.ts'
import { TrendReader } from './trends.ts'
import type { View } from './view.ts'

export interface LineOptions {
  readonly api: ApiClient
  readonly sweepId: string
  readonly view: View
}

/** Where stdout is no terminal: as wide and as high as most. */
const COMMON = { width: 100, height: 40 }

/** The frame that the screen would show, with all listed runs up to its height. */
export async function printOneFrame(context: CommandContext, options: LineOptions): Promise<number> {
  const { api, sweepId, view } = options
  const { stdout } = context.io
  const size =
    context.width === null ? COMMON : { width: context.width, height: Math.max(15, (stdout.rows ?? 24) - 1) }
  const facts = await gatherOnce(sweepId, { api, now: context.now })
  const glyphs = chooseGlyphs(context.io.env)
  const frameOf = () => renderFrame(facts, view, { ...size, now: context.now(), glyphs, layout: new Map() })
  const reader = new TrendReader(api, () => {})
  facts.trends = reader.trends
  await reader.readAll(runsOf(facts, frameOf().shownIds), facts.runs.sweep.metric?.name ?? null)
  const lines = frameOf().lines.slice(0, -1) // the last one tells of keys
  for (const line of lines)
    if (lineWidth(line) > 0 || context.width !== null)
      context.print(dressLine(line, context.paint, glyphs === 'ascii').trimEnd())
  return 0
}

function runsOf({ runs }: TopFacts, ids: readonly string[]): LiveRun[] {
  return ids.map((id) => runs.get(id)).filter((run): run is LiveRun => run !== undefined)
}

export interface StreamOptions extends LineOptions {
  readonly format: 'json' | 'words'
  readonly interval: number
  readonly once: boolean
}

/** Runs in a line of JSON. */
const JSON_RUNS = 10

/** @returns 0 when the sweep has ended, or after the first line with `once` */
export async function streamTop(context: CommandContext, options: StreamOptions): Promise<number> {
  const { api, sweepId } = options
  let isChanged = true
  let over: SweepError | null = null
  if (options.once) {
    context.print(
      factsAsJson(await gatherOnce(sweepId, { api, now: context.now }), options.view, context.now()),
    )
    return 0
  }
  const gathering = await startGathering(sweepId, {
    api,
    now: context.now,
    onChange: () => (isChanged = true),
    onOver: (error) => (over = error),
  })
  let written = ''
  try {
    for (;;) {
      if (isChanged) {
        isChanged = false
        const facts = gathering.facts()
        const line =
          options.format === 'json' ? factsAsJson(facts, options.view, 0) : factsAsWords(facts, context)
        if (line !== written) {
          written = line
          const at = new Date(context.now()).toISOString()
          context.print(
            options.format === 'json'
              ? factsAsJson(facts, options.view, context.now())
              : `${at.slice(0, 19)}Z ${line}`,
          )
        }
        if (facts.connection.isLive && isTerminalSweepState(facts.runs.sweep.state)) return 0
      }
      if (over !== null) throw over as SweepError // set by the listener, which the compiler does not see
      await new Promise((resolve) => setTimeout(resolve, options.interval))
    }
  } finally {
    gathering.end()
  }
}

function factsAsWords(facts: TopFacts, context: CommandContext): string {
  const stale = facts.connection.isLive ? '' : 'stale '
  // Ages alone are no news: the line is the same until something happens.
  const at = facts.runs.ranked[0]?.finishedAtMs ?? context.now()
  return `${stale}${dressLine(summaryLine(facts, { width: 200, now: at }), context.paint, false)}`.replace(
    /(\S+) 0s ago/,
    '$1',
  )
}

/** @param now epoch ms; 0: without the time, to compare */
function factsAsJson(facts: TopFacts, view: View, now: number): string {
  const world = { runs: facts.runs, trends: facts.trends, now }
  const { config: _file, commits: _commits, ...sweep } = facts.runs.sweep
  const listed = orderRuns(world, view.selection, view.order)
  return JSON.stringify({
    schema: 'sweep.top/1',
    ...(now > 0 ? { at: new Date(now).toISOString() } : {}),
    live: facts.connection.isLive,
    sweep,
    agents:
      facts.agents?.map(({ id, host, state, slots, busy }) => ({ id, host, state, slots, busy })) ?? null,
    outlook: facts.outlook && { ...facts.outlook, readAtMs: undefined },
    listed: listed.length,
    runs: listed.slice(0, JSON_RUNS).map((run) => ({
      rank: facts.runs.rankOf(run),
      id: run.id,
      name: run.name,
      state: run.state,
      value: run.value ?? null,
      params: run.params,
    })),
  })
}
