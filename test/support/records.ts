// Builders of records for tests: every field has a plain default, and a test names only what matters to it.
import { randomInt } from 'node:crypto'
import type { GitState, ProvenanceFacts } from '../../sweeps/provenance.ts'
import type { ArtifactId, ArtifactRecord, CollectionId, CollectionRecord } from '../../sweeps/artifact.ts'
import type { Blob } from '../../sweeps/run-file.ts'
import { freshRun } from '../../sweeps/run.ts'
import type { AttemptRecord, RunRecord } from '../../sweeps/run.ts'
import type { AgentRecord, LogChunk, MetricChunk, MetricSummary, NewChange } from '../../sweeps/store.ts'
import { createId } from '../../sweeps/sweep.ts'
import type { AgentId, RunId, SweepId, SweepRecord } from '../../sweeps/sweep.ts'

/** 2026-01-01T00:00:00Z: the time of every record that says no other. */
export const SOME_TIME = Date.UTC(2026, 0, 1)

const drawn = new Set<string>()
/** Of 50,000 random ids two are the same in one of 300 cases: a test of many cases in one store would meet it. */
function draw(): string {
  const id = createId((n) => randomInt(n))
  if (drawn.has(id)) return draw()
  drawn.add(id)
  return id
}
export const aSweepId = () => draw() as SweepId
export const aRunId = () => draw() as RunId
export const anAgentId = () => draw() as AgentId

export function aSweep(overrides: Partial<SweepRecord> = {}): SweepRecord {
  return {
    id: aSweepId(),
    name: 'a sweep',
    project: 'default',
    state: 'running',
    stateReason: null,
    method: 'random',
    metric: { name: 'loss', goal: 'minimize', summary: 'best', target: null },
    configText:
      'method: random\nmetric: {name: loss, goal: minimize}\nparameters: {lr: {min: 0.0, max: 1.0}}\n',
    specVersion: 1,
    seed: 7,
    runCap: null,
    maxParallel: null,
    maxAttempts: 1,
    size: null,
    nextIndex: 0,
    runCount: 0,
    createdAt: SOME_TIME,
    startedAt: null,
    finishedAt: null,
    ...overrides,
  }
}

/** A queued run that waits for its first attempt; its config, and so its hash, is its own. */
export function aRun(overrides: Partial<RunRecord> = {}): RunRecord {
  const id = overrides.id ?? aRunId()
  return freshRun({
    id,
    name: `run ${id}`,
    sweepId: null,
    project: 'default',
    configText: `{"tag":"${id}"}`,
    configHash: `hash of ${id}`,
    specVersion: 1,
    seed: 7,
    createdAt: SOME_TIME,
    ...overrides,
  })
}

/** An open attempt that was offered and has not started. */
export function anAttempt(overrides: Partial<AttemptRecord> = {}): AttemptRecord {
  return {
    runId: aRunId(),
    attempt: 1,
    agentId: anAgentId(),
    host: 'gpu-1',
    token: 'token-of-the-attempt',
    offeredAt: SOME_TIME,
    startedAt: null,
    endedAt: null,
    pid: null,
    slot: null,
    outcome: null,
    exitCode: null,
    signal: null,
    reason: null,
    stderrTail: null,
    reportSeq: 0,
    ...overrides,
  }
}

export function anAgent(overrides: Partial<AgentRecord> = {}): AgentRecord {
  return {
    id: anAgentId(),
    keyHash: 'a'.repeat(64),
    incarnation: 1,
    host: 'gpu-1',
    slots: 1,
    sweepIds: [],
    labels: {},
    state: 'alive',
    drain: false,
    quarantine: null,
    registeredAt: SOME_TIME,
    lastSeenAt: SOME_TIME,
    version: '0.1.0',
    ...overrides,
  }
}

export function aMetricChunk(overrides: Partial<MetricChunk> = {}): MetricChunk {
  return {
    runId: aRunId(),
    attempt: 1,
    seq: 1,
    rows: [{ step: 0, at: SOME_TIME, metrics: { loss: 0.5 } }],
    ...overrides,
  }
}

