// The gap between two trainings on a slot, as the trainings themselves see it: each writes the time of its first and
// of its last instruction into a file. So the gap holds everything between them: the dead process's reaping, the
// journal, the report, the dispatcher's answer, and the next process's fork and exec.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Cluster } from '../test/support/cluster.ts'
import { waitFor } from '../test/support/wait.ts'
import { quantile } from './quantile.ts'

const SLOTS = 8
const TRAINING =
  'echo "start $SWEEP_RUN_ID $(date +%s%N)" >>"$0"; sleep 0.2; echo "end $SWEEP_RUN_ID $(date +%s%N)" >>"$0"'

export interface Gaps {
  /** Milliseconds. */
  readonly p50: number
  readonly p99: number
  /** The same two instructions in one shell that starts trainings in a loop: what fork, exec and `date` cost. */
  readonly bareP50: number
}

/** One agent with 8 slots works `count` random runs of 200 ms. @throws Error when one of them is not finished */
export async function measureGaps(cluster: Cluster, count: number): Promise<Gaps> {
  const ledger = join(cluster.folder, 'gaps.txt')
  const file = cluster.writeFile(
    'gaps.yaml',
    [
      'method: random',
      `run_cap: ${count}`,
      'parameters: { x: { min: 0.0, max: 1.0 } }',
      `command: [sh, -c, '${TRAINING}', ${ledger}]`,
    ].join('\n'),
  )
  const sweepId = await cluster.create(file)
  const agent = cluster.startAgent({ name: 'gaps', sweepIds: [sweepId], slots: SLOTS })
  const waited = await cluster.sweep(['wait', sweepId], { timeoutMs: 120_000 })
  if (waited.code !== 0) throw new Error(`the sweep did not finish: ${waited.stderr}`)
  agent.signal('SIGTERM')
  await agent.exited

  const times = readLedger(ledger)
  if (times.size !== count) throw new Error(`${times.size} of ${count} trainings ran`)
  const gaps = gapsPerSlot(agent.stdout(), times)
  return { p50: quantile(gaps, 0.5), p99: quantile(gaps, 0.99), bareP50: await measureShell(cluster) }
}

interface Times {
  start: number
  end: number
}

/** Milliseconds since 1970, per run. */
function readLedger(path: string): Map<string, Times> {
  const times = new Map<string, Times>()
  for (const line of readFileSync(path, 'utf8').trim().split('\n')) {
    const [what, runId = '', nanoseconds] = line.split(' ')
    const entry = times.get(runId) ?? { start: NaN, end: NaN }
    entry[what === 'start' ? 'start' : 'end'] = Number(nanoseconds) / 1e6
    times.set(runId, entry)
  }
  return times
}

/** The agent's lines say which run had which slot, in order. */
function gapsPerSlot(agentLines: string, times: ReadonlyMap<string, Times>): number[] {
  const lastEnd = new Map<string, number>()
  const gaps: number[] = []
  for (const [, runId = '', slot = ''] of agentLines.matchAll(/ started run=(\S+) .*?slot=(\d+)/g)) {
    const { start, end } = times.get(runId) ?? { start: NaN, end: NaN }
    const before = lastEnd.get(slot)
    if (before !== undefined) gaps.push(start - before)
    lastEnd.set(slot, end)
  }
  if (gaps.length !== times.size - SLOTS || gaps.some((gap) => !(gap >= 0))) {
    throw new Error(`the agent's output does not fit the ledger: ${gaps.length} gaps`)
  }
  return gaps
}

async function measureShell(cluster: Cluster): Promise<number> {
  const ledger = join(cluster.folder, 'shell.txt')
  const loop = `i=0; while [ $i -lt 30 ]; do SWEEP_RUN_ID=$i sh -c '${TRAINING}' ${ledger}; i=$((i+1)); done`
  execFileSync('sh', ['-c', loop])
  await waitFor('the loop has run', () => readLedger(ledger).size === 30)
  const all = [...readLedger(ledger).values()]
  return quantile(
    all.slice(1).map(({ start }, i) => start - (all[i]?.end ?? NaN)),
    0.5,
  )
}
