// A training that reports a step every 50 ms for as long as it is wanted, and writes each step into a file of its own
// as well: what it did is known whatever becomes of its reports.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Cluster } from './cluster.ts'

export interface SlowTraining {
  /** A sweep of one run of it. */
  readonly sweepId: string
  /** Steps reported so far. */
  steps(): number
  /** It ends with exit code 0 after its next step. */
  finish(): void
  /** Steps that the controller has stored, in order. */
  storedSteps(): Promise<number[]>
  /** The one run of the sweep. */
  run(): Promise<RunAnswer>
  /** The same, or none yet. */
  runs(): Promise<RunAnswer[]>
  log(): Promise<readonly { readonly stream: string; readonly text: string }[]>
}

export interface RunAnswer {
  readonly id: string
  readonly state: string
  readonly attempts: readonly { readonly attempt: number; readonly outcome: string | null }[]
}

const SCRIPT = `
import { appendFileSync, existsSync } from 'node:fs'
const [ledger, end] = process.argv.slice(2)
let step = 0
setInterval(() => {
  console.log(JSON.stringify({ step, loss: 1 / (step + 1) }))
  appendFileSync(ledger, step + '\\n')
  step += 1
  if (existsSync(end)) process.exit(0)
}, 50)
`

export async function createSlowTraining(cluster: Cluster): Promise<SlowTraining> {
  const ledger = join(cluster.folder, 'steps')
  const end = join(cluster.folder, 'end')
  const script = cluster.writeFile('slow.mjs', SCRIPT)
  const command = [process.execPath, script, ledger, end]
  const file = cluster.writeFile(
    'slow.yaml',
    `method: grid
metric: {name: loss, goal: minimize}
command: ${JSON.stringify(command)}
parameters: {x: {values: [1]}}
`,
  )
  const sweepId = await cluster.create(file)
  const get = async <T>(path: string): Promise<T> => {
    const response = await fetch(`${cluster.server}/api/v1${path}`, {
      headers: { authorization: `Bearer ${cluster.token}` },
    })
    if (!response.ok) throw new Error(`GET ${path}: ${response.status} ${await response.text()}`)
    return (await response.json()) as T
  }
  const runs = async () => {
    const { runs: listed } = await get<{ runs: { id: string }[] }>(`/sweeps/${sweepId}/runs`)
    return Promise.all(listed.map(async ({ id }) => (await get<{ run: RunAnswer }>(`/runs/${id}`)).run))
  }
  const run = async () => {
    const [only, ...others] = await runs()
    if (only === undefined || others.length > 0) throw new Error(`${others.length + 1} runs instead of one`)
    return only
  }
  return {
    sweepId,
    steps: () => (existsSync(ledger) ? readFileSync(ledger, 'utf8').trimEnd().split('\n').length : 0),
    finish: () => writeFileSync(end, ''),
    async storedSteps() {
      const { rows } = await get<{ rows: { step: number }[] }>(`/runs/${(await run()).id}/metrics`)
      return rows.map(({ step }) => step)
    },
    run,
    runs,
    async log() {
      const path = `/runs/${(await run()).id}/logs?limit=1000`
      return (await get<{ chunks: { stream: string; text: string }[] }>(path)).chunks
    },
  }
}

/** 0, 1, ... count-1 */
export function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, step) => step)
}
