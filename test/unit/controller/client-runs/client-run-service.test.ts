// Clients that report by themselves, on a store: who is credited, who ends an attempt, and which copy of a metric counts.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createClientRunService } from '../../../../controller/client-runs/client-run-service.ts'
import type { ClientRunService } from '../../../../controller/client-runs/client-run-service.ts'
import type { ClientClaim, ClientPost } from '../../../../controller/client-runs/client-post.ts'
import { startSilentKeeper } from '../../../../controller/client-runs/silent-keeper.ts'
import { applyReports } from '../../../../controller/dispatch/apply-reports.ts'
import { silentLogger } from '../../../../runtime/logger.ts'
import type { RunKey } from '../../../../sweeps/run-key.ts'
import type { AttemptRecord, RunRecord } from '../../../../sweeps/run.ts'
import type { SweepStore } from '../../../../sweeps/store.ts'
import type { SweepRecord } from '../../../../sweeps/sweep.ts'
import { SOME_TIME, aRun, aSweep, anAgent, anAttempt } from '../../../support/records.ts'
import { openTemporaryStore } from '../../../support/store.ts'
import type { TemporaryStore } from '../../../support/store.ts'
import { waitFor } from '../../../support/wait.ts'

const NO_CLAIM: ClientClaim = {
  entity: 'sweep', project: null, name: null, runId: null, isStart: true, isPending: false, sweep: null,
  displayName: null, notes: null, tags: null, group: null, jobType: null, wandbConfig: null, summary: null,
  host: 'here', program: null, commit: null, repo: null,
} // prettier-ignore
const NO_POST: ClientPost = {
  history: null,
  events: null,
  log: null,
  summary: null,
  isPreempting: false,
  end: null,
}
const END = (exitCode: number): ClientPost => ({ ...NO_POST, end: { exitCode } })

/** @param startedAt of the process */
const rows = (offset: number, metrics: readonly Record<string, number>[], startedAt = 1): ClientPost => ({
  ...NO_POST,
  history: {
    offset,
    lines: metrics.map((one, i) => ({
      step: offset + i,
      at: SOME_TIME,
      metrics: one,
      processStartedAt: startedAt,
    })),
  },
})