export function aSummary(overrides: Partial<MetricSummary> = {}): MetricSummary {
  return {
    key: 'loss',
    last: 0.5,
    min: 0.5,
    max: 0.5,
    best: 0.5,
    bestStep: 0,
    lastStep: 0,
    steps: 1,
    ...overrides,
  }
}

export function aLogChunk(overrides: Partial<LogChunk> = {}): LogChunk {
  return {
    runId: aRunId(),
    attempt: 1,
    seq: 1,
    at: SOME_TIME,
    stream: 'stdout',
    text: 'epoch 1\n',
    ...overrides,
  }
}

const LETTERS = '0123456789abcdef'

/** Of content that nothing else has. */
export function aBlob(overrides: Partial<Blob> = {}): Blob {
  const hash = Array.from({ length: 64 }, () => LETTERS.charAt(randomInt(16))).join('')
  return { hash, sizeBytes: 11, md5: Buffer.from(hash.slice(0, 32), 'hex').toString('base64'), ...overrides }
}

export function aCollection(overrides: Partial<CollectionRecord> = {}): CollectionRecord {
  return {
    id: draw() as CollectionId,
    project: 'default',
    name: `model-${draw()}`,
    entity: 'sweep',
    kind: 'sequence',
    type: 'model',
    description: null,
    tags: [],
    nextVersion: 0,
    createdAt: SOME_TIME,
    updatedAt: SOME_TIME,
    ...overrides,
  }
}

/** Of which nothing has been uploaded. */
export function anArtifact(overrides: Partial<ArtifactRecord> = {}): ArtifactRecord {
  return {
    id: draw() as ArtifactId,
    collectionId: draw() as CollectionId,
    state: 'pending',
    digest: 'digest',
    digestAlgorithm: 'MANIFEST_MD5',
    description: null,
    metadata: null,
    tags: [],
    ttlSeconds: null,
    historyStep: null,
    sizeBytes: 0,
    fileCount: 0,
    clientId: null,
    distributedId: null,
    wantedAliases: [],
    manifest: null,
    createdAt: SOME_TIME,
    updatedAt: SOME_TIME,
    ...overrides,
  }
}

export function aChange(overrides: Partial<NewChange> = {}): NewChange {
  return {
    at: SOME_TIME,
    entity: 'run',
    entityId: aRunId(),
    sweepId: null,
    event: 'run.created',
    data: {},
    ...overrides,
  }
}

/** Of an attempt on a machine of which everything is known. */
export function provenanceFacts(overrides: Partial<ProvenanceFacts> = {}): ProvenanceFacts {
  return {
    version: 1,
    argv: ['/usr/bin/env', 'python', 'train.py', '--lr=0.1'],
    cwd: '/home/ann/vit',
    devices: null,
    seed: 7,
    environment: {},
    agentVersion: '0.1.0',
    host: {
      name: 'gpu-1',
      user: 'ann',
      os: { name: 'Debian GNU/Linux 12', kernel: 'Linux 6.1.0', arch: 'x64' },
      cpu: { model: 'EPYC', cores: 64, physicalCores: 32 },
      memoryBytes: 2 ** 38,
      gpus: [{ index: 0, uuid: 'GPU-1', name: 'NVIDIA H100', driver: '550.54', memoryBytes: 2 ** 36 }],
      container: null,
    },
    git: gitState(),
    python: {
      executable: '/usr/bin/python3',
      version: '3.11.7',
      implementation: 'CPython',
      packages: { sha256: '1'.repeat(64), bytes: 20, cut: false, count: 2 },
    },
    ...overrides,
  }
}

export function gitState(overrides: Partial<GitState> = {}): GitState {
  return {
    root: '/home/ann/vit',
    folder: '',
    commit: '4be1c0a'.padEnd(40, '0'),
    branch: 'main',
    remote: 'https://github.com/ann/vit.git',
    dirty: false,
    diff: null,
    untracked: { count: 0, names: [], cut: false },
    ...overrides,
  }
}
