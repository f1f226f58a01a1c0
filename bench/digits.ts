// `npm run bench -- digits [--seeds 5] [--runs 40] [--slots 4]`: Bayesian search beside random search on examples/digits. A
// real controller, a real agent and real trainings; prints the best accuracy so far after so many runs, over the seeds.
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { repositoryRoot, startCluster } from '../test/support/cluster.ts'
import type { Cluster } from '../test/support/cluster.ts'
import { describeMachine } from './figure-table.ts'

const METHODS = ['bayes', 'random'] as const
const SHOWN_AT = [5, 10, 15, 20, 25, 30, 35, 40]
/** Of one sweep: 40 trainings of a few seconds on a machine that may be busy. */
const SWEEP_LIMIT_MS = 600_000

const { values } = parseArgs({
  options: {
    /** Sweeps of each method, with the seeds 0, 1, 2, ... */
    seeds: { type: 'string', default: '5' },
    /** Trainings of a sweep. */
    runs: { type: 'string', default: '40' },
    /** Trainings at one time. */
    slots: { type: 'string', default: '4' },
  },
})
const [seeds, runs, slots] = [Number(values.seeds), Number(values.runs), Number(values.slots)]

/** Best accuracy after each run in the order of their ends; entry k: after k + 1 runs. */
type Curve = readonly number[]

console.log(
  describeMachine(`${seeds} seeds, ${runs} runs, ${slots} slots, best validation accuracy so far in %`),
)
const cluster = await startCluster({ lease: '60s' })
try {
  const curves = new Map<string, Curve[]>(METHODS.map((method) => [method, []]))
  for (let seed = 0; seed < seeds; seed++) {
    for (const method of METHODS) {
      const curve = await workSweep(method, seed)
      curves.get(method)?.push(curve)
      console.log(`${method} seed ${seed}: ${percent(curve.at(-1))} after ${curve.length} runs`)
    }
  }
  printCurves(curves)
} finally {
  await cluster.close()
}

/** @throws Error when the sweep does not end, or without all of its runs */
async function workSweep(method: string, seed: number): Promise<Curve> {
  const file = join(repositoryRoot, 'examples', 'digits', 'sweep.yaml')
  const program = join(repositoryRoot, 'examples', 'digits', 'train.py')
  const settings = [`method=${method}`, `run_cap=${runs}`, `program=${program}`, `name=${method}-${seed}`]
  const options = settings.flatMap((setting) => ['--set', setting])
  const created = await cluster.sweep(['create', file, '-q', '--seed', `${seed}`, ...options])
  if (created.code !== 0) throw new Error(`sweep create ended with ${created.code}: ${created.stderr}`)
  const id = created.stdout.trim()
  const agent = cluster.startAgent({ name: `${method}-${seed}`, sweepIds: [id], slots })
  const waited = await cluster.sweep(['wait', id], { timeoutMs: SWEEP_LIMIT_MS })
  if (waited.code !== 0) throw new Error(`the sweep did not finish: ${waited.stderr}\n${cluster.logs()}`)
  agent.signal('SIGTERM')
  await agent.exited
  return await readCurve(cluster, id)
}

async function readCurve(from: Cluster, id: string): Promise<Curve> {
  const answer = (await from.sweepJson(['runs', id, '--limit', `${runs}`])) as {
    runs: { state: string; value: number | null; finishedAt: string }[]
  }
  const ended = answer.runs.filter(({ state }) => state === 'finished')
  if (ended.length !== runs) throw new Error(`${ended.length} of ${runs} trainings finished`)
  ended.sort((a, b) => a.finishedAt.localeCompare(b.finishedAt))
  let best = -Infinity
  return ended.map(({ value }) => (best = Math.max(best, value ?? -Infinity)))
}

function printCurves(curves: ReadonlyMap<string, readonly Curve[]>): void {
  console.log(`\nmedian (least to greatest) of ${seeds} seeds\n`)
  console.log(`after  ${METHODS.map((method) => method.padEnd(24)).join('')}`)
  for (const count of SHOWN_AT.filter((shown) => shown <= runs)) {
    const cells = METHODS.map((method) => {
      const sorted = (curves.get(method) ?? []).map((curve) => curve[count - 1] ?? NaN).sort((a, b) => a - b)
      const median = (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2
      return `${percent(median)} (${percent(sorted[0])} to ${percent(sorted.at(-1))})`.padEnd(24)
    })
    console.log(`${`${count}`.padStart(5)}  ${cells.join('')}`.trimEnd())
  }
}

function percent(share: number | undefined): string {
  return (100 * (share ?? NaN)).toFixed(2)
}
