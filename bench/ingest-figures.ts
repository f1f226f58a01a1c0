// The measurement of bench/ingest.ts: simulated runs report at a steady pace through agents' journals, the stream and
// the controller into the database, and tell how long each report took. The controller is a process of its own.
import type { ChildProcess } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { Client } from 'pg'
import { startSimulated } from './simulated-process.ts'
import type { Taken } from './simulated-reports.ts'
import type { Cluster } from '../test/support/cluster.ts'
import { pause, waitFor } from '../test/support/wait.ts'
import { quantile } from './quantile.ts'

const AGENTS = 8
const SLOTS = 8
/** Metrics of one row. */
const METRICS = 4
const CALM_POINTS_PER_SECOND = 5_000
const WARM_UP_SECONDS = 2

export interface IngestOptions {
  /** Of the sustained load. */
  readonly seconds: number
  /** What is offered then. */
  readonly pointsPerSecond: number
  /** Seconds at 5,000 points/s, for the times. */
  readonly calmSeconds: number
  /** undefined: SQLite in the data folder. */
  readonly databaseUrl?: string | undefined
}

export interface IngestFigures {
  /** From the journal of an agent to its learning that the report is stored, at 5,000 points/s, milliseconds. */
  readonly p50: number
  readonly p99: number
  /** Stored while the sustained load lasted. */
  readonly pointsPerSecond: number
  readonly reportsPerSecond: number
  /** Reports that were not stored when it ended: what had piled up. */
  readonly backlog: number
  readonly sustainedP99: number
  /** Of everything that was sent. */
  readonly totalPoints: number
  /** Of the controller's process after all points, MiB. */
  readonly residentMiB: number
  readonly bytesPerPoint: number
  /** Processor time of the controller per second of sustained load. */
  readonly cpuShare: number
}

/** @throws Error when a point that was sent is not stored in the end */
export async function measureIngest(cluster: Cluster, options: IngestOptions): Promise<IngestFigures> {
  const file = cluster.writeFile(
    'ingest.yaml',
    [
      'method: random',
      'metric: { name: loss, goal: minimize }',
      `run_cap: ${AGENTS * SLOTS}`,
      'parameters: { x: { min: 0.0, max: 1.0 } }',
      'command: [simulated]',
    ].join('\n'),
  )
  const sweepId = await cluster.create(file)
  const folder = join(cluster.folder, 'simulated')
  const numbers = [AGENTS, SLOTS, METRICS].map(String)
  const args = [cluster.server, cluster.token, sweepId, ...numbers, folder]
  const agents = await startSimulated(args, () => {}, 'simulated-reports')
  try {
    await waitFor('all runs train', async () => (await take(agents)).trainingCount === AGENTS * SLOTS)
    const pointsBefore = await readStoredPoints(cluster)
    const bytesBefore = await databaseBytes(cluster, options.databaseUrl)
    const measure = (seconds: number, pointsPerSecond: number) =>
      measurePhase(agents, seconds, pointsPerSecond, cluster.controller().pid)
    const warmUp = await measure(WARM_UP_SECONDS, CALM_POINTS_PER_SECOND)
    const calm = await measure(options.calmSeconds, CALM_POINTS_PER_SECOND)
    const load = await measure(options.seconds, options.pointsPerSecond)
    const rest = await drain(agents)
    const phases = [warmUp.taken, calm.taken, load.taken, rest]
    const totalPoints = phases.reduce((sum, { storedPoints }) => sum + storedPoints, 0)
    const bytes = (await databaseBytes(cluster, options.databaseUrl)) - bytesBefore
    const residentMiB = residentKib(cluster.controller().pid) / 1024
    await finish(agents)
    await expectStored(cluster, sweepId, pointsBefore + totalPoints)
    return {
      p50: quantile(calm.taken.latenciesMs, 0.5),
      p99: quantile(calm.taken.latenciesMs, 0.99),
      pointsPerSecond: load.taken.storedPoints / load.seconds,
      reportsPerSecond: load.taken.storedReports / load.seconds,
      backlog: load.taken.backlog,
      sustainedP99: quantile(load.taken.latenciesMs, 0.99),
      totalPoints,
      residentMiB,
      bytesPerPoint: bytes / totalPoints,
      cpuShare: load.cpuSeconds / load.seconds,
    }
  } finally {
    agents.disconnect()
  }
}

