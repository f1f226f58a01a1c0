// A sweep of many finished runs, put straight into a store: 8 parameters (2 of them nested), 3 metrics and one attempt
// a run, as 64 agents would have left them.
import type { RunRecord } from '../sweeps/run.ts'
import type { SweepStore } from '../sweeps/store.ts'
import { hashConfigText } from '../sweeps/config-hash.ts'
import type { AgentId, SweepRecord } from '../sweeps/sweep.ts'
import {
  SOME_TIME,
  aMetricChunk,
  aRun,
  aSummary,
  aSweep,
  anAgent,
  anAttempt,
} from '../test/support/records.ts'

const AGENTS = 64
const BATCH = 500
/** Reports of one run. */
const STEPS = 20

const SWEEP_TEXT = `method: random
program: train.py
metric: {name: loss, goal: minimize}
parameters:
  lr: {distribution: log_uniform_values, min: 0.00001, max: 0.1}
  dropout: {min: 0.0, max: 0.5}
  layers: {values: [2, 4, 8]}
  width: {values: [64, 128, 256, 512]}
  batch: {values: [32, 64, 128]}
  scheduler: {values: [cosine, linear, none]}
  optimizer:
    parameters:
      name: {values: [adamw, sgd]}
      beta: {min: 0.8, max: 0.999}
`

/** @param random uniform in [0, 1) */
export async function fillStore(
  store: SweepStore,
  count: number,
  random: () => number,
): Promise<SweepRecord> {
  const sweep = aSweep({ state: 'finished', configText: SWEEP_TEXT, runCount: count, nextIndex: count })
  const agents = Array.from({ length: AGENTS }, (_, index) =>
    anAgent({ host: `gpu-${index}`, sweepIds: [sweep.id], state: 'left' }),
  )
  await store.write(async (tx) => {
    await tx.insertSweep(sweep)
    for (const agent of agents) await tx.saveAgent(agent)
    await tx.recordChanges([change('sweep', sweep.id, 'sweep.created')])
  })
  for (let first = 0; first < count; first += BATCH) {
    const runs = Array.from({ length: Math.min(BATCH, count - first) }, (_, index) => makeRun(first + index))
    await store.write(async (tx) => {
      await tx.insertRuns(runs)
      await tx.insertAttempts(
        runs.map((run, index) => {
          const agent = agents[index % AGENTS]
          return anAttempt({
            runId: run.id,
            agentId: agent?.id ?? ('' as AgentId),
            host: agent?.host ?? '',
            startedAt: run.startedAt,
            endedAt: run.finishedAt,
            outcome: 'finished',
            exitCode: 0,
            reportSeq: STEPS,
          })
        }),
      )
      for (const run of runs) {
        const value = run.value ?? 0
        await tx.saveSummaries(run.id, [
          aSummary({
            key: 'loss',
            last: value * 1.1,
            min: value,
            max: 3,
            best: value,
            bestStep: run.bestStep,
            steps: STEPS,
          }),
          aSummary({
            key: 'accuracy',
            last: 1 - value,
            min: 0.1,
            max: 1 - value,
            best: null,
            bestStep: null,
            steps: STEPS,
          }),
          aSummary({
            key: 'epoch',
            last: STEPS,
            min: 1,
            max: STEPS,
            best: null,
            bestStep: null,
            steps: STEPS,
          }),
        ])
      }
      await tx.insertMetrics(
        runs.map((run) =>
          aMetricChunk({
            runId: run.id,
            rows: Array.from({ length: STEPS }, (_, step) => ({
              step,
              at: run.createdAt + step,
              metrics: { loss: random(), accuracy: random(), epoch: step },
            })),
          }),
        ),
      )
      await tx.recordChanges(
        runs.flatMap((run) =>
          ['run.offered', 'run.started', 'run.metrics', 'run.finished'].map((event) =>
            change('run', run.id, event),
          ),
        ),
      )
    })
  }
  return sweep

  function makeRun(index: number): RunRecord {
    const startedAt = SOME_TIME + index * 1000
    const configText =
      `{"lr":${(10 ** (-5 + 4 * random())).toPrecision(17)},"dropout":${random() / 2},"layers":${pick([2, 4, 8])},` +
      `"width":${pick([64, 128, 256, 512])},"batch":${pick([32, 64, 128])},"scheduler":"${pick(['cosine', 'linear', 'none'])}",` +
      `"optimizer":{"name":"${pick(['adamw', 'sgd'])}","beta":${0.8 + 0.199 * random()}}}`
    return aRun({
      sweepId: sweep.id,
      name: `${sweep.name}-${index + 1}`,
      state: index % 10 === 9 ? 'stopped' : 'finished',
      configText,
      configHash: hashConfigText(configText),
      suggestionIndex: index,
      suggestedBy: `{"method":"random","index":${index}}`,
      value: random(),
      bestStep: STEPS - 1,
      attemptCount: 1,
      createdAt: startedAt - 1,
      startedAt,
      finishedAt: startedAt + 60_000,
    })
  }

  function pick<T>(values: readonly T[]): T {
    return values[Math.floor(random() * values.length)] as T // random() is below 1
  }

  function change(entity: 'run' | 'sweep', entityId: string, event: string) {
    return { at: SOME_TIME, entity, entityId, sweepId: sweep.id, event, data: { attempt: 1 } }
  }
}
