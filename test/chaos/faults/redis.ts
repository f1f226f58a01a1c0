// F5 and F6: Redis killed, and everything in it erased. It only carries: what was in it comes back from SQL and the
// agents' journals.
import { drawOne } from '../random.ts'
import { processFault } from './process-round.ts'
import type { Injection } from './process-round.ts'
import { areSettled, signalQuietly, watchStarts } from './recovery.ts'
import type { Scene } from '../scene.ts'

const shared = {
  invariants: ['I1', 'I2', 'I3', 'I4', 'I5', 'I6', 'I10', 'I11', 'I13'] as const,
  lanes: 1,
  scene: (count: number) => ({ agents: 4, cells: 30 + 12 * count, trainingMs: [200, 900] as const }),
}

export const redisKilled = processFault({
  ...shared,
  id: 'F5',
  title: 'Redis killed',
  injects: 'kill -9 of the private Redis, which the controller starts again with its append-only file',
  fullCount: 100,
  shortCount: 2,
  perRound: 25,
  inject(scene) {
    const pid = scene.cluster.redisPid()
    if (pid === null) return Promise.resolve(null)
    const injection = watchFrom(scene, `pid ${pid}`)
    signalQuietly(pid, 'SIGKILL')
    return Promise.resolve(injection)
  },
})

export const redisErased = processFault({
  ...shared,
  id: 'F6',
  title: 'FLUSHALL',
  injects: 'everything in Redis erased: jobs, reports, commands, stream generation; half of the time twice',
  fullCount: 50,
  shortCount: 2,
  perRound: 25,
  async inject(scene, { random }) {
    const times = drawOne(random, [1, 2])
    const injection = watchFrom(scene, times === 1 ? 'once' : 'twice')
    for (let time = 0; time < times; time += 1) await scene.cluster.flushRedis()
    return injection
  },
})

function watchFrom(scene: Scene, what: string): Injection {
  scene.ledger.look()
  const starts = scene.ledger.open()
  const works = watchStarts(scene)
  return { what, fromMs: performance.now(), isOver: () => works() && areSettled(scene, starts) }
}
