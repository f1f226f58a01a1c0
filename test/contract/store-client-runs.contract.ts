// The store's contract: runs that a client reports by itself, and lines of a log that are printed over.
import { beforeEach, describe, expect, it } from 'vitest'
import { NO_AGENT } from '../../sweeps/client-run.ts'
import type { ClientRunRecord } from '../../sweeps/client-run.ts'
import type { SweepStore } from '../../sweeps/store.ts'
import type { RunId } from '../../sweeps/sweep.ts'
import { SOME_TIME, aLogChunk, aRun, aRunId, anAttempt } from '../support/records.ts'
import type { OpenContract } from './store-harness.ts'

function aClientRun(overrides: Partial<ClientRunRecord> & { readonly runId: RunId }): ClientRunRecord {
  return {
    entity: 'somebody',
    project: 'default',
    name: 'My run/1',
    startedBy: null,
    attempt: 1,
    wandbConfig: '{"a":{"value":1.0}}',
    summary: '{"x":{"max":1}}',
    history: { end: 2 ** 31, gaps: [[3, 5]] },
    events: { end: 7, gaps: [] },
    logLines: 9,
    placed: { history: true, events: false, logs: true },
    owners: { client: ['loss'], agent: [], isNoticed: true },
    processStartedAt: SOME_TIME + 0.5,
    formerStartedAt: null,
    heardAt: SOME_TIME,
    host: 'h',
    program: null,
    commit: 'c0ffee',
    repo: null,
    isPreempting: true,
    ...overrides,
  }
}

export function describeClientRuns(contract: OpenContract): void {
  let store: SweepStore
  beforeEach(() => {
    store = contract.store()
  })

  describe('runs that a client reports by itself', () => {
    it('come back as saved, by id and by name, and are replaced', async () => {
      const run = aRun()
      const record = aClientRun({ runId: run.id, startedBy: aRunId() })
      await store.write(async (tx) => {
        await tx.insertRuns([run])
        await tx.clientRuns.save([record])
      })
      expect(await store.clientRuns.find([run.id, aRunId()])).toEqual(new Map([[run.id, record]]))
      expect(await store.clientRuns.findByName('default', 'My run/1')).toEqual(record)
      expect(await store.clientRuns.findByName('other', 'My run/1')).toBeNull()
      const later = { ...record, logLines: 10, isPreempting: false, processStartedAt: null }
      await store.write((tx) => tx.clientRuns.save([later]))
      expect((await store.clientRuns.find([run.id])).get(run.id)).toEqual(later)
      await store.write((tx) => tx.deleteRuns([run.id]))
      expect(await store.clientRuns.find([run.id])).toEqual(new Map())
    })

    it('are silent when their open attempt is nobody else’s and nothing was heard since', async () => {
      const [silent, heard, worked, ended] = [aRun(), aRun(), aRun(), aRun()]
      const runs = [silent, heard, worked, ended]
      await store.write(async (tx) => {
        await tx.insertRuns(runs)
        await tx.insertAttempts([
          anAttempt({ runId: silent.id, agentId: NO_AGENT }),
          anAttempt({ runId: heard.id, agentId: NO_AGENT }),
          anAttempt({ runId: worked.id }),
          anAttempt({ runId: ended.id, agentId: NO_AGENT, outcome: 'finished', endedAt: SOME_TIME }),
        ])
        await tx.clientRuns.save(
          runs.map(({ id }) =>
            aClientRun({ runId: id, name: id, heardAt: id === heard.id ? SOME_TIME + 10 : SOME_TIME }),
          ),
        )
      })
      const found = await store.clientRuns.listSilent(SOME_TIME + 5)
      expect(found.map(({ runId }) => runId)).toEqual([silent.id])
      // The leader's leases know nothing of them.
      expect((await store.listOpenAttempts()).map(({ runId }) => runId)).toEqual([worked.id])
    })
  })

  describe('lines of a log that are saved', () => {
    it('replace those of the same number', async () => {
      const run = aRun()
      const line = (seq: number, text: string) => aLogChunk({ runId: run.id, attempt: 1, seq, text })
      await store.write(async (tx) => {
        await tx.insertRuns([run])
        await tx.saveLogs([line(2 ** 40, '1%'), line(2 ** 40, '50%'), line(2 ** 40 + 1, 'a')])
        await tx.saveLogs([line(2 ** 40, '100%')])
      })
      expect((await store.readLogs(run.id)).map(({ seq, text }) => [seq, text])).toEqual([
        [2 ** 40, '100%'],
        [2 ** 40 + 1, 'a'],
      ])
    })
  })
}
