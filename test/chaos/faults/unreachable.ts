// F9, F10 and F16: an agent that cannot be heard, because the network between it and the controller is cut or because
// it is stopped; for less than a lease and for more. Its trainings go on meanwhile.
import { pause } from '../../support/wait.ts'
import type { CutMode } from '../../support/pausing-proxy.ts'
import { drawOne, drawWhole } from '../random.ts'
import { processFault } from './process-round.ts'
import type { Injection, Lane, ProcessFault } from './process-round.ts'
import { areSettled, watchStarts } from './recovery.ts'
import type { Scene } from '../scene.ts'

const MODES: readonly CutMode[] = ['silent', 'refusing', 'silent up', 'silent down']

const shared = {
  invariants: ['I1', 'I2', 'I3', 'I4', 'I5', 'I6', 'I10', 'I11', 'I13'],
  lanes: 10,
} satisfies Partial<ProcessFault>

/** Long enough that the longest cut ends before it; short enough that beats come often. */
const LONG_LEASE_SECONDS = 90

export const partition = processFault({
  ...shared,
  id: 'F9',
  title: 'partition shorter than the lease (1 to 60 s)',
  injects:
    'the connection between an agent and the controller cut (silently, either way alone, or refused), then healed',
  fullCount: 50,
  shortCount: 0,
  perRound: 25,
  scene: (count) => ({
    agents: 11,
    cells: 30 + 14 * count,
    leaseSeconds: LONG_LEASE_SECONDS,
    trainingMs: [2_000, 12_000],
    isProxied: true,
  }),
  // Nothing may have to wait for a lease.
  recoveryLimitMs: 25_000,
  inject: (scene, lane) => cut(scene, lane, drawWhole(lane.random, 1_000, 60_000)),
})

export const shortPartition = processFault({
  ...shared,
  id: 'F9s',
  title: 'partition of 1 to 3 s, shorter than a lease of 5 s',
  injects: 'as F9',
  fullCount: 50,
  shortCount: 3,
  perRound: 25,
  lanes: 5,
  scene: (count) => ({ agents: 6, cells: 30 + 6 * count, trainingMs: [500, 3_000], isProxied: true }),
  inject: (scene, lane) => cut(scene, lane, drawWhole(lane.random, 1_000, 3_000)),
})

export const longPartition = processFault({
  ...shared,
  id: 'F10',
  title: 'partition beyond the lease',
  injects: 'as F9, for 6 to 15 s with a lease of 5 s: the runs are worked elsewhere, and the agent is told',
  fullCount: 50,
  shortCount: 3,
  perRound: 25,
  scene: (count) => ({
    agents: 12,
    cells: 40 + 4 * count,
    trainingMs: [4_000, 14_000],
    isProxied: true,
    overlapLimitMs: 30_000,
  }),
  inject: (scene, lane) => cut(scene, lane, drawWhole(lane.random, 6_000, 15_000)),
})

export const stopped = processFault({
  ...shared,
  id: 'F16',
  title: 'agent stopped (SIGSTOP)',
  injects: 'SIGSTOP of an agent for 1 to 12 s, below and beyond the lease of 5 s, then SIGCONT',
  fullCount: 50,
  shortCount: 3,
  perRound: 25,
  lanes: 6,
  scene: (count) => ({ agents: 8, cells: 40 + 8 * count, trainingMs: [500, 6_000], overlapLimitMs: 30_000 }),
  async inject(scene, lane) {
    const { agent, random } = lane
    const starts = scene.atWork(agent)
    const ms = drawWhole(random, 1_000, 12_000)
    agent.child.signal('SIGSTOP')
    await pause(ms)
    agent.child.signal('SIGCONT')
    return watchFrom(scene, lane, starts, `${agent.name} for ${ms} ms`)
  },
})

async function cut(scene: Scene, lane: Lane, ms: number): Promise<Injection | null> {
  const { agent, random } = lane
  const mode = drawOne(random, MODES)
  const starts = scene.atWork(agent)
  agent.proxy?.cut(mode)
  await pause(ms)
  agent.proxy?.heal()
  return watchFrom(scene, lane, starts, `${agent.name} ${mode} for ${ms} ms`)
}

function watchFrom(scene: Scene, lane: Lane, starts: ReturnType<Scene['atWork']>, what: string): Injection {
  const fromMs = performance.now()
  const works = watchStarts(scene, lane.agent)
  // It is heard again when it takes work again, or still works at what it had.
  return { what, fromMs, isOver: () => works() && areSettled(scene, starts) }
}
