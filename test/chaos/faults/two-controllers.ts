// F21: two controllers on one PostgreSQL and one Redis; the one that leads is killed or frozen, or cut off from the
// database or from Redis; the other takes over, and the old one changes nothing when it is back.
import type { CutMode } from '../../support/pausing-proxy.ts'
import { pause } from '../../support/wait.ts'
import { drawOne, drawWhole } from '../random.ts'
import { processFault } from './process-round.ts'
import type { ProcessFault } from './process-round.ts'
import type { ServerProxies } from '../scene.ts'
import { areSettled, watchStarts } from './recovery.ts'

const shared = {
  invariants: ['I1', 'I2', 'I3', 'I4', 'I5', 'I6', 'I10', 'I11', 'I13'],
  shortCount: 1,
  perRound: 17,
  lanes: 1,
  // From the fault on, so with the time that the old one is away: lease + 10 s + 12 s.
  recoveryLimitMs: 27_000,
} satisfies Partial<ProcessFault>

export const twoControllers = processFault({
  ...shared,
  id: 'F21',
  title: 'two controllers, the leader killed or frozen',
  injects: 'kill -9 of the leader, back after 0 to 9 s; or SIGSTOP for 1 to 12 s, then SIGCONT',
  fullCount: 50,
  scene: (count) => ({ agents: 4, cells: 30 + 30 * count, controllers: 2, trainingMs: [300, 1_500] }),
  async inject(scene, { random }) {
    const leader = await scene.findLeader()
    if (leader === null) return pause(100).then(() => null)
    const how = drawOne(random, ['killed', 'frozen'])
    scene.ledger.look()
    const starts = scene.ledger.open()
    const works = watchStarts(scene)
    const fromMs = performance.now()
    const child = how === 'killed' ? scene.takeController(leader) : scene.cluster.controller(leader)
    child.signal(how === 'killed' ? 'SIGKILL' : 'SIGSTOP')
    const awayMs = drawWhole(random, 500, how === 'killed' ? 9_000 : 12_000)
    const back = pause(awayMs).then(() => {
      if (how === 'killed') scene.startController(leader)
      else child.signal('SIGCONT')
    })
    let isBack = false
    void back.then(() => (isBack = true))
    return {
      what: `controller ${leader} ${how} for ${awayMs} ms`,
      fromMs,
      isOver: async () =>
        isBack && works() && areSettled(scene, starts) && (await scene.findLeader()) !== null,
    }
  },
})

export const leaderWithoutDatabase = cutLeader('F21d', 'PostgreSQL', 'database')
export const leaderWithoutRedis = cutLeader('F21r', 'Redis', 'redis')

const MODES: readonly CutMode[] = ['silent', 'refusing', 'silent up', 'silent down']

function cutLeader(id: string, server: string, way: keyof ServerProxies) {
  return processFault({
    ...shared,
    id,
    title: `two controllers, the leader cut off from ${server}`,
    injects: `the connections between the leader and ${server} cut for 0.5 to 12 s (silently, either way alone, or refused), then healed`,
    fullCount: 25,
    scene: (count) => ({
      agents: 4,
      cells: 30 + 30 * count,
      controllers: 2,
      trainingMs: [300, 1_500],
      hasServerProxies: true,
    }),
    async inject(scene, { random }) {
      const leader = await scene.findLeader()
      const proxy = leader === null ? undefined : scene.serverProxies[leader]?.[way]
      if (proxy === undefined) return pause(100).then(() => null)
      const mode = drawOne(random, MODES)
      const awayMs = drawWhole(random, 500, 12_000)
      scene.ledger.look()
      const starts = scene.ledger.open()
      const works = watchStarts(scene)
      const fromMs = performance.now()
      proxy.cut(mode)
      let isBack = false
      void pause(awayMs).then(() => {
        proxy.heal()
        isBack = true
      })
      return {
        what: `controller ${leader} from ${server}, ${mode} for ${awayMs} ms`,
        fromMs,
        isOver: async () =>
          isBack && works() && areSettled(scene, starts) && (await scene.findLeader()) !== null,
      }
    },
  })
}
