// A run of which every text that comes from outside is a payload.
import type { RunRecord } from '../../sweeps/run.ts'
import type { SweepRecord } from '../../sweeps/sweep.ts'
import type { ApiHarness } from '../integration/api-harness.ts'
import {
  SOME_TIME,
  aChange,
  aLogChunk,
  aMetricChunk,
  aRun,
  aSummary,
  aSweep,
  anAttempt,
} from '../support/records.ts'

export const PAYLOADS: readonly string[] = [
  '<script>window.hit=1</script>',
  '"><img src=x onerror="window.hit=1">',
  'javascript:window.hit=1',
  '</title><svg onload=window.hit=1>',
  'left \u202egnp.exe\u202c \u2066\u2069 right',
  'nul-ish \u0001\u0007\u001b[31m red \u009b2J end',
  '{{constructor.constructor("window.hit=1")()}}',
  'x'.repeat(10_000),
]

export async function fillHostileRun(
  api: ApiHarness,
  payload: string,
): Promise<{ sweep: SweepRecord; run: RunRecord }> {
  const line = payload.replace(/[\u0000-\u001f\u007f]/g, ' ')
  const key = line.slice(0, 200)
  const json = JSON.stringify(payload)
  const sweep = aSweep({
    name: line.slice(0, 200),
    metric: { name: key, goal: 'minimize', summary: 'best', target: null },
  })
  const run = aRun({
    sweepId: sweep.id,
    name: line.slice(0, 200),
    state: 'failed',
    configText: `{${JSON.stringify(key)}:${json},"nested":{${JSON.stringify(key)}:[${json}]}}`,
    configHash: 'hostile',
    suggestedBy: JSON.stringify({
      method: payload,
      index: 1,
      source: payload,
      lengthScales: { [key]: 1 },
      nearest: [{ run: payload, distance: 1 }],
    }),
    value: 1,
    attemptCount: 1,
    stopReason: payload,
    tags: [line.slice(0, 64)],
    notes: payload.slice(0, 8000),
    group: line.slice(0, 200),
    jobType: line.slice(0, 200),
    startedAt: SOME_TIME,
    finishedAt: SOME_TIME + 1000,
  })
  const value = { _type: 'image-file', path: line.slice(0, 200), caption: payload }
  await api.store.write(async (tx) => {
    await tx.insertSweep(sweep)
    await tx.insertRuns([run])
    await tx.insertAttempts([
      anAttempt({
        runId: run.id,
        host: line.slice(0, 200),
        outcome: 'failed',
        exitCode: 1,
        reason: payload.slice(0, 2000),
        stderrTail: payload,
        startedAt: SOME_TIME,
        endedAt: SOME_TIME + 1000,
      }),
    ])
    await tx.insertMetrics([
      aMetricChunk({
        runId: run.id,
        rows: [0, 1, 2].map((step) => ({
          step,
          at: SOME_TIME + step,
          metrics: { [key]: step },
          values: { [`m ${key}`]: value, [`h ${key}`]: { _type: payload } },
        })),
      }),
    ])
    await tx.saveSummaries(run.id, [aSummary({ key, last: 1 })])
    await tx.saveValues(run.id, new Map([[`v ${key}`, json]]))
    await tx.insertLogs([
      aLogChunk({ runId: run.id, text: `${payload}\n` }),
      aLogChunk({ runId: run.id, seq: 2, stream: 'stderr', text: payload }),
    ])
    await tx.files.insertAlerts([
      {
        runId: run.id,
        number: 1,
        at: SOME_TIME,
        title: line.slice(0, 1000),
        text: payload,
        level: 'error',
      },
    ])
    await tx.recordChanges([
      aChange({ entityId: run.id, sweepId: sweep.id, event: 'run.edited', data: { fields: payload } }),
    ])
  })
  await api.putFile(run.id, line.slice(0, 200), payload)
  return { sweep, run }
}
