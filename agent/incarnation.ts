// How an incarnation of an agent begins and ends: what the last one left is killed, and nothing of this one is left.
import { setTimeout as delay } from 'node:timers/promises'
import { SweepError } from '../sweeps/errors.ts'
import type { Logger } from '../runtime/logger.ts'
import { clearCgroup, findCgroups } from '../runtime/cgroup.ts'
import { findByEnvironment, findFamily, killUntilQuiet } from '../runtime/process-tree.ts'
import type { AgentFolder } from './agent-folder.ts'
import type { Journal } from './journal.ts'
import type { Reporter } from './reporter.ts'
import { COOKIE_NAME, cgroupPrefix } from './training-environment.ts'

/** How long leaving waits for the controller to store the last reports: they are kept for the next start anyway. */
const STORED_LIMIT_MS = { drained: 10_000, 'handed back': 5_000, killed: 500 } as const
const LAST_BEAT_LIMIT_MS = 2_000
/** Killing a control group takes milliseconds. */
const CGROUP_LIMIT_MS = 5_000

/** How the agent's work ends: once, in one of two ways. */
export class Ending {
  readonly ended: Promise<number>
  private resolve: (exitCode: number) => void = () => {}
  private reject: (error: unknown) => void = () => {}

  constructor() {
    this.ended = new Promise((resolve, reject) => {
      this.resolve = resolve
      this.reject = reject
    })
    this.ended.catch(() => {}) // a failure before the agent runs is thrown by what failed
  }

  finish(exitCode: number): void {
    this.resolve(exitCode)
  }

  fail(error: unknown): void {
    this.reject(error)
  }
}

/** Ends every process of the last incarnation: nothing of it may train on while its runs start elsewhere. */
export async function clearLastIncarnation(
  folder: AgentFolder,
  journal: Journal,
  log: Logger,
): Promise<void> {
  const { agentId } = folder.identity
  if (agentId === null || journal.hasLeftCleanly) return
  const leaders = [...journal.attempts()].flatMap(({ process: leader }) => (leader === null ? [] : [leader]))
  for (const path of findCgroups(cgroupPrefix(agentId))) await clearCgroup(path, CGROUP_LIMIT_MS)
  const find = () => [
    ...new Set([
      ...findByEnvironment(`${COOKIE_NAME}=${agentId}.`),
      ...leaders.flatMap((leader) => findFamily(leader)),
    ]),
  ]
  const { killedCount, isQuiet } = await killUntilQuiet(find, {
    quietWalks: 2,
    pauseMs: 1_000,
    limitMs: 30_000,
  })
  if (killedCount > 0) log.warn('agent.leftovers_killed', { killedCount })
  if (!isQuiet) log.error('agent.leftovers_survived', { agentId })
  folder.clearRunFolders()
}

/**
 * Waits, within limits, until the last ends are stored, and tells the leader that this incarnation is over.
 * @param parts.signal aborted by one more press: nothing is waited for; the journal keeps what is not stored
 */
export async function sayGoodbye(parts: {
  reporter: Reporter
  journal: Journal
  exitCode: number
  signal: AbortSignal
}): Promise<void> {
  const { reporter, journal, exitCode, signal } = parts
  const how = exitCode === 130 || exitCode === 143 ? 'killed' : exitCode === 75 ? 'handed back' : 'drained'
  const deadline = performance.now() + STORED_LIMIT_MS[how]
  while (journal.unstoredCount > 0 && performance.now() < deadline && !signal.aborted) await delay(10)
  const limit = delay(LAST_BEAT_LIMIT_MS, undefined, { ref: false, signal }).catch(() => undefined)
  await Promise.race([reporter.beatNow(), limit])
  await journal.leave()
}

/** For whoever started the agent: what happened and what to do. */
export function asSweepError(error: unknown): SweepError {
  if (error instanceof SweepError) return error
  const message = error instanceof Error ? error.message : String(error)
  return new SweepError('INTERNAL', `the agent could not go on: ${message}`, {
    hint: 'Its runs were ended and go back to the queue. Check the disk of its data directory, then start it again.',
    cause: error,
  })
}
