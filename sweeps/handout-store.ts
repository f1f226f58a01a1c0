// What the store remembers of hand-outs. A part of store.ts, with the same promises.
import type { HandoutMoment, HandoutRecord } from './handout.ts'
import type { AgentId, RunId } from './sweep.ts'

export interface HandoutReads {
  /** In the order of `keys`, unknown ones left out. */
  find(keys: readonly { runId: RunId; attempt: number }[]): Promise<HandoutRecord[]>
  /** Of one agent, the newest first. */
  listOfAgent(agentId: AgentId, limit: number): Promise<HandoutRecord[]>
}

export interface HandoutWrites extends HandoutReads {
  /** @returns false, changing nothing, when the attempt was handed out before */
  insert(handout: HandoutRecord): Promise<boolean>
  /** Keeps the first time. Nothing happens when the attempt was not handed out so. */
  mark(moment: HandoutMoment, key: { runId: RunId; attempt: number }, at: number): Promise<void>
}
