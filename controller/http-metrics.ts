// The controller's figures in Prometheus' text form: the process, the requests, and how the work stands.
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { StoreReads } from '../sweeps/store.ts'
import { SWEEP_STATES } from '../sweeps/sweep.ts'
import type { Dispatcher } from './dispatch-port.ts'
import type { RequestFacts } from './middleware/request-context.ts'

export interface HttpMetrics {
  observe(facts: RequestFacts): void
  readonly contentType: string
  /** Reads the store. */
  render(): Promise<string>
}

export function createHttpMetrics(store: StoreReads, dispatcher: Pick<Dispatcher, 'health'>): HttpMetrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const registers = [registry]
  const requests = new Histogram({
    name: 'sweep_http_request_seconds',
    help: 'Time to answer HTTP requests',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10],
    registers,
  })
  const sweeps = new Gauge({
    name: 'sweep_sweeps',
    help: 'Sweeps by state',
    labelNames: ['state'],
    registers,
  })
  const agents = new Gauge({
    name: 'sweep_agents',
    help: 'Agents by state',
    labelNames: ['state'],
    registers,
  })
  const open = new Gauge({ name: 'sweep_open_attempts', help: 'Attempts offered or running now', registers })
  const leader = new Gauge({ name: 'sweep_leader', help: '1 when this controller leads', registers })
  const redis = new Gauge({ name: 'sweep_redis_up', help: '1 when Redis answers', registers })

  return {
    observe: ({ method, route, status, seconds }) => requests.observe({ method, route, status }, seconds),
    contentType: registry.contentType,
    async render() {
      const [allSweeps, allAgents, attempts] = await Promise.all([
        store.listSweeps(),
        store.listAgents(),
        store.listOpenAttempts(),
      ])
      const count = <T extends { state: string }>(list: readonly T[], state: string) =>
        list.filter((one) => one.state === state).length
      for (const state of SWEEP_STATES) sweeps.set({ state }, count(allSweeps, state))
      for (const state of ['alive', 'draining', 'left', 'lost'])
        agents.set({ state }, count(allAgents, state))
      open.set(attempts.length)
      const health = dispatcher.health()
      leader.set(Number(health.leader))
      redis.set(Number(health.redis))
      return registry.metrics()
    },
  }
}
