// F20: trainings that leave behind what is hard to find and to end: a daemon with two forks, a session of its own, one
// that ignores SIGTERM, workers that hold the output open. However the training ends, nothing of it is left, and nobody
// else's process is touched.
import { spawn } from 'node:child_process'
import { isAlive } from '../../support/processes.ts'
import { waitFor } from '../../support/wait.ts'
import { drawOne } from '../random.ts'
import { processFault } from './process-round.ts'
import { countProcessesOf, signalQuietly, watchStarts } from './recovery.ts'

const ENDS = ['by itself', 'leader killed', 'agent killed', 'agent terminated'] as const

export const orphans = processFault({
  id: 'F20',
  title: 'orphan torture',
  injects:
    'a training with daemons, foreign sessions and children that ignore SIGTERM ends by itself, is killed, or its agent is killed or terminated',
  invariants: ['I1', 'I2', 'I3', 'I4', 'I5', 'I6', 'I10', 'I11', 'I13'],
  fullCount: 50,
  shortCount: 3,
  perRound: 25,
  lanes: 4,
  scene: (count) => ({ agents: 4, cells: 20 + 5 * count, trainingMs: [600, 1_500], children: 'torture' }),
  async inject(scene, { agent, random }) {
    const [start] = scene.atWork(agent)
    if (start === undefined) return null
    const how = drawOne(random, ENDS)
    // Like a training in everything but the cookie.
    const bystander = spawn('sleep', ['60'], {
      detached: true,
      stdio: 'ignore',
      env: { SWEEP_RUN_ID: 'bystander', SWEEP_COOKIE: 'another', PATH: process.env['PATH'] ?? '' },
    })
    const works = watchStarts(scene, agent)
    if (how === 'leader killed') {
      scene.endedByTest.add(`${start.runId}-${start.attempt}`)
      signalQuietly(start.pid, 'SIGKILL')
    } else if (how !== 'by itself') {
      agent.isTaken = true
      agent.child.signal(how === 'agent killed' ? 'SIGKILL' : 'SIGTERM')
      await waitFor('the agent ends', () => agent.child.exit() !== null, { timeoutMs: 35_000 })
      scene.startAgent(agent)
    } else await waitFor('it ends', () => scene.atWork(agent)[0] !== start, { timeoutMs: 15_000 })
    return {
      what: `${start.runId}-${start.attempt} ${how}`,
      fromMs: performance.now(),
      isOver() {
        if (countProcessesOf(scene, start) > 0 || !works()) return false
        if (bystander.pid === undefined || !isAlive(bystander.pid))
          scene.report({ invariant: 'I11', runId: null, message: `${how}: a foreign process was ended` })
        bystander.kill('SIGKILL')
        return true
      },
    }
  },
})
