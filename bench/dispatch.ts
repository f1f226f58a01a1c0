// `npm run bench -- dispatch`: how fast runs go through the whole path. Three measurements on one machine in one go:
// the gap between a training's end and the next one's start on the same slot, the runs per second through 8 simulated
// agents, and the jobs per second of bare BullMQ on the same Redis. Exits 1 when a limit is missed or a value is wrong.
import { parseArgs } from 'node:util'
import { Redis } from 'ioredis'
import { measureBareQueue } from './dispatch-bare-queue.ts'
import { measureGaps } from './dispatch-gaps.ts'
import { SLOTS, measureThroughput } from './dispatch-throughput.ts'
import { describeMachine, printFigure } from './figure-table.ts'
import { startCluster } from '../test/support/cluster.ts'

const LIMITS = { p50: 50, p99: 250, runsPerSecond: 300, shareOfBare: 0.4 }

const { values } = parseArgs({
  options: {
    /** Trainings of 200 ms for the gaps. */
    trainings: { type: 'string', default: '800' },
    /** Runs for the throughput. */
    runs: { type: 'string', default: '6000' },
  },
})

const cluster = await startCluster()
try {
  const { port, password } = cluster.redisLogin()
  const redisUrl = `redis://:${password}@127.0.0.1:${port}`
  console.log(`${describeMachine(`Redis ${await redisVersion(redisUrl)}`, 'SQLite')}\n`)

  const gaps = await measureGaps(cluster, Number(values.trainings))
  printFigure(
    'gap on a slot, p50',
    `${gaps.p50.toFixed(0)} ms`,
    `at most ${LIMITS.p50} ms`,
    gaps.p50 <= LIMITS.p50,
  )
  printFigure(
    'gap on a slot, p99',
    `${gaps.p99.toFixed(0)} ms`,
    `at most ${LIMITS.p99} ms`,
    gaps.p99 <= LIMITS.p99,
  )
  printFigure('  the same, shell to shell without us, p50', `${gaps.bareP50.toFixed(0)} ms`)

  const runs = Number(values.runs)
  const tunnelled = await measureThroughput(cluster, runs)
  const direct = await measureThroughput(cluster, runs, redisUrl)
  const bare = await measureBareQueue(redisUrl, runs, { window: SLOTS })
  const open = await measureBareQueue(redisUrl, runs, 'open')
  const share = direct / bare
  printFigure(
    'runs through the whole path',
    `${tunnelled.toFixed(0)} /s`,
    `at least ${LIMITS.runsPerSecond} /s`,
    tunnelled >= LIMITS.runsPerSecond,
  )
  printFigure('  agents connected to Redis directly', `${direct.toFixed(0)} /s`)
  printFigure('jobs through bare BullMQ, as many at once', `${bare.toFixed(0)} /s`)
  printFigure('  all jobs added beforehand', `${open.toFixed(0)} /s`)
  printFigure(
    'direct runs, share of bare BullMQ',
    `${(share * 100).toFixed(0)} %`,
    `at least ${LIMITS.shareOfBare * 100} %`,
    share >= LIMITS.shareOfBare,
  )
} finally {
  await cluster.close()
}

async function redisVersion(url: string): Promise<string> {
  const redis = new Redis(url)
  const info = await redis.info('server')
  redis.disconnect()
  return /redis_version:(\S+)/.exec(info)?.[1] ?? 'of unknown version'
}
