// F1 and F2: kill -9 of an agent, which comes back or does not. Its reaper has to end its trainings; its runs go on
// elsewhere, or at itself.
import { pause } from '../../support/wait.ts'
import { drawWhole } from '../random.ts'
import { processFault } from './process-round.ts'
import { areGone, areSettled, watchStarts } from './recovery.ts'

export const agentRestarted = processFault({
  id: 'F1',
  title: 'agent killed and restarted',
  injects: 'kill -9 of an agent at work; the same agent starts again after 0 to 3 s',
  invariants: ['I1', 'I2', 'I3', 'I4', 'I5', 'I6', 'I10', 'I11', 'I13'],
  fullCount: 300,
  shortCount: 3,
  perRound: 30,
  lanes: 3,
  scene: (count) => ({ agents: 4, cells: 24 + 8 * count }),
  async inject(scene, { agent, random }) {
    const starts = scene.atWork(agent)
    const awayMs = drawWhole(random, 0, 3000)
    agent.isTaken = true
    agent.child.signal('SIGKILL')
    await agent.child.exited
    await pause(awayMs)
    const works = watchStarts(scene, agent)
    scene.startAgent(agent)
    return {
      what: `${agent.name}, back after ${awayMs} ms`,
      fromMs: performance.now(),
      isOver: () => works() && areGone(starts) && areSettled(scene, starts),
    }
  },
})

export const agentGone = processFault({
  id: 'F2',
  title: 'agent killed for good',
  injects: 'kill -9 of an agent at work; it never comes back, another machine takes its place',
  invariants: ['I1', 'I2', 'I3', 'I4', 'I5', 'I6', 'I10', 'I11', 'I13'],
  fullCount: 100,
  shortCount: 2,
  perRound: 25,
  lanes: 3,
  scene: (count) => ({ agents: 4, cells: 24 + 8 * count }),
  async inject(scene, lane) {
    const victim = lane.agent
    const starts = scene.atWork(victim)
    victim.isTaken = true
    victim.child.signal('SIGKILL')
    await victim.child.exited
    const fromMs = performance.now()
    lane.agent = await scene.addAgent()
    return {
      what: `${victim.name}, replaced by ${lane.agent.name}`,
      fromMs,
      isOver: () => areGone(starts) && areSettled(scene, starts),
    }
  },
})
