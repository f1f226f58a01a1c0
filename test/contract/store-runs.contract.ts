// The store's contract: sweeps, runs and attempts come back as stored, and are found as promised.
import { beforeEach, describe, expect, it } from 'vitest'
import { SweepError } from '../../sweeps/errors.ts'
import type { RunRecord } from '../../sweeps/run.ts'
import type { SweepStore } from '../../sweeps/store.ts'
import type { RunId, SweepRecord } from '../../sweeps/sweep.ts'
import { SOME_TIME, aRun, aRunId, aSweep, anAttempt } from '../support/records.ts'
import { storedSweep } from '../support/store.ts'
import type { OpenContract } from './store-harness.ts'

export function describeSweepsAndRuns(contract: OpenContract): void {
  let store: SweepStore
  beforeEach(() => {
    store = contract.store()
  })

  describe('projects', () => {
    it('begin with their first sweep or run, or by themselves, and are made once', async () => {
      const names = [aRunId(), aRunId(), aRunId()] as const // no other test has them
      const own = { name: names[2], createdAt: SOME_TIME + 2 }
      await store.write((tx) => tx.insertSweep(aSweep({ project: names[0], createdAt: SOME_TIME })))
      await store.write((tx) => tx.insertRuns([aRun({ project: names[1], createdAt: SOME_TIME + 1 })]))

      expect(await store.write((tx) => tx.addProject(own))).toBe(true)
      expect(await store.write((tx) => tx.addProject({ ...own, createdAt: SOME_TIME + 9 }))).toBe(false)

      const listed = (await store.listProjects()).filter(({ name }) => names.some((one) => one === name))
      expect(listed).toEqual([
        { name: names[0], createdAt: SOME_TIME },
        { name: names[1], createdAt: SOME_TIME + 1 },
        own,
      ])
    })
  })

  describe('sweeps', () => {
    it('come back as stored, with every field set and with every field that may be null', async () => {
      const full = aSweep({
        state: 'finished',
        stateReason: 'every configuration was tried',
        metric: { name: 'acc', goal: 'maximize', summary: 'last', target: 0.99 },
        specVersion: 3,
        seed: 2 ** 53 - 1,
        runCap: 100,
        maxParallel: 8,
        maxAttempts: 5,
        size: 1e30,
        nextIndex: 2 ** 40,
        runCount: 12,
        startedAt: SOME_TIME + 1,
        finishedAt: SOME_TIME + 2,
      })
      const bare = aSweep({ metric: null })
      await store.write(async (tx) => {
        await tx.insertSweep(full)
        await tx.insertSweep(bare)
      })

      expect(await store.findSweep(full.id)).toEqual(full)
      expect(await store.findSweep(bare.id)).toEqual(bare)
      expect(await store.findSweep(aSweep().id)).toBeNull()
    })

    it('are replaced by saving; saving one that is not there rejects', async () => {
      const { sweep } = await storedSweep(store)
      const saved = { ...sweep, state: 'paused' as const, project: 'other', metric: null, runCount: 3 }
      await store.write((tx) => tx.saveSweep(saved))

      expect(await store.findSweep(sweep.id)).toEqual(saved)
      await expect(store.write((tx) => tx.saveSweep(aSweep()))).rejects.toThrow('no row')
    })

    it('cannot be inserted twice', async () => {
      const { sweep } = await storedSweep(store)

      await expect(store.write((tx) => tx.insertSweep(sweep))).rejects.toThrow(SweepError)
    })

    it('are listed in order of creation, by project and by state', async () => {
      const sweeps = [
        aSweep({ project: 'p', createdAt: SOME_TIME + 5 }),
        aSweep({ project: 'q', state: 'paused' }),
        aSweep({ project: 'p', state: 'paused' }),
      ]
      await store.write(async (tx) => {
        for (const sweep of sweeps) await tx.insertSweep(sweep)
      })

      expect(await store.listSweeps()).toEqual(sweeps)
      expect(await store.listSweeps({ project: 'p' })).toEqual([sweeps[0], sweeps[2]])
      expect(await store.listSweeps({ states: ['paused', 'finished'] })).toEqual([sweeps[1], sweeps[2]])
      expect(await store.listSweeps({ project: 'p', states: ['running'] })).toEqual([sweeps[0]])
      expect(await store.listSweeps({ states: [] })).toEqual([])
      expect(await store.newestSweep()).toEqual(sweeps[2])
    })

    it('have no newest when there is none', async () => {
      expect(await store.newestSweep()).toBeNull()
    })

    it('have their spec versions in order, and no others', async () => {
      const { sweep } = await storedSweep(store)
      const other = await storedSweep(store)
      await store.write(async (tx) => {
        await tx.insertSpecVersion(sweep.id, 2, 'method: random # 2', SOME_TIME + 2)
        await tx.insertSpecVersion(sweep.id, 1, 'method: random', SOME_TIME)
        await tx.insertSpecVersion(other.sweep.id, 1, 'method: grid', SOME_TIME)
      })

      expect(await store.listSpecVersions(sweep.id)).toEqual([
        { version: 1, configText: 'method: random', createdAt: SOME_TIME },
        { version: 2, configText: 'method: random # 2', createdAt: SOME_TIME + 2 },
      ])
      expect(await store.listSpecVersions(aSweep().id)).toEqual([])
    })

    it('keep each spec version once', async () => {
      const { sweep } = await storedSweep(store)
      await store.write((tx) => tx.insertSpecVersion(sweep.id, 1, 'method: grid', SOME_TIME))
      await store.write((tx) => tx.insertSpecVersion(sweep.id, 2, 'method: random', SOME_TIME))

      const again = store.write((tx) => tx.insertSpecVersion(sweep.id, 2, 'method: bayes', SOME_TIME))
      await expect(again).rejects.toThrow(SweepError)
    })
  })

  describe('finding by prefix', () => {
    it('finds sweeps and runs by the start of their id, and sweeps by their whole name, newest first', async () => {
      const sweep = aSweep({ id: 'bcd12345' as SweepRecord['id'], name: 'first' })
      const other = aSweep({ id: 'zzzzzzzz' as SweepRecord['id'], name: 'bcd' })
      const run = aRun({ id: 'bcdzzzzz' as RunId, sweepId: sweep.id, name: 'r' })
      const stranger = aRun({ id: 'bcf00000' as RunId, sweepId: sweep.id })
      await store.write(async (tx) => {
        await tx.insertSweep(sweep)
        await tx.insertRuns([run, stranger])
        await tx.insertSweep(other)
      })

      const found = [
        { kind: 'sweep', id: 'zzzzzzzz', name: 'bcd' },
        { kind: 'run', id: 'bcdzzzzz', name: 'r' },
        { kind: 'sweep', id: 'bcd12345', name: 'first' },
      ]
      expect(await store.findByPrefix('bcd', 10)).toEqual(found)
      expect(await store.findByPrefix('bcd', 2)).toEqual(found.slice(0, 2))
      expect(await store.findByPrefix('zzzzzzzz', 10)).toEqual([found[0]])
      expect(await store.findByPrefix('first', 10)).toEqual([found[2]])
      expect(await store.findByPrefix('firs', 10)).toEqual([])
      expect(await store.findByPrefix('b%', 10)).toEqual([])
    })
  })

  describe('runs of a config', () => {
    it('are found by its hash, replicates included, in one sweep only', async () => {
      const { sweep } = await storedSweep(store)
      const other = await storedSweep(store)
      const made = [
        aRun({ sweepId: sweep.id, configHash: 'h1', failureCount: 2 }),
        aRun({ sweepId: sweep.id, configHash: 'h2' }),
        aRun({ sweepId: sweep.id, configHash: 'h1', replicate: 1 }),
        aRun({ sweepId: other.sweep.id, configHash: 'h1' }),
      ]
      await store.write((tx) => tx.insertRuns(made))

      expect(await store.findRunsByHash(sweep.id, ['h1', 'h3'])).toEqual([made[0], made[2]])
      expect(await store.findRunsByHash(sweep.id, [])).toEqual([])
    })
  })

  describe('ends by agent', () => {
    it('are counted by outcome, of one sweep only, without those that say nothing', async () => {
      const { sweep } = await storedSweep(store)
      const other = await storedSweep(store)
      const runs = [aRun({ sweepId: sweep.id }), aRun({ sweepId: other.sweep.id })] as const
      const first = anAttempt({ runId: runs[0].id, attempt: 1, outcome: 'failed', endedAt: 1 })
      const ofIt = { runId: runs[0].id, agentId: first.agentId, endedAt: 1 }
      const attempts = [
        first,
        anAttempt({ ...ofIt, attempt: 2, outcome: 'finished' }),
        anAttempt({ ...ofIt, attempt: 3, outcome: 'finished' }),
        anAttempt({ ...ofIt, attempt: 4, outcome: 'lost' }),
        anAttempt({ runId: runs[0].id, attempt: 5 }),
        anAttempt({ ...ofIt, runId: runs[1].id, outcome: 'stopped' }),
      ]
      await store.write(async (tx) => {
        await tx.insertRuns(runs)
        await tx.insertAttempts(attempts)
      })

      const ends = { agentId: first.agentId, finished: 2, stopped: 0, failed: 1 }
      expect(await store.countEnds(sweep.id)).toEqual([ends])
      expect(await store.countEnds(aSweep().id)).toEqual([])
      const ofAll = (await store.countEnds(null)).find(({ agentId }) => agentId === first.agentId)
      expect(ofAll).toEqual({ ...ends, stopped: 1 })
    })

    it('has the newest failure of each agent', async () => {
      const { sweep } = await storedSweep(store)
      const run = aRun({ sweepId: sweep.id })
      const failed = { runId: run.id, outcome: 'failed' } as const
      const first = anAttempt({ ...failed, attempt: 1, endedAt: SOME_TIME + 1 })
      const ofIt = { ...failed, agentId: first.agentId }
      const newest = anAttempt({ ...ofIt, attempt: 2, endedAt: SOME_TIME + 3, reason: 'the last' })
      const well = anAttempt({ ...ofIt, attempt: 3, endedAt: SOME_TIME + 4, outcome: 'finished' })
      const others = anAttempt({ ...failed, attempt: 4, endedAt: SOME_TIME + 2 })
      await store.write(async (tx) => {
        await tx.insertRuns([run])
        await tx.insertAttempts([first, newest, well, others])
      })

      const found = (await store.listLastFailures()).filter(({ runId }) => runId === run.id)
      expect(found).toHaveLength(2)
      expect(found).toEqual(expect.arrayContaining([newest, others]))
    })
  })

  describe('the last ends on an agent', () => {
    it('are the newest attempts that ended there since a moment, with their sweeps, in the order of their ends', async () => {
      const { sweep } = await storedSweep(store)
      const run = aRun({ sweepId: sweep.id })
      const alone = aRun({ sweepId: null })
      const offeredAt = SOME_TIME
      const ended = { runId: run.id, offeredAt, outcome: 'finished' } as const
      const first = anAttempt({ ...ended, attempt: 1, endedAt: SOME_TIME + 1 })
      const ofIt = { ...ended, agentId: first.agentId }
      const later = anAttempt({ ...ofIt, attempt: 2, endedAt: SOME_TIME + 3 })
      const open = anAttempt({ runId: run.id, agentId: first.agentId, attempt: 3 })
      const before = anAttempt({ ...ofIt, attempt: 4, offeredAt: offeredAt - 1, endedAt: SOME_TIME + 4 })
      const others = anAttempt({ ...ended, runId: alone.id, attempt: 1, endedAt: SOME_TIME + 2 })
      await store.write(async (tx) => {
        await tx.insertRuns([run, alone])
        await tx.insertAttempts([first, later, open, before, others])
      })

      const agents = [first.agentId, others.agentId].map((id) => ({ id, since: offeredAt }))
      const all = [first, others, later].map((attempt) => ({
        attempt,
        sweepId: attempt === others ? null : sweep.id,
      }))
      expect(await store.listLastEnds(agents, 10)).toEqual(all)
      expect(await store.listLastEnds(agents, 1)).toEqual(all.slice(1))
      expect(await store.listLastEnds([], 1)).toEqual([])
    })

    it('are found for many agents at once', async () => {
      const run = aRun({ sweepId: null })
      const attempts = Array.from({ length: 250 }, (_, index) =>
        anAttempt({ runId: run.id, attempt: index + 1, endedAt: SOME_TIME + index, outcome: 'failed' }),
      )
      await store.write(async (tx) => {
        await tx.insertRuns([run])
        await tx.insertAttempts(attempts)
      })

      const agents = attempts.map(({ agentId }) => ({ id: agentId, since: 0 }))
      expect((await store.listLastEnds(agents, 3)).map(({ attempt }) => attempt)).toEqual(attempts)
    })
  })

  describe('runs', () => {
    it('come back as stored, inside a sweep and outside, with every field set', async () => {
      const { sweep } = await storedSweep(store)
      const full = aRun({
        sweepId: sweep.id,
        state: 'stopped',
        configText: '{"lr":1.0,"n":1,"name":"é\\u0000"}',
        replicate: 2,
        suggestionIndex: 17,
        suggestedBy: '{"method":"random","index":17}',
        seed: 2 ** 53 - 1,
        value: 0.1 + 0.2,
        bestStep: 12.5,
        attemptCount: 3,
        openAttempt: 3,
        lossCount: 1,
        wish: 'stop',
        wishReason: 'worse than the median',
        stopReason: 'early',
        tags: ['a', 'b "c"'],
        notes: 'two\nlines 🎉',
        group: 'g',
        jobType: 'train',
        startedAt: SOME_TIME + 1,
        finishedAt: SOME_TIME + 2,
      })
      const outside = aRun({ project: 'elsewhere' })
      const inserted = await store.write((tx) => tx.insertRuns([full, outside]))

      expect(inserted).toEqual(new Set([full.id, outside.id]))
      expect(await store.findRun(full.id)).toEqual(full)
      expect(await store.findRun(outside.id)).toEqual(outside)
      expect(await store.findRun(aRunId())).toBeNull()
    })

    it.each([NaN, Infinity, -Infinity, 0, -1.5, 5e-324, 1.7976931348623157e308, null])(
      'keep the value %s',
      async (value) => {
        const inserted = aRun({ value })
        const saved = aRun()
        await store.write(async (tx) => {
          await tx.insertRuns([inserted, saved])
          await tx.saveRuns([{ ...saved, value }])
        })

        expect((await store.findRun(inserted.id))?.value).toBe(value)
        expect((await store.findRun(saved.id))?.value).toBe(value)
      },
    )

    it('are unique by (sweep, config, replicate): the others of a batch are inserted', async () => {
      const { sweep, runs } = await storedSweep(store, [{ configHash: 'h1' }])
      const same = aRun({ sweepId: sweep.id, configHash: 'h1' })
      const repeat = aRun({ sweepId: sweep.id, configHash: 'h1', replicate: 1 })
      const fresh = aRun({ sweepId: sweep.id, configHash: 'h2' })
      const freshTwice = aRun({ sweepId: sweep.id, configHash: 'h2' })
      const inserted = await store.write((tx) => tx.insertRuns([same, repeat, fresh, freshTwice]))

      expect(inserted).toEqual(new Set([repeat.id, fresh.id]))
      expect(await store.listRuns({ sweepId: sweep.id })).toEqual([runs[0], repeat, fresh])
    })

    it('may share a config in different sweeps, and outside of sweeps', async () => {
      const first = await storedSweep(store, [{ configHash: 'h' }])
      const second = await storedSweep(store, [{ configHash: 'h' }])
      const inserted = await store.write((tx) =>
        tx.insertRuns([aRun({ configHash: 'h' }), aRun({ configHash: 'h' })]),
      )

      expect(inserted.size).toBe(2)
      expect(await store.findRuns([...first.runs, ...second.runs].map((run) => run.id))).toHaveLength(2)
    })

    it('of two racing units with one config, one is inserted', async () => {
      const { sweep } = await storedSweep(store)
      const rivals = Array.from({ length: 8 }, () => aRun({ sweepId: sweep.id, configHash: 'h' }))
      const inserted = await Promise.all(rivals.map((run) => store.write((tx) => tx.insertRuns([run]))))

      expect(inserted.filter((ids) => ids.size === 1)).toHaveLength(1)
      expect(await store.listRuns({ sweepId: sweep.id })).toHaveLength(1)
    })

    it('reject a known id with another config', async () => {
      const { sweep, runs } = await storedSweep(store, [{}])
      const clash = aRun({ id: runs[0]?.id as RunId, sweepId: sweep.id, configHash: 'another' })

      await expect(store.write((tx) => tx.insertRuns([clash]))).rejects.toThrow(SweepError)
    })

    it('reject a sweep that is not there', async () => {
      const orphan = aRun({ sweepId: aSweep().id })

      await expect(store.write((tx) => tx.insertRuns([orphan]))).rejects.toThrow(SweepError)
      expect(await store.findRun(orphan.id)).toBeNull()
    })

    it('are replaced by saving and keep their place; saving one that is not there rejects', async () => {
      const { sweep, runs } = await storedSweep(store, [{}, {}])
      const saved = runs.map((run) => ({
        ...run,
        state: 'running' as const,
        attemptCount: 1,
        openAttempt: 1,
      }))
      await store.write((tx) => tx.saveRuns(saved.toReversed()))

      expect(await store.listRuns({ sweepId: sweep.id })).toEqual(saved)
      await expect(store.write((tx) => tx.saveRuns([aRun()]))).rejects.toThrow('no row')
    })

    it('are found by a thousand ids at once, in the order asked for, unknown ones left out', async () => {
      const runs = Array.from({ length: 1000 }, () => aRun())
      await store.write((tx) => tx.insertRuns(runs))
      const asked = runs.toReversed().flatMap((run, index) => (index === 500 ? [aRunId(), run.id] : [run.id]))

      expect((await store.findRuns(asked)).map((run) => run.id)).toEqual(
        runs.toReversed().map((run) => run.id),
      )
      expect(await store.findRuns([])).toEqual([])
    })

    it('are listed by creation or end, both ways, by page, state and project', async () => {
      const { sweep, runs } = await storedSweep(store, [
        { finishedAt: SOME_TIME + 3, state: 'finished' },
        { project: 'other' },
        { finishedAt: SOME_TIME + 1, state: 'failed' },
      ])
      const names = (list: readonly RunRecord[]) =>
        list.map((run) => runs.findIndex((known) => known.id === run.id))
      const list = async (query: Parameters<SweepStore['listRuns']>[0]) => names(await store.listRuns(query))
      const sweepId = sweep.id

      expect(await list({ sweepId })).toEqual([0, 1, 2])
      expect(await list({ sweepId, descending: true })).toEqual([2, 1, 0])
      expect(await list({ sweepId, sort: 'finished' })).toEqual([2, 0, 1])
      expect(await list({ sweepId, sort: 'finished', descending: true })).toEqual([0, 2, 1])
      expect(await list({ sweepId, offset: 1, limit: 1 })).toEqual([1])
      expect(await list({ sweepId, offset: 1 })).toEqual([1, 2])
      expect(await list({ sweepId, states: ['failed', 'queued'] })).toEqual([1, 2])
      expect(await list({ sweepId, states: [] })).toEqual([])
      expect(await list({ project: 'other' })).toEqual([1])
    })

    it('are counted by state, every state named', async () => {
      const { sweep } = await storedSweep(store, [{}, { state: 'running' }, {}, { state: 'lost' }])
      await storedSweep(store, [{ state: 'failed' }])

      expect(await store.countRunsByState(sweep.id)).toEqual({
        queued: 2,
        preempted: 0,
        running: 1,
        finished: 0,
        failed: 0,
        stopped: 0,
        cancelled: 0,
        lost: 1,
      })
    })

    it('wait in this order: those that went back, then by creation; offered ones do not wait', async () => {
      const { sweep, runs } = await storedSweep(store, [
        {},
        { openAttempt: 1, attemptCount: 1 },
        {},
        { state: 'preempted', attemptCount: 1 },
        { state: 'running', attemptCount: 1, openAttempt: 1 },
        { attemptCount: 2, lossCount: 1 },
      ])
      const waiting = async (limit: number) =>
        (await store.listWaitingRuns(sweep.id, limit)).map((run) =>
          runs.findIndex((known) => known.id === run.id),
        )

      expect(await waiting(10)).toEqual([3, 5, 0, 2])
      expect(await waiting(1)).toEqual([3])
      await store.write((tx) => tx.saveRuns([{ ...(runs[3] as RunRecord), openAttempt: 2, attemptCount: 2 }]))
      expect(await waiting(10)).toEqual([5, 0, 2])
    })
  })

  describe('attempts', () => {
    it('come back as stored, new and ended', async () => {
      const { runs } = await storedSweep(store, [{}])
      const runId = runs[0]?.id as RunId
      const ended = anAttempt({
        runId,
        startedAt: SOME_TIME + 1,
        endedAt: SOME_TIME + 2,
        pid: 2 ** 31,
        slot: 0,
        outcome: 'failed',
        exitCode: 4_294_967_295,
        signal: 'SIGKILL',
        reason: 'out of memory',
        stderrTail: 'Traceback\n\ttab',
        reportSeq: 2 ** 33,
      })
      const open = anAttempt({ runId, attempt: 2 })
      await store.write((tx) => tx.insertAttempts([open, ended]))

      expect(await store.listAttempts([runId])).toEqual([ended, open])
      expect(await store.findAttempts([{ runId, attempt: 2 }])).toEqual([open])
      expect(await store.findAttempts([{ runId, attempt: 3 }])).toEqual([])
    })

    it('reject a number that exists, and saving one that does not', async () => {
      const { runs } = await storedSweep(store, [{}])
      const attempt = anAttempt({ runId: runs[0]?.id as RunId })
      await store.write((tx) => tx.insertAttempts([attempt]))

      const again = { ...attempt, token: 'another' }
      await expect(store.write((tx) => tx.insertAttempts([again]))).rejects.toThrow(SweepError)
      await expect(store.write((tx) => tx.saveAttempts([{ ...again, attempt: 2 }]))).rejects.toThrow('no row')
      expect(await store.listAttempts([attempt.runId])).toEqual([attempt])
    })

    it('are open until they have an outcome', async () => {
      const { sweep, runs } = await storedSweep(store, [{}, {}, {}])
      const elsewhere = await storedSweep(store, [{}])
      const attempts = [...runs, ...elsewhere.runs].map((run, index) =>
        anAttempt({ runId: run.id, offeredAt: SOME_TIME + index }),
      )
      await store.write((tx) => tx.insertAttempts(attempts))
      expect(await store.countOpenAttempts(sweep.id)).toBe(3)
      expect(await store.listOpenAttempts()).toEqual(attempts)

      const ended = attempts.slice(0, 2).map((attempt) => ({ ...attempt, outcome: 'lost' as const }))
      await store.write((tx) => tx.saveAttempts(ended))

      expect(await store.countOpenAttempts(sweep.id)).toBe(1)
      expect(await store.listOpenAttempts()).toEqual(attempts.slice(2))
      expect(await store.findAttempts(ended)).toEqual(ended)
    })

    it('are listed for a thousand runs at once, by run as asked, then by number', async () => {
      const runs = Array.from({ length: 1000 }, () => aRun())
      const attempts = runs.flatMap((run) => [1, 2].map((attempt) => anAttempt({ runId: run.id, attempt })))
      await store.write(async (tx) => {
        await tx.insertRuns(runs)
        await tx.insertAttempts(attempts.toReversed())
      })

      expect(await store.listAttempts(runs.map((run) => run.id))).toEqual(attempts)
    })
  })
}
