// F18 and F19: an agent is asked to leave, by every pattern of signals that people and schedulers send. It says by its
// exit code what became of its runs, leaves nothing behind, and none of them counts as finished that was not.
import { pause, waitFor } from '../../support/wait.ts'
import { drawOne, drawWhole } from '../random.ts'
import type { Random } from '../random.ts'
import { processFault } from './process-round.ts'
import type { Injection, Lane, ProcessFault } from './process-round.ts'
import { areGone, areSettled, watchStarts } from './recovery.ts'
import type { Scene } from '../scene.ts'

interface Pattern {
  readonly signals: readonly NodeJS.Signals[]
  /** What it may end with: a second signal can come when the first is already carried out. */
  readonly codes: readonly number[]
}

const TERM: readonly Pattern[] = [
  { signals: ['SIGTERM'], codes: [75] },
  { signals: ['SIGTERM', 'SIGTERM'], codes: [75, 143] },
  { signals: ['SIGTERM', 'SIGTERM', 'SIGTERM'], codes: [75, 143] },
]

const OTHERS: readonly Pattern[] = [
  { signals: ['SIGINT'], codes: [0] },
  { signals: ['SIGINT', 'SIGINT'], codes: [0, 75] },
  { signals: ['SIGINT', 'SIGINT', 'SIGINT'], codes: [0, 75, 130] },
  { signals: ['SIGHUP'], codes: [75] },
  { signals: ['SIGINT', 'SIGTERM'], codes: [0, 75, 143] },
  { signals: ['SIGTERM', 'SIGINT'], codes: [75, 130, 143] },
  { signals: ['SIGINT', 'SIGHUP', 'SIGTERM'], codes: [0, 75, 143] },
]

const shared = {
  invariants: ['I1', 'I2', 'I3', 'I4', 'I5', 'I6', 'I10', 'I11', 'I13'],
  lanes: 3,
  perRound: 25,
  scene: (count: number) => ({ agents: 4, cells: 24 + 8 * count, children: 'plain' }),
} satisfies Partial<ProcessFault>

export const terminated = processFault({
  ...shared,
  id: 'F18',
  title: 'SIGTERM to the agent, once or more',
  injects:
    'SIGTERM one to three times, 5 to 1,000 ms apart, at work or while it starts; then it starts again',
  fullCount: 50,
  shortCount: 3,
  inject: (scene, lane) => signal(scene, lane, TERM),
})

export const interrupted = processFault({
  ...shared,
  id: 'F19',
  title: 'every other pattern of SIGINT, SIGHUP and SIGTERM',
  injects: 'SIGINT one to three times, SIGHUP, and mixtures, 5 to 1,000 ms apart; then it starts again',
  fullCount: 50,
  shortCount: 5,
  inject: (scene, lane) => signal(scene, lane, OTHERS),
})

async function signal(scene: Scene, lane: Lane, patterns: readonly Pattern[]): Promise<Injection> {
  const { agent, random } = lane
  const { signals, codes } = drawOne(random, patterns)
  agent.isTaken = true
  const isStarting = random() < 0.2
  if (isStarting) await restartAndWait(scene, lane, random)
  const starts = scene.atWork(agent)
  for (const [index, name] of signals.entries()) {
    if (index > 0) await pause(drawWhole(random, 5, 1_000))
    if (agent.child.exit() === null) agent.child.signal(name)
  }
  const what = `${agent.name} ${signals.join(' ')}${isStarting ? ' while it starts' : ''}`
  // 35 s: three tiers, of which the second gives a training 30.
  const exit = await waitFor(`${what}: it ends`, () => agent.child.exit(), {
    timeoutMs: 35_000,
    details: () => agent.child.stdout(),
  })
  // Before the command has its handlers, a signal ends it as it ends any program.
  const isEarly = isStarting && exit.signal !== null && signals.includes(exit.signal)
  if (!isEarly && !codes.includes(exit.code ?? -1)) {
    const message = `${what}: it ended with ${exit.code ?? exit.signal}, not ${codes.join(' or ')}`
    scene.report({ invariant: 'I4', runId: null, message })
  }
  if (!areGone(starts)) {
    const message = `${what}: processes of ${starts.map((start) => start.runId).join(', ')} outlived it`
    scene.report({ invariant: 'I11', runId: null, message })
  }
  const fromMs = performance.now()
  const works = watchStarts(scene, agent)
  scene.startAgent(agent)
  return {
    what: `${what}: ${exit.code ?? exit.signal}`,
    fromMs,
    isOver: () => works() && areSettled(scene, starts),
  }
}

/** Ends it at once and starts another, up to 1.2 s before the first signal. */
async function restartAndWait(scene: Scene, { agent }: Lane, random: Random): Promise<void> {
  agent.child.signal('SIGKILL')
  await agent.child.exited
  scene.startAgent(agent)
  agent.isTaken = true
  await pause(drawWhole(random, 0, 1_200))
}
