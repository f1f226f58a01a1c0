// Which process dies when: a pure function of the seed. A kill is tied to the progress of the sweep (how many runs
// have started) plus a random delay, so that kills are spread over the sweep's whole life on any machine.
import { createRandom } from './random.ts'

export type KillTarget = 'controller' | 'redis' | 'agent' | 'flushall'

export interface PlannedKill {
  /** It becomes due when this many different runs have started at least once. */
  readonly afterStarts: number
  /** And then this much later. */
  readonly delayMs: number
  readonly target: KillTarget
  /** Which agent, when the target is one. */
  readonly agentIndex: number
  /** How long the killed process stays away; Redis is restarted by the controller, not by the plan. */
  readonly restartAfterMs: number
}

export interface KillPlanOptions {
  readonly kills: number
  readonly cells: number
  readonly agents: number
  readonly seed: number
  /** So many of the kills hit the controller that leads; the others are drawn. @default all are drawn */
  readonly controllerKills?: number
  /** One FLUSHALL at half of the sweep, beside the kills. */
  readonly withFlushAll: boolean
  /** Longest delay after its progress mark. @default 1500 */
  readonly maxDelayMs?: number
}

/** Restarts come between these, in milliseconds. */
const RESTART_MIN_MS = 200
const RESTART_MAX_MS = 3000
/** No mark lies above this share of the cells: the sweep must still be running when the last kill comes. */
const LAST_MARK = 0.85

/** In order of `afterStarts`. With three kills or more each of controller, Redis and agent is hit at least once. */
export function planKills(options: KillPlanOptions): PlannedKill[] {
  const random = createRandom(options.seed)
  const maxDelayMs = options.maxDelayMs ?? 1500
  const targets = (['controller', 'redis', 'agent'] as const).map((target) => ({ target, rank: random() }))
  targets.sort((left, right) => left.rank - right.rank)
  const plan: PlannedKill[] = []
  for (let index = 0; index < options.kills; index++) {
    const drawn = targets[index < targets.length ? index : Math.floor(random() * targets.length)]
    const isForController = index < (options.controllerKills ?? 0)
    plan.push({
      afterStarts: 1 + Math.floor(random() * options.cells * LAST_MARK),
      delayMs: Math.round(random() * maxDelayMs),
      target: isForController ? 'controller' : (drawn?.target ?? 'agent'),
      agentIndex: Math.floor(random() * options.agents),
      restartAfterMs: Math.round(RESTART_MIN_MS + random() * (RESTART_MAX_MS - RESTART_MIN_MS)),
    })
  }
  if (options.withFlushAll) {
    plan.push({
      afterStarts: Math.ceil(options.cells / 2),
      delayMs: 0,
      target: 'flushall',
      agentIndex: 0,
      restartAfterMs: 0,
    })
  }
  return plan.sort((left, right) => left.afterStarts - right.afterStarts)
}
