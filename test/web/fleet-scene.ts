// A fleet as a page shows it: agents on hosts, sweeps of every state, attempts that fill the slots up to now.
import type { AttemptOutcome, AttemptRecord, RunRecord } from '../../sweeps/run.ts'
import type { AgentRecord } from '../../sweeps/store.ts'
import type { SweepId, SweepRecord, SweepState } from '../../sweeps/sweep.ts'
import { aChange, aRun, aSweep, anAgent, anAttempt, aSummary, provenanceFacts } from '../support/records.ts'
import type { ApiHarness } from '../integration/api-harness.ts'

const MINUTE = 60_000

export interface FleetSize {
  readonly sweeps: number
  readonly hosts: number
  readonly slotsPerHost: number
  readonly attemptsPerSlot: number
  /** @default plain ones */
  readonly names?: readonly string[]
}

export interface FleetScene {
  readonly sweeps: readonly SweepRecord[]
  readonly agents: readonly AgentRecord[]
  readonly runs: readonly RunRecord[]
  readonly nowMs: number
}

const NAMES = [
  'vit-small lr',
  'warmup grid',
  'resnet dropout',
  'tokenizer size',
  'distil temperature',
  'mlp width',
]
const STATES: readonly SweepState[] = ['running', 'finished', 'paused', 'running', 'stopped', 'cancelled']
const FILE = `# Learning rate and depth of a small ViT
method: bayes
program: train.py
metric: {name: val_loss, goal: minimize}
run_cap: 200
parameters:
  lr: {distribution: log_uniform_values, min: 0.00001, max: 0.1}
  bs: {values: [32, 64, 128]}
  depth: {min: 2, max: 12}
  opt: {values: [adamw, sgd]}
`

/** Up to now: the server's clock is to stand there too. */
export async function fillFleet(api: ApiHarness, size: FleetSize): Promise<FleetScene> {
  const nowMs = Date.now()
  const random = randomOf(42)
  const sweeps = Array.from({ length: size.sweeps }, (_, index) => makeSweep(index, size, nowMs))
  const open = sweeps.filter(({ state }) => state === 'running')
  const agents = Array.from({ length: size.hosts }, (_, index) =>
    anAgent({
      host: `gpu-${String(index + 1).padStart(2, '0')}`,
      slots: size.slotsPerHost,
      sweepIds: open.map(({ id }) => id),
      lastSeenAt: nowMs - 2_000,
      registeredAt: nowMs - 300 * MINUTE,
      version: '0.4.1',
      ...(index === 1
        ? { quarantine: { by: 'rule' as const, at: nowMs - 20 * MINUTE, reason: '9 of 9 runs failed there' } }
        : {}),
      ...(index === 2 ? { state: 'lost' as const, lastSeenAt: nowMs - 3 * MINUTE } : {}),
    }),
  )
  const runs: RunRecord[] = []
  const attempts: AttemptRecord[] = []
  for (const [index, agent] of agents.entries())
    for (let slot = 0; slot < agent.slots; slot += 1) {
      let at = nowMs - 200 * MINUTE + random() * 5 * MINUTE
      for (let count = 0; count < size.attemptsPerSlot; count += 1) {
        const sweep = sweeps[Math.floor(random() * Math.min(sweeps.length, 3))]
        const lengthMs = (190 / size.attemptsPerSlot) * MINUTE * (0.4 + random())
        const isLast = count === size.attemptsPerSlot - 1 && index > 2 && sweep?.state === 'running'
        const outcome = isLast ? null : outcomeOf(index, random())
        const end = Math.min(at + lengthMs, nowMs - 1_000)
        if (at >= end) break
        const run = makeRun(sweep?.id ?? null, outcome, { at, end, value: 0.25 + random() ** 2, random })
        runs.push(run)
        attempts.push(
          anAttempt({
            runId: run.id,
            agentId: agent.id,
            host: agent.host,
            slot,
            offeredAt: at,
            startedAt: at,
            endedAt: isLast ? null : end,
            outcome,
            exitCode: outcome === 'failed' ? 1 : 0,
            stderrTail: outcome === 'failed' ? 'ImportError: libcudnn.so.9: cannot open shared object' : null,
          }),
        )
        at = end + random() * Math.min(index === 4 ? 12 : 1.5, 20 / size.attemptsPerSlot) * MINUTE
      }
    }
  await api.store.write(async (tx) => {
    for (const sweep of sweeps) {
      await tx.insertSweep(sweep)
      await tx.insertSpecVersion(sweep.id, 1, sweep.configText, sweep.createdAt)
    }
    await tx.saveAgents(agents)
    await tx.insertRuns(runs)
    await tx.insertAttempts(attempts)
    await tx.saveSummariesOf(
      new Map(
        runs
          .filter(({ value }) => value !== null)
          .map((run) => [
            run.id,
            [aSummary({ key: 'val_loss', best: run.value, last: run.value ?? 0, steps: 80 })],
          ]),
      ),
    )
    // Of the newest alone: they say how many GPUs a run has.
    await tx.saveProvenance(
      runs.slice(-500).map(({ id, sweepId }) => ({
        runId: id,
        attempt: 1,
        sweepId,
        facts: provenanceFacts({ devices: '0' }),
      })),
    )
    await tx.recordChanges(
      sweeps.map(({ id }) => aChange({ entity: 'sweep', entityId: id, sweepId: id, event: 'sweep.created' })),
    )
  })
  return { sweeps, agents, runs, nowMs }
}

