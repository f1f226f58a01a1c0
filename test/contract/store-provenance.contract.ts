// The store's contract: where attempts come from, and samples of their machines.
import { createHash } from 'node:crypto'
import { beforeEach, describe, expect, it } from 'vitest'
import type { ProvenanceFacts } from '../../sweeps/provenance.ts'
import type { ProvenanceRecord, SweepStore, SystemChunk } from '../../sweeps/store.ts'
import type { RunId, SweepId } from '../../sweeps/sweep.ts'
import { SOME_TIME, aRunId, aSweepId, gitState, provenanceFacts } from '../support/records.ts'
import { storedSweep } from '../support/store.ts'
import type { OpenContract } from './store-harness.ts'

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

export function describeProvenance(contract: OpenContract): void {
  describe('what is kept of where attempts come from', () => {
    let store: SweepStore
    let sweepId: SweepId
    let runIds: RunId[]
    beforeEach(async () => {
      store = contract.store()
      const { sweep, runs } = await storedSweep(store, [{}, {}, {}, {}])
      sweepId = sweep.id
      runIds = runs.map((run) => run.id)
    })

    const record = (
      run: number,
      attempt: number,
      facts: Partial<ProvenanceFacts> = {},
    ): ProvenanceRecord => ({
      runId: runIds[run] as RunId,
      attempt,
      sweepId,
      facts: provenanceFacts(facts),
    })
    const madeFrom = (commit: string | null, diff?: string) =>
      gitState({
        commit: commit?.padEnd(40, '0') ?? null,
        dirty: diff !== undefined,
        diff:
          diff === undefined
            ? null
            : { sha256: sha256(diff), bytes: diff.length, cut: false, redacted: false, lossy: false },
      })

    describe('provenance', () => {
      it('comes back by run, in order of attempt, unchanged', async () => {
        const odd = record(0, 1, {
          argv: ['a\u0000b', 'half \ud83c', '--x="y"'],
          git: null,
          python: null,
          host: null,
        })
        const second = record(0, 2)
        await store.write((tx) => tx.saveProvenance([second, record(1, 1), odd]))

        expect(await store.listProvenance(runIds[0] as RunId)).toEqual([odd, second])
        expect(await store.listProvenance(aRunId())).toEqual([])
        expect(await (await contract.reopen()).listProvenance(runIds[0] as RunId)).toEqual([odd, second])
      })

      it('is replaced when the same attempt tells again', async () => {
        await store.write((tx) => tx.saveProvenance([record(0, 1, { seed: 1 })]))
        await store.write((tx) => tx.saveProvenance([record(0, 1, { seed: 2 })]))

        expect((await store.listProvenance(runIds[0] as RunId)).map(({ facts }) => facts.seed)).toEqual([2])
      })

      it('keeps a text once, however often it is given', async () => {
        const texts = new Map(['diff\n+é', 'torch==2.1\n'].map((text) => [sha256(text), text]))
        await store.write((tx) => tx.keepProvenanceTexts(texts))
        await store.write((tx) => tx.keepProvenanceTexts(texts))

        for (const [hash, text] of texts) expect(await store.findProvenanceText(hash)).toBe(text)
        expect(await store.findProvenanceText(sha256('other'))).toBeNull()
      })

      it('counts the runs of each state of the code, the most first, a run of two states in both', async () => {
        await store.write((tx) =>
          tx.saveProvenance([
            record(0, 1, { git: madeFrom('aaa') }),
            record(0, 2, { git: madeFrom('aaa') }),
            record(1, 1, { git: madeFrom('aaa') }),
            record(2, 1, { git: madeFrom('aaa', '+x') }),
            record(2, 2, { git: madeFrom('bbb') }),
            record(3, 1, { git: null }),
            { ...record(3, 2, { git: madeFrom('ccc') }), sweepId: null },
          ]),
        )

        const commits = await store.countCommits(sweepId)
        const plain = commits.map(({ commit, isDirty, diffHash, runCount }) => [
          commit?.slice(0, 3) ?? null,
          isDirty,
          diffHash,
          runCount,
        ])
        expect(plain).toHaveLength(4)
        expect(plain[0]).toEqual(['aaa', false, null, 2])
        expect(plain).toContainEqual(['aaa', true, sha256('+x'), 1])
        expect(plain).toContainEqual(['bbb', false, null, 1])
        expect(plain).toContainEqual([null, false, null, 1])
        expect(await store.countCommits(aSweepId())).toEqual([])
      })
    })

    describe('system samples', () => {
      const chunk = (attempt: number, seq: number): SystemChunk => ({
        runId: runIds[0] as RunId,
        attempt,
        seq,
        samples: [{ at: SOME_TIME + seq, values: { 'system.cpu': 12.5, 'system.gpu.0.temp': null } }],
      })

      it('come back in order of (attempt, seq): all, of one attempt, or the newest', async () => {
        const chunks = [chunk(1, 3), chunk(1, 10), chunk(2, 2)]
        await store.write((tx) => tx.insertSystemChunks(chunks.toReversed()))

        const runId = runIds[0] as RunId
        expect(await store.readSystemChunks(runId)).toEqual(chunks)
        expect(await store.readSystemChunks(runId, { attempt: 1 })).toEqual(chunks.slice(0, 2))
        expect(await store.readSystemChunks(runId, { lastChunks: 2 })).toEqual(chunks.slice(1))
        expect(await store.listNewestSamples([runId, runId, aRunId()])).toEqual(chunks.slice(-1))
        expect(await store.readSystemChunks(runId, { attempt: 1, lastChunks: 1 })).toEqual(chunks.slice(1, 2))
        expect(await store.readSystemChunks(aRunId())).toEqual([])
      })

      it('are no metrics: no history, no summary', async () => {
        await store.write((tx) => tx.insertSystemChunks([chunk(1, 1)]))

        expect(await store.readMetrics(runIds[0] as RunId)).toEqual([])
        expect(await store.listSummaries(runIds)).toEqual(new Map())
      })
    })
  })
}
