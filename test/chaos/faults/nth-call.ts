// F28: of all calls that the controller makes to its database and to Redis while 30 runs are worked, the n-th fails, for
// every n: before it did anything, or after it did everything but could not say so. In one process, with a real
// dispatcher, store and Redis.
import { Queue } from 'bullmq'
import { Redis } from 'ioredis'
import { StoreUnavailableError } from '../../../sweeps/errors.ts'
import type { SweepStore } from '../../../sweeps/store.ts'
import type { SweepRecord } from '../../../sweeps/sweep.ts'
import { replaceMembers, startDispatchWorld } from '../../support/dispatch-world.ts'
import type { DispatchWorld } from '../../support/dispatch-world.ts'
import type { ScriptedAgent } from '../../support/scripted-agent.ts'
import { waitFor } from '../../support/wait.ts'
import type { Violation } from '../checker.ts'
import type { CarriedOut, Fault, Round, RoundOptions } from './fault.ts'

const RUNS = 30
const LEASE_MS = 5_000
const RECOVERY_LIMIT_MS = LEASE_MS + 10_000

type When = 'before' | 'after'

/** Fails the n-th call of its kind, and tells whether it did. */
class Breaker {
  private left = Infinity
  when: When = 'before'
  hasFired = false

  arm(n: number, when: When): void {
    this.left = n
    this.when = when
    this.hasFired = false
  }

  disarm(): void {
    this.left = Infinity
  }

  /** Is this the call that fails? */
  counts(): boolean {
    this.left -= 1
    if (this.left !== 0) return false
    this.hasFired = true
    return true
  }
}

export const nthDatabaseWrite = faultOf(
  'F28w',
  'every n-th database write fails',
  ['before', 'after'],
  'store',
)
export const nthQueueCall = faultOf('F28q', 'every n-th queue call fails', ['before', 'after'], 'queue')
export const nthRedisCommand = faultOf(
  'F28r',
  'every n-th Redis command of the leader fails',
  ['before'],
  'redis',
)

function faultOf(id: string, title: string, whens: readonly When[], kind: keyof Breakers): Fault {
  return {
    id,
    title,
    injects: `${title.replace('every n-th', 'the n-th')}, ${whens.join(' and ')} it did anything, for every n of a sweep of ${RUNS} runs`,
    invariants: ['I1', 'I2', 'I4', 'I6', 'I10'],
    fullCount: 1_000,
    isExhaustive: true,
    shortCount: 4,
    perRound: 40,
    runRound: (options) => runRound(options, kind, whens),
  }
}

interface Breakers {
  readonly store: Breaker
  readonly queue: Breaker
  readonly redis: Breaker
}

/** The leader's own: agents use others. */
const LEADER_COMMANDS = ['xread', 'xtrim', 'xrevrange', 'get']

/** Seed s covers the n from (s - 1) * perRound on, so that all rounds together cover every n. */
async function runRound(options: RoundOptions, kind: keyof Breakers, whens: readonly When[]): Promise<Round> {
  const breakers: Breakers = { store: new Breaker(), queue: new Breaker(), redis: new Breaker() }
  const restore = breakLibraries(breakers)
  const world = await startDispatchWorld(LEASE_MS, {
    wrapStore: (store) => breakWrites(store, breakers.store),
  })
  const injections: CarriedOut[] = []
  const violations: Violation[] = []
  try {
    for (let index = 0; index < options.count; index += 1) {
      const place = (options.seed - 1) * 40 + index
      const n = Math.floor(place / whens.length) + 1
      const when = whens[place % whens.length] ?? 'before'
      const found = await runCase(world, breakers[kind], n, when)
      violations.push(...found.violations)
      if (!found.hasFired) break // the sweep makes fewer calls than that
      const done = { what: `${kind} call ${n} failed ${when} it was done`, recoveryMs: found.ms }
      injections.push(done)
      options.onInjection(done)
    }
  } finally {
    await world.close()
    restore()
  }
  const evidence = violations.length === 0 ? '' : JSON.stringify(violations)
  return { injections, violations, evidence }
}

