// `npm run bench -- chaos`: a grid worked by agents while controller, Redis and agents are killed at random, and the
// verdict of the ledger. Prints every kill, then the table; exits 1 when an invariant is broken or a kill was missed.
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { formatKill, formatReport } from '../test/chaos/chaos-table.ts'
import { runChaos } from '../test/chaos/chaos-run.ts'
import { startTestPostgres } from '../test/support/postgres-server.ts'

const USAGE = `npm run bench -- chaos --kills 30 --seed 1
npm run bench -- chaos --kills 30 --seed 2 --flushall --cells 200 --agents 8
  --kills N        how many kill -9                                     (30)
  --seed S         of the plan: which process, when, how long it is away (1)
  --flushall       also erase everything in Redis once, at half of the sweep
  --cells N        of the grid                                          (200)
  --agents N       agent processes with one slot each                   (8)
  --lease N        seconds                                              (10)
  --controllers N  on a PostgreSQL of their own, with a shared Redis      (1)
  --controller-kills N  of the kills hit the controller that leads      (as drawn)
  --postgres       one controller on a PostgreSQL of its own
  --min-ms, --max-ms   a training takes between these                   (200, 2000)`

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '30' },
    seed: { type: 'string', default: '1' },
    flushall: { type: 'boolean', default: false },
    cells: { type: 'string', default: '200' },
    agents: { type: 'string', default: '8' },
    lease: { type: 'string', default: '10' },
    controllers: { type: 'string', default: '1' },
    'controller-kills': { type: 'string', default: '0' },
    postgres: { type: 'boolean', default: false },
    'min-ms': { type: 'string', default: '200' },
    'max-ms': { type: 'string', default: '2000' },
    help: { type: 'boolean', default: false },
  },
})

if (values.help) {
  console.log(USAGE)
} else {
  console.log(
    `${cpus().length} x ${cpus()[0]?.model ?? 'unknown processor'}, Node ${process.version}, seed ${values.seed}`,
  )
  const controllers = readCount('controllers', 1)
  const postgres = values.postgres || controllers > 1 ? await startTestPostgres() : null
  try {
    const report = await runChaos({
      kills: readCount('kills', 0),
      seed: readCount('seed', 0),
      cells: readCount('cells', 1),
      agents: readCount('agents', 1),
      controllers,
      controllerKills: readCount('controller-kills', 0),
      leaseSeconds: readCount('lease', 5),
      trainingMs: [readCount('min-ms', 0), readCount('max-ms', 0)],
      withFlushAll: values.flushall,
      ...(postgres === null ? {} : { databaseUrl: await postgres.createDatabase() }),
      onKill: (kill) => console.log(formatKill(kill)),
    })
    console.log(`\n${formatReport(report)}`)
    if (report.violations.length > 0) console.log(`\n${report.logs}`)
    process.exitCode = report.violations.length > 0 || report.missedKills > 0 ? 1 : 0
  } finally {
    await postgres?.stop()
  }
}

function readCount(
  name: Exclude<keyof typeof values, 'flushall' | 'postgres' | 'help'>,
  least: number,
): number {
  const count = Number(values[name])
  if (Number.isInteger(count) && count >= least) return count
  console.error(`--${name}: ${values[name]} is not a whole number from ${least} on\n\n${USAGE}`)
  process.exit(2)
}
