// Who works an attempt that a client reports: an agent of ours, which reports the process's end itself, or W&B's agent or
// nobody, where the client's word is all there is.
import { NO_AGENT } from '../../sweeps/client-run.ts'
import { POLLING_AGENT_VERSION } from '../../sweeps/protocol.ts'
import type { AttemptRecord } from '../../sweeps/run.ts'
import type { StoreReads } from '../../sweeps/store.ts'

/** Does an agent of ours work it? */
export async function isOwnAgents(store: StoreReads, attempt: AttemptRecord): Promise<boolean> {
  if (attempt.agentId === NO_AGENT) return false
  const agent = await store.findAgent(attempt.agentId)
  return agent !== null && agent.version !== POLLING_AGENT_VERSION
}
