// `npm run bench -- agents [--agents 1000] [--seconds 120]`: many agents on one controller: 10 s beats, runs of 60 s. Prints
// the gap from a run's exit to the next job of its slot, false suspects, the controller's processor time and memory;
// then kills the controller and measures until every agent is heard again. Exits 1 when a limit is missed.
import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import Database from 'libsql'
import type { ListAgentsResponse } from '../sweeps/agent-schema.ts'
import { startCluster } from '../test/support/cluster.ts'
import type { Cluster } from '../test/support/cluster.ts'
import { waitFor } from '../test/support/wait.ts'
import { describeMachine, printFigure } from './figure-table.ts'
import { quantile } from './quantile.ts'
import type { FleetMessage } from './simulated-fleet.ts'

const FLEETS = 2
const RUN_SECONDS = 60
const LOOK_EVERY_MS = 5_000
const WRITE_EVERY_MS = 50
const LIMITS = { gapMs: 150, suspects: 0, corePercent: 70, memoryMiB: 1024, servedSeconds: 10 }

const { values } = parseArgs({
  options: {
    agents: { type: 'string', default: '1000' },
    /** Of the steady load. */
    seconds: { type: 'string', default: '120' },
  },
})
const agentCount = Number(values.agents)
const steadyMs = 1000 * Number(values.seconds)

console.log(describeMachine(`${agentCount} agents of one slot, runs of ${RUN_SECONDS} s`))
const cluster = await startCluster({ lease: '180s' }) // the default, with which agents beat every 10 s
const fleets: ChildProcess[] = []
try {
  const sweepId = await cluster.create(
    cluster.writeFile(
      'sweep.yaml',
      'method: random\nparameters: { x: { min: 0.0, max: 1.0 } }\ncommand: [simulated]\n',
    ),
  )
  let gaps: number[] = []
  for (let i = 0; i < FLEETS; i++)
    fleets.push(await startFleet(sweepId, Math.round(agentCount / FLEETS), i, (gapMs) => gaps.push(gapMs)))
  await waitFor('every agent works', async () => (await readAgents()).every(({ busy }) => busy === 1), {
    timeoutMs: 120_000,
    intervalMs: 500,
  })

  gaps = []
  const [cpuBefore, startedAtMs] = [cpuSeconds(), performance.now()]
  let suspects = 0
  const disk = watchDisk()
  while (performance.now() - startedAtMs < steadyMs) {
    await delay(LOOK_EVERY_MS)
    suspects = Math.max(suspects, (await readAgents()).filter(({ suspect }) => suspect).length)
  }
  const corePercent = (100 * 1000 * (cpuSeconds() - cpuBefore)) / (performance.now() - startedAtMs)
  const writes = await disk.stop()
  row(`exit to next job, p50 of ${gaps.length}`, quantile(gaps, 0.5), 'ms', Infinity)
  row('exit to next job, p99', quantile(gaps, 0.99), 'ms', LIMITS.gapMs)
  row(`a write to this disk meanwhile, p99 of ${writes.length}`, quantile(writes, 0.99), 'ms', Infinity)
  row('a write to this disk meanwhile, slowest', quantile(writes, 1), 'ms', Infinity)
  row('false suspects', suspects, '', LIMITS.suspects)
  row('processor time of the controller', corePercent, '% of a core', LIMITS.corePercent)
  row('memory of the controller', memoryMiB(), 'MiB', LIMITS.memoryMiB)

  row('all heard again after kill -9 of the controller', await restartSeconds(), 's', LIMITS.servedSeconds)
  row('processor time of the new controller until then', cpuSeconds(), 's', Infinity)
  await delay(1000 * RUN_SECONDS) // every run that was open then has ended
  row('runs of two attempts, or configurations of two runs', await duplicateCount(cluster, sweepId), '', 0)
} finally {
  for (const fleet of fleets) fleet.disconnect()
  await cluster.close()
}

/** How long a short write of somebody else takes to be on the same disk: nothing here can be quicker than its disk. */
function watchDisk(): { stop(): Promise<number[]> } {
  const times: number[] = []
  let isOver = false
  const watching = (async () => {
    const file = await open(join(cluster.folder, 'writes'), 'a')
    while (!isOver) {
      const from = performance.now()
      await file.write('a line\n')
      await file.datasync()
      times.push(performance.now() - from)
      await delay(WRITE_EVERY_MS)
    }
    await file.close()
  })()
  return {
    async stop() {
      isOver = true
      await watching
      return times
    },
  }
}

function startFleet(
  sweepId: string,
  count: number,
  index: number,
  onGap: (gapMs: number) => void,
): Promise<ChildProcess> {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  const path = fileURLToPath(new URL(`simulated-fleet.${extension}`, import.meta.url))
  const folder = join(cluster.folder, `fleet-${index}`)
  const words = [cluster.server, cluster.token, sweepId, `${count}`, `${RUN_SECONDS}`, folder]
  const child = fork(path, words, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  return new Promise((resolve, reject) => {
    child.on('message', (message: FleetMessage) => {
      if (message === 'ready') resolve(child)
      else onGap(message.gapMs)
    })
    child.once('exit', (code) => reject(new Error(`the simulated agents ended with ${code}`)))
  })
}

/** From the start of the new process to the first look at which every agent has been heard by it. */
async function restartSeconds(): Promise<number> {
  cluster.controller().signal('SIGKILL')
  await cluster.controller().exited
  const [startedAt, startedAtMs] = [Date.now(), performance.now()]
  cluster.startController()
  // Read beside the controller: a thousand agents told every second cost it more than hearing them.
  const database = new Database(join(cluster.dataFolder, 'sweep.db'), { readonly: true })
  const count = database.prepare('select count(*) as heard from agents where last_seen_at >= ?')
  try {
    await waitFor(
      'every agent is heard again',
      () => Promise.resolve((count.get(startedAt) as { heard: number }).heard >= agentCount),
      { timeoutMs: 120_000, intervalMs: 200 },
    )
  } finally {
    database.close()
  }
  return (performance.now() - startedAtMs) / 1000
}

async function readAgents(): Promise<ListAgentsResponse['agents']> {
  const response = await fetch(`${cluster.server}/api/v1/agents`, {
    headers: { authorization: `Bearer ${cluster.token}` },
  })
  return ((await response.json()) as ListAgentsResponse).agents
}

async function duplicateCount(from: Cluster, sweepId: string): Promise<number> {
  const { stdout } = await from.sweep(['export', sweepId, '--what', 'runs', '--format', 'jsonl'])
  const runs = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { attempt: number; config: unknown })
  const configs = new Set(runs.map(({ config }) => JSON.stringify(config)))
  return runs.filter(({ attempt }) => attempt > 1).length + runs.length - configs.size
}

/** User and system time of the controller so far. */
function cpuSeconds(): number {
  const stat = readFileSync(`/proc/${cluster.controller().pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / 100
}

function memoryMiB(): number {
  const status = readFileSync(`/proc/${cluster.controller().pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? NaN) / 1024
}

function row(name: string, figure: number, unit: string, limit: number): void {
  const wanted = Number.isFinite(limit) ? `at most ${limit} ${unit}`.trim() : ''
  printFigure(name, `${Number(figure.toFixed(1))} ${unit}`.trim(), wanted, figure <= limit)
}
