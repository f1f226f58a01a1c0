// One round of a fault that hits processes: one scene, several lanes that inject one after another, each with an agent
// of its own, and the time until all was well again after each injection.
import { waitFor } from '../../support/wait.ts'
import { createRandom } from '../random.ts'
import type { Random } from '../random.ts'
import { startScene } from '../scene.ts'
import type { AgentWard, Scene, SceneOptions } from '../scene.ts'
import type { CarriedOut, Fault, Round, RoundOptions } from './fault.ts'

export interface Lane {
  readonly index: number
  /** Nobody else disturbs it; a fault that uses it up puts another in its place. */
  agent: AgentWard
  readonly random: Random
}

export interface Injection {
  readonly what: string
  /** From when recovery is counted: the end of the disturbance, on performance.now(). */
  readonly fromMs: number
  /** All is well again. */
  readonly isOver: () => boolean | Promise<boolean>
}

export interface ProcessFault extends Omit<Fault, 'runRound'> {
  /** Injections at one time; each lane has an agent, so a scene has at least as many. */
  readonly lanes: number
  /** @param count injections wanted: the sweep must last as long, and what is left of it must be worked off */
  readonly scene: (count: number) => SceneOptions
  /** @returns null: nothing was injected, because what it needs was gone meanwhile */
  readonly inject: (scene: Scene, lane: Lane) => Promise<Injection | null>
  /** Longest recovery. @default lease + 10 s */
  readonly recoveryLimitMs?: number
}

/** Beyond the limit, before the recovery counts as none at all. */
const GIVE_UP_MS = 20_000

export function processFault(fault: ProcessFault): Fault {
  return { ...fault, runRound: (options) => runProcessRound(fault, options) }
}

async function runProcessRound(fault: ProcessFault, options: RoundOptions): Promise<Round> {
  const scene = await startScene(fault.scene(options.count))
  const injections: CarriedOut[] = []
  let left = options.count
  const limitMs = fault.recoveryLimitMs ?? scene.leaseMs + 10_000

  async function work(lane: Lane): Promise<void> {
    while (left > 0 && !scene.hasEnded() && !lane.agent.hasLeft) {
      left -= 1
      const injection = await injectWhileAtWork(fault, scene, lane)
      if (injection === null) {
        left += 1
        continue
      }
      const before = scene.starvedMs()
      const recoveryMs = await measureRecovery(scene, injection, limitMs)
      const starvedMs = mostStarved(before, scene.starvedMs())
      if (recoveryMs - starvedMs > limitMs) {
        const message = `${injection.what}: not well again within ${limitMs} ms (${recoveryMs} ms, of which ${starvedMs} without a processor)`
        scene.report({ invariant: 'I10', runId: null, message })
      }
      const done = { what: injection.what, recoveryMs, starvedMs }
      injections.push(done)
      options.onInjection(done)
    }
  }

  const lanes = scene.agents.slice(0, fault.lanes).map((agent, index) => ({
    index,
    agent,
    random: createRandom(options.seed * 1000 + index),
  }))
  let failure: unknown = null
  await Promise.all(lanes.map(work)).catch((error: unknown) => (failure = error))
  const logs = failure === null ? '' : scene.cluster.logs(60)
  const { violations, evidence } = await scene.finish()
  if (failure !== null) throw new Error(`${String(failure)}\n${logs}`, { cause: failure })
  return { injections, violations, evidence }
}

async function injectWhileAtWork(fault: ProcessFault, scene: Scene, lane: Lane): Promise<Injection | null> {
  await waitFor(
    `${lane.agent.name} is at work`,
    () => scene.atWork(lane.agent).length > 0 || scene.hasEnded() || lane.agent.hasLeft,
    { timeoutMs: 60_000, details: () => scene.cluster.logs() },
  )
  const atMs = performance.now() + lane.random() * 700
  await waitFor('its moment', () => performance.now() >= atMs)
  if (scene.hasEnded() || lane.agent.hasLeft) return null
  return fault.inject(scene, lane)
}

/** On a machine that others use too, waiting for a processor is not the product's time: of the process that waited most. */
function mostStarved(before: ReadonlyMap<number, number>, after: ReadonlyMap<number, number>): number {
  return Math.round(Math.max(0, ...[...after].map(([pid, ms]) => ms - (before.get(pid) ?? 0))))
}

async function measureRecovery(scene: Scene, injection: Injection, limitMs: number): Promise<number> {
  await waitFor('all is well again', async () => scene.hasEnded() || (await injection.isOver()), {
    timeoutMs: limitMs + GIVE_UP_MS,
    intervalMs: 20,
  }).catch(() => {}) // the time says it
  return Math.max(0, Math.round(performance.now() - injection.fromMs))
}