async function runCase(world: DispatchWorld, breaker: Breaker, n: number, when: When) {
  const sweep = await world.createGrid(RUNS)
  const agent = await world.agent(sweep.id, { capacity: 4, name: `agent${sweep.id}` })
  const startedAt = performance.now()
  breaker.arm(n, when)
  agent.takeJobs()
  agent.startBeating()
  const working = workAll(world, agent, sweep)
  const name = `call ${n} failed ${when}`
  const violations: Violation[] = []
  const isFinished = await working.then(
    () => true,
    () => false,
  )
  breaker.disarm()
  const ms = Math.round(performance.now() - startedAt)
  const add = (invariant: Violation['invariant'], message: string, runId: string | null = null) =>
    void violations.push({ invariant, runId, message: `${name}: ${message}` })
  if (!isFinished) add('I6', `the sweep has not ended within ${RECOVERY_LIMIT_MS} ms`)
  const runs = await world.runs(sweep.id)
  if (runs.length !== RUNS) add('I6', `${runs.length} runs`)
  if (new Set(runs.map((run) => run.configText)).size !== runs.length) add('I1', 'a configuration twice')
  for (const run of runs) {
    if (run.state !== 'finished') add('I6', `is ${run.state}`, run.id)
    else if (run.value !== lossOf(run.configText)) add('I4', `its value is ${run.value}`, run.id)
  }
  agent.stopBeating()
  return { violations, ms, hasFired: breaker.hasFired }
}

/** Every job that comes is worked to its end at once. */
async function workAll(world: DispatchWorld, agent: ScriptedAgent, sweep: SweepRecord): Promise<void> {
  let next = 0
  const highest = new Map<string, number>()
  /** A job may come again; as the agent's journal has it, an attempt never starts twice. */
  const isNew = ({ runId, attempt }: { runId: string; attempt: number }) => {
    const isHigher = attempt > (highest.get(runId) ?? 0)
    if (isHigher) highest.set(runId, attempt)
    return isHigher
  }
  await waitFor(
    'the sweep has ended',
    async () => {
      for (; next < agent.jobs.length; next += 1) {
        const job = agent.jobs[next]
        if (job === undefined || !isNew(job)) continue
        await agent.runToEnd(job, lossOf(job.configText))
      }
      return (await world.store.findSweep(sweep.id))?.state === 'finished'
    },
    { timeoutMs: RECOVERY_LIMIT_MS, intervalMs: 10 },
  )
}

function lossOf(configText: string): number {
  return (JSON.parse(configText) as { x: number }).x
}

function breakWrites(store: SweepStore, breaker: Breaker): SweepStore {
  return replaceMembers<SweepStore>(store, {
    async write(unit, options) {
      const fails = breaker.counts()
      if (fails && breaker.when === 'before') throw new StoreUnavailableError('the database went away')
      const result = await store.write(unit, options)
      if (fails) throw new StoreUnavailableError('the database went away after the commit')
      return result
    },
  })
}

/** @returns puts everything back */
function breakLibraries({ queue, redis }: Breakers): () => void {
  // The prototypes are the boundary: whoever makes a queue or a connection in this process is counted.
  const { addBulk } = Queue.prototype
  const { sendCommand } = Redis.prototype
  Queue.prototype.addBulk = async function (this: Queue, jobs) {
    const fails = queue.counts()
    if (fails && queue.when === 'before') throw new Error('Redis went away')
    const result = await addBulk.call(this, jobs)
    if (fails) throw new Error('Redis went away after the call')
    return result
  }
  Redis.prototype.sendCommand = function (this: Redis, command, stream) {
    if (LEADER_COMMANDS.includes(command.name) && redis.counts()) {
      command.reject(new Error('Redis went away'))
      return command.promise
    }
    return sendCommand.call(this, command, stream)
  }
  return () => {
    Queue.prototype.addBulk = addBulk
    Redis.prototype.sendCommand = sendCommand
  }
}
