// `npm run bench -- queries`: how fast a controller answers about a sweep of 10,000 finished runs, on SQLite, and with
// `--postgres` (a server of its own) or `--database-url URL` (an empty database) on PostgreSQL beside it. Exits 1 when
// a limit is missed.
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { startTestPostgres } from '../test/support/postgres-server.ts'
import { measureQueries, type Figures } from './queries-measure.ts'

/** Milliseconds. A figure without a limit stands beside the others to explain them. */
const LIMITS: readonly (readonly [name: RegExp, limit: number])[] = [
  [/^`sweep best ID`, slowest/, 300],
  [/^page of 100 runs, p95/, 100],
  [/^first page of 100 runs/, 200],
  [/^(filter|sort) by .*, p95/, 200],
  [/^the best 5.*, p95/, 100],
  [/^GET \/sweeps.*, p95/, 50],
  [/^snapshot, cold/, 150],
  [/^snapshot after a change, p95/, 150],
  [/^snapshot, (cached|not modified), p95/, 20],
  [/^export of runs as CSV$/, 10_000],
]

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '10000' },
    /** Requests of each kind. */
    repeats: { type: 'string', default: '100' },
    postgres: { type: 'boolean', default: false },
    'database-url': { type: 'string' },
  },
})

const runCount = Number(values.runs)
const repeats = Number(values.repeats)
console.log(
  `${cpus().length} x ${cpus()[0]?.model.trim() ?? 'unknown processor'}, Node ${process.version}, ` +
    `${runCount} runs, ${new Date().toISOString().slice(0, 10)}\n`,
)

const columns: [name: string, figures: Figures][] = [
  ['SQLite', await measureQueries({ runCount, repeats, databaseUrl: null })],
]
if (values['database-url'] !== undefined) {
  columns.push([
    'PostgreSQL',
    await measureQueries({ runCount, repeats, databaseUrl: values['database-url'] }),
  ])
} else if (values.postgres) {
  const postgres = await startTestPostgres()
  try {
    const databaseUrl = await postgres.createDatabase()
    columns.push(['PostgreSQL', await measureQueries({ runCount, repeats, databaseUrl })])
  } finally {
    await postgres.stop()
  }
}

console.log(`  ${''.padEnd(50)}${columns.map(([name]) => name.padStart(14)).join('')}`)
for (const name of columns[0]?.[1].keys() ?? []) {
  const figures = columns.map(([, found]) => found.get(name) ?? NaN)
  const limit = LIMITS.find(([pattern]) => pattern.test(name))?.[1]
  const isMet = limit === undefined || figures.every((figure) => figure <= limit)
  if (!isMet) process.exitCode = 1
  const cells = figures.map((figure) => show(name, figure).padStart(14)).join('')
  const verdict = limit === undefined ? '' : `   ${isMet ? 'ok' : 'too slow'}: at most ${limit} ms`
  console.log(`${isMet ? ' ' : '✗'} ${name.padEnd(50)}${cells}${verdict}`)
}

function show(name: string, figure: number): string {
  if (/bytes/.test(name)) return `${(figure / 1000).toFixed(0)} kB`
  return `${figure.toFixed(figure < 10 ? 1 : 0)} ms`
}
