// `npm run bench -- optimizer`: CPU time per proposal of Bayesian search, with 100 to 5,000 runs in the history, and with 64
// runs open. With `--problems FOLDER`: on the closed-form problems of a benchmark folder instead. Exits 1 when a limit is
// missed.
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { createBayesianSearch } from '../optimizers/bayesian.ts'
import { equalLevels } from '../optimizers/optimizer.ts'
import type { Dimension, Observation, Optimizer } from '../optimizers/optimizer.ts'
import { createRng } from '../optimizers/rng.ts'
import { measureProblems } from './optimizer-problems.ts'

interface Case {
  readonly name: string
  readonly dimensions: readonly Dimension[]
  readonly finished: number
  readonly open: number
  readonly limitSeconds: number
}

const continuous = (count: number): Dimension[] =>
  Array.from({ length: count }, () => ({ kind: 'continuous' }))
const ordered = (levels: number): Dimension => ({
  ...equalLevels(levels),
  position: (level) => (level + 0.5) / levels,
})
const MIXED = [...continuous(4), ordered(8), ordered(12), equalLevels(4), equalLevels(3)]

const CASES: readonly Case[] = [
  { name: '2 continuous', dimensions: continuous(2), finished: 91, open: 0, limitSeconds: 0.02 },
  { name: '6 continuous', dimensions: continuous(6), finished: 91, open: 0, limitSeconds: 0.02 },
  { name: '8 mixed', dimensions: MIXED, finished: 91, open: 0, limitSeconds: 0.02 },
  { name: '6 continuous', dimensions: continuous(6), finished: 200, open: 64, limitSeconds: 0.1 },
  { name: '10 continuous', dimensions: continuous(10), finished: 1000, open: 0, limitSeconds: 0.5 },
  { name: '10 continuous', dimensions: continuous(10), finished: 5000, open: 0, limitSeconds: 2 },
]
/** Proposals that are timed, each followed by its run's end. */
const ASKS = 10

console.log(
  `${cpus().length} x ${cpus()[0]?.model.trim() ?? 'unknown processor'}, Node ${process.version}, ` +
    `${new Date().toISOString().slice(0, 10)}\n`,
)
const { values } = parseArgs({
  options: {
    /** With problems.json and lib/objectives.mjs. @default none: the cases above */
    problems: { type: 'string' },
  },
})
if (values.problems === undefined) measureCases()
else await measureProblems(values.problems)

function measureCases(): void {
  console.log(
    'CPU seconds per proposal, mean of ten; a process just started with the whole history also fits once\n',
  )
  for (const one of CASES) reportCase(one)
}

function reportCase(one: Case): void {
  const { seconds, firstSeconds } = measure(one)
  const isMet = seconds <= one.limitSeconds
  const name = `${one.name}, ${one.finished} runs${one.open > 0 ? `, ${one.open} open` : ''}`
  console.log(
    `${isMet ? ' ' : '✗'} ${name.padEnd(36)}${seconds.toFixed(4).padStart(9)}   at most ${one.limitSeconds}` +
      `   first ${firstSeconds.toFixed(3)}`,
  )
  if (!isMet) process.exitCode = 1
}

function measure({ dimensions, finished, open }: Case): { seconds: number; firstSeconds: number } {
  // Once before, so that what is timed is compiled
  ask(fill(dimensions, Math.min(finished, 100), 0), 100, 3)
  const optimizer = fill(dimensions, finished, open)
  const [firstSeconds = Infinity] = ask(optimizer, finished, 1)
  const times = ask(optimizer, finished + 1, ASKS)
  return { firstSeconds, seconds: times.reduce((sum, time) => sum + time, 0) / ASKS }
}

function fill(dimensions: readonly Dimension[], finished: number, open: number): Optimizer {
  const optimizer = createBayesianSearch({ dimensions, seed: 1 })
  const rng = createRng(1, 'bench')
  const point = () => dimensions.map(() => rng())
  const observations = Array.from({ length: finished + open }, (_, index): Observation => {
    const at = point()
    const isOpen = index >= finished
    return {
      id: `${index}`,
      index,
      point: at,
      state: isOpen ? 'open' : 'done',
      value: isOpen ? null : valley(at),
    }
  })
  optimizer.observe(observations)
  return optimizer
}

/** CPU seconds of each of `count` proposals. */
function ask(optimizer: Optimizer, fromIndex: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => {
    const before = process.cpuUsage()
    const proposal = optimizer.suggest(fromIndex + i, { hasPoint: () => false, hasCell: () => false })
    const { user, system } = process.cpuUsage(before)
    const point = proposal?.point ?? []
    optimizer.observe([
      { id: `ask-${fromIndex + i}`, index: fromIndex + i, point, state: 'done', value: valley(point) },
    ])
    return (user + system) / 1e6
  })
}

/** A bent valley with its floor inside, like Rosenbrock's. */
function valley(point: readonly number[]): number {
  return point.reduce((sum, u, j) => {
    const next = point[j + 1] ?? 0.5
    return sum + 10 * (next - u * u) ** 2 + (0.7 - u) ** 2
  }, 0)
}
