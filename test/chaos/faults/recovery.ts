// When is all well again? What the faults ask of a scene after an injection.
import { isAlive } from '../../support/processes.ts'
import type { StartLine } from '../ledger-follower.ts'
import type { AgentWard, Scene } from '../scene.ts'

/** Everything that was at work has ended, was begun anew, or was ended by the test. */
export function areSettled(scene: Scene, starts: readonly StartLine[]): boolean {
  scene.ledger.look()
  return starts.every(
    (start) => scene.ledger.isSettled(start) || scene.endedByTest.has(`${start.runId}-${start.attempt}`),
  )
}

/** The training and its direct children are gone. */
export function areGone(starts: readonly StartLine[]): boolean {
  return starts.every((start) => [start.pid, ...(start.children ?? [])].every((pid) => !isAlive(pid)))
}

/** Tells whether trainings have started since now, at that agent or at any. */
export function watchStarts(scene: Scene, ward?: AgentWard): () => boolean {
  scene.ledger.look()
  const before = scene.ledger.startCount(ward?.name)
  return () => {
    scene.ledger.look()
    return scene.ledger.startCount(ward?.name) > before || ward?.hasLeft === true
  }
}

/** Living processes that carry the attempt's name in their environment, wherever they are. */
export function countProcessesOf(scene: Scene, start: StartLine): number {
  const run = `SWEEP_RUN_ID=${start.runId}`
  const attempt = `SWEEP_ATTEMPT=${start.attempt}`
  return scene.cluster
    .processes()
    .filter((found) => found.environment.includes(run) && found.environment.includes(attempt)).length
}

export function signalQuietly(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // it ended meanwhile
  }
}
