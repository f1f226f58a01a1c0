// A dispatcher on a real SQLite file and a real Redis, with helpers to make sweeps and read what became of them.
import { createDispatcher } from '../../controller/dispatch/dispatcher.ts'
import type { Dispatcher } from '../../controller/dispatch-port.ts'
import { systemClock } from '../../runtime/clock.ts'
import { createLogger, silentLogger } from '../../runtime/logger.ts'
import { redisNames } from '../../sweeps/protocol.ts'
import type { RunRecord } from '../../sweeps/run.ts'
import type { StoreTransaction, SweepStore } from '../../sweeps/store.ts'
import type { SweepId, SweepRecord } from '../../sweeps/sweep.ts'
import { StoreUnavailableError } from '../../sweeps/errors.ts'
import { aChange, aSweep } from './records.ts'
import { startTestRedis } from './redis-server.ts'
import type { TestRedis } from './redis-server.ts'
import { startScriptedAgent } from './scripted-agent.ts'
import type { ScriptedAgent } from './scripted-agent.ts'
import { openTemporaryStore } from './store.ts'
import { waitFor } from './wait.ts'

export interface DispatchWorld {
  readonly store: SweepStore
  readonly redis: TestRedis
  dispatcher: Dispatcher
  /** The next `count` transactions of the dispatcher that would insert runs fail, as if the database went away. */
  failInserts(count: number): void
  /** Transactions of the dispatcher that would keep decisions of early termination fail from now on, or no longer. */
  failStopChecks(fails: boolean): void
  /** A grid of `cells` configurations, known to the dispatcher. */
  createGrid(cells: number, overrides?: Partial<SweepRecord>): Promise<SweepRecord>
  /** A change of a sweep as the API makes it: the unit, its entry in the change log, and a word to the dispatcher. */
  request(sweepId: SweepId, unit: (tx: StoreTransaction) => Promise<void>): Promise<void>
  agent(
    sweepId: SweepId,
    options?: { capacity?: number; name?: string; labels?: Record<string, string> },
  ): Promise<ScriptedAgent>
  sweepState(id: SweepId, state: SweepRecord['state']): Promise<SweepRecord>
  runs(id: SweepId): Promise<RunRecord[]>
  run(id: string): Promise<RunRecord>
  /** A second dispatcher on the same store and Redis, which its caller stops. */
  startAnother(): Promise<Dispatcher>
  /** Ends the dispatcher as a shutdown would and starts another on the same store and Redis. */
  restartDispatcher(): Promise<void>
  close(): Promise<void>
}

export interface DispatchWorldOptions {
  /** @default true */
  readonly isSoleController?: boolean
  /** Put between the dispatcher and the store. @default nothing */
  readonly wrapStore?: (store: SweepStore) => SweepStore
}

/** @param leaseMs short, so that tests see leases end */
export async function startDispatchWorld(
  leaseMs = 3_000,
  { isSoleController = true, wrapStore = (store) => store }: DispatchWorldOptions = {},
): Promise<DispatchWorld> {
  const temporary = await openTemporaryStore()
  const redis = await startTestRedis()
  const { store } = temporary
  let failuresLeft = 0
  let failsStopChecks = false
  const wrapped = wrapStore(store)
  const failing = replaceMembers<SweepStore>(wrapped, {
    write: (unit, options) => {
      const failUnit = (tx: StoreTransaction) =>
        unit(
          replaceMembers<StoreTransaction>(tx, {
            saveStopChecks(checks) {
              if (!failsStopChecks) return tx.saveStopChecks(checks)
              throw new StoreUnavailableError('the database went away')
            },
            insertRuns(runs) {
              if (failuresLeft === 0 || runs.length === 0) return tx.insertRuns(runs)
              failuresLeft -= 1
              throw new StoreUnavailableError('the database went away')
            },
          }),
        )
      return wrapped.write(failUnit, options)
    },
  })
  const agents: ScriptedAgent[] = []
  const startAnother = async () => {
    const dispatcher = await createDispatcher({
      store: failing,
      redis: { url: redis.url },
      clock: systemClock,
      log: process.env['DISPATCH_DEBUG'] ? createLogger({ level: 'debug' }) : silentLogger,
      leaseMs,
      holder: 'test',
      isSoleController,
    })
    await dispatcher.start()
    return dispatcher
  }
  const start = async () => {
    const dispatcher = await startAnother()
    await waitFor('the dispatcher leads', () => dispatcher.health().leader && dispatcher.health().redis)
    const { generation } = redisNames(await store.deployment())
    await waitFor('the stream has a generation', () => redis.client.get(generation))
    return dispatcher
  }
  const world: DispatchWorld = {
    store,
    redis,
    dispatcher: await start(),
    failInserts: (count) => void (failuresLeft = count),
    failStopChecks: (fails) => void (failsStopChecks = fails),
    async createGrid(cells, overrides = {}) {
      const values = Array.from({ length: cells }, (_, i) => i).join(', ')
      const sweep = aSweep({
        method: 'grid',
        configText: `method: grid\nmetric: {name: loss, goal: minimize}\nprogram: train.py\nparameters: {x: {values: [${values}]}}\n`,
        size: cells,
        ...overrides,
      })
      await world.request(sweep.id, (tx) => tx.insertSweep(sweep))
      return sweep
    },
    async request(sweepId, unit) {
      await store.write(async (tx) => {
        await unit(tx)
        await tx.recordChanges([aChange({ entity: 'sweep', entityId: sweepId, sweepId })])
      })
      world.dispatcher.lookForChanges()
    },
    async agent(sweepId, options = {}) {
      const agent = await startScriptedAgent({
        dispatcher: world.dispatcher,
        redisPort: redis.port,
        sweepIds: [sweepId],
        ...options,
      })
      agents.push(agent)
      return agent
    },
    sweepState: (id, state) =>
      waitFor(`sweep ${id} is ${state}`, async () => {
        const sweep = await store.findSweep(id)
        return sweep?.state === state ? sweep : null
      }),
    runs: (sweepId) => store.listRuns({ sweepId }),
    startAnother,
    async run(id) {
      const run = await store.findRun(id as RunRecord['id'])
      if (run === null) throw new Error(`no run ${id}`)
      return run
    },
    async restartDispatcher() {
      await world.dispatcher.stop()
      world.dispatcher = await start()
    },
    async close() {
      for (const agent of agents) await agent.close()
      await world.dispatcher.stop()
      await redis.stop()
      await temporary.close()
    },
  }
  return world
}

/** The object with some of its methods replaced; the others keep their `this`. */
export function replaceMembers<T extends object>(object: T, members: Partial<T>): T {
  return new Proxy(object, {
    get(target, name) {
      const member: unknown = Reflect.get(Object.hasOwn(members, name) ? members : target, name)
      return typeof member === 'function' ? (member.bind(target) as unknown) : member
    },
  })
}
