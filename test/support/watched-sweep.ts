// A sweep as somebody would watch it: parameters that matter and some that do not, runs of every state, conditional and
// constant parameters, values that depend on the configuration. The same seed gives the same sweep.
import type { RunRecord, RunState } from '../../sweeps/run.ts'
import type { SweepStore } from '../../sweeps/store.ts'
import { hashConfigText } from '../../sweeps/config-hash.ts'
import type { AgentId, SweepRecord } from '../../sweeps/sweep.ts'
import { aMetricChunk, anAgent, anAttempt, aRun, aSummary, aSweep } from './records.ts'

const BATCH = 500
const HOSTS = ['gpu-02', 'gpu-04', 'gpu-07', 'gpu-11', 'gpu-12']

export interface WatchedOptions {
  readonly count: number
  /** Of these so many run still; they are the newest. @default 0 */
  readonly running?: number
  /** @default 0 */
  readonly failed?: number
  /** Ended with NaN. @default 0 */
  readonly nan?: number
  /** Living agents. @default as many as there are hosts */
  readonly agents?: number
  /** Epoch ms of the newest. */
  readonly nowMs: number
  readonly sweep?: Partial<SweepRecord>
  /** @default run and its number */
  readonly nameOf?: (index: number) => string
}

const SWEEP_TEXT = `method: random
program: train.py
metric: {name: val_loss, goal: minimize}
run_cap: 200
parameters:
  lr: {distribution: log_uniform_values, min: 0.00001, max: 0.1}
  bs: {values: [32, 64, 128]}
  depth: {distribution: int_uniform, min: 2, max: 12}
  opt: {values: [adamw, sgd, lion]}
  momentum: {min: 0.8, max: 0.99, when: {opt: sgd}}
  weight_decay: {distribution: log_uniform_values, min: 0.000001, max: 0.01}
  epochs: {value: 20}
  dataset: {value: imagenet-100}
`

/** mulberry32 */
export function seededRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

export interface WatchedSweep {
  readonly sweep: SweepRecord
  readonly runs: readonly RunRecord[]
}

