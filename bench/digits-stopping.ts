// `npm run bench -- digits-stopping [--runs 60] [--slots 4] [--rule hyperband]`: examples/digits with `method: bayes`, with
// early termination and without. A real controller, a real agent and real trainings; prints the time that the trainings
// took, the best accuracy, and what `sweep stops` says.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { repositoryRoot, startCluster } from '../test/support/cluster.ts'
import { describeMachine } from './figure-table.ts'

const SWEEP_LIMIT_MS = 900_000
const EPOCHS = 27
const RULES: Readonly<Record<string, string>> = {
  hyperband: '{type: hyperband, min_iter: 3, eta: 3}',
  curve: '{type: curve, grace_steps: 3, min_runs: 2}',
}

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '60' },
    slots: { type: 'string', default: '4' },
    /** hyperband or curve. */
    rule: { type: 'string', default: 'hyperband' },
  },
})
const [runs, slots] = [Number(values.runs), Number(values.slots)]
const rule = RULES[values.rule]
if (rule === undefined) throw new Error(`--rule is one of ${Object.keys(RULES).join(', ')}`)

interface EndedRun {
  readonly state: string
  readonly value: number | null
  readonly startedAt: string
  readonly finishedAt: string
}

console.log(describeMachine(`${runs} runs of ${EPOCHS} epochs, ${slots} slots, method bayes, seed 0`))
const cluster = await startCluster({ lease: '60s' })
try {
  const stoppedId = await workSweep(`early_terminate: ${rule}`)
  await workSweep(null)
  console.log(`\nsweep stops:\n\n${(await cluster.sweep(['stops', stoppedId])).stdout}`)
} finally {
  await cluster.close()
}

/** @returns the sweep's id @throws Error when it does not end */
async function workSweep(stopping: string | null): Promise<string> {
  const folder = join(repositoryRoot, 'examples', 'digits')
  const text = readFileSync(join(folder, 'sweep.yaml'), 'utf8')
    .replace(/^method: .*$/m, 'method: bayes')
    .replace(/^run_cap: .*$/m, `run_cap: ${runs}`)
    .replace(/^program: .*$/m, `program: ${join(folder, 'train.py')}`)
    .replace(/(epochs:\n\s+value:) \d+/, `$1 ${EPOCHS}`)
  const name = stopping === null ? 'whole' : 'stopped'
  const file = cluster.writeFile(`${name}.yaml`, `${text}\n${stopping ?? ''}\n`)
  const created = await cluster.sweep(['create', file, '-q', '--seed', '0'])
  if (created.code !== 0) throw new Error(`sweep create ended with ${created.code}: ${created.stderr}`)
  const id = created.stdout.trim()
  const agent = cluster.startAgent({ name, sweepIds: [id], slots })
  const startedAtMs = performance.now()
  const waited = await cluster.sweep(['wait', id], { timeoutMs: SWEEP_LIMIT_MS })
  if (waited.code !== 0) throw new Error(`the sweep did not finish: ${waited.stderr}\n${cluster.logs()}`)
  const wallSeconds = (performance.now() - startedAtMs) / 1000
  agent.signal('SIGTERM')
  await agent.exited
  const answer = (await cluster.sweepJson(['runs', id, '--limit', `${runs}`])) as { runs: EndedRun[] }
  printSweep(stopping ?? 'without early termination', answer.runs, wallSeconds)
  return id
}

function printSweep(title: string, ended: readonly EndedRun[], wallSeconds: number): void {
  const seconds = ended.map((run) => (Date.parse(run.finishedAt) - Date.parse(run.startedAt)) / 1000)
  const trained = seconds.reduce((sum, one) => sum + one, 0)
  const best = Math.max(...ended.map(({ value }) => value ?? -Infinity))
  const count = (state: string) => ended.filter((run) => run.state === state).length
  console.log(
    `${title}: ${count('finished')} finished, ${count('stopped')} stopped; ${trained.toFixed(0)} s of training, ` +
      `${wallSeconds.toFixed(0)} s in all; best accuracy ${(100 * best).toFixed(2)} %`,
  )
}
