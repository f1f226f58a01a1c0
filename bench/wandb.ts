// `npm run bench -- wandb [--calls 10000] [--rounds 3] [--runs 100] [--seconds 20]`: W&B's own client against our server
// beside the same client in offline mode, where it writes to a file: init, 10,000 calls of log, finish. Then 100 runs of
// one point a second each, by posts as the client makes them: is every row stored, and how long until it is; and the
// client's Api over 1,000 runs. Exits 1 when a limit is missed.
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { createPoster, historyLine } from '../test/integration/wandb/client-posts.ts'
import { askOfRuns, makeRuns } from '../test/integration/wandb/many-runs.ts'
import { readRows } from '../test/integration/wandb/read-run.ts'
import { repositoryRoot, startCluster } from '../test/support/cluster.ts'
import type { Cluster } from '../test/support/cluster.ts'
import { hasWandbClient, openWandbWorkplace } from '../test/support/wandb-client.ts'
import type { WandbWorkplace } from '../test/support/wandb-client.ts'
import { waitFor } from '../test/support/wait.ts'
import { join } from 'node:path'
import { describeMachine, printFigure } from './figure-table.ts'

const LIMITS = { ratio: 1.5, storedMs: 1_000, lost: 0, apiSeconds: 2 }
const API_RUNS = 1_000

const { values } = parseArgs({
  options: {
    calls: { type: 'string', default: '10000' },
    /** Of each of the two, in turn; the medians are compared. */
    rounds: { type: 'string', default: '3' },
    runs: { type: 'string', default: '100' },
    seconds: { type: 'string', default: '20' },
  },
})
const calls = Number(values.calls)

/** Seconds. */
interface Times {
  readonly init: number
  readonly log: number
  readonly finish: number
  /** From before init until the server had the first point; null offline. */
  readonly firstPoint: number | null
}

console.log(describeMachine(`W&B's client, ${calls} calls of log`))
const cluster = await startCluster()
try {
  if (hasWandbClient) await compareWithOffline()
  else console.log("  W&B's client is not installed here: see scripts/install-wandb-client.mjs")
  await measurePosts(Number(values.runs), Number(values.seconds))
  if (hasWandbClient) await measureApi()
} finally {
  await cluster.close()
}

async function compareWithOffline(): Promise<void> {
  const place = openWandbWorkplace(cluster.server, cluster.token)
  const online: Times[] = []
  const offline: Times[] = []
  try {
    for (let round = 0; round < Number(values.rounds); round++) {
      offline.push(await measureClient(place, `offline${round}`, false))
      online.push(await measureClient(place, `online0${round}`, true))
    }
  } finally {
    place.close()
  }
  const seconds = (times: readonly Times[], of: (one: Times) => number) => median(times.map(of))
  const total = ({ init, log, finish }: Times) => init + log + finish
  for (const [name, of] of [
    ['init', ({ init }: Times) => init],
    [`${calls} calls of log`, ({ log }: Times) => log],
    ['finish', ({ finish }: Times) => finish],
  ] as const)
    printFigure(name, `${seconds(online, of).toFixed(2)} s`, `offline ${seconds(offline, of).toFixed(2)} s`)
  const ratio = seconds(online, total) / seconds(offline, total)
  printFigure(
    'all three',
    `${seconds(online, total).toFixed(2)} s`,
    `offline ${seconds(offline, total).toFixed(2)} s: ${ratio.toFixed(2)} times, at most ${LIMITS.ratio}`,
    ratio <= LIMITS.ratio,
  )
  const first = seconds(online, ({ firstPoint }) => firstPoint ?? NaN)
  printFigure('init to the first stored point', `${first.toFixed(2)} s`, 'the client posts every second here')
}

async function measureClient(place: WandbWorkplace, id: string, isOnline: boolean): Promise<Times> {
  const script = join(repositoryRoot, 'bench', 'wandb-log.py')
  const child = place.start(id, ['python', script, String(calls), id], {
    WANDB_MODE: isOnline ? 'online' : 'offline',
  })
  const storedAt = isOnline ? await firstPointAt(id) : null
  const { code } = await child.exited
  const output = child.stdout()
  if (code !== 0) throw new Error(`the client ended with ${code}\n${output}${child.stderr()}`)
  const times = JSON.parse(output.trim().split('\n').at(-1) ?? '') as Omit<Times, 'firstPoint'> & {
    began: number
  }
  if (isOnline) await checkRows(cluster, id, calls)
  return { ...times, firstPoint: storedAt === null ? null : storedAt / 1000 - times.began }
}

/** @returns epoch ms */
function firstPointAt(id: string): Promise<number> {
  const hasRows = async () => {
    const rows = await readRows(cluster, id).catch(() => [])
    return rows.length > 0 ? Date.now() : null
  }
  return waitFor('the first point', hasRows, { timeoutMs: 60_000, intervalMs: 50 })
}

async function measurePosts(runCount: number, seconds: number): Promise<void> {
  const poster = createPoster(cluster.server, cluster.token)
  const runs = await Promise.all(
    Array.from({ length: runCount }, (_, i) => poster.begin(`bench-${i}`, { modelName: 'bench' })),
  )
  const latencies: number[] = []
  await Promise.all(
    runs.map(async (run, i) => {
      await delay((1000 * i) / runCount)
      const startedAtMs = performance.now()
      for (let step = 0; step < seconds; step++) {
        await delay(Math.max(0, startedAtMs + 1000 * step - performance.now()))
        const content = [historyLine(step, { loss: 1 / (step + 1), accuracy: step, epoch: step, lr: 0.1 })]
        const sentAtMs = performance.now()
        await run.post({ files: { 'wandb-history.jsonl': { offset: step, content } } })
        latencies.push(performance.now() - sentAtMs)
      }
    }),
  )
  let lost = 0
  for (const run of runs) lost += seconds - (await readRows(cluster, run.id)).length
  const sorted = latencies.toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN
  printFigure(`${runCount} runs, a point a second: post to stored, p50`, `${at(0.5).toFixed(0)} ms`)
  printFigure(
    'p99',
    `${at(0.99).toFixed(0)} ms`,
    `at most ${LIMITS.storedMs} ms`,
    at(0.99) <= LIMITS.storedMs,
  )
  printFigure(`rows lost of ${runCount * seconds}`, String(lost), 'none', lost === LIMITS.lost)
}

async function measureApi(): Promise<void> {
  await makeRuns(cluster, API_RUNS)
  const place = openWandbWorkplace(cluster.server, cluster.token)
  try {
    const { seconds } = await askOfRuns(place)
    const names = ['Api().runs()', 'with config and summary', 'filtered and ordered', 'the best']
    for (const [i, name] of names.entries()) {
      const taken = seconds[i] ?? NaN
      const limit = `at most ${LIMITS.apiSeconds} s`
      printFigure(`${API_RUNS} runs: ${name}`, `${taken.toFixed(2)} s`, limit, taken <= LIMITS.apiSeconds)
    }
  } finally {
    place.close()
  }
}

async function checkRows(from: Cluster, id: string, count: number): Promise<void> {
  const rows = await readRows(from, id)
  const isWhole = rows.length === count && rows.every(({ step }, i) => step === i)
  printFigure(`rows of ${id} that are not stored`, String(count - rows.length), 'none', isWhole)
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? NaN
}
