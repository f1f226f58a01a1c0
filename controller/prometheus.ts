// The controller's figures in Prometheus' text form, and the only file that knows its library. What happens is counted
// by the meter; how things stand is read when somebody asks. docs/observability.md has the table; a test compares them.
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import { ATTEMPT_OUTCOMES, RUN_STATES, isTerminalRunState } from '../sweeps/run.ts'
import type { StateCounts } from '../sweeps/store.ts'
import type { DispatcherHealth, DispatchFigures } from './dispatch-port.ts'
import type { Meter } from './meter.ts'

/** How things stand at the moment of a look. */
export interface Standing {
  /** null: the database does not answer. */
  readonly counts: StateCounts | null
  readonly health: DispatcherHealth
  /** null: this controller does not lead. */
  readonly figures: DispatchFigures | null
}

export interface Figures {
  readonly meter: Meter
  readonly contentType: string
  render(standing: Standing): Promise<string>
}

/** From 1 ms, where SQLite commits, to 10 s, after which agents send again. */
const SHORT_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
/** A Gaussian process over thousands of runs may think for a minute. */
const LONG_SECONDS = [0.001, 0.01, 0.05, 0.1, 0.5, 1, 2, 5, 10, 30, 60]

export function createFigures(version: string): Figures {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  // Gauges that are named like counters; the same figures by type stay.
  for (const name of [
    'nodejs_active_handles_total',
    'nodejs_active_requests_total',
    'nodejs_active_resources_total',
  ])
    registry.removeSingleMetric(name)

  const counter = <Label extends string = never>(name: string, help: string, labelNames: Label[] = []) =>
    new Counter<Label>({ name: `sweep_${name}`, help, labelNames, registers })
  const gauge = <Label extends string = never>(name: string, help: string, labelNames: Label[] = []) =>
    new Gauge<Label>({ name: `sweep_${name}`, help, labelNames, registers })
  const histogram = <Label extends string = never>(
    name: string,
    help: string,
    buckets: number[],
    labelNames: Label[] = [],
  ) => new Histogram<Label>({ name: `sweep_${name}`, help, buckets, labelNames, registers })

  gauge('build_info', 'Always 1; the version is a label', ['version']).set({ version }, 1)
  const meter = createMeter({ counter, histogram, gauge })
  const show = createStanding(gauge)
  return {
    meter,
    contentType: registry.contentType,
    render(standing) {
      show(standing)
      return registry.metrics()
    },
  }
}

interface Makers {
  counter<Label extends string = never>(name: string, help: string, labels?: Label[]): Counter<Label>
  gauge<Label extends string = never>(name: string, help: string, labels?: Label[]): Gauge<Label>
  histogram<Label extends string = never>(
    name: string,
    help: string,
    buckets: number[],
    labels?: Label[],
  ): Histogram<Label>
}

