// A sweep with one run of which everything is known, as agents and W&B's client would have left it: curves, log, system
// metrics, provenance, media, files, artifacts, checks, alerts, events.
import { createHash } from 'node:crypto'
import { deflateSync } from 'node:zlib'
import type { MetricRow } from '../../sweeps/protocol.ts'
import type { RunRecord } from '../../sweeps/run.ts'
import type { RunId, SweepRecord } from '../../sweeps/sweep.ts'
import type { ApiHarness } from '../integration/api-harness.ts'
import {
  SOME_TIME,
  aChange,
  aCollection,
  aLogChunk,
  aMetricChunk,
  aRun,
  aSummary,
  aSweep,
  anAgent,
  anArtifact,
  anAttempt,
  gitState,
  provenanceFacts,
} from '../support/records.ts'

const MINUTE = 60_000
/** Of the other runs so many have curves. */
const WITH_CURVES = 12

const SWEEP_TEXT = `method: bayes
program: train.py
metric: {name: val/loss, goal: minimize}
parameters:
  lr: {distribution: log_uniform_values, min: 0.00001, max: 0.1}
  bs: {values: [32, 64, 128]}
  depth: {min: 2, max: 12}
  opt: {values: [adamw, sgd]}
  wd: {min: 0.0, max: 0.1}
`

/** Uniform in [0, 1), the same every time. */
export function createRandom(seed: number): () => number {
  let state = seed
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647
}

export interface RunScene {
  readonly sweep: SweepRecord
  /** Of which everything is known; the second of the ranking. */
  readonly run: RunRecord
  readonly best: RunRecord
  readonly others: readonly RunRecord[]
}

export interface SceneOptions {
  /** Runs beside the one. @default 24 */
  readonly others?: number
  /** Steps of the one. @default 2000 */
  readonly steps?: number
  readonly facts?: Partial<RunRecord>
  /** @default finished */
  readonly state?: 'finished' | 'running'
}

