// A process that holds simulated agents (simulated-agent.ts) for bench/ingest.ts, whose runs report metrics at the pace
// that they are told, by the real path: row, report buffer, journal, stream. It keeps the time from each report's
// journal entry to the controller's answer that it is stored.
//
//   node simulated-reports.js SERVER TOKEN SWEEP AGENTS SLOTS METRICS FOLDER
//
// Messages in: {pointsPerSecond} sets the pace of the whole process; 'take' asks for what has been stored since the
// last one; 'finish' ends every run. Messages out: 'ready', Taken, 'finished'.
import { join } from 'node:path'
import type { Journal } from '../agent/journal.ts'
import { ReportBuffer } from '../agent/report-buffer.ts'
import type { AttemptJob } from '../sweeps/protocol.ts'
import { startSimulatedAgent } from './simulated-agent.ts'
import type { WorkTools } from './simulated-agent.ts'

export interface Taken {
  readonly storedPoints: number
  readonly storedReports: number
  /** Of every report stored since the last look, milliseconds. */
  readonly latenciesMs: readonly number[]
  /** Runs that have started. */
  readonly trainingCount: number
  /** Reports in the journals that are not stored now. */
  readonly backlog: number
}

const TICK_MS = 10

const [server = '', token = '', sweepId = '', agents = '', slots = '', metrics = '', folder = ''] =
  process.argv.slice(2)
const metricCount = Number(metrics)
const metricNames = Array.from({ length: metricCount }, (_, i) => (i === 0 ? 'loss' : `metric_${i}`))

interface SentReport {
  readonly seq: number
  readonly atMs: number
  readonly points: number
}

/** One run that reports for as long as it is wanted. */
class Training {
  readonly #buffer: ReportBuffer
  readonly #tools: WorkTools
  readonly sent: SentReport[] = []
  #step = 0
  #newPoints = 0

  constructor(tools: WorkTools) {
    this.#tools = tools
    this.#buffer = new ReportBuffer({
      key: tools.key,
      journal: tools.journal,
      now: Date.now,
      onReport: () => this.#note(),
    })
  }

  get journal(): Journal {
    return this.#tools.journal
  }

  /** A step with every metric, in numbers as long as a training's. */
  reportRow(): void {
    const values = metricNames.map((name) => [name, 1 / (1 + this.#step) + Math.random() * 0.1])
    this.#newPoints += metricCount
    this.#buffer.addRow({
      step: this.#step++,
      at: Date.now(),
      metrics: Object.fromEntries(values) as Record<string, number>,
    })
  }

  async finish(): Promise<void> {
    await this.#buffer.addDurable({
      kind: 'ended',
      outcome: 'finished',
      exitCode: 0,
      signal: null,
      reason: null,
      stderrTail: null,
    })
  }

  #note(): void {
    const seq = this.journal.attempt(this.#tools.key)?.lastSeq ?? 0
    this.sent.push({ seq, atMs: performance.now(), points: this.#newPoints })
    this.#newPoints = 0
    this.#tools.reporter.wake()
  }
}

const trainings = new Map<string, Training>()
let pointsPerSecond = 0
let dueRows = 0
let lastTickMs = performance.now()
let next = 0
let storedPoints = 0
let latenciesMs: number[] = []

async function work(_job: AttemptJob, tools: WorkTools): Promise<void> {
  const { key, journal } = tools
  await journal.starting(key)
  await journal.report(key, { kind: 'started', pid: 1, host: 'simulated', slot: 0 }, Date.now())
  tools.reporter.wake()
  trainings.set(key, new Training(tools))
}

function onStored(key: string, seq: number): void {
  const sent = trainings.get(key)?.sent ?? []
  const nowMs = performance.now()
  while (sent[0] !== undefined && sent[0].seq <= seq) {
    const report = sent.shift() as SentReport
    storedPoints += report.points
    latenciesMs.push(nowMs - report.atMs)
  }
}

/** Rows that have become due, to the trainings in turn. */
function tick(): void {
  const nowMs = performance.now()
  dueRows += (((nowMs - lastTickMs) / 1000) * pointsPerSecond) / metricCount
  lastTickMs = nowMs
  const all = [...trainings.values()]
  for (; dueRows >= 1 && all.length > 0; dueRows--) all[next++ % all.length]?.reportRow()
}

function take(): Taken {
  const backlog = [...trainings.values()].reduce((sum, { sent }) => sum + sent.length, 0)
  const trainingCount = trainings.size
  const taken = { storedPoints, storedReports: latenciesMs.length, latenciesMs, trainingCount, backlog }
  storedPoints = 0
  latenciesMs = []
  return taken
}

process.on('message', (message: 'take' | 'finish' | { readonly pointsPerSecond: number }) => {
  if (message === 'take') process.send?.(take())
  else if (message === 'finish')
    void Promise.all([...trainings.values()].map((training) => training.finish())).then(() =>
      process.send?.('finished'),
    )
  else pointsPerSecond = message.pointsPerSecond
})
process.on('disconnect', () => process.exit(0)) // the benchmark ended, however it did
for (let i = 0; i < Number(agents); i++) {
  const directory = join(folder, String(i))
  const options = { server, token, sweepId, slots: Number(slots), directory, redisUrl: undefined }
  await startSimulatedAgent({ ...options, work, onStored })
}
setInterval(tick, TICK_MS)
process.send?.('ready')
