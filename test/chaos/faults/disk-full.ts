// F17: the disk of the controller, or of an agent, is full for a while. The first stores nothing and acknowledges
// nothing meanwhile; the second drops metrics with a notice, and neither starts nor ends.
import { fillDisk, folderSeenBy, onSmallDisk, whyNoSmallDisk } from '../../support/small-disk.ts'
import { pause } from '../../support/wait.ts'
import { drawWhole } from '../random.ts'
import { processFault } from './process-round.ts'
import type { ProcessFault } from './process-round.ts'
import { areSettled, watchStarts } from './recovery.ts'

const shared = {
  invariants: ['I1', 'I2', 'I3', 'I4', 'I5', 'I6', 'I10', 'I11', 'I13'],
  fullCount: 15,
  shortCount: 1,
  perRound: 15,
  whyNot: () => {
    const obstacle = whyNoSmallDisk()
    return obstacle === null ? null : `a disk of its own needs root and unshare (${obstacle})`
  },
} satisfies Partial<ProcessFault>

export const controllerDiskFull = processFault({
  ...shared,
  id: 'F17c',
  title: "the controller's disk full",
  injects: 'the disk with its database filled to the last byte for 1 to 7 s',
  lanes: 1,
  scene: (count) => ({
    agents: 4,
    cells: 30 + 20 * count,
    controllerLauncher: (folder) => onSmallDisk(folder, 96),
  }),
  async inject(scene, { random }) {
    const ms = drawWhole(random, 1_000, 7_000)
    scene.ledger.look()
    const starts = scene.ledger.open()
    const folder = folderSeenBy(scene.cluster.controller(0).pid, scene.cluster.dataFolder)
    const ballast = fillDisk(folder)
    const refillUntil = performance.now() + ms
    while (performance.now() < refillUntil) {
      await pause(50)
      ballast.fill() // what a checkpoint gave back
    }
    ballast.free()
    const works = watchStarts(scene)
    return {
      what: `for ${ms} ms`,
      fromMs: performance.now(),
      isOver: () => works() && areSettled(scene, starts),
    }
  },
})

export const agentDiskFull = processFault({
  ...shared,
  id: 'F17a',
  title: "an agent's disk full",
  injects: 'the disk with its journal filled to the last byte for 1 to 7 s',
  lanes: 3,
  scene: (count) => ({
    agents: 4,
    cells: 30 + 15 * count,
    agentLauncher: (folder) => onSmallDisk(folder, 16),
    mayDropMetrics: true,
  }),
  async inject(scene, { agent, random }) {
    const ms = drawWhole(random, 1_000, 7_000)
    const starts = scene.atWork(agent)
    const ballast = fillDisk(folderSeenBy(agent.child.pid, agent.folder))
    await pause(ms)
    ballast.free()
    const works = watchStarts(scene, agent)
    return {
      what: `${agent.name} for ${ms} ms`,
      fromMs: performance.now(),
      isOver: () => works() && areSettled(scene, starts),
    }
  },
})