export async function fillRunScene(api: ApiHarness, options: SceneOptions = {}): Promise<RunScene> {
  const { others: count = 24, steps = 2000, facts = {}, state = 'finished' } = options
  const random = createRandom(7)
  const sweep = aSweep({
    name: 'vit-small lr',
    method: 'bayes',
    metric: { name: 'val/loss', goal: 'minimize', summary: 'best', target: null },
    configText: SWEEP_TEXT,
    runCap: 200,
  })
  const agent = anAgent({ host: 'gpu-04.cluster.example', sweepIds: [sweep.id], slots: 8 })
  const others = Array.from({ length: count }, (_, index) =>
    ended(sweep, index, 0.281 + index * 0.004 + random() * 0.002, configOf(random)),
  )
  const [best, near, third] = others
  const isOver = state === 'finished'
  const run = aRun({
    sweepId: sweep.id,
    name: 'bright-valley-87',
    state,
    configText: '{"lr":0.00073128,"bs":64,"depth":7,"opt":"adamw","wd":0.0412}',
    suggestionIndex: 87,
    suggestedBy: JSON.stringify({
      method: 'bayes',
      index: 87,
      source: 'model',
      arm: 'global',
      n: 87,
      expected: 0.288,
      std: 0.0101,
      lengthScales: { lr: 0.21, depth: 0.64, wd: 2.4, opt: 5.1 },
      nearest: [near, third, best].flatMap((one, index) =>
        one === undefined ? [] : [{ run: one.id, distance: 0.2 + index / 10 }],
      ),
    }),
    value: 0.2834,
    bestStep: Math.round(steps * 0.95),
    attemptCount: 1,
    openAttempt: isOver ? null : 1,
    tags: ['baseline', 'keep'],
    notes: 'Cosine schedule, second try after the fix of the loader.',
    createdAt: SOME_TIME,
    startedAt: SOME_TIME,
    finishedAt: isOver ? SOME_TIME + 41 * MINUTE : null,
    ...facts,
  })
  await api.store.write(async (tx) => {
    await tx.insertSweep(sweep)
    await tx.saveAgent(agent)
    await tx.insertRuns([run, ...others])
    await tx.insertAttempts([
      anAttempt({
        runId: run.id,
        agentId: agent.id,
        host: agent.host,
        startedAt: SOME_TIME,
        endedAt: isOver ? SOME_TIME + 41 * MINUTE : null,
        outcome: isOver ? 'finished' : null,
        exitCode: isOver ? 0 : null,
        pid: 4711,
        slot: 3,
      }),
    ])
    await tx.insertMetrics([
      aMetricChunk({ runId: run.id, rows: curveRows(steps, random) }),
      ...others
        .slice(0, WITH_CURVES)
        .map((other, index) =>
          aMetricChunk({ runId: other.id, rows: curveRows(400, random, 0, 1 + index / 20) }),
        ),
    ])
    for (const other of others.slice(0, WITH_CURVES))
      await tx.saveSummaries(other.id, [
        aSummary({
          key: 'val/loss',
          last: (other.value ?? 0) * 1.02,
          best: other.value,
          min: other.value,
          max: 2.4,
          steps: 400,
        }),
        aSummary({ key: 'train/loss', last: 0.4, min: 0.3, max: 2.5, steps: 400 }),
      ])
    await tx.saveSummaries(run.id, summariesOf(steps))
    await tx.saveValues(
      run.id,
      new Map([
        ['model', '"vit-small-patch16-224"'],
        ['classes', '["cat","dog","fox"]'],
      ]),
    )
    await tx.insertLogs([
      aLogChunk({ runId: run.id, stream: 'notice', text: 'python train.py started\n' }),
      aLogChunk({ runId: run.id, seq: 2, text: logText(400) }),
      aLogChunk({
        runId: run.id,
        seq: 3,
        stream: 'stderr',
        text: '\u001b[33mUserWarning:\u001b[0m the loader has 2 workers\n',
      }),
    ])
    await tx.recordChanges([
      aChange({ entity: 'sweep', entityId: sweep.id, sweepId: sweep.id, event: 'sweep.created' }),
    ])
    await tx.recordChanges(
      (['run.created', 'run.offered', 'run.started', ...(isOver ? ['run.finished'] : [])] as const).map(
        (event, index) =>
          aChange({
            entityId: run.id,
            sweepId: sweep.id,
            event,
            at: SOME_TIME + index * MINUTE,
            data: { attempt: 1 },
          }),
      ),
    )
    await tx.saveStopChecks(
      [100, 300, 900].map((band, index) => ({
        runId: run.id,
        sweepId: sweep.id,
        rule: 'hyperband',
        band,
        mark: 0.4 - index / 20,
        value: 0.4 - index / 20,
        threshold: 0.5 - index / 20,
        rank: 3 + index,
        of: 24 - 6 * index,
        outcome: 'kept' as const,
        reason: `rank ${3 + index} of ${24 - 6 * index} at ${band}`,
        at: SOME_TIME + band * 1000,
      })),
    )
    await tx.files.insertAlerts([
      {
        runId: run.id,
        number: 1,
        at: SOME_TIME + MINUTE,
        title: 'Loss spiked',
        text: 'val/loss 2.1 at step 40',
        level: 'warn',
      },
    ])
  })
  await fillOrigin(api, run, sweep)
  await fillSystem(api, run.id)
  await fillMedia(api, run.id)
  if (best === undefined) return { sweep, run, best: run, others }
  return { sweep, run, best, others }
}

function ended(sweep: SweepRecord, index: number, value: number, configText: string): RunRecord {
  const startedAt = SOME_TIME + index * MINUTE
  return aRun({
    sweepId: sweep.id,
    name: `quiet-river-${index + 1}`,
    state: 'finished',
    configText,
    value,
    bestStep: 1900,
    attemptCount: 1,
    createdAt: startedAt,
    startedAt,
    finishedAt: startedAt + 20 * MINUTE,
  })
}

function configOf(random: () => number): string {
  const pick = <T>(values: readonly T[]) => values[Math.floor(random() * values.length)] as T
  return `{"lr":${(10 ** (-5 + 4 * random())).toPrecision(6)},"bs":${pick([32, 64, 128])},"depth":${2 + Math.floor(random() * 10)},"opt":"${pick(['adamw', 'sgd'])}","wd":${(random() / 10).toPrecision(4)}}`
}

