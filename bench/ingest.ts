// `npm run bench -- ingest`: metric points from agents' journals through the stream into the database. How many a second
// it keeps up with, how long a report takes until its agent knows that it is stored, and what it costs in memory and
// disk. Exits 1 when a limit is missed or a point is.
import { parseArgs } from 'node:util'
import { describeMachine, printFigure } from './figure-table.ts'
import { measureIngest } from './ingest-figures.ts'
import type { IngestFigures } from './ingest-figures.ts'
import { startCluster } from '../test/support/cluster.ts'
import { startTestPostgres } from '../test/support/postgres-server.ts'

const LIMITS = { pointsPerSecond: 20_000, p99Ms: 250, residentMiB: 300, bytesPerPoint: 40 }
/** The limit of memory is for a controller that has stored this many. */
const POINTS_FOR_MEMORY = 1_000_000

const { values } = parseArgs({
  options: {
    /** Of the sustained load. */
    seconds: { type: 'string', default: '60' },
    /** Points a second that are offered then. */
    rate: { type: 'string', default: '25000' },
    /** Seconds at 5,000 points/s. */
    calm: { type: 'string', default: '20' },
    /** On a PostgreSQL of its own instead of SQLite. */
    postgres: { type: 'boolean', default: false },
  },
})

const postgres = values.postgres ? await startTestPostgres({ isDurable: true }) : null
const databaseUrl = await postgres?.createDatabase()
const cluster = await startCluster(databaseUrl === undefined ? {} : { env: { DATABASE_URL: databaseUrl } })
try {
  console.log(`${describeMachine(postgres === null ? 'SQLite' : 'PostgreSQL')}\n`)
  printFigures(
    await measureIngest(cluster, {
      seconds: Number(values.seconds),
      pointsPerSecond: Number(values.rate),
      calmSeconds: Number(values.calm),
      databaseUrl,
    }),
  )
} finally {
  await cluster.close()
  await postgres?.stop()
}

function printFigures(figures: IngestFigures): void {
  const { p99, pointsPerSecond, residentMiB, bytesPerPoint, totalPoints } = figures
  printFigure(
    'points stored, sustained',
    `${pointsPerSecond.toFixed(0)} /s`,
    `at least ${LIMITS.pointsPerSecond} /s`,
    pointsPerSecond >= LIMITS.pointsPerSecond,
  )
  printFigure('  in reports', `${figures.reportsPerSecond.toFixed(0)} /s`)
  printFigure('  reports not stored at its end', String(figures.backlog))
  printFigure('  report to stored, p99', `${figures.sustainedP99.toFixed(0)} ms`)
  printFigure('  processor time of the controller', `${(figures.cpuShare * 100).toFixed(0)} % of a core`)
  printFigure('report to stored at 5,000 points/s, p50', `${figures.p50.toFixed(0)} ms`)
  printFigure(
    'report to stored at 5,000 points/s, p99',
    `${p99.toFixed(0)} ms`,
    `under ${LIMITS.p99Ms} ms`,
    p99 < LIMITS.p99Ms,
  )
  const isMemoryJudged = totalPoints >= POINTS_FOR_MEMORY
  printFigure(
    `controller's memory after ${totalPoints} points`,
    `${residentMiB.toFixed(0)} MiB`,
    isMemoryJudged ? `under ${LIMITS.residentMiB} MiB` : `(judged after ${POINTS_FOR_MEMORY} points)`,
    !isMemoryJudged || residentMiB < LIMITS.residentMiB,
  )
  printFigure(
    'disk for a point',
    `${bytesPerPoint.toFixed(0)} bytes`,
    `at most ${LIMITS.bytesPerPoint} bytes`,
    bytesPerPoint <= LIMITS.bytesPerPoint,
  )
}