interface Phase {
  readonly taken: Taken
  readonly seconds: number
  readonly cpuSeconds: number
}

async function measurePhase(
  agents: ChildProcess,
  seconds: number,
  pointsPerSecond: number,
  controllerPid: number,
): Promise<Phase> {
  const startMs = performance.now()
  const cpuBefore = cpuSeconds(controllerPid)
  agents.send({ pointsPerSecond })
  await pause(seconds * 1000)
  const taken = await take(agents)
  const ranSeconds = (performance.now() - startMs) / 1000
  return { taken, seconds: ranSeconds, cpuSeconds: cpuSeconds(controllerPid) - cpuBefore }
}

/** Sends nothing more, and waits until everything is stored. */
async function drain(agents: ChildProcess): Promise<Pick<Taken, 'storedPoints'>> {
  agents.send({ pointsPerSecond: 0 })
  let storedPoints = 0
  // Rows wait up to a second for company before they are a report: nothing new in two looks is the end.
  let quietCount = 0
  await waitFor(
    'every report is stored',
    async () => {
      const taken = await take(agents)
      storedPoints += taken.storedPoints
      quietCount = taken.backlog === 0 && taken.storedReports === 0 ? quietCount + 1 : 0
      return quietCount === 5
    },
    { timeoutMs: 300_000, intervalMs: 500 },
  )
  return { storedPoints }
}

function take(agents: ChildProcess): Promise<Taken> {
  return new Promise((resolve) => {
    const listen = (message: unknown) => {
      if (typeof message !== 'object' || message === null || !('latenciesMs' in message)) return
      agents.off('message', listen)
      resolve(message as Taken) // simulated-reports.ts sends nothing else with this field
    }
    agents.on('message', listen)
    agents.send('take')
  })
}

async function finish(agents: ChildProcess): Promise<void> {
  const finished = new Promise<void>((resolve) =>
    agents.on('message', (message) => void (message === 'finished' && resolve())),
  )
  agents.send('finish')
  await finished
}

/** The sweep ends, and the controller has counted as many points as were sent. */
async function expectStored(cluster: Cluster, sweepId: string, points: number): Promise<void> {
  const waited = await cluster.sweep(['wait', sweepId, '--timeout', '60s'], { timeoutMs: 90_000 })
  if (waited.code !== 0) throw new Error(`the sweep did not finish: ${waited.stderr}`)
  const stored = await readStoredPoints(cluster)
  if (stored !== points) throw new Error(`${points} points were sent and answered, ${stored} were stored`)
}

async function readStoredPoints(cluster: Cluster): Promise<number> {
  const response = await fetch(`${cluster.server}/metrics`, {
    headers: { authorization: `Bearer ${cluster.token}` },
  })
  return Number(/^sweep_metric_points_ingested_total (\d+)$/m.exec(await response.text())?.[1])
}

async function databaseBytes(cluster: Cluster, databaseUrl: string | undefined): Promise<number> {
  if (databaseUrl === undefined) {
    // The write-ahead log has a fixed size in the long run and is not counted.
    return statSync(join(cluster.dataFolder, 'sweep.db')).size
  }
  const client = new Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    const { rows } = await client.query<{ size: string }>(
      'select pg_database_size(current_database()) as size',
    )
    return Number(rows[0]?.size)
  } finally {
    await client.end()
  }
}

function residentKib(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
}

/** User and system time of a process so far. */
function cpuSeconds(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / 100 // Linux counts in 1/100 s
}