/** @param height of the loss @default 1 */
export function curveRows(steps: number, random: () => number, from = 0, height = 1): MetricRow[] {
  return Array.from({ length: steps }, (_, index) => {
    const step = from + index
    const done = step / 2000
    const loss = height * (2.2 * Math.exp(-3 * done) + 0.25)
    return {
      step,
      at: SOME_TIME + step * 1200,
      metrics: {
        'train/loss': loss + (random() - 0.5) * 0.25 * loss,
        'train/grad_norm': Math.exp(2 * random() - 1),
        lr: 7.3e-4 * Math.cos((done * Math.PI) / 2),
        epoch: Math.floor(step / 100),
        ...(step % 20 === 0
          ? { 'val/loss': loss * 1.08 + (random() - 0.5) * 0.02, 'val/accuracy': 1 - loss / 2.6 }
          : {}),
        ...(step % 500 === 3
          ? { 'train/scale': 'NaN' as const }
          : { 'train/scale': 2 ** (10 + Math.floor(done * 4)) }),
      },
      ...(step % 400 === 0 ? { values: mediaAt(step) } : {}),
    }
  })
}

function mediaAt(step: number): Record<string, never> {
  const counts = Array.from({ length: 32 }, (_, index) =>
    Math.round(400 * Math.exp(-(((index - 16) / (4 + step / 200)) ** 2))),
  )
  return {
    samples: {
      _type: 'images/separated',
      filenames: ['media/images/a.png', 'media/images/b.png'],
      captions: ['a cat', 'a dog'],
    },
    weights: { _type: 'histogram', values: counts, packedBins: { min: -1, size: 1 / 16, count: 32 } },
    predictions: { _type: 'table-file', path: 'media/table/predictions.table.json', ncols: 3, nrows: 40 },
    plot: { _type: 'plotly-file', path: 'media/plotly/p.plotly.json' },
  } as unknown as Record<string, never> // JSON, as the schema of a row wants it
}

function summariesOf(steps: number) {
  const of = (key: string, last: number, min: number, max: number, best: number | null = null) =>
    aSummary({
      key,
      last,
      min,
      max,
      best,
      bestStep: best === null ? null : Math.round(steps * 0.95),
      lastStep: steps - 1,
      steps,
    })
  return [
    of('train/loss', 0.3411, 0.29, 2.5),
    of('train/grad_norm', 0.91, 0.37, 2.7),
    of('train/scale', NaN, 1024, 16384),
    of('lr', 1e-6, 1e-6, 7.3e-4),
    of('epoch', 19, 0, 19),
    of('val/loss', 0.2851, 0.2834, 2.4, 0.2834),
    of('val/accuracy', 0.891, 0.07, 0.891),
  ]
}

export function logText(lines: number, from = 0): string {
  return Array.from({ length: lines }, (_, index) => {
    const epoch = from + index
    const bar = `\r${epoch}%|█  | 1/10\r${epoch}%|███| 10/10`
    return epoch % 25 === 0
      ? `${bar}\n`
      : `\u001b[32mepoch ${epoch}\u001b[0m train/loss=${(2 / (1 + epoch)).toFixed(4)} took 1.2s\n`
  }).join('')
}

async function fillOrigin(api: ApiHarness, run: RunRecord, sweep: SweepRecord): Promise<void> {
  const diff = [
    'diff --git a/train.py b/train.py',
    '--- a/train.py',
    '+++ b/train.py',
    '@@ -10,2 +10,2 @@ def main():',
    '-    lr = 0.1',
    '+    lr = args.lr',
    '     train(lr)',
    '',
  ].join('\n')
  const packages = Array.from({ length: 60 }, (_, index) => `package-${index}==1.${index}.0`).join('\n')
  const sha = (text: string) => createHash('sha256').update(text).digest('hex')
  await api.store.write(async (tx) => {
    await tx.keepProvenanceTexts(
      new Map([
        [sha(diff), diff],
        [sha(packages), packages],
      ]),
    )
    await tx.saveProvenance([
      {
        runId: run.id,
        attempt: 1,
        sweepId: sweep.id,
        facts: provenanceFacts({
          argv: [
            '/usr/bin/env',
            'python',
            'train.py',
            '--lr=0.00073128',
            '--bs=64',
            '--depth=7',
            '--note=two words',
          ],
          devices: '3',
          environment: { OMP_NUM_THREADS: '4' },
          git: gitState({
            dirty: true,
            diff: { sha256: sha(diff), bytes: diff.length, cut: false, redacted: false, lossy: false },
            untracked: { count: 2, names: ['notes.txt', 'run.sh'], cut: false },
          }),
          python: {
            executable: '/opt/venv/bin/python3',
            version: '3.11.7',
            implementation: 'CPython',
            packages: { sha256: sha(packages), bytes: packages.length, cut: false, count: 60 },
          },
        }),
      },
    ])
  })
}

