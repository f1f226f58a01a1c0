// F4: kill -9 of the controller, at random moments and at named points of its code (crash-points.mjs): between a commit
// and what follows it, where a lost answer or a repeated message would show.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pause, waitFor } from '../../support/wait.ts'
import { CRASH_FILE, CRASH_POINTS } from '../crash-point-names.mjs'
import { drawOne, drawWhole } from '../random.ts'
import { processFault } from './process-round.ts'
import type { Injection, Lane, ProcessFault } from './process-round.ts'
import { areSettled, watchStarts } from './recovery.ts'
import type { Scene } from '../scene.ts'

const shared = {
  invariants: ['I1', 'I2', 'I3', 'I4', 'I5', 'I6', 'I10', 'I11', 'I13'],
  lanes: 1,
  scene: (count: number) => ({
    agents: 4,
    cells: 30 + 12 * count,
    trainingMs: [200, 900],
    hasCrashPoints: true,
  }),
} satisfies Partial<ProcessFault>

export const controllerKilled = processFault({
  ...shared,
  id: 'F4',
  title: 'controller killed at a random moment',
  injects: 'kill -9 of the controller; it starts again after 0 to 1.5 s',
  fullCount: 200,
  shortCount: 2,
  perRound: 25,
  async inject(scene, { random }) {
    const child = scene.takeController(0)
    child.signal('SIGKILL')
    await child.exited
    return restart(scene, random, 'at a random moment')
  },
})

export const controllerKilledAtPoint = processFault({
  ...shared,
  id: 'F4p',
  title: 'controller killed at a named point of its code',
  injects: `kill -9 of the controller by itself, on reaching one of: ${CRASH_POINTS.join(', ')}`,
  fullCount: 100,
  shortCount: 3,
  perRound: 25,
  async inject(scene, { random }) {
    const point = drawOne(random, CRASH_POINTS)
    const nth = drawWhole(random, 1, 4)
    await waitFor('the controller is ready', () => /^ready /m.test(scene.cluster.controller(0).stdout()), {
      timeoutMs: 20_000,
    })
    const child = scene.takeController(0)
    writeFileSync(join(scene.cluster.dataFolder, CRASH_FILE), JSON.stringify({ point, nth }))
    child.signal('SIGUSR2')
    await waitFor(`the controller reaches ${point}`, () => child.exit() !== null || scene.hasEnded(), {
      timeoutMs: 30_000,
      details: () => scene.cluster.logs(),
    })
    if (child.exit() === null) return null
    return restart(scene, random, `at ${point}, time ${nth}`)
  },
})

async function restart(scene: Scene, random: Lane['random'], where: string): Promise<Injection> {
  scene.ledger.look()
  const starts = scene.ledger.open()
  const awayMs = drawWhole(random, 0, 1500)
  await pause(awayMs)
  const works = watchStarts(scene)
  scene.startController(0)
  return {
    what: `${where}, back after ${awayMs} ms`,
    fromMs: performance.now(),
    isOver: () =>
      /^ready /m.test(scene.cluster.controller(0).stdout()) && works() && areSettled(scene, starts),
  }
}