describe('clients that report by themselves', () => {
  let temporary: TemporaryStore
  let store: SweepStore
  let clientRuns: ClientRunService
  let now = SOME_TIME
  const clock = { now: () => now, monotonicMs: () => performance.now() }

  beforeEach(async () => {
    now = SOME_TIME
    temporary = await openTemporaryStore()
    store = temporary.store
    clientRuns = createClientRunService({
      store,
      clock,
      randomInt: (n) => Math.floor(Math.random() * n),
      dispatcher: { lookForChanges: () => {}, leadEpoch: () => null, takeClientReports: async () => {} },
    })
  })
  afterEach(() => temporary.close())

  /** A run of a sweep whose first attempt was offered to an agent of that version. */
  async function offered(version: string, sweepFields: Partial<SweepRecord> = {}) {
    const sweep = aSweep({ project: 'demo', ...sweepFields })
    const agent = anAgent({ version, sweepIds: [sweep.id] })
    const run = aRun({ sweepId: sweep.id, project: 'demo', attemptCount: 1, openAttempt: 1 })
    const attempt = anAttempt({ runId: run.id, agentId: agent.id, token: 'a'.repeat(48) })
    await store.write(async (tx) => {
      await tx.insertSweep(sweep)
      await tx.saveAgent(agent)
      await tx.insertRuns([run])
      await tx.insertAttempts([attempt])
    })
    const ref = { project: 'demo', name: run.id }
    const claim: ClientClaim = { ...NO_CLAIM, project: 'demo', name: run.id, sweep: sweep.id }
    const key: RunKey = { runId: run.id, attempt: 1, token: attempt.token }
    return { sweep, run, attempt, ref, claim, key }
  }

  const find = async (run: RunRecord): Promise<RunRecord> => (await store.findRun(run.id)) as RunRecord
  const valuesOf = async (run: RunRecord, key: string) =>
    (await store.readMetrics(run.id)).flatMap((chunk) => chunk.rows.map((row) => row.metrics[key]))

  /** The agent's report `seq` of rows with these metrics. */
  const print = (attempt: AttemptRecord, seq: number, metrics: Record<string, number>, step = seq) =>
    store.write((tx) =>
      applyReports(
        tx,
        [
          {
            agentId: attempt.agentId,
            report: {
              runId: attempt.runId, attempt: attempt.attempt, token: attempt.token, seq, at: SOME_TIME,
              body: { kind: 'metrics', rows: [{ step, at: SOME_TIME, metrics }] },
            }, // prettier-ignore
          },
        ],
        SOME_TIME,
      ),
    )

  it('under an agent of ours do not end the attempt: the exit code of the process does', async () => {
    const { run, ref, claim, key } = await offered('1.0.0')
    await clientRuns.claim(claim, key)
    await clientRuns.post(ref, rows(0, [{ loss: 1 }]), key)
    await clientRuns.post(ref, END(0), key)
    expect(await find(run)).toMatchObject({ state: 'queued', openAttempt: 1, value: 1 })
  })

  it("under W&B's agent start the attempt and end it", async () => {
    const { run, ref, claim } = await offered('wandb')
    await clientRuns.claim(claim, null)
    expect(await find(run)).toMatchObject({ state: 'running', startedAt: SOME_TIME })
    await clientRuns.post(ref, rows(0, [{ loss: 2 }, { loss: 1 }]), null)
    await clientRuns.post(ref, END(0), null)
    expect(await find(run)).toMatchObject({ state: 'finished', openAttempt: null, value: 1 })
  })

  it('are credited by a key to its own attempt alone', async () => {
    const { run, attempt, ref, claim, key } = await offered('1.0.0')
    await clientRuns.claim(claim, key)
    await clientRuns.post(ref, rows(0, [{ loss: 5 }]), key)
    const next = anAttempt({ runId: run.id, agentId: attempt.agentId, attempt: 2, token: 'b'.repeat(48) })
    await store.write(async (tx) => {
      await tx.saveAttempts([{ ...attempt, outcome: 'lost', endedAt: SOME_TIME }])
      await tx.insertAttempts([next])
      await tx.saveRuns([{ ...(await find(run)), attemptCount: 2, openAttempt: 2 }])
    })
    expect(await clientRuns.post(ref, rows(1, [{ loss: 0 }]), key)).toEqual({ isStopped: true })
    await expect(clientRuns.claim(claim, key)).rejects.toThrow(/nobody work it/)
    const nextKey = { ...key, attempt: 2, token: next.token }
    await clientRuns.claim(claim, nextKey)
    expect(await clientRuns.post(ref, rows(0, [{ loss: 4 }], 9_000), nextKey)).toEqual({ isStopped: false })
    expect(await clientRuns.post(ref, rows(1, [{ loss: 0 }]), key)).toEqual({ isStopped: true })
    expect((await find(run)).value).toBe(4)
  })

  it('may not report another run with the key of a run, but runs that they begin themselves', async () => {
    const mine = await offered('1.0.0')
    const other = await offered('1.0.0')
    await clientRuns.claim(mine.claim, mine.key)
    await expect(clientRuns.claim(other.claim, mine.key)).rejects.toThrow(/may not report/)
    await clientRuns.claim(other.claim, other.key)
    await expect(clientRuns.post(other.ref, rows(0, [{ loss: 0 }]), mine.key)).rejects.toThrow(
      /may not report/,
    )
    const rank = await clientRuns.claim(
      { ...NO_CLAIM, project: 'demo', name: 'rank-1', group: 'g' },
      mine.key,
    )
    expect(rank).toMatchObject({ isNew: true, run: { sweepId: null, group: 'g' } })
    expect(
      await clientRuns.post({ project: 'demo', name: 'rank-1' }, rows(0, [{ loss: 9 }]), mine.key),
    ).toEqual({
      isStopped: false,
    })
    await expect(
      clientRuns.post({ project: 'demo', name: 'rank-1' }, rows(1, [{ loss: 0 }]), other.key),
    ).rejects.toThrow(/may not report/)
    expect((await find(mine.run)).value).toBeNull()
  })

  it('log what the script also prints: each metric counts from whom it came first', async () => {
    const { run, attempt, ref, claim, key } = await offered('1.0.0')
    await print(attempt, 1, { loss: 1, epoch: 1 })
    await clientRuns.claim(claim, key)
    await clientRuns.post(
      ref,
      rows(0, [
        { loss: 100, logged: 1 },
        { loss: 100, logged: 2 },
      ]),
      key,
    )
    await print(attempt, 2, { loss: 2, logged: 100, later: 1 })
    await clientRuns.post(ref, rows(2, [{ later: 100, logged: 3 }, { loss: 100 }]), key)
    const counted = async (name: string) => (await valuesOf(run, name)).filter((value) => value !== undefined)
    expect(await counted('loss')).toEqual([1, 2])
    expect(await counted('logged')).toEqual([1, 2, 3])
    expect(await counted('later')).toEqual([1])
    const notices = (await store.readLogs(run.id)).filter(({ stream }) => stream === 'notice')
    expect(notices.map(({ text }) => text)).toEqual([
      '"loss" comes from the agent; its copy from W&B\'s client is dropped, as are other copies.',
    ])
  })

  it('print to the agent alone: output.log is not stored twice', async () => {
    const { run, ref, claim, key } = await offered('1.0.0')
    await clientRuns.claim(claim, key)
    const log = { offset: 0, lines: [{ stream: 'stdout' as const, text: 'hello\n', at: null }] }
    await clientRuns.post(ref, { ...NO_POST, log }, key)
    expect(await store.readLogs(run.id)).toEqual([])
    expect((await store.clientRuns.find([run.id])).get(run.id)?.logLines).toBe(1)
  })

  it('end as was wished, however the process exits', async () => {
    for (const [wish, state] of [
      ['stop', 'stopped'],
      ['cancel', 'cancelled'],
    ] as const) {
      const { run, ref, claim } = await offered('wandb')
      await clientRuns.claim(claim, null)
      await store.write(async (tx) => tx.saveRuns([{ ...(await find(run)), wish, wishReason: 'why' }]))
      expect(await clientRuns.post(ref, rows(0, [{ loss: 1 }]), null)).toEqual({ isStopped: true })
      await clientRuns.post(ref, END(0), null)
      expect(await find(run)).toMatchObject({ state, stopReason: 'why' })
    }
  })

  it('that were preempted send the run back', async () => {
    const { run, ref, claim } = await offered('wandb')
    await clientRuns.claim(claim, null)
    await clientRuns.post(ref, { ...NO_POST, isPreempting: true }, null)
    await clientRuns.post(ref, END(255), null)
    expect(await find(run)).toMatchObject({ state: 'preempted', openAttempt: null })
  })

  it('may set the metric in the summary alone: it counts at the end', async () => {
    const metric = { name: 'val/acc', goal: 'maximize', summary: 'best', target: null } as const
    const { run, ref, claim } = await offered('wandb', { metric })
    await clientRuns.claim(claim, null)
    await clientRuns.post(ref, { ...NO_POST, summary: { 'val/acc': { max: 0.86, min: 0.1 } } }, null)
    await clientRuns.post(ref, END(0), null)
    expect(await find(run)).toMatchObject({ state: 'finished', value: 0.86 })
  })

  it('finish the sweep when a run reaches the target', async () => {
    const metric = { name: 'loss', goal: 'minimize', summary: 'best', target: 0.5 } as const
    const { sweep, ref, claim } = await offered('wandb', { metric })
    await clientRuns.claim(claim, null)
    await clientRuns.post(ref, rows(0, [{ loss: 0.6 }]), null)
    expect((await store.findSweep(sweep.id))?.state).toBe('running')
    await clientRuns.post(ref, rows(1, [{ loss: 0.4 }]), null)
    expect((await store.findSweep(sweep.id))?.state).toBe('finishing')
  })

  it('leave the config that the sweep proposed as it is', async () => {
    const { run, claim } = await offered('wandb')
    const wandbConfig = '{"lr":{"value":1},"added":{"value":2},"_wandb":{"value":{"t":{}}}}'
    const { client } = await clientRuns.claim({ ...claim, wandbConfig }, null)
    expect((await find(run)).configText).toBe(run.configText)
    expect(JSON.parse(client.wandbConfig)).toMatchObject({ added: { value: 2 } })
  })

  it('begin no run of a sweep that nobody works', async () => {
    const { run, claim } = await offered('wandb')
    await clientRuns.claim(claim, null)
    await clientRuns.post({ project: 'demo', name: run.id }, END(1), null)
    await expect(clientRuns.claim(claim, null)).rejects.toThrow(/nobody work it/)
    expect((await find(run)).state).toBe('failed')
  })

  it('that fall silent leave the run lost, until they speak again', async () => {
    const { run } = await clientRuns.claim({ ...NO_CLAIM, project: 'demo', name: 'quiet' }, null)
    const keeper = startSilentKeeper({
      store,
      clock,
      log: silentLogger,
      silentAfterMs: 1_000,
      lookIntervalMs: 5,
    })
    now += 1_001
    await waitFor('the run to be lost', async () => (await find(run)).state === 'lost')
    await keeper.stop()
    expect(await find(run)).toMatchObject({ openAttempt: null, stopReason: 'its client has fallen silent' })
    expect(await clientRuns.post({ project: 'demo', name: 'quiet' }, rows(0, [{ loss: 1 }]), null)).toEqual({
      isStopped: false,
    })
    expect(await find(run)).toMatchObject({
      state: 'running',
      openAttempt: 1,
      finishedAt: null,
      stopReason: null,
    })
    await clientRuns.post({ project: 'demo', name: 'quiet' }, END(0), null)
    expect((await find(run)).state).toBe('finished')
  })

  it('print over a line: the last text of it stays', async () => {
    const { run } = await clientRuns.claim({ ...NO_CLAIM, project: 'demo', name: 'bar' }, null)
    const line = (offset: number, text: string): ClientPost => ({
      ...NO_POST,
      log: { offset, lines: [{ stream: 'stderr', text, at: SOME_TIME }] },
    })
    for (const [offset, text] of [
      [0, '10%\n'],
      [0, '90%\n'],
      [1, 'done\n'],
    ] as const)
      await clientRuns.post({ project: 'demo', name: 'bar' }, line(offset, text), null)
    expect((await store.readLogs(run.id)).map(({ text }) => text)).toEqual(['90%\n', 'done\n'])
  })

  it('credits a process that begins the run again a moment after the one before has ended', async () => {
    const claim = { ...NO_CLAIM, project: 'demo', name: 'again123' }
    const ref = { project: 'demo', name: 'again123' }
    await clientRuns.claim(claim, null)
    await clientRuns.post(ref, rows(0, [{ loss: 3 }], 1_000), null)
    await clientRuns.post(ref, END(0), null)
    const { run } = await clientRuns.claim(claim, null)
    const { isStopped } = await clientRuns.post(ref, rows(0, [{ loss: 2 }], 1_900), null)
    expect(isStopped).toBe(false)
    const chunks = await store.readMetrics(run.id)
    expect(chunks.map(({ attempt, rows: [row] }) => [attempt, row?.metrics])).toEqual([
      [1, { loss: 3 }],
      [2, { loss: 2 }],
    ])
  })
})
