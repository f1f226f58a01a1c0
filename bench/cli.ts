// How long the command takes to start, beside Node alone: `npm run bench -- cli [runs]`. Whole processes, one after
// the other in turn, so that what the machine does meanwhile hits all alike; medians; exit code 1 when a limit is
// missed.
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const RUNS = Number(process.argv[2] ?? 20)
const SWEEP = fileURLToPath(new URL('../../bin/sweep', import.meta.url)) // from dist/bench/

interface Subject {
  readonly name: string
  readonly argv: readonly string[]
  /** At most so many times as long as `node -e 0`. */
  readonly maxRatio?: number
  readonly maxMs?: number
}

const SUBJECTS: readonly Subject[] = [
  { name: 'node -e 0', argv: ['-e', '0'] },
  { name: 'sweep --help', argv: [SWEEP, '--help'], maxRatio: 2 },
  { name: 'sweep --version', argv: [SWEEP, '--version'], maxRatio: 2 },
  { name: 'sweep best --help', argv: [SWEEP, 'best', '--help'] },
  { name: 'sweep ls, local server', argv: [SWEEP, 'ls'], maxMs: 150 },
]

const folder = mkdtempSync(join(tmpdir(), 'sweep-bench-cli-'))
const env = { PATH: process.env['PATH'] ?? '', HOME: folder, XDG_STATE_HOME: folder }
const server = spawn(process.execPath, [SWEEP, 'up', '--port', '0', '--data', join(folder, 'data')], {
  env,
  stdio: ['ignore', 'pipe', 'ignore'],
})
const ended = new Promise((resolve) => server.once('exit', resolve))
try {
  process.exitCode = report(measure(await readAddress()))
} finally {
  server.kill('SIGTERM')
  await ended
  rmSync(folder, { recursive: true, force: true })
}

async function readAddress(): Promise<string> {
  for await (const line of createInterface({ input: server.stdout })) {
    const address = /^ready (\S+)/.exec(line)?.[1]
    if (address !== undefined) return address
  }
  throw new Error('the controller ended before it was ready')
}

/** Milliseconds of each run, by subject. */
function measure(address: string): Map<Subject, number[]> {
  const times = new Map<Subject, number[]>(SUBJECTS.map((subject) => [subject, []]))
  for (let run = -1; run < RUNS; run++) {
    for (const [subject, taken] of times) {
      const startedAt = performance.now()
      const { status, stderr } = spawnSync(process.execPath, [...subject.argv], {
        env: { ...env, SWEEP_SERVER: address },
        encoding: 'utf8',
      })
      const ms = performance.now() - startedAt
      if (status !== 0) throw new Error(`${subject.name} ended with ${status}: ${stderr}`)
      if (run >= 0) taken.push(ms) // the first round fills the file cache
    }
  }
  return times
}

/** @returns the exit code */
function report(times: ReadonlyMap<Subject, readonly number[]>): number {
  const [first] = SUBJECTS
  const base = median(times.get(first as Subject) ?? []) // there is a first one
  console.log(
    `${RUNS} runs each, in turn; ${cpus().length} x ${cpus()[0]?.model.trim()}, Node ${process.versions.node}`,
  )
  let missedCount = 0
  for (const [subject, taken] of times) {
    const ms = median(taken)
    const limitMs = subject.maxMs ?? (subject.maxRatio === undefined ? Infinity : subject.maxRatio * base)
    const limit =
      subject.maxMs === undefined ? `at most ${subject.maxRatio} x node` : `at most ${subject.maxMs} ms`
    const verdict = limitMs === Infinity ? '' : `${limit}: ${ms <= limitMs ? 'reached' : 'MISSED'}`
    if (ms > limitMs) missedCount++
    const spread = `${Math.min(...taken).toFixed(0)}-${Math.max(...taken).toFixed(0)}`
    const cells = [subject.name.padEnd(24), `${ms.toFixed(1)} ms`.padStart(9), `(${spread})`.padEnd(10)]
    console.log(`${cells.join('  ')}  ${(ms / base).toFixed(2)} x  ${verdict}`.trimEnd())
  }
  return missedCount === 0 ? 0 : 1
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const [low = NaN, high = NaN] = [sorted[middle - (sorted.length % 2 === 0 ? 1 : 0)], sorted[middle]]
  return (low + high) / 2
}
