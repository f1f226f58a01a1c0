// The store's contract: units of work, the leader's fence, and the order of changes.
import { EventEmitter, once } from 'node:events'
import { beforeEach, describe, expect, it } from 'vitest'
import { LeadershipLostError, StoreUnavailableError, SweepError } from '../../sweeps/errors.ts'
import type { Change, SweepStore } from '../../sweeps/store.ts'
import { aChange, aRun, aSweep } from '../support/records.ts'
import { storedSweep } from '../support/store.ts'
import type { OpenContract } from './store-harness.ts'

export function describeUnits(contract: OpenContract): void {
  let store: SweepStore
  beforeEach(() => {
    store = contract.store()
  })

  describe('a unit of work', () => {
    it('returns what the unit returned', async () => {
      expect(await store.write(async () => 42)).toBe(42)
    })

    it('stores all of its changes', async () => {
      const sweep = aSweep()
      const run = aRun({ sweepId: sweep.id })
      await store.write(async (tx) => {
        await tx.insertSweep(sweep)
        await tx.insertRuns([run])
        await tx.recordChanges([aChange({ entityId: run.id })])
      })

      expect(await store.findSweep(sweep.id)).toEqual(sweep)
      expect(await store.findRun(run.id)).toEqual(run)
      expect(await store.lastSeq()).toBe(1)
    })

    it('stores none of its changes when it throws, and rejects with what it threw', async () => {
      const sweep = aSweep()
      const thrown = new Error('changed its mind')
      const outcome = store.write(async (tx) => {
        await tx.insertSweep(sweep)
        await tx.recordChanges([aChange()])
        throw thrown
      })

      await expect(outcome).rejects.toBe(thrown)
      expect(await store.findSweep(sweep.id)).toBeNull()
      expect(await store.lastSeq()).toBe(0)
    })

    it('is undone alone: units of the same commit stay', async () => {
      const sweeps = Array.from({ length: 9 }, () => aSweep())
      const outcomes = await Promise.allSettled(
        sweeps.map((sweep, index) =>
          store.write(async (tx) => {
            await tx.insertSweep(sweep)
            await tx.recordChanges([aChange({ entity: 'sweep', entityId: sweep.id })])
            if (index % 3 === 1) throw new Error(`unit ${index}`)
          }),
        ),
      )

      const kept = sweeps.filter((_, index) => index % 3 !== 1)
      expect(outcomes.map((outcome) => outcome.status === 'fulfilled')).toEqual(
        sweeps.map((_, index) => index % 3 !== 1),
      )
      expect((await store.listSweeps()).map((sweep) => sweep.id)).toEqual(kept.map((sweep) => sweep.id))
      expect((await store.readChanges(0, 100)).map((change) => [change.seq, change.entityId])).toEqual(
        kept.map((sweep, index) => [index + 1, sweep.id]),
      )
    })

    it('is undone when a statement failed, although the unit caught the error', async () => {
      const { sweep } = await storedSweep(store)
      const other = aSweep()
      const outcome = store.write(async (tx) => {
        await tx.insertSweep(other)
        await tx.insertSweep(sweep).catch(() => undefined)
      })

      await expect(outcome).rejects.toThrow(SweepError)
      expect(await store.findSweep(other.id)).toBeNull()
    })

    it('is undone when it ends before its statements do', async () => {
      const sweep = aSweep()
      const outcome = store.write(async (tx) => {
        tx.insertSweep(sweep).catch(() => undefined)
      })

      await expect(outcome).rejects.toThrow('did not await')
      expect(await store.findSweep(sweep.id)).toBeNull()
    })

    it('lets nothing in after its end', async () => {
      const sweep = aSweep()
      const tx = await store.write(async (tx) => tx)

      await expect(tx.insertSweep(sweep)).rejects.toThrow('after the end of its unit of work')
      expect(await store.findSweep(sweep.id)).toBeNull()
    })

    it('runs alone: units that read, wait and write lose no update', async () => {
      const { sweep } = await storedSweep(store)
      const addOne = () =>
        store.write(async (tx) => {
          const read = await tx.findSweep(sweep.id)
          await new Promise((resolve) => setImmediate(resolve))
          await tx.saveSweep({ ...sweep, runCount: (read?.runCount ?? NaN) + 1 })
        })
      await Promise.all(Array.from({ length: 20 }, addOne))

      expect((await store.findSweep(sweep.id))?.runCount).toBe(20)
    })

    it('reads its own changes; readers outside see nothing of it before the commit, and do not wait', async () => {
      const sweep = aSweep()
      const seen = await store.write(async (tx) => {
        await tx.insertSweep(sweep)
        await tx.recordChanges([aChange()])
        return {
          inside: await tx.findSweep(sweep.id),
          insideSeq: await tx.lastSeq(),
          outside: await store.findSweep(sweep.id),
          outsideSeq: await store.lastSeq(),
        }
      })

      expect(seen).toEqual({ inside: sweep, insideSeq: 1, outside: null, outsideSeq: 0 })
      expect(await store.findSweep(sweep.id)).toEqual(sweep)
    })

    it('is refused after close, and close waits for those that came before', async () => {
      const sweep = aSweep()
      const before = store.write((tx) => tx.insertSweep(sweep))
      await store.close()
      await before

      await expect(store.write(async () => 1)).rejects.toThrow(StoreUnavailableError)
      await expect(store.ping()).rejects.toThrow(StoreUnavailableError)
      expect(await (await contract.reopen()).findSweep(sweep.id)).toEqual(sweep)
    })
  })

  describe('leadership', () => {
    it('is nobody’s at first, then taken with epoch 1', async () => {
      expect(await store.readLeadership()).toBeNull()

      const lead = await store.takeLeadership('a', null)

      expect(lead).toMatchObject({ epoch: 1, holder: 'a' })
      expect(await store.readLeadership()).toEqual(lead)
    })

    it('is given to one of many that want it', async () => {
      const takers = ['a', 'b', 'c', 'd'].map((holder) => store.takeLeadership(holder, null))
      const won = (await Promise.all(takers)).filter((lead) => lead !== null)

      expect(won).toHaveLength(1)
      expect(await store.readLeadership()).toEqual(won[0])
    })

    it('grows its beat with each renewal, and cannot be taken by who saw an older beat', async () => {
      const first = await store.takeLeadership('a', null)
      const renewed = await store.renewLeadership(1)

      expect(renewed.beat).toBeGreaterThan(first?.beat ?? Infinity)
      expect(await store.takeLeadership('b', first)).toBeNull()
      expect(await store.readLeadership()).toEqual(renewed)
    })

    it('ends with a take-over: a new epoch, and the old one cannot renew', async () => {
      const first = await store.takeLeadership('a', null)
      const second = await store.takeLeadership('b', first)

      expect(second).toMatchObject({ epoch: 2, holder: 'b' })
      expect(second?.beat).toBeGreaterThan(first?.beat ?? Infinity)
      await expect(store.renewLeadership(1)).rejects.toThrow(LeadershipLostError)
    })

    it('can be laid down by its epoch alone, and is taken like any other', async () => {
      const first = await store.takeLeadership('a', null)
      const second = await store.takeLeadership('b', first)
      await store.resignLeadership(1)
      expect(await store.readLeadership()).toEqual(second)

      await store.resignLeadership(2)
      const laidDown = await store.readLeadership()
      expect(laidDown).toMatchObject({ epoch: 2, holder: '' })
      expect(await store.takeLeadership('c', laidDown)).toMatchObject({ epoch: 3, holder: 'c' })
    })

    it('fences units: one of an older epoch, or of none, changes nothing', async () => {
      const sweep = aSweep()
      const write = (epoch: number) => store.write((tx) => tx.insertSweep(sweep), { epoch })
      await expect(write(1)).rejects.toThrow(LeadershipLostError)

      await store.takeLeadership('b', await store.takeLeadership('a', null))

      await expect(write(1)).rejects.toThrow(LeadershipLostError)
      expect(await store.findSweep(sweep.id)).toBeNull()
      await write(2)
      expect(await store.findSweep(sweep.id)).toEqual(sweep)
    })

    it('fences a unit that was queued before the take-over and runs after it', async () => {
      const first = await store.takeLeadership('a', null)
      const gate = new EventEmitter()
      const started = once(gate, 'started')
      const blocked = store.write(async () => {
        gate.emit('started')
        await once(gate, 'go on')
      })
      await started
      const takeOver = store.takeLeadership('b', first)
      const late = store.write((tx) => tx.insertSweep(aSweep()), { epoch: 1 })
      const refused = expect(late).rejects.toThrow(LeadershipLostError)
      gate.emit('go on')

      await blocked
      expect(await takeOver).toMatchObject({ epoch: 2 })
      await refused
      expect(await store.listSweeps()).toEqual([])
    })
  })

  describe('changes', () => {
    it('made by requests can be read apart from those of leaders', async () => {
      await store.takeLeadership('a', null)
      const record = (event: string, options?: { epoch: number }) =>
        store.write((tx) => tx.recordChanges([aChange({ event })]), options)
      await record('sweep.created')
      await record('run.started', { epoch: 1 })
      await record('sweep.paused')
      await record('run.ended', { epoch: 1 })

      const first = await store.readRequestedChanges(0, 1)
      expect([first.changes.map((change) => change.event), first.next]).toEqual([['sweep.created'], 1])
      const rest = await store.readRequestedChanges(first.next, 10)
      expect([rest.changes.map((change) => change.event), rest.next]).toEqual([['sweep.paused'], 4])
      expect(await store.readRequestedChanges(4, 10)).toEqual({ changes: [], next: 4 })
    })

    it('have contiguous numbers in the order of commits, under many writers of which some fail', async () => {
      const acknowledged: string[] = []
      const writers = Array.from({ length: 30 }, (_, index) =>
        store
          .write(async (tx) => {
            const changes = Array.from({ length: 1 + (index % 4) }, (_, n) =>
              aChange({ event: `${index}.${n}` }),
            )
            await tx.recordChanges(changes)
            if (index % 5 === 0) throw new Error('undone')
            return changes.map((change) => change.event)
          })
          .then(
            (events) => acknowledged.push(...events),
            () => undefined,
          ),
      )
      await Promise.all(writers)

      const changes = await store.readChanges(0, 1000)
      expect(changes.map((change) => change.seq)).toEqual(changes.map((_, index) => index + 1))
      expect(changes.map((change) => change.event)).toEqual(acknowledged)
      expect(await store.lastSeq()).toBe(acknowledged.length)
    })

    it('are missed by nobody who reads on from the last one seen, while others write', async () => {
      const seen: Change[] = []
      let isWriting = true
      const writing = Promise.all(
        Array.from({ length: 200 }, () => store.write((tx) => tx.recordChanges([aChange(), aChange()]))),
      ).finally(() => (isWriting = false))
      while (isWriting || (await store.lastSeq()) > (seen.at(-1)?.seq ?? 0)) {
        seen.push(...(await store.readChanges(seen.at(-1)?.seq ?? 0, 7)))
        await new Promise((resolve) => setImmediate(resolve))
      }
      await writing

      expect(seen.map((change) => change.seq)).toEqual(Array.from({ length: 400 }, (_, index) => index + 1))
    })

    it('come back as given, from after `since`, at most `limit`', async () => {
      const changes = [
        aChange({
          entity: 'sweep',
          entityId: 'bbbbbbbb',
          data: { from: 'running', n: 1.5, deep: [null, 'é'] },
        }),
        aChange({ entity: 'agent', entityId: 'cccccccc' }),
        aChange({ sweepId: aSweep().id, data: { quote: '"\u2028\u0000' } }),
      ]
      await store.write((tx) => tx.recordChanges(changes))

      const numbered = changes.map((change, index) => ({ seq: index + 1, ...change }))
      expect(await store.readChanges(0, 10)).toEqual(numbered)
      expect(await store.readChanges(1, 1)).toEqual([numbered[1]])
      expect(await store.readChanges(3, 10)).toEqual([])
    })
  })
}
