// `sweep agents --watch`: the list again and again. On a terminal it is redrawn in its place; elsewhere it is written anew
// whenever something other than its ages has changed.
import type { ListAgentsResponse } from '../sweeps/agent-schema.ts'
import type { CommandContext } from './command.ts'
import { startLiveBlock } from './live-block.ts'
import { askThroughOutage, pause } from './sweep-state.ts'
import { withSchema } from './with-schema.ts'

type Agent = ListAgentsResponse['agents'][number]

/** A list of 1,000 agents costs the controller a noticeable part of this. */
const LOOK_EVERY_MS = 2_000
/** Of a terminal that does not say how high it is. */
const COMMON_ROWS = 24

export interface WatchOptions {
  readonly sweepRef: string | undefined
  /** Those of the answer that are shown. */
  readonly select: (agents: readonly Agent[]) => readonly Agent[]
  readonly render: (agents: readonly Agent[], width: number | null) => string[]
}

/** Ends after `--timeout`; without one, with Ctrl-C alone. Goes on through outages of the controller of up to a minute. */
export async function watchAgents(context: CommandContext, options: WatchOptions): Promise<void> {
  const { stdout } = context.io
  const { timeout } = context.globals
  const deadline = timeout === undefined ? Infinity : performance.now() + timeout
  const isLive = context.width !== null && !context.isJson
  let lines: string[] = []
  const block = isLive
    ? await startLiveBlock(stdout, () => fitRows(lines, (stdout.rows ?? COMMON_ROWS) - 1))
    : null
  const asking: CommandContext =
    block === null ? context : { ...context, note: (line: string) => block.above(line) }
  let written = ''
  try {
    for (;;) {
      const text = await askThroughOutage(asking, (api) => api.get('/agents', { sweep: options.sweepRef }))
      const agents = options.select((JSON.parse(text) as ListAgentsResponse).agents) // the server's own schema
      const facts = JSON.stringify(agents.map((agent) => ({ ...agent, silentMs: 0, lastSeenAt: '' })))
      const at = `${new Date(context.now()).toISOString().slice(0, 19)}Z`
      lines = [at, ...options.render(agents, context.width)]
      if (block === null && facts !== written) {
        if (context.isJson) context.print(withSchema(text, 'sweep.agents/1'))
        else for (const line of lines) context.print(line)
      }
      written = facts
      const leftMs = deadline - performance.now()
      if (leftMs <= 0) return
      await pause(Math.min(LOOK_EVERY_MS, leftMs))
    }
  } finally {
    block?.end()
    if (block !== null) for (const line of lines) context.print(line)
  }
}

/** What does not fit would scroll away, and could not be redrawn. */
function fitRows(lines: readonly string[], rows: number): string[] {
  if (lines.length <= rows) return [...lines]
  const shown = Math.max(1, rows - 1)
  return [...lines.slice(0, shown), `... ${lines.length - shown} more lines`]
}
