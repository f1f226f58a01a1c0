// The parent objects of the GraphQL types Sweep and Agent.
import type { RunFacts } from '../../sweeps/store.ts'
import type { AgentRecord } from '../../sweeps/store.ts'
import type { SweepRecord } from '../../sweeps/sweep.ts'

export interface SweepNode {
  readonly sweep: SweepRecord
  /** As the client calls it. */
  readonly entity: string
}

export interface AgentNode {
  readonly agent: AgentRecord
  readonly entity: string
  /** Its runs of the sweep that it was asked of, in order of creation. */
  readonly runs: readonly RunFacts[]
}