async function fillSystem(api: ApiHarness, runId: RunId): Promise<void> {
  const samples = Array.from({ length: 240 }, (_, index) => ({
    at: SOME_TIME + index * 10_000,
    values: {
      'system.gpu.0.gpu': 88 + 8 * Math.sin(index / 9),
      'system.gpu.1.gpu': 80 + 12 * Math.sin(index / 5),
      'system.gpu.0.memoryAllocated': Math.min(71, index * 2),
      'system.gpu.1.memoryAllocated': Math.min(64, index * 2),
      'system.gpu.0.powerWatts': 390 + 30 * Math.sin(index / 7),
      'system.gpu.0.temp': 61 + index / 60,
      'system.cpu': 41 + 10 * Math.sin(index / 11),
      'system.memory_percent': 37,
      'system.proc.memory.rssMB': 3_100 + index,
      'system.network.recv': index * 1e6,
      'system.network.sent': index * 2e5,
    },
  }))
  await api.store.write((tx) => tx.insertSystemChunks([{ runId, attempt: 1, seq: 1, samples }]))
}

async function fillMedia(api: ApiHarness, runId: RunId): Promise<void> {
  await api.putFile(runId, 'media/images/a.png', picture(200, 120, 40))
  await api.putFile(runId, 'media/images/b.png', picture(40, 120, 200))
  const data = Array.from({ length: 40 }, (_, index) => [index, index % 3 === 0 ? 'cat' : 'dog', index / 40])
  await api.putFile(
    runId,
    'media/table/predictions.table.json',
    JSON.stringify({ columns: ['id', 'label', 'score'], data }),
  )
  await api.putFile(runId, 'media/plotly/p.plotly.json', '{}')
  await api.putFile(runId, 'config.yaml', 'lr: 0.00073128\n')
  const blob = await api.putFile(runId, 'model.pt', 'weights')
  const collection = aCollection({ name: 'vit-model', nextVersion: 4 })
  const artifact = anArtifact({
    collectionId: collection.id,
    state: 'committed',
    sizeBytes: 86_400_000,
    fileCount: 1,
    description: 'Weights after the last epoch',
  })
  await api.store.write(async (tx) => {
    await tx.artifacts.insertCollection(collection)
    await tx.artifacts.insertArtifact(artifact)
    await tx.artifacts.insertMembership({
      collectionId: collection.id,
      artifactId: artifact.id,
      versionIndex: 3,
      createdAt: SOME_TIME,
    })
    await tx.artifacts.saveAliases([
      { collectionId: collection.id, alias: 'latest', artifactId: artifact.id },
    ])
    await tx.artifacts.saveFiles([{ artifactId: artifact.id, path: 'model.pt', blob }])
    await tx.artifacts.keepEdges([{ artifactId: artifact.id, runId, role: 'output', at: SOME_TIME }])
  })
}

/** A PNG of 96 x 64 pixels that goes from this colour to white. */
export function picture(red: number, green: number, blue: number): Buffer {
  const [width, height] = [96, 64]
  const lines = Buffer.alloc((width * 3 + 1) * height)
  for (let y = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1) {
      const share = x / width
      for (const [channel, value] of [red, green, blue].entries())
        lines[y * (width * 3 + 1) + 1 + x * 3 + channel] = Math.round(value + (255 - value) * share)
    }
  const head = Buffer.alloc(13)
  head.writeUInt32BE(width, 0)
  head.writeUInt32BE(height, 4)
  head.set([8, 2, 0, 0, 0], 8)
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', head),
    chunk('IDAT', deflateSync(lines)),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

function chunk(name: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(name, 'ascii'), data])
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(data.length)
  check.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, check])
}

function crc32(bytes: Buffer): number {
  let crc = 0xffffffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0)
  }
  return (crc ^ 0xffffffff) >>> 0
}
