// `npm run bench -- config`: how fast sweep files are read and configurations proposed, in one process: the largest
// allowed file, the first cell of a grid of 10^9, and proposals per second of both kinds. Exits 1 when a limit is missed.
import { cpus } from 'node:os'
import fc from 'fast-check'
import { describeSweepFile } from '../sweeps/describe-sweep-file.ts'
import { parseSweepFile } from '../sweeps/config.ts'
import { planSweep } from '../sweeps/plan.ts'
import { createSuggester } from '../sweeps/suggest.ts'
import { hostileFiles } from '../test/support/hostile-files.ts'

const LIMITS = { readMs: 50, firstCellMs: 50, proposalsPerSecond: 200_000 }
const PROPOSALS = 100_000
const PAGE = 1_000
const HOSTILE_FILES = 10_000
/** The median of so many rounds; the first one warms up and does not count. */
const ROUNDS = 5

console.log(
  `${cpus().length} x ${cpus()[0]?.model.trim() ?? 'unknown processor'}, Node ${process.version}, ` +
    `${new Date().toISOString().slice(0, 10)}\n`,
)

const large = largestFile()
const readMs = medianMs(() => describeSweepFile(large))
row(
  `reading a file of ${(large.length / 1024).toFixed(0)} KiB with ${large.split(':').length - 1} keys`,
  `${readMs.toFixed(1)} ms`,
  `at most ${LIMITS.readMs} ms`,
  readMs <= LIMITS.readMs,
)

const slowestMs = Math.max(...fc.sample(hostileFiles(2000), { numRuns: HOSTILE_FILES, seed: 5 }).map(timeOf))
row(
  `slowest of ${HOSTILE_FILES} random and mutated files`,
  `${slowestMs.toFixed(1)} ms`,
  `at most ${LIMITS.readMs} ms`,
  slowestMs <= LIMITS.readMs,
)

const grid = gridOf(9)
const firstMs = medianMs(() => planSweep(grid).next())
row(
  'first cell of a grid of 10^9',
  `${firstMs.toFixed(1)} ms`,
  `at most ${LIMITS.firstCellMs} ms`,
  firstMs <= LIMITS.firstCellMs,
)

rate('grid proposals', gridOf(9))
rate('grid proposals, shuffled', `order: shuffle\n${gridOf(9)}`)
rate('random proposals of 20 parameters', randomOf(20))

/** Proposals as the controller asks for them, a page at a time: text, hash and reason of each. */
function rate(name: string, text: string): void {
  const { config } = parseSweepFile(text)
  const ms = medianMs(() => {
    const suggester = createSuggester(config, 1)
    for (let index = 0; index < PROPOSALS; index += PAGE) suggester.suggest(index, PAGE)
  })
  const perSecond = (PROPOSALS / ms) * 1000
  row(
    `${PROPOSALS} ${name}`,
    `${Math.round(perSecond / 1000)},000 /s`,
    `at least ${LIMITS.proposalsPerSecond / 1000},000 /s`,
    perSecond >= LIMITS.proposalsPerSecond,
  )
}

function timeOf(text: string): number {
  const startedAt = performance.now()
  describeSweepFile(text)
  return performance.now() - startedAt
}

function medianMs(work: () => unknown): number {
  const times = Array.from({ length: ROUNDS + 1 }, () => {
    const startedAt = performance.now()
    work()
    return performance.now() - startedAt
  })
  return times.slice(1).sort((a, b) => a - b)[Math.floor(ROUNDS / 2)] ?? Infinity
}

function gridOf(parameters: number): string {
  const lines = Array.from({ length: parameters }, (_, index) => `  p${index}: {min: 0, max: 9}\n`)
  return `method: grid\nprogram: train.py\nparameters:\n${lines.join('')}`
}

/** A quarter each: log-uniform, uniform, integers, values. */
function randomOf(parameters: number): string {
  const kinds = [
    '{distribution: log_uniform_values, min: 1e-5, max: 0.1}',
    '{min: 0.0, max: 1.0}',
    '{min: 1, max: 1000}',
    '{values: [adam, sgd, rmsprop]}',
  ]
  const lines = Array.from({ length: parameters }, (_, index) => `  p${index}: ${kinds[index % 4] ?? ''}\n`)
  return `method: random\nprogram: train.py\nparameters:\n${lines.join('')}`
}

/** As many parameters as the limits of 2,000 keys and 64 KiB allow, two keys inside each. */
function largestFile(): string {
  const lines = Array.from(
    { length: 660 },
    (_, index) => `  parameter_number_${index}: {min: ${index}, max: ${index + 1}.5}\n`,
  )
  return `method: random\nprogram: train.py\nparameters:\n${lines.join('')}`
}

function row(name: string, figure: string, limit = '', isMet = true): void {
  console.log(`${isMet ? ' ' : '✗'} ${name.padEnd(52)}${figure.padStart(12)}   ${limit}`.trimEnd())
  if (!isMet) process.exitCode = 1
}
