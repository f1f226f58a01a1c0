// `npm run bench -- postgres`: ingest and dispatch on SQLite and on PostgreSQL, one after the other in one go on one
// machine, side by side. Figures without limits: those are in bench/ingest.ts and bench/dispatch.ts.
import { parseArgs } from 'node:util'
import { measureGaps } from './dispatch-gaps.ts'
import { measureThroughput } from './dispatch-throughput.ts'
import { describeMachine } from './figure-table.ts'
import { measureIngest } from './ingest-figures.ts'
import { startCluster } from '../test/support/cluster.ts'
import { startTestPostgres } from '../test/support/postgres-server.ts'

const { values } = parseArgs({
  options: {
    /** Of the sustained load of metrics. */
    seconds: { type: 'string', default: '60' },
    /** Points a second that are offered then. */
    rate: { type: 'string', default: '25000' },
    /** Seconds at 5,000 points/s. */
    calm: { type: 'string', default: '20' },
    /** Trainings of 200 ms for the gaps. */
    trainings: { type: 'string', default: '800' },
    /** Runs for the throughput. */
    runs: { type: 'string', default: '6000' },
  },
})

interface Figures {
  readonly [name: string]: string
}

console.log(`${describeMachine()}\n`)
const sqlite = await measure(undefined)
const postgres = await startTestPostgres({ isDurable: true })
try {
  const other = await measure(await postgres.createDatabase())
  console.log(`${''.padEnd(46)}${'SQLite'.padStart(12)}${'PostgreSQL'.padStart(14)}`)
  for (const [name, figure] of Object.entries(sqlite))
    console.log(`${name.padEnd(46)}${figure.padStart(12)}${(other[name] ?? '').padStart(14)}`)
} finally {
  await postgres.stop()
}

/** A new controller for each kind, so that one does not carry the data of the other. */
async function measure(databaseUrl: string | undefined): Promise<Figures> {
  const cluster = await startCluster(databaseUrl === undefined ? {} : { env: { DATABASE_URL: databaseUrl } })
  try {
    const gaps = await measureGaps(cluster, Number(values.trainings))
    const runsPerSecond = await measureThroughput(cluster, Number(values.runs))
    const ingest = await measureIngest(cluster, {
      seconds: Number(values.seconds),
      pointsPerSecond: Number(values.rate),
      calmSeconds: Number(values.calm),
      databaseUrl,
    })
    return {
      'gap on a slot, p50': `${gaps.p50.toFixed(0)} ms`,
      'gap on a slot, p99': `${gaps.p99.toFixed(0)} ms`,
      'runs through the whole path': `${runsPerSecond.toFixed(0)} /s`,
      'points stored, sustained': `${ingest.pointsPerSecond.toFixed(0)} /s`,
      '  report to stored, p99': `${ingest.sustainedP99.toFixed(0)} ms`,
      '  processor time of the controller': `${(ingest.cpuShare * 100).toFixed(0)} %`,
      'report to stored at 5,000 points/s, p50': `${ingest.p50.toFixed(0)} ms`,
      'report to stored at 5,000 points/s, p99': `${ingest.p99.toFixed(0)} ms`,
      "controller's memory": `${ingest.residentMiB.toFixed(0)} MiB`,
      'disk for a point': `${ingest.bytesPerPoint.toFixed(0)} bytes`,
    }
  } finally {
    await cluster.close()
  }
}