function createMeter({ counter, histogram, gauge }: Makers): Meter {
  const requests = histogram('http_request_duration_seconds', 'Time to answer HTTP requests', SHORT_SECONDS, [
    'method',
    'route',
    'status',
  ])
  const refusedRequests = counter(
    'http_refused_total',
    'Requests refused for their token, their rights or their number',
    ['reason'],
  )
  const commits = histogram(
    'store_commit_duration_seconds',
    'Time of a transaction, from its begin to its commit',
    SHORT_SECONDS,
  )
  const commitUnits = histogram(
    'store_commit_units',
    'Units of work in a transaction',
    [1, 2, 4, 8, 16, 32, 64],
  )
  const storeErrors = counter('store_errors_total', 'Reads and transactions that the database failed')
  const runsStarted = counter('runs_started_total', 'Runs whose first process started')
  const runsEnded = counter('runs_ended_total', 'Runs that an attempt brought to their final state', [
    'state',
  ])
  const attemptsStarted = counter('attempts_started_total', 'Attempts whose process started')
  const attemptsEnded = counter('attempts_ended_total', 'Attempts that ended, by outcome', ['outcome'])
  const attemptsRevived = counter('attempts_revived_total', 'Lost attempts that were opened again')
  const slotOffers = histogram(
    'dispatch_gap_seconds',
    'Time from the stored end of a slot to its next offer, while there was work',
    SHORT_SECONDS,
  )
  const offerAccepts = histogram(
    'dispatch_accept_seconds',
    'Time from a job put into its mailbox to its start being stored',
    SHORT_SECONDS,
  )
  const proposals = counter('proposals_total', 'Runs made of what a method proposed', ['method'])
  const suggestions = histogram(
    'suggestion_duration_seconds',
    'Time for a method to answer, waiting for the thread included',
    LONG_SECONDS,
    ['method'],
  )
  const reports = counter('reports_ingested_total', 'Reports of agents that were stored')
  const points = counter('metric_points_ingested_total', 'Metric values that were stored')
  const entryAges = histogram(
    'report_store_delay_seconds',
    'Time from the arrival of reports in Redis to their commit',
    SHORT_SECONDS,
  )
  const superseded = counter(
    'reports_superseded_total',
    'Answers to agents that their attempt has a successor',
  )
  const condemned = counter('runs_condemned_total', 'Runs that early termination condemned, by what became', [
    'outcome',
  ])
  const stopDelay = histogram(
    'stop_delay_seconds',
    'From the arrival of a report to the stored decision to stop a run',
    SHORT_SECONDS,
  )
  const poisoned = counter('entries_poisoned_total', 'Stream entries and reports that were set aside')
  const tunnels = gauge('tunnel_connections', 'Open tunnels of agents')
  const tunnelBytes = counter('tunnel_bytes_total', 'Bytes passed on by the tunnels; in: from agents', [
    'direction',
  ])
  const tunnelRefusals = counter('tunnel_refused_total', 'Tunnels refused for a wrong key')
  // From 0 on, so that the first of a kind is a rise and not a new series.
  for (const state of RUN_STATES) if (isTerminalRunState(state)) runsEnded.inc({ state }, 0)
  for (const outcome of ATTEMPT_OUTCOMES) attemptsEnded.inc({ outcome }, 0)
  for (const reason of Object.values(REFUSALS)) refusedRequests.inc({ reason }, 0)
  return {
    requestAnswered({ method, route, status, seconds }) {
      requests.observe({ method, route, status: String(status) }, seconds)
      const reason = REFUSALS[status]
      if (reason !== undefined) refusedRequests.inc({ reason })
    },
    committed({ unitCount, seconds }) {
      commits.observe(seconds)
      commitUnits.observe(unitCount)
    },
    storeFailed: () => storeErrors.inc(),
    attemptStarted({ isFirst }) {
      attemptsStarted.inc()
      if (isFirst) runsStarted.inc()
    },
    attemptEnded: (outcome) => attemptsEnded.inc({ outcome }),
    attemptRevived: () => attemptsRevived.inc(),
    runEnded: (state) => runsEnded.inc({ state }),
    slotOffered: (seconds) => slotOffers.observe(seconds),
    offerAccepted: (seconds) => offerAccepts.observe(seconds),
    suggested: ({ method, seconds }) => suggestions.observe({ method }, seconds),
    proposed: ({ method, runCount }) => proposals.inc({ method }, runCount),
    reportsStored({ reportCount, pointCount }) {
      reports.inc(reportCount)
      points.inc(pointCount)
    },
    entryStored: (seconds) => entryAges.observe(seconds),
    reportsSuperseded: (count) => superseded.inc(count),
    runCondemned: (outcome) => condemned.inc({ outcome }),
    stopDecided: (seconds) => stopDelay.observe(seconds),
    entriesPoisoned: (count) => poisoned.inc(count),
    tunnelOpened: () => tunnels.inc(),
    tunnelClosed: () => tunnels.dec(),
    tunnelRefused: () => tunnelRefusals.inc(),
    tunnelPassed: (direction, byteCount) => tunnelBytes.inc({ direction }, byteCount),
  }
}

const REFUSALS: Readonly<Record<number, string>> = {
  401: 'unauthorized',
  403: 'forbidden',
  429: 'rate_limited',
}

/** Gauges that are set at each look; what is not known then is left out, not shown as it was. */
function createStanding(gauge: Makers['gauge']): (standing: Standing) => void {
  const sweeps = gauge('sweeps', 'Sweeps by state', ['state'])
  const runs = gauge('runs', 'Runs by state', ['state'])
  const agents = gauge('agents', 'Agents by state', ['state'])
  const slots = gauge('slots', 'Slots that living agents offer')
  const busySlots = gauge('slots_busy', 'Slots with an attempt that is offered or runs')
  const open = gauge('attempts_open', 'Attempts without an end: offered, or accepted by their agent', [
    'state',
  ])
  const lagEntries = gauge('ingest_lag_entries', 'Entries of the report stream that are not stored')
  const lagSeconds = gauge('ingest_lag_seconds', 'Age of the oldest entry that is not stored')
  const leader = gauge('leader', '1 when this controller leads')
  const redis = gauge('redis_up', '1 when Redis answers')
  const database = gauge('database_up', '1 when the database answers')

  return ({ counts, health, figures }) => {
    database.set(Number(counts !== null))
    leader.set(Number(health.leader))
    redis.set(Number(health.redis))
    for (const [metric, byState] of [
      [sweeps, counts?.sweeps],
      [runs, counts?.runs],
      [agents, counts?.agents],
      [open, figures?.attempts],
    ] as const) {
      metric.reset()
      for (const [state, count] of Object.entries(byState ?? {})) metric.set({ state }, count)
    }
    for (const [metric, value] of [
      [slots, figures?.slotCount],
      [busySlots, figures?.busySlotCount],
      [lagEntries, figures?.lag?.entryCount],
      [lagSeconds, figures?.lag?.seconds],
    ] as const) {
      if (value === undefined) metric.remove()
      else metric.set(value)
    }
  }
}