function makeSweep(index: number, { names = NAMES, sweeps }: FleetSize, nowMs: number): SweepRecord {
  const state = STATES[index % STATES.length] ?? 'running'
  const isOver = state !== 'running' && state !== 'paused'
  const round = Math.floor(index / names.length)
  return aSweep({
    name: `${names[index % names.length] ?? ''}${round === 0 ? '' : ` ${round + 1}`}`,
    project: index % 4 === 3 ? 'language' : 'vision',
    state,
    stateReason: state === 'paused' ? 'the disk is full' : null,
    method: 'bayes',
    configText: FILE,
    metric: { name: 'val_loss', goal: 'minimize', summary: 'best', target: null },
    runCap: index % 5 === 4 ? null : 200,
    createdAt: nowMs - (6 * 60 + (sweeps - index) * 90) * MINUTE,
    startedAt: nowMs - 300 * MINUTE,
    finishedAt: isOver ? nowMs - 30 * MINUTE : null,
  })
}

interface RunFacts {
  readonly at: number
  readonly end: number
  readonly value: number
  readonly random: () => number
}

function makeRun(sweepId: SweepId | null, outcome: AttemptOutcome | null, facts: RunFacts): RunRecord {
  const { at, end, value, random } = facts
  const state =
    outcome === null ? 'running' : outcome === 'failed' ? 'failed' : outcome === 'lost' ? 'lost' : outcome
  const isRanked = state === 'finished' || state === 'stopped'
  const config =
    `{"lr":${(10 ** (-5 + 4 * random())).toPrecision(4)},"bs":${[32, 64, 128][Math.floor(random() * 3)]},` +
    `"depth":${2 + Math.floor(random() * 11)},"opt":"${random() < 0.5 ? 'adamw' : 'sgd'}"}`
  return aRun({
    sweepId,
    project: 'vision',
    state: state as RunRecord['state'],
    configText: config,
    value: isRanked || state === 'running' ? value : null,
    attemptCount: 1,
    openAttempt: state === 'running' ? 1 : null,
    createdAt: at - 1,
    startedAt: at,
    finishedAt: state === 'running' ? null : end,
  })
}

function outcomeOf(host: number, draw: number): AttemptOutcome {
  if (host === 1) return 'failed'
  if (host === 2 && draw > 0.9) return 'lost'
  return draw < 0.7 ? 'finished' : draw < 0.93 ? 'stopped' : 'failed'
}

function randomOf(seed: number): () => number {
  let state = seed
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647
}
