import { expect, it, onTestFinished } from 'vitest'
import { startChangeFollower, type RequestedChange } from '../../../../controller/dispatch/change-follower.ts'
import { silentLogger } from '../../../../runtime/logger.ts'
import type { Change } from '../../../../sweeps/store.ts'
import { aChange, aRunId, aSweepId } from '../../../support/records.ts'

it('tells of each sweep once what was asked of its runs: which ended while they waited, and whether a history changed', async () => {
  const [first, second] = [aSweepId(), aSweepId()]
  const [cancelled, stopped, trained] = [aRunId(), aRunId(), aRunId()]
  const of = (sweepId: string, entityId: string, event: string) =>
    aChange({ entity: 'run', sweepId, entityId, event } as Partial<Change>)
  const changes = [
    of(first, cancelled, 'run.cancelled'),
    of(second, aRunId(), 'run.removed'),
    of(first, trained, 'run.cancelWished'),
    of(first, stopped, 'run.stopped'),
  ].map((change, index) => ({ ...change, seq: index + 1 }))
  const taken = new Map<string, RequestedChange>()
  await new Promise<void>((resolve) => {
    const follower = startChangeFollower({
      store: { readRequestedChanges: async (since) => ({ changes: since < 4 ? changes : [], next: 4 }) },
      since: 0,
      looksRegularly: false,
      log: silentLogger,
      takeChange: async (sweepId, requested) => {
        taken.set(sweepId, requested)
        if (taken.size === 2) resolve()
      },
      takeAgentChange: async () => {},
      onLeadershipLost: () => {},
    })
    onTestFinished(() => follower.stop())
    follower.wake()
  })

  expect(taken.get(first)).toEqual({ isRewritten: false, endedRunIds: [cancelled, stopped] })
  expect(taken.get(second)).toEqual({ isRewritten: true, endedRunIds: [] })
})
