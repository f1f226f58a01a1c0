// What lists of sweeps, agents and projects read of many runs at once.
import { describe, expect, it } from 'vitest'
import { aRun, aSweep, anAgent, anAttempt, SOME_TIME } from '../support/records.ts'
import type { OpenContract } from './store-harness.ts'

export function describeFleetReads({ store }: OpenContract): void {
  describe('reads over many runs', () => {
    /** Two agents; the first worked a finished, a failed and an open run, the second a stopped one. */
    async function fill() {
      const sweep = aSweep({ project: 'vision' })
      const [first, second] = [anAgent({ host: 'a' }), anAgent({ host: 'b' })]
      const ended = (value: number | null, finishedAt: number, state: 'finished' | 'stopped' | 'failed') =>
        aRun({ sweepId: sweep.id, project: 'vision', state, value, startedAt: SOME_TIME, finishedAt })
      const runs = [
        ended(0.5, SOME_TIME + 200, 'finished'),
        ended(NaN, SOME_TIME + 250, 'finished'),
        ended(0.3, SOME_TIME + 100, 'stopped'),
        ended(0.1, SOME_TIME + 300, 'failed'),
        aRun({
          sweepId: sweep.id,
          project: 'vision',
          state: 'running',
          attemptCount: 1,
          openAttempt: 1,
          startedAt: SOME_TIME + 400,
        }),
        aRun({ project: 'vision', createdAt: SOME_TIME + 5 }),
      ] as const
      const attempt = (run: (typeof runs)[number], facts: Parameters<typeof anAttempt>[0]) =>
        anAttempt({ runId: run.id, startedAt: SOME_TIME, slot: 0, ...facts })
      await store().write(async (tx) => {
        await tx.insertSweep(sweep)
        await tx.saveAgents([first, second])
        await tx.insertRuns([...runs])
        await tx.insertAttempts([
          attempt(runs[0], { agentId: first.id, endedAt: SOME_TIME + 200, outcome: 'finished' }),
          attempt(runs[2], { agentId: second.id, endedAt: SOME_TIME + 100, outcome: 'stopped' }),
          attempt(runs[3], {
            agentId: first.id,
            endedAt: SOME_TIME + 300,
            outcome: 'failed',
            stderrTail: 'OOM',
          }),
          attempt(runs[4], { agentId: first.id, startedAt: SOME_TIME + 400 }),
        ])
        await tx.recordChanges([
          { at: 1, entity: 'sweep', entityId: sweep.id, sweepId: sweep.id, event: 'sweep.created', data: {} },
          { at: 2, entity: 'run', entityId: runs[0].id, sweepId: sweep.id, event: 'run.finished', data: {} },
          { at: 3, entity: 'sweep', entityId: sweep.id, sweepId: sweep.id, event: 'sweep.paused', data: {} },
        ])
      })
      return { sweep, first, second, runs }
    }

    it('give the values of ranked runs in the order in which they ended', async () => {
      const { sweep } = await fill()
      expect(await store().fleet.listEndedValues(sweep.id)).toEqual([
        { finishedAt: SOME_TIME + 100, value: 0.3 },
        { finishedAt: SOME_TIME + 200, value: 0.5 },
      ])
    })

    it('sum the time that runs have taken, of running ones up to now, and name the newest that began', async () => {
      const { sweep, runs } = await fill()
      expect(await store().fleet.sumRunTime(sweep.id, SOME_TIME + 1000)).toBe(200 + 250 + 100 + 300 + 600)
      expect(await store().fleet.listNewestStarted(sweep.id, 2)).toEqual([runs[4].id, runs[3].id])
      expect(await store().fleet.sumRunTime(aSweep().id, SOME_TIME)).toBe(0)
    })

    it('give the attempts of a window, with those that are open, and the newest when there are too many', async () => {
      const { sweep, first, second, runs } = await fill()
      const window = {
        agentIds: [first.id, second.id],
        since: SOME_TIME + 150,
        until: SOME_TIME + 1000,
        limit: 10,
      }
      const found = await store().fleet.listSpans(window)
      expect(found.map(({ runId }) => runId).sort()).toEqual([runs[0].id, runs[3].id, runs[4].id].sort())
      expect(found.at(-1)).toMatchObject({
        runId: runs[4].id,
        runName: runs[4].name,
        sweepId: sweep.id,
        endedAt: null,
        outcome: null,
        startedAt: SOME_TIME + 400,
      })
      expect(await store().fleet.listSpans({ ...window, sweepId: aSweep().id })).toEqual([])
      expect((await store().fleet.listSpans({ ...window, limit: 1 })).map(({ runId }) => runId)).toEqual([
        runs[4].id,
      ])
      expect(await store().fleet.listSpans({ ...window, agentIds: [] })).toEqual([])
    })

    it('give what happened to the sweep itself, the newest first', async () => {
      const { sweep } = await fill()
      const events = await store().listSweepEvents(sweep.id, 10)
      expect(events.map(({ event }) => event)).toEqual(['sweep.paused', 'sweep.created'])
      expect(await store().listSweepEvents(sweep.id, 1)).toHaveLength(1)
    })

    it('count the runs of each project, and those outside sweeps', async () => {
      await fill()
      expect(await store().fleet.countByProject()).toEqual([
        { project: 'vision', runs: 6, ownRuns: 1, newestAt: SOME_TIME + 5 },
      ])
    })
  })
}
