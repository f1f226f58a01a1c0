// The store's contract: runs that were handed out to agents that poll.
import { beforeEach, describe, expect, it } from 'vitest'
import type { HandoutRecord } from '../../sweeps/handout.ts'
import type { SweepStore } from '../../sweeps/store.ts'
import type { AgentId, RunId } from '../../sweeps/sweep.ts'
import { SOME_TIME } from '../support/records.ts'
import { storedSweep } from '../support/store.ts'
import type { OpenContract } from './store-harness.ts'

export function describeHandouts(contract: OpenContract): void {
  describe('hand-outs', () => {
    let store: SweepStore
    let runIds: RunId[]
    beforeEach(async () => {
      store = contract.store()
      runIds = (await storedSweep(store, [{}, {}])).runs.map((run) => run.id)
    })

    const handout = (run: number, attempt: number, facts: Partial<HandoutRecord> = {}): HandoutRecord => ({
      runId: runIds[run] as RunId,
      attempt,
      agentId: 'agentaaa' as AgentId,
      handedAt: SOME_TIME,
      seenAt: null,
      stopAskedAt: null,
      ...facts,
    })

    it('are inserted once for an attempt', async () => {
      expect(await store.write((tx) => tx.handouts.insert(handout(0, 1)))).toBe(true)
      const again = handout(0, 1, { agentId: 'agentbbb' as AgentId, handedAt: SOME_TIME + 1 })
      expect(await store.write((tx) => tx.handouts.insert(again))).toBe(false)

      expect(await store.handouts.find([handout(0, 1), handout(0, 2)])).toEqual([handout(0, 1)])
    })

    it('keep the first time of each moment', async () => {
      await store.write((tx) => tx.handouts.insert(handout(0, 1)))
      await store.write(async (tx) => {
        await tx.handouts.mark('seenAt', handout(0, 1), 5)
        await tx.handouts.mark('seenAt', handout(0, 1), 6)
        await tx.handouts.mark('stopAskedAt', handout(0, 1), 8)
        await tx.handouts.mark('seenAt', handout(1, 1), 9) // there is none
      })

      const marked = handout(0, 1, { seenAt: 5, stopAskedAt: 8 })
      expect(await (await contract.reopen()).handouts.find([handout(0, 1)])).toEqual([marked])
    })

    it('of an agent come newest first, as many as asked for', async () => {
      const other = handout(1, 1, { agentId: 'agentbbb' as AgentId })
      const mine = [1, 2, 3].map((attempt) => handout(0, attempt, { handedAt: SOME_TIME + attempt }))
      await store.write(async (tx) => {
        for (const one of [...mine, other]) await tx.handouts.insert(one)
      })

      expect(await store.handouts.listOfAgent('agentaaa' as AgentId, 2)).toEqual([mine[2], mine[1]])
    })

    it('are erased with their run', async () => {
      await store.write((tx) => tx.handouts.insert(handout(0, 1)))
      await store.write((tx) => tx.deleteRuns([runIds[0] as RunId]))

      expect(await store.handouts.find([handout(0, 1)])).toEqual([])
    })
  })
}
