// The store's contract: what agents report, the agents themselves, and where ingest stands.
import { beforeEach, describe, expect, it } from 'vitest'
import { SweepError } from '../../sweeps/errors.ts'
import type { SweepStore } from '../../sweeps/store.ts'
import type { RunId } from '../../sweeps/sweep.ts'
import {
  SOME_TIME,
  aLogChunk,
  aMetricChunk,
  aRun,
  aRunId,
  aSummary,
  aSweep,
  anAgent,
} from '../support/records.ts'
import { storedSweep } from '../support/store.ts'
import type { OpenContract } from './store-harness.ts'

export function describeReports(contract: OpenContract): void {
  let store: SweepStore
  beforeEach(() => {
    store = contract.store()
  })

  describe('metrics', () => {
    it('come back by chunk, in order of (attempt, seq), non-finite numbers and odd keys included', async () => {
      const { runs } = await storedSweep(store, [{}])
      const runId = runs[0]?.id as RunId
      const chunks = [
        aMetricChunk({ runId, attempt: 1, seq: 2 }),
        aMetricChunk({
          runId,
          attempt: 1,
          seq: 10,
          rows: [
            {
              step: 0.5,
              at: SOME_TIME,
              metrics: { loss: 'NaN', up: 'Infinity', down: '-Infinity', tiny: 5e-324, 'a/b c.é"': 1 },
              values: { note: 'half \u0000 way', list: [1, null, { deep: true }] },
            },
            { step: 2, at: SOME_TIME, metrics: {} },
          ],
        }),
        aMetricChunk({ runId, attempt: 2, seq: 1 }),
      ]
      await store.write((tx) => tx.insertMetrics(chunks.toReversed()))

      expect(await store.readMetrics(runId)).toEqual(chunks)
      expect(await store.readMetrics(aRunId())).toEqual([])
    })

    it('are read page by page, from after a place', async () => {
      const { runs } = await storedSweep(store, [{}])
      const runId = runs[0]?.id as RunId
      const places = [1, 2, 10].flatMap((attempt) => [1, 2].map((seq) => ({ attempt, seq })))
      await store.write((tx) => tx.insertMetrics(places.map((place) => aMetricChunk({ runId, ...place }))))
      const placesOf = async (options: Parameters<SweepStore['readMetrics']>[1]) =>
        (await store.readMetrics(runId, options)).map(({ attempt, seq }) => ({ attempt, seq }))

      expect(await placesOf({ limit: 3 })).toEqual(places.slice(0, 3))
      expect(await placesOf({ after: { attempt: 2, seq: 1 }, limit: 2 })).toEqual(places.slice(3, 5))
      expect(await placesOf({ after: { attempt: 10, seq: 2 } })).toEqual([])
    })

    it('turn a bare NaN or infinity into its word instead of losing it', async () => {
      const { runs } = await storedSweep(store, [{}])
      const runId = runs[0]?.id as RunId
      const metrics = { a: NaN, b: Infinity, c: -Infinity, d: 1 }
      await store.write((tx) =>
        tx.insertMetrics([aMetricChunk({ runId, rows: [{ step: 1, at: SOME_TIME, metrics }] })]),
      )

      const [chunk] = await store.readMetrics(runId)
      expect(chunk?.rows[0]?.metrics).toEqual({ a: 'NaN', b: 'Infinity', c: '-Infinity', d: 1 })
    })

    it('reject a report number that exists, and keep the first', async () => {
      const { runs } = await storedSweep(store, [{}])
      const chunk = aMetricChunk({ runId: runs[0]?.id as RunId })
      await store.write((tx) => tx.insertMetrics([chunk]))

      await expect(store.write((tx) => tx.insertMetrics([{ ...chunk, rows: [] }]))).rejects.toThrow(
        SweepError,
      )
      expect(await store.readMetrics(chunk.runId)).toEqual([chunk])
    })

    it('have summaries that are replaced by key and survive NaN and infinities', async () => {
      const { runs } = await storedSweep(store, [{}])
      const runId = runs[0]?.id as RunId
      const strange = aSummary({
        key: 'b',
        last: NaN,
        min: -Infinity,
        max: Infinity,
        best: NaN,
        bestStep: null,
      })
      const empty = aSummary({ key: 'c', last: NaN, min: null, max: null, best: null, bestStep: null })
      const better = aSummary({ last: 0.1, min: 0.1, best: 0.1, bestStep: 9, lastStep: 9, steps: 10 })
      await store.write((tx) => tx.saveSummaries(runId, [aSummary(), strange]))
      await store.write((tx) => tx.saveSummaries(runId, [better, empty]))
      expect(await store.listSummaries([runId])).toEqual(
        new Map([[runId, expect.arrayContaining([better, strange, empty])]]),
      )

      await store.write((tx) => tx.clearSummaries(runId))

      expect((await store.listSummaries([runId])).get(runId) ?? []).toEqual([])
    })

    it('have summaries that are read for a thousand runs at once', async () => {
      const runs = Array.from({ length: 1000 }, () => aRun())
      await store.write(async (tx) => {
        await tx.insertRuns(runs)
        for (const [index, run] of runs.entries()) await tx.saveSummaries(run.id, [aSummary({ last: index })])
      })

      const summaries = await store.listSummaries(runs.map((run) => run.id))
      expect(runs.map((run) => summaries.get(run.id)?.[0]?.last)).toEqual(runs.map((_, index) => index))
    })

    it('have last values of any JSON type, replaced by key', async () => {
      const { runs } = await storedSweep(store, [{}])
      const runId = runs[0]?.id as RunId
      await store.write((tx) => tx.saveValues(runId, new Map([['a', '1.0'], ['b', '{"x":[null]}']]))) // prettier-ignore
      await store.write((tx) => tx.saveValues(runId, new Map([['a', '"text"']])))

      expect(await store.listValues(runId)).toEqual(new Map([['a', '"text"'], ['b', '{"x":[null]}']])) // prettier-ignore
      expect(await store.listValues(aRunId())).toEqual(new Map())
      const other = aRunId()
      expect(await store.listValuesOf([runId, other])).toEqual(
        new Map([[runId, await store.listValues(runId)]]),
      )
    })
  })

  describe('logs', () => {
    it('come back in order of (attempt, seq), whole or from after a place', async () => {
      const { runs } = await storedSweep(store, [{}])
      const runId = runs[0]?.id as RunId
      const chunks = [
        aLogChunk({ runId, attempt: 1, seq: 9, text: 'one\r\n\u001b[31mred' }),
        aLogChunk({ runId, attempt: 1, seq: 10, stream: 'stderr', text: 'x'.repeat(1_000_000) }),
        aLogChunk({ runId, attempt: 2, seq: 3, stream: 'notice', text: '' }),
      ]
      await store.write((tx) => tx.insertLogs(chunks.toReversed()))

      expect(await store.readLogs(runId)).toEqual(chunks)
      expect(await store.readLogs(runId, { after: { attempt: 1, seq: 9 } })).toEqual(chunks.slice(1))
      expect(await store.readLogs(runId, { after: { attempt: 1, seq: 10 }, limit: 5 })).toEqual(
        chunks.slice(2),
      )
      expect(await store.readLogs(runId, { limit: 1 })).toEqual(chunks.slice(0, 1))
    })

    it('come back from their end, of all attempts or of one', async () => {
      const { runs } = await storedSweep(store, [{}])
      const runId = runs[0]?.id as RunId
      const chunks = [
        aLogChunk({ runId, attempt: 1, seq: 1 }),
        aLogChunk({ runId, attempt: 1, seq: 2 }),
        aLogChunk({ runId, attempt: 2, seq: 1 }),
      ]
      await store.write((tx) => tx.insertLogs(chunks))

      expect(await store.readLogs(runId, { before: 'end', limit: 2 })).toEqual(chunks.slice(1))
      expect(await store.readLogs(runId, { before: { attempt: 2, seq: 1 }, limit: 1 })).toEqual(
        chunks.slice(1, 2),
      )
      expect(await store.readLogs(runId, { before: { attempt: 1, seq: 1 }, limit: 1 })).toEqual([])
      expect(await store.readLogs(runId, { attempt: 1 })).toEqual(chunks.slice(0, 2))
    })

    it.each([
      ['a NUL', 'before\u0000after', 'NUL'],
      ['half of a surrogate pair', 'half \ud83c', 'surrogate'],
    ])('refuse text with %s rather than store something else', async (_, text, word) => {
      const { runs } = await storedSweep(store, [{}])
      const chunk = aLogChunk({ runId: runs[0]?.id as RunId, text })

      const outcome = store.write((tx) => tx.insertLogs([chunk]))

      await expect(outcome).rejects.toThrow(word)
      await expect(outcome).rejects.toMatchObject({ code: 'REQUEST_INVALID' })
      expect(await store.readLogs(chunk.runId)).toEqual([])
    })
  })

  describe('agents, the cursor and poison', () => {
    it('agents come back as saved, and are replaced by saving', async () => {
      const agent = anAgent({ sweepIds: [aSweep().id], labels: { gpu: 'h100', '': '' } })
      const other = anAgent({ registeredAt: SOME_TIME + 1 })
      await store.write(async (tx) => {
        await tx.saveAgent(other)
        await tx.saveAgent(agent)
      })
      const drained = {
        ...agent,
        drain: true,
        quarantine: { by: 'rule' as const, at: SOME_TIME, reason: 'runs keep failing' },
        state: 'draining' as const,
        incarnation: SOME_TIME,
      }
      await store.write((tx) => tx.saveAgent(drained))

      expect(await store.findAgent(agent.id)).toEqual(drained)
      expect(await store.findAgent(anAgent().id)).toBeNull()
      expect(await store.listAgents()).toEqual([drained, other])
    })

    it('many agents are saved and found at once, in the order asked for, unknown ones left out', async () => {
      const agents = Array.from({ length: 600 }, () => anAgent())
      await store.write((tx) => tx.saveAgent({ ...agents[7]!, slots: 3 }))
      await store.write((tx) => tx.saveAgents(agents))
      await store.write((tx) => tx.saveAgents([]))

      const asked = agents.map(({ id }) => id).reverse()
      expect(await store.findAgents([...asked, anAgent().id, asked[0]!])).toEqual(agents.toReversed())
      expect(await store.findAgents([])).toEqual([])
    })

    it('the cursor is null at first, then the last one saved', async () => {
      expect(await store.readCursor()).toBeNull()
      await store.write((tx) => tx.saveCursor({ generation: 'g1', entryId: '1-0' }))
      await store.write((tx) => tx.saveCursor({ generation: 'g2', entryId: '0-0' }))

      expect(await store.readCursor()).toEqual({ generation: 'g2', entryId: '0-0' })
    })

    it('a poisoned entry is never refused, whatever its text, also twice', async () => {
      const entry = {
        entryId: '1-0',
        at: SOME_TIME,
        reason: 'not JSON: \u0000',
        text: '\u0000\ud800 binary',
      }

      await expect(store.write((tx) => tx.insertPoison(entry))).resolves.toBeUndefined()
      await expect(store.write((tx) => tx.insertPoison(entry))).resolves.toBeUndefined()
    })
  })
}
