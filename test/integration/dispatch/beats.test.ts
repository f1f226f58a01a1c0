// Beats of many agents in one batch: what they cost, and that each still means what it means alone.
import { afterEach, beforeEach, expect, it } from 'vitest'
import { AttemptTally } from '../../../controller/dispatch/attempt-tally.ts'
import { createBeatHandler } from '../../../controller/dispatch/beats.ts'
import { loadLeaderState } from '../../../controller/dispatch/leader-state.ts'
import { leaseTimes } from '../../../controller/dispatch/leases.ts'
import type { ReadEntry } from '../../../controller/dispatch/stream-entries.ts'
import type { Suggestions } from '../../../controller/dispatch/suggestions.ts'
import { silentMeter } from '../../../controller/meter.ts'
import type { Command } from '../../../sweeps/protocol.ts'
import type { AgentRecord } from '../../../sweeps/store.ts'
import type { AgentId } from '../../../sweeps/sweep.ts'
import { replaceMembers } from '../../support/dispatch-world.ts'
import { SOME_TIME, aSweep, anAgent } from '../../support/records.ts'
import { openTemporaryStore } from '../../support/store.ts'
import type { TemporaryStore } from '../../support/store.ts'

let temporary: TemporaryStore
beforeEach(async () => {
  temporary = await openTemporaryStore()
})
afterEach(() => temporary.close())

const NOW = SOME_TIME + 60_000
const sweep = aSweep()

async function handlerOf(agents: readonly AgentRecord[]) {
  const { store } = temporary
  await store.write(async (tx) => {
    await tx.insertSweep(sweep)
    await tx.saveAgents(agents)
  })
  const { epoch } = (await store.takeLeadership('test', null)) ?? { epoch: 0 }
  let unitCount = 0
  const counting = replaceMembers(store, {
    write: (unit, options) => {
      unitCount += 1
      return store.write(unit, options)
    },
  })
  let monotonicMs = 0
  const clock = { now: () => NOW + monotonicMs, monotonicMs: () => monotonicMs }
  const suggestions = { open() {}, close() {} } as unknown as Suggestions // beats suggest nothing
  const tally = new AttemptTally(silentMeter, clock)
  const state = await loadLeaderState(store, epoch, leaseTimes(5_000), 0, suggestions, tally)
  const commands = new Map<AgentId, readonly Command[]>()
  const send = (sent: ReadonlyMap<AgentId, readonly Command[]>) => {
    for (const [id, list] of sent) commands.set(id, list)
  }
  const handle = createBeatHandler({ state, store: counting, suggestions, clock, send, recall() {} })
  const pass = (ms: number) => void (monotonicMs += ms)
  return { handle, state, commands, pass, unitCount: () => unitCount }
}

const beatOf = ({ id }: AgentRecord, number: number, leaving = false): ReadEntry => ({
  entryId: '1-0',
  agentId: id,
  host: 'newhost',
  incarnation: SOME_TIME + 1,
  reports: [],
  beat: { number, capacity: leaving ? 0 : 1, freeSlots: 1, sweepIds: [sweep.id], attempts: [], leaving },
})

it('writes what the beats of 1,000 agents tell in one transaction', async () => {
  const agents = Array.from({ length: 1_000 }, () =>
    anAgent({ incarnation: SOME_TIME, lastSeenAt: SOME_TIME }),
  )
  const { handle, state, unitCount } = await handlerOf(agents)

  await handle(agents.map((agent) => beatOf(agent, 7)))

  expect(unitCount()).toBe(1)
  expect([...state.agents.all()]).toHaveLength(1_000)
  const stored = await temporary.store.listAgents()
  expect(new Set(stored.map((agent) => agent.lastSeenAt))).toEqual(new Set([NOW]))
  expect(new Set(stored.map((agent) => agent.host))).toEqual(new Set(['newhost']))
  expect(new Set(stored.map((agent) => agent.incarnation))).toEqual(new Set([SOME_TIME + 1]))
})

it('writes nothing again while nothing has changed and the last time is not old', async () => {
  const agent = anAgent({ incarnation: SOME_TIME + 1 })
  const { handle, pass, unitCount } = await handlerOf([agent])

  await handle([beatOf(agent, 1)])
  pass(9_000)
  await handle([beatOf(agent, 2), beatOf(agent, 3)])
  await handle([])
  expect(unitCount()).toBe(1)

  pass(1_000)
  await handle([beatOf(agent, 4)])
  expect(unitCount()).toBe(2)
})

it('gathers last-seen times for a moment and writes them without another beat; a change of state at once', async () => {
  const incarnation = SOME_TIME + 1
  const [first, second, third] = [
    anAgent({ incarnation }),
    anAgent({ incarnation }),
    anAgent({ incarnation, state: 'lost' }),
  ]
  const { handle, pass, unitCount } = await handlerOf([first, second, third])
  const lastSeen = async ({ id }: AgentRecord) => (await temporary.store.findAgent(id))?.lastSeenAt

  await handle([beatOf(first, 2)])
  await handle([beatOf(second, 2)])
  expect([unitCount(), await lastSeen(first), await lastSeen(second)]).toEqual([1, NOW, second.lastSeenAt])
  pass(300)
  await handle([])
  expect([unitCount(), await lastSeen(second)]).toEqual([2, NOW + 300])

  await handle([beatOf(third, 2)])
  expect(unitCount()).toBe(3)
  expect((await temporary.store.findAgent(third.id))?.state).toBe('alive')
})

it('keeps the newest of an agent whose leaving and new start come in one batch', async () => {
  const [returning, leaving] = [anAgent({ state: 'lost' }), anAgent()]
  const { handle, state } = await handlerOf([returning, leaving])

  await handle([beatOf(returning, 5, true), beatOf(leaving, 5, true), beatOf(returning, 6)])

  const stored = await temporary.store.findAgents([returning.id, leaving.id])
  expect(stored.map((agent) => agent.state)).toEqual(['alive', 'left'])
  expect([...state.agents.all()].map(({ id }) => id)).toEqual([returning.id])
})

it('bars and tells those that are to leave, and no other of the batch', async () => {
  const [drained, free] = [anAgent({ drain: true }), anAgent({ labels: { gpu: 'h100' } })]
  const { handle, state, commands } = await handlerOf([drained, free])

  await handle([beatOf(drained, 2), beatOf(free, 2)])

  expect(commands.get(drained.id)).toEqual([{ type: 'leave', why: 'told', reason: 'drained' }])
  expect(commands.get(free.id)).toEqual([])
  expect(state.agents.get(drained.id)?.isBarred).toBe(true)
  expect(state.agents.get(free.id)).toMatchObject({ isBarred: false, labels: { gpu: 'h100' } })
  expect((await temporary.store.findAgent(drained.id))?.state).toBe('draining')
})
