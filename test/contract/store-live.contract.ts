// The store's contract: what lists, rankings and live pages read.
import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { rankRuns } from '../../sweeps/ranking.ts'
import { RUN_STATES } from '../../sweeps/run.ts'
import type { RunFacts, SweepStore } from '../../sweeps/store.ts'
import { SOME_TIME, aChange, aRunId, aSummary, aSweepId, anAgent, anAttempt } from '../support/records.ts'
import { storedSweep } from '../support/store.ts'
import type { OpenContract } from './store-harness.ts'

/** Few values and times, so that they tie. */
const someRun = fc.record({
  state: fc.constantFrom(...RUN_STATES),
  value: fc.constantFrom(null, NaN, Infinity, -Infinity, 0, -0, 0.5, 1),
  finishedAt: fc.constantFrom(null, SOME_TIME, SOME_TIME + 1),
  createdAt: fc.constantFrom(SOME_TIME, SOME_TIME + 1),
})

export function describeLiveReads(contract: OpenContract): void {
  let store: SweepStore
  beforeEach(() => {
    store = contract.store()
  })

  describe('the ranking', () => {
    it('is the same as that of ranking.ts, for any runs and both goals', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(someRun, { maxLength: 30 }),
          fc.constantFrom('minimize' as const, 'maximize' as const),
          fc.integer({ min: 1, max: 30 }),
          async (runs, goal, limit) => {
            const { sweep, runs: stored } = await storedSweep(store, runs)
            const { ranked, notCounted } = rankRuns(stored, {
              name: 'loss',
              goal,
              summary: 'best',
              target: null,
            })

            const found = await store.listRanked(sweep.id, goal)

            expect(found.map(({ id }) => id)).toEqual(ranked.map(({ id }) => id))
            expect(found.map(({ value }) => value + 0)).toEqual(ranked.map(({ value }) => (value ?? NaN) + 0))
            expect(await store.listRanked(sweep.id, goal, limit)).toEqual(found.slice(0, limit))
            expect(await store.countUnranked(sweep.id)).toEqual({
              noMetric: notCounted.noMetric,
              nan: notCounted.nan,
            })
          },
        ),
        { numRuns: 40 },
      )
    })
  })

  describe('the facts of runs', () => {
    it('are those of the runs, their attempts and summaries, in order of creation', async () => {
      const { sweep, runs } = await storedSweep(store, [
        {
          name: 'first',
          tags: ['a', 'b'],
          notes: 'n',
          group: 'g',
          jobType: 'j',
          value: NaN,
          bestStep: 3,
          attemptCount: 2,
        },
        {
          state: 'finished',
          value: -Infinity,
          stopReason: 'why',
          startedAt: SOME_TIME,
          finishedAt: SOME_TIME + 1,
        },
      ])
      await storedSweep(store, [{}])
      const [first, second] = runs
      const attempts = [1, 2].map((attempt) =>
        anAttempt({ runId: first?.id ?? aRunId(), attempt, host: `gpu-${attempt}` }),
      )
      await store.write(async (tx) => {
        await tx.insertAttempts([...attempts].reverse())
        await tx.saveSummaries(second?.id ?? aRunId(), [
          aSummary({ key: 'z', last: NaN, min: null, max: null, best: null }),
          aSummary({ key: 'a', last: Infinity, min: -1, max: NaN, best: 2 }),
        ])
      })
      const none = { hosts: [], agentIds: [], summaries: [] }

      const facts = await store.listRunFacts({ sweepId: sweep.id })

      expect(facts.map(pick)).toEqual(runs.map((run) => pick({ ...run, ...none })))
      expect(facts[0]?.hosts).toEqual(['gpu-1', 'gpu-2'])
      expect(facts[0]?.agentIds).toEqual(attempts.map(({ agentId }) => agentId))
      expect(facts[1]?.summaries).toEqual([
        { key: 'a', last: Infinity, min: -1, max: NaN, best: 2 },
        { key: 'z', last: NaN, min: null, max: null, best: null },
      ])
      expect(await store.findRunFacts([second?.id ?? aRunId(), aRunId(), first?.id ?? aRunId()])).toEqual(
        facts.toReversed(),
      )
      expect(await store.findRunFacts([])).toEqual([])
    })

    it('come whole when there are more of them than one page has', async () => {
      const { sweep, runs } = await storedSweep(
        store,
        Array.from({ length: 4100 }, () => ({ project: 'many' })),
      )

      const facts = await store.listRunFacts({ sweepId: sweep.id })

      expect(facts.map(({ id }) => id)).toEqual(runs.map(({ id }) => id))
      expect(await store.listRunFacts({ project: 'many' })).toEqual(facts)
      expect(await store.countRuns({ sweepId: sweep.id })).toBe(4100)
      expect(await store.countRuns({ project: 'none' })).toBe(0)
    })
  })

  describe('the change log', () => {
    it('is read by sweep, with agents or without, and knows the newest change of each sweep', async () => {
      const [a, b] = [aSweepId(), aSweepId()]
      const agent = aChange({ entity: 'agent', entityId: anAgent().id })
      await store.write((tx) =>
        tx.recordChanges([
          aChange({ sweepId: a }),
          aChange({ sweepId: b }),
          agent,
          aChange(),
          aChange({ sweepId: a }),
        ]),
      )
      const seqs = async (...args: Parameters<SweepStore['readChanges']>) =>
        (await store.readChanges(...args)).map(({ seq }) => seq)

      expect(await seqs(0, 10, { sweepId: a })).toEqual([1, 5])
      expect(await seqs(0, 10, { sweepId: a, withAgents: true })).toEqual([1, 3, 5])
      expect(await seqs(1, 1, { sweepId: a, withAgents: true })).toEqual([3])
      expect(await seqs(0, 10)).toEqual([1, 2, 3, 4, 5])
      expect(await store.lastSeqOfSweep(a)).toBe(5)
      expect(await store.lastSeqOfSweep(b)).toBe(2)
      expect(await store.lastSeqOfSweep(aSweepId())).toBe(0)
    })

    it('tells what happened to one run, the newest of it, without its reports', async () => {
      const [mine, other] = [aRunId(), aRunId()]
      const events = ['run.created', 'run.metrics', 'run.started', 'run.metrics', 'run.finished']
      await store.write((tx) =>
        tx.recordChanges(
          events.flatMap((event) => [
            aChange({ entityId: mine, event }),
            aChange({ entityId: other, event }),
          ]),
        ),
      )
      const read = async (limit: number) =>
        (await store.readRunChanges(mine, limit)).map(({ entityId, event }) => [entityId === mine, event])

      expect(await read(10)).toEqual([
        [true, 'run.created'],
        [true, 'run.started'],
        [true, 'run.finished'],
      ])
      expect(await read(1)).toEqual([[true, 'run.finished']])
    })

    it('forgets the oldest entries in steps, and never leaves a hole', async () => {
      const sweepId = aSweepId()
      const ages = [5, 1, 9, 1, 1, 1]
      await store.write((tx) =>
        tx.recordChanges(ages.map((age) => aChange({ sweepId, at: SOME_TIME - age }))),
      )
      const prune = (belowSeq: number, seq: number, at: number, limit = 10) =>
        store.write((tx) => tx.pruneChanges({ belowSeq, belowSeqAndAt: { seq, at }, limit }))

      expect(await store.oldestSeq()).toBe(1)
      // Entry 3 is old enough, but the younger entry 2 stands before it.
      expect(await prune(0, 5, SOME_TIME - 4)).toBe(1)
      expect(await store.oldestSeq()).toBe(2)
      expect(await prune(4, 4, SOME_TIME - 4, 1)).toBe(1)
      expect(await prune(4, 4, SOME_TIME - 4)).toBe(1)
      expect(await prune(4, 4, SOME_TIME - 4)).toBe(0)
      expect((await store.readChanges(0, 10)).map(({ seq }) => seq)).toEqual([4, 5, 6])
      expect(await store.lastSeqOfSweep(sweepId)).toBe(6)

      expect(await prune(100, 100, SOME_TIME)).toBe(3)
      expect(await store.oldestSeq()).toBe(7)
      expect(await store.lastSeq()).toBe(6)
    })
  })

  describe('a commit', () => {
    it('is told to who asked, after it, until they no longer ask', async () => {
      const seen: Promise<number>[] = []
      const stop = store.onCommit(() => seen.push(store.lastSeq()))
      await store.write((tx) => tx.recordChanges([aChange()]))
      stop()
      await store.write((tx) => tx.recordChanges([aChange()]))

      expect(seen).toHaveLength(1)
    })
  })
}

/** Without what comes from attempts and summaries. */
function pick(facts: RunFacts | undefined) {
  if (facts === undefined) return undefined
  const { id, name, sweepId, project, state, configText, value, bestStep, attemptCount, stopReason, tags } =
    facts
  const { notes, group, jobType, createdAt, startedAt, finishedAt } = facts
  return {
    ...{ id, name, sweepId, project, state, configText, value, bestStep, attemptCount, stopReason, tags },
    ...{ notes, group, jobType, createdAt, startedAt, finishedAt },
  }
}
