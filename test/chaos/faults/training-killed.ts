// F3: kill -9 of parts of a training: its leader, a grandchild, the whole tree. The first and the last make the run
// fail by that signal, the second is the script's own affair; nothing of it may be left.
import { drawOne } from '../random.ts'
import { processFault } from './process-round.ts'
import { areGone, areSettled, signalQuietly, watchStarts } from './recovery.ts'

const PARTS = ['leader', 'grandchild', 'tree'] as const
/** So many failures in a row on one agent put it into quarantine, which is another fault's matter (F24). */
const FAILURES_IN_A_ROW = 2

/** How often each agent's runs were made to fail since one of them came to its end. */
const failuresOf = new WeakMap<object, Map<number, number>>()

export const trainingKilled = processFault({
  id: 'F3',
  title: 'leader, grandchild or tree of a training killed',
  injects: "kill -9 of a training's leader, of a child of it, or of its whole process group",
  invariants: ['I1', 'I2', 'I3', 'I4', 'I5', 'I6', 'I10', 'I11', 'I13'],
  fullCount: 300,
  shortCount: 6,
  perRound: 60,
  lanes: 3,
  scene: (count) => ({ agents: 4, cells: 24 + 5 * count, trainingMs: [600, 1200], children: 'plain' }),
  // The next launch within 5 s of the loss of a process.
  recoveryLimitMs: 5_000,
  async inject(scene, { agent, random, index }) {
    const [start] = scene.atWork(agent)
    if (start === undefined) return null
    const failures = failuresOf.get(scene) ?? new Map<number, number>()
    failuresOf.set(scene, failures)
    const failed = failures.get(index) ?? 0
    const drawn = drawOne(random, PARTS)
    const part = failed >= FAILURES_IN_A_ROW ? 'grandchild' : drawn
    failures.set(index, part === 'grandchild' ? 0 : failed + 1)
    const works = watchStarts(scene, agent)
    if (part !== 'grandchild') scene.endedByTest.add(`${start.runId}-${start.attempt}`)
    if (part === 'leader') signalQuietly(start.pid, 'SIGKILL')
    else if (part === 'tree') signalQuietly(-start.pid, 'SIGKILL')
    else for (const pid of start.children ?? []) signalQuietly(pid, 'SIGKILL')
    return {
      what: `${part} of ${start.runId}-${start.attempt} at agent ${index}`,
      fromMs: performance.now(),
      isOver: () => works() && areGone([start]) && (part !== 'grandchild' || areSettled(scene, [start])),
    }
  },
})
