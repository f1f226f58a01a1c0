// Everything that `sweep top` shows, gathered and kept up to date: runs from snapshot and stream, agents, forecasts and
// notices by asking now and then. Asking for agents is also how a silent server is noticed.
import type { GetSweepResponse } from '../../sweeps/sweep-schema.ts'
import type { ListAgentsResponse } from '../../sweeps/agent-schema.ts'
import { SweepError } from '../../sweeps/errors.ts'
import type { ChangesMessage, LiveRun, SweepSnapshot } from '../../sweeps/live-schema.ts'
import { refPath } from '../api-client.ts'
import type { ApiClient } from '../api-client.ts'
import { followSweep } from './follow-sweep.ts'
import type { Following } from './follow-sweep.ts'
import type { TopFacts } from './top-facts.ts'
import { LiveRuns } from './live-runs.ts'
import { fetchImportance, fetchOutlook } from './outlook.ts'
import { TrendReader } from './trends.ts'

export interface Gathering {
  readonly facts: () => TopFacts
  /** The runs on the screen, whose curves are to be read. */
  showing(runs: readonly LiveRun[]): void
  end(): void
}

export interface GatherOptions {
  /** Gives up at once when it cannot connect. */
  readonly api: ApiClient
  readonly now: () => number
  /** Something that is shown has changed. */
  readonly onChange: () => void
  /** The sweep is gone, or may not be read any more. */
  readonly onOver: (error: SweepError) => void
}

const ASK_AGENTS_MS = 3_000
const ASK_OUTLOOK_MS = 10_000
/** A forest over thousands of runs costs the server seconds. */
const ASK_IMPORTANCE_MS = 60_000
const KEPT_EVENTS = 20

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/** @throws SweepError when the sweep cannot be read at all */
export async function startGathering(id: string, options: GatherOptions): Promise<Gathering> {
  const { api, now, onChange } = options
  const facts = await gatherOnce(id, options)
  const metricName = () => facts.runs.sweep.metric?.name ?? null
  const reader = new TrendReader(api, onChange)
  facts.trends = reader.trends

  const following: Following = followSweep(api, snapshotPlace(facts.runs), {
    onSnapshot(snapshot) {
      facts.runs = new LiveRuns(snapshot)
      onChange()
    },
    onMessage(message) {
      facts.agentEvents = [...facts.agentEvents, ...agentEventsOf(message)].slice(-KEPT_EVENTS)
      reader.take(message, metricName())
      if (facts.runs.apply(message) || message.agents.length > 0) onChange()
      if (message.events.some(({ event }) => event === 'sweep.notice')) void askNotices()
    },
    onConnected() {
      facts.connection = { isLive: true }
      onChange()
    },
    onBroken: markBroken,
    onOver: options.onOver,
  })

  function markBroken(why: string): void {
    if (facts.connection.isLive) facts.connection = { isLive: false, sinceMs: now(), why }
    onChange()
  }

  async function askNotices(): Promise<void> {
    facts.notices = await fetchNotices(api, id).catch(() => facts.notices)
    onChange()
  }

  /** Asks for ever, one at a time; what cannot be asked stays as it was. */
  function askEvery(
    everyMs: number,
    ask: () => Promise<void>,
    onFailure: (error: SweepError) => void,
  ): NodeJS.Timeout {
    let isAsking = false
    const timer = setInterval(() => {
      if (isAsking) return
      isAsking = true
      void ask()
        .then(onChange)
        .catch((error: unknown) => {
          if (!(error instanceof SweepError)) throw error
          onFailure(error)
        })
        .finally(() => (isAsking = false))
    }, everyMs)
    return timer
  }

  const timers = [
    askEvery(
      ASK_AGENTS_MS,
      async () => void (facts.agents = await fetchAgents(api, id)),
      (error) => {
        if (error.code !== 'SERVER_UNREACHABLE') return
        markBroken(error.message)
        following.interrupt()
      },
    ),
    askEvery(
      ASK_OUTLOOK_MS,
      async () => void (facts.outlook = await fetchOutlook(api, id, now)),
      () => {},
    ),
    askEvery(
      ASK_IMPORTANCE_MS,
      async () => void (facts.important = await fetchImportance(api, id)),
      () => {},
    ),
  ]
  return {
    facts: () => facts,
    showing: (runs) => reader.want(runs, metricName(), now()),
    end() {
      for (const timer of timers) clearInterval(timer)
      following.end()
    },
  }
}

/** Everything as it is now, without curves. @throws SweepError */
export async function gatherOnce(
  id: string,
  { api, now }: Pick<GatherOptions, 'api' | 'now'>,
): Promise<Mutable<TopFacts>> {
  const snapshot = JSON.parse(await api.get(refPath('sweeps', id, '/snapshot'))) as SweepSnapshot // the server's own schema
  const [agents, outlook, important, notices] = await Promise.all([
    fetchAgents(api, id).catch(() => null),
    fetchOutlook(api, id, now).catch(() => null),
    fetchImportance(api, id).catch(() => []),
    fetchNotices(api, id).catch(() => []),
  ])
  return {
    runs: new LiveRuns(snapshot),
    trends: new Map(),
    agents,
    outlook,
    important,
    notices,
    connection: { isLive: true },
    agentEvents: [],
  }
}

function snapshotPlace(runs: LiveRuns): Pick<SweepSnapshot, 'seq' | 'sweep'> {
  return { seq: runs.seq, sweep: runs.sweep }
}

async function fetchAgents(api: ApiClient, id: string): Promise<ListAgentsResponse['agents']> {
  return (JSON.parse(await api.get('/agents', { sweep: id })) as ListAgentsResponse).agents // the server's own schema
}

async function fetchNotices(api: ApiClient, id: string): Promise<string[]> {
  const { notices = [] } = JSON.parse(await api.get(refPath('sweeps', id))) as GetSweepResponse // the server's own schema
  return notices.map(({ text }) => text)
}

const AGENT_WORDS: Readonly<Record<string, string>> = {
  'agent.lost': 'lost',
  'agent.quarantined': 'quarantined',
  'agent.drained': 'drained',
}

function agentEventsOf({ events, agents }: ChangesMessage): TopFacts['agentEvents'] {
  return events.flatMap(({ event, entityId, at }) => {
    const word = AGENT_WORDS[event]
    if (word === undefined) return []
    const host = agents.find(({ id }) => id === entityId)?.host ?? entityId
    return [{ atMs: Date.parse(at), text: `${host} ${word}` }]
  })
}
