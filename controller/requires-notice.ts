// Says of a sweep that no agent may take its runs, for as long as that is so. Reads only.
import { parseSweepFile } from '../sweeps/config.ts'
import { noticeOfRequires } from '../sweeps/label-requirements.ts'
import type { StoreReads } from '../sweeps/store.ts'
import { isTerminalSweepState } from '../sweeps/sweep.ts'
import type { SweepRecord } from '../sweeps/sweep.ts'
import type { SweepNotice } from '../sweeps/sweep-notices.ts'

/** Empty when the sweep is over, requires nothing, or an agent has it all. */
export async function readRequiresNotices(store: StoreReads, sweep: SweepRecord): Promise<SweepNotice[]> {
  if (isTerminalSweepState(sweep.state)) return []
  const { requires } = parseSweepFile(sweep.configText).config
  if (Object.keys(requires).length === 0) return []
  const agents = (await store.listAgents()).filter(
    ({ state, sweepIds }) => (state === 'alive' || state === 'draining') && sweepIds.includes(sweep.id),
  )
  const notice = noticeOfRequires(
    sweep.id,
    requires,
    agents.map(({ labels }) => labels),
  )
  return notice === null ? [] : [notice]
}
