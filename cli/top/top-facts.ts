// Everything that `sweep top` knows of a sweep, and how large the picture of it is to be.
import type { AgentJson } from '../../sweeps/agent-schema.ts'
import type { TableLayout } from './frame-table.ts'
import type { LiveRuns } from './live-runs.ts'
import type { Outlook } from './outlook.ts'
import type { Glyphs } from './sparkline.ts'
import type { Trend } from './trends.ts'

export type Connection =
  { readonly isLive: true } | { readonly isLive: false; readonly sinceMs: number; readonly why: string }

/** Everything that is known of the sweep. */
export interface TopFacts {
  readonly runs: LiveRuns
  readonly trends: ReadonlyMap<string, Trend>
  /** null: not known yet. */
  readonly agents: readonly AgentJson[] | null
  readonly outlook: Outlook | null
  /** Names of parameters, the most important first. */
  readonly important: readonly string[]
  /** What the server found wrong with the sweep, in words. */
  readonly notices: readonly string[]
  readonly connection: Connection
  /** Newest last: what the change stream told of agents, as sentences. */
  readonly agentEvents: readonly { readonly atMs: number; readonly text: string }[]
}

export interface FrameOptions {
  readonly width: number
  readonly height: number
  readonly now: number
  readonly glyphs: Glyphs
  /** Kept from frame to frame: columns do not shrink, so that a changed value changes one line. */
  readonly layout: TableLayout
}