export async function fillWatchedSweep(store: SweepStore, options: WatchedOptions): Promise<WatchedSweep> {
  const { count, running = 0, failed = 0, nan = 0, nowMs } = options
  const random = seededRandom(count + 7)
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T // below 1
  const startedAt = nowMs - Math.max(1, count) * 90_000
  const sweep = aSweep({
    name: 'vit-small lr',
    configText: SWEEP_TEXT,
    runCap: Math.max(200, count),
    nextIndex: count,
    runCount: count,
    metric: { name: 'val_loss', goal: 'minimize', summary: 'best', target: null },
    createdAt: startedAt - 60_000,
    startedAt,
    ...options.sweep,
  })
  const agents = HOSTS.slice(0, options.agents ?? HOSTS.length).map((host) =>
    anAgent({ host, slots: 8, sweepIds: [sweep.id], lastSeenAt: nowMs, registeredAt: startedAt }),
  )
  await store.write(async (tx) => {
    await tx.insertSweep(sweep)
    for (const agent of agents) await tx.saveAgent(agent)
    await tx.recordChanges([
      { at: nowMs, entity: 'sweep', entityId: sweep.id, sweepId: sweep.id, event: 'sweep.created', data: {} },
    ])
  })
  const runs = Array.from({ length: count }, (_, index) => makeRun(index))
  for (let from = 0; from < count; from += BATCH) {
    const batch = runs.slice(from, from + BATCH)
    await store.write(async (tx) => {
      await tx.insertRuns(batch)
      await tx.insertAttempts(batch.map((run, index) => attemptOf(run, from + index)))
      for (const run of batch) if (run.value !== null) await tx.saveSummaries(run.id, summariesOf(run))
      await tx.insertMetrics(
        batch
          .filter((run) => run.value !== null && count <= 500)
          .map((run) => aMetricChunk({ runId: run.id, rows: curveOf(run) })),
      )
      await tx.recordChanges(
        batch.map((run) => ({
          at: run.createdAt,
          entity: 'run' as const,
          entityId: run.id,
          sweepId: sweep.id,
          event: `run.${run.state === 'running' ? 'started' : run.state}`,
          data: { attempt: 1 },
        })),
      )
    })
  }
  return { sweep, runs }

  function stateOf(index: number): RunState {
    if (index >= count - running) return 'running'
    if (index < failed) return 'failed'
    return index % 6 === 5 ? 'stopped' : 'finished'
  }

  function makeRun(index: number): RunRecord {
    const state = stateOf(index)
    const lr = 10 ** (-5 + 4 * random())
    const bs = pick([32, 64, 128])
    const depth = 2 + Math.floor(random() * 11)
    const opt = pick(['adamw', 'sgd', 'lion'])
    const momentum = opt === 'sgd' ? `,"momentum":${(0.8 + 0.19 * random()).toFixed(4)}` : ''
    const decay = 10 ** (-6 + 4 * random())
    const configText =
      `{"lr":${lr.toPrecision(6)},"bs":${bs},"depth":${depth},"opt":"${opt}"${momentum},` +
      `"weight_decay":${decay.toPrecision(4)},"epochs":20,"dataset":"imagenet-100"}`
    const loss =
      0.28 +
      0.09 * (Math.log10(lr) + 3.1) ** 2 +
      0.004 * (depth - 7) ** 2 +
      (opt === 'sgd' ? 0.05 : 0) +
      0.02 * random()
    const isNaNRun = index >= failed && index < failed + nan
    const value = state === 'failed' ? null : isNaNRun ? NaN : Number(loss.toPrecision(8))
    const runStartedAt = startedAt + index * 90_000
    return aRun({
      sweepId: sweep.id,
      name: options.nameOf?.(index) ?? `${sweep.name}-${index + 1}`,
      state,
      configText,
      configHash: hashConfigText(configText),
      suggestionIndex: index,
      suggestedBy: `{"method":"random","index":${index}}`,
      value,
      bestStep: value === null ? null : state === 'running' ? 1210 : 7600,
      attemptCount: 1,
      createdAt: runStartedAt - 1,
      startedAt: runStartedAt,
      finishedAt: state === 'running' ? null : runStartedAt + 60_000 + Math.floor(random() * 500_000),
      stopReason: state === 'stopped' ? 'step 9 of 81: worse than 2/3 of its peers' : null,
    })
  }

  function attemptOf(run: RunRecord, index: number) {
    const agent = agents[index % Math.max(1, agents.length)]
    return anAttempt({
      runId: run.id,
      agentId: agent?.id ?? ('b0000000' as AgentId),
      host: agent?.host ?? 'gpu-99',
      startedAt: run.startedAt,
      endedAt: run.finishedAt,
      slot: index % 8,
      outcome:
        run.state === 'running'
          ? null
          : run.state === 'failed'
            ? 'failed'
            : run.state === 'stopped'
              ? 'stopped'
              : 'finished',
      exitCode: run.state === 'running' ? null : run.state === 'failed' ? 1 : 0,
      reportSeq: 20,
    })
  }

  function summariesOf(run: RunRecord) {
    const value = run.value ?? 0
    return [
      aSummary({
        key: 'val_loss',
        last: value * 1.02,
        min: value,
        max: 2.3,
        best: value,
        bestStep: 7600,
        lastStep: 8000,
        steps: 20,
      }),
      aSummary({
        key: 'acc',
        last: 1 - value / 2,
        min: 0.1,
        max: 1 - value / 2,
        best: null,
        bestStep: null,
        lastStep: 8000,
        steps: 20,
      }),
    ]
  }

  function curveOf(run: RunRecord) {
    const value = run.value ?? 0
    const last = run.state === 'running' ? 4 : run.state === 'stopped' ? 9 : 20
    return Array.from({ length: last }, (_, step) => ({
      step: (step + 1) * 400,
      at: (run.startedAt ?? 0) + (step + 1) * 3_000,
      metrics: {
        val_loss: value + (2.3 - value) * Math.exp(-(step + 1) / 4) * (1 - (step + 1) / 20),
        acc: 0.1 + (step / 20) * (0.9 - value / 2),
      },
    }))
  }
}
