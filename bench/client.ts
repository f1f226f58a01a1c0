// `npm run bench -- client`: what the Python client costs a training. The time of log() on the caller's thread with 10
// keys, in a training that works 0.5 ms between two calls and in a bare loop, and the time of `import sweep` over bare
// Python, with `import wandb` beside it where that is installed. Exits 1 when a limit is missed.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { repositoryRoot } from '../test/support/cluster.ts'

/** Microseconds; milliseconds for the import. */
const LIMITS = { median: 20, p999: 1000, importMs: 60 }

const { values } = parseArgs({
  options: {
    /** Calls of log() in each of the two measurements. */
    calls: { type: 'string', default: '20000' },
    /** Starts of Python for each import. */
    starts: { type: 'string', default: '21' },
    /** The interpreter. */
    python: { type: 'string', default: 'python3' },
  },
})

interface LogTimes {
  readonly median: number
  readonly p99: number
  readonly p999: number
  readonly max: number
}

const folder = mkdtempSync(join(tmpdir(), 'sweep-bench-client-'))
const env = {
  PATH: process.env['PATH'] ?? '/usr/bin:/bin',
  PYTHONPATH: join(repositoryRoot, 'clients', 'python'),
  SWEEP_RUN_ID: 'bench',
  SWEEP_METRICS_FILE: join(folder, 'metrics.jsonl'),
}

try {
  const version = execFileSync(values.python, ['--version'], { encoding: 'utf8' }).trim()
  console.log(
    `${cpus().length} x ${cpus()[0]?.model.trim() ?? 'unknown processor'}, ${version}, ` +
      `${new Date().toISOString().slice(0, 10)}\n`,
  )
  const calls = Number(values.calls)
  const working = measureLog(calls, 500)
  rows('log() of 10 keys in a training with 0.5 ms of work between', working)
  // Faster than the writer: rows thin out.
  rows('log() of 10 keys in a bare loop of ten times as many', measureLog(10 * calls, 0))
  const [bare, ours, theirs] = measureStarts(['pass', 'import sweep', 'import wandb'])
  if (bare === undefined || ours === undefined) throw new Error('`import sweep` fails')
  row('python alone', bare, 'ms')
  row('import sweep, over that', ours - bare, 'ms', LIMITS.importMs)
  if (theirs === undefined) console.log('  import wandb: not installed')
  else row('import wandb, over that', theirs - bare, 'ms')
} finally {
  rmSync(folder, { recursive: true, force: true })
}

function measureLog(calls: number, workMicros: number): LogTimes {
  const script = join(repositoryRoot, 'bench', 'client-log.py')
  const out = execFileSync(values.python, [script, String(calls), String(workMicros)], {
    cwd: folder,
    env,
    encoding: 'utf8',
  })
  return JSON.parse(out) as LogTimes
}

/** Median milliseconds from start to exit of Python with each statement, taken in turns; undefined: it fails. */
function measureStarts(statements: readonly string[]): (number | undefined)[] {
  const start = (statement: string) =>
    spawnSync(values.python, ['-c', statement], { cwd: folder, env, stdio: 'ignore' }).status
  const works = statements.map((statement) => start(statement) === 0)
  const times = statements.map((): number[] => [])
  for (let turn = 0; turn < Number(values.starts); turn++) {
    for (const [index, statement] of statements.entries()) {
      if (!works[index]) continue
      const before = performance.now()
      start(statement)
      times[index]?.push(performance.now() - before)
    }
  }
  return times.map((list) => list.sort((a, b) => a - b)[Math.floor(list.length / 2)])
}

function rows(name: string, times: LogTimes): void {
  row(`${name}, median`, times.median, 'µs', LIMITS.median)
  row('  p99', times.p99, 'µs')
  row('  p99.9', times.p999, 'µs', LIMITS.p999)
  row('  longest', times.max, 'µs')
}

function row(name: string, value: number, unit: string, limit = Infinity): void {
  const isMet = value <= limit
  const figure = `${value.toFixed(1)} ${unit}`
  const wanted = limit === Infinity ? '' : `at most ${limit} ${unit}`
  console.log(`${isMet ? ' ' : '✗'} ${name.padEnd(66)}${figure.padStart(12)}   ${wanted}`.trimEnd())
  if (!isMet) process.exitCode = 1
}
