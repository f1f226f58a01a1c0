// The leader on a table, without Redis, threads or time: the controller's own scheduler, beat handler, report code and
// services on a real store, with mailboxes that are arrays. What the sequences of F29 are played on; a step is over
// when nothing is under way any more.
import { setImmediate as nextTurn } from 'node:timers/promises'
import { applyReports } from '../../../controller/dispatch/apply-reports.ts'
import type { SentReport } from '../../../controller/dispatch/apply-reports.ts'
import { endOpenAttempts } from '../../../controller/dispatch/attempt-endings.ts'
import { AttemptTally } from '../../../controller/dispatch/attempt-tally.ts'
import { createBeatHandler, stopCommand } from '../../../controller/dispatch/beats.ts'
import { leaseTimes } from '../../../controller/dispatch/leases.ts'
import { loadLeaderState, loadSweep } from '../../../controller/dispatch/leader-state.ts'
import type { LeaderState } from '../../../controller/dispatch/leader-state.ts'
import type { OpenAttempt } from '../../../controller/dispatch/open-attempts.ts'
import { createScheduler } from '../../../controller/dispatch/scheduler.ts'
import type { Scheduler } from '../../../controller/dispatch/scheduler.ts'
import { historyEntry } from '../../../controller/dispatch/suggestions.ts'
import type { Suggestions } from '../../../controller/dispatch/suggestions.ts'
import { silentMeter } from '../../../controller/meter.ts'
import { createStandings } from '../../../controller/standings.ts'
import { createSweepService } from '../../../controller/sweep-service.ts'
import { silentLogger } from '../../../runtime/logger.ts'
import type { SweepAction } from '../../../sweeps/sweep-schema.ts'
import { parseSweepFile } from '../../../sweeps/config.ts'
import type { Beat, Command } from '../../../sweeps/protocol.ts'
import type { SweepStore } from '../../../sweeps/store.ts'
import { createSuggester } from '../../../sweeps/suggest.ts'
import type { Suggester } from '../../../sweeps/suggest.ts'
import type { AgentId, RunId, SweepId } from '../../../sweeps/sweep.ts'
import { SOME_TIME } from '../../support/records.ts'

export interface Job {
  readonly runId: RunId
  readonly attempt: number
  readonly token: string
  readonly sweepId: SweepId
  readonly configText: string
}

export interface TableLeader {
  /** Jobs that wait in each agent's mailbox. */
  readonly boxes: Map<AgentId, Job[]>
  /** Every offer made, in order, with its agent. */
  readonly offers: (Job & { readonly agentId: AgentId })[]
  /** What agents were told since they last looked. */
  readonly commands: Map<AgentId, Command[]>
  createSweep(text: string): Promise<SweepId>
  /** @returns false when the state does not allow it */
  change(id: SweepId, action: SweepAction): Promise<boolean>
  beat(agentId: AgentId, incarnation: number, beat: Beat): Promise<void>
  report(sent: readonly SentReport[]): Promise<void>
  /** The agent was silent for a lease. */
  loseLease(agentId: AgentId): Promise<void>
  /** Everything in Redis erased. */
  flush(): void
  /** Another controller on the same store. */
  restart(): Promise<void>
}

export async function openTableLeader(
  store: SweepStore,
  drawInt: (n: number) => number,
): Promise<TableLeader> {
  let underWay = 0
  const counted = countCalls(store, (by) => (underWay += by))
  const clock = { now: () => SOME_TIME, monotonicMs: () => 0 }
  const boxes: TableLeader['boxes'] = new Map()
  const offers: TableLeader['offers'] = []
  const commands: TableLeader['commands'] = new Map()
  const service = createSweepService({
    store,
    dispatcher: { lookForChanges() {} },
    standings: createStandings(store),
    clock,
    randomInt: drawInt,
  })
  let suggestions: Suggestions
  let state: LeaderState
  let scheduler: Scheduler
  let handleBeats: ReturnType<typeof createBeatHandler>
  let recalls: OpenAttempt[] = []
  let epoch: number

  const send = (list: ReadonlyMap<AgentId, readonly Command[]>) => {
    for (const [agentId, some] of list) commands.set(agentId, [...(commands.get(agentId) ?? []), ...some])
  }

  function put(agentId: AgentId, job: Job): void {
    const box = boxes.get(agentId) ?? []
    if (!box.some((other) => other.runId === job.runId && other.attempt === job.attempt)) box.push(job)
    boxes.set(agentId, box)
  }

  async function lead(): Promise<void> {
    const known = await store.readLeadership()
    epoch = (await store.takeLeadership('table', known))?.epoch ?? 0
    suggestions = suggestHere()
    const tally = new AttemptTally(silentMeter, clock)
    state = await loadLeaderState(counted, epoch, leaseTimes(5_000), 0, suggestions, tally)
    const shared = { state, store: counted, suggestions, clock, log: silentLogger, meter: silentMeter }
    const onLeadershipLost = () => {
      throw new Error('the only leader was deposed')
    }
    scheduler = createScheduler({
      ...shared,
      onLeadershipLost,
      // Quarantine is no part of the model: it has tests of its own (test/integration/dispatch/quarantine.test.ts)
      verdicts: { judgeAgents: () => Promise.resolve(), isAwaited: () => false, isOpen: () => false },
      deliver(made) {
        for (const { open, run } of made) {
          const job = jobOf(open, run.configText)
          open.addedAtMs = 0
          open.deliveryCount += 1
          offers.push({ ...job, agentId: open.agentId })
          put(open.agentId, job)
        }
      },
      onSweepEnded(sweep) {
        state.sweeps.delete(sweep.id)
        suggestions.close(sweep.id)
      },
    })
    handleBeats = createBeatHandler({ ...shared, send, recall: (open) => void recalls.push(open) })
    await redeliver()
    await settle()
  }

  /** As the lease keeper: offers that nobody has shown to hold come again, under their id. */
  async function redeliver(): Promise<void> {
    for (const open of state.attempts.all()) {
      if (open.isAccepted || open.sweepId === null || !state.sweeps.has(open.sweepId)) continue
      const [run] = await store.findRuns([open.runId])
      if (run === undefined) continue
      open.deliveryCount += 1
      put(open.agentId, jobOf(open, run.configText))
    }
  }

  async function end(refs: readonly OpenAttempt[], outcome: 'lost' | 'recalled'): Promise<void> {
    const ended = await store.write((tx) => endOpenAttempts(tx, refs, outcome, 'on the table', SOME_TIME), {
      epoch,
    })
    state.forget(ended, suggestions)
  }

  /** A job that is in the mailbox is taken back, and was never taken if it is the first copy; else the lease decides. */
  async function recall(open: OpenAttempt): Promise<boolean> {
    const box = boxes.get(open.agentId) ?? []
    const at = box.findIndex((job) => job.runId === open.runId && job.attempt === open.attempt)
    if (at === -1) return false
    box.splice(at, 1)
    await end([open], open.deliveryCount === 1 ? 'recalled' : 'lost')
    return true
  }

  async function settle(): Promise<void> {
    for (const open of recalls.splice(0)) if (state.attempts.get(open.key) === open) await recall(open)
    recalls = []
    scheduler.wake()
    for (let calm = 0; calm < 3; calm = underWay === 0 ? calm + 1 : 0) await nextTurn()
  }

  function suggestHere(): Suggestions {
    const open = new Map<SweepId, Suggester>()
    return {
      open(sweep, runs) {
        const suggester = createSuggester(parseSweepFile(sweep.configText).config, sweep.seed)
        suggester.observe(runs.map((run) => historyEntry(run)))
        open.set(sweep.id, suggester)
      },
      observe: (id, runs) => open.get(id)?.observe(runs.map((run) => historyEntry(run))),
      untold: () => [],
      tellCurves: () => {},
      close: (id) => void open.delete(id),
      suggest: (id, fromIndex, count) =>
        Promise.resolve(
          open.get(id)?.suggest(fromIndex, count, () => false) ?? { suggestions: [], exhausted: false },
        ),
      stop: () => Promise.resolve(),
    }
  }

  const leader: TableLeader = {
    boxes,
    offers,
    commands,
    async createSweep(text) {
      const { view } = await service.createSweep({ text })
      await loadSweep(state, counted, view.sweep.id, suggestions)
      await settle()
      return view.sweep.id
    },
    async change(id, action) {
      try {
        await service.changeSweep(id, action, null)
      } catch {
        return false
      }
      await loadSweep(state, counted, id, suggestions)
      const open = [...state.attempts.ofSweep(id)]
      const runs = new Map((await store.findRuns(open.map(({ runId }) => runId))).map((run) => [run.id, run]))
      for (const attempt of open) {
        attempt.wish = runs.get(attempt.runId)?.wish ?? null
        send(new Map([[attempt.agentId, stopCommand(attempt)]]))
      }
      await settle()
      return true
    },
    async beat(agentId, incarnation, beat) {
      await handleBeats([{ entryId: '0-0', agentId, host: 'table', incarnation, reports: [], beat }])
      await settle()
    },
    async report(sent) {
      const applied = await store.write((tx) => applyReports(tx, sent, SOME_TIME), { epoch })
      for (const { key } of applied.started) {
        const open = state.attempts.get(key)
        if (open !== undefined) state.accept(open)
      }
      state.revive(applied.revived)
      state.forget(applied.ended, suggestions)
      for (const answer of applied.answers) {
        const { agentId, runId, attempt } = answer
        const told: Command =
          answer.verdict === 'stored'
            ? { type: 'stored', items: [{ runId, attempt, seq: answer.seq }] }
            : { type: 'disowned', runId, attempt, verdict: answer.verdict }
        send(new Map([[agentId, [told]]]))
      }
      await settle()
    },
    async loseLease(agentId) {
      const lost: OpenAttempt[] = []
      for (const open of [...state.attempts.ofAgent(agentId)])
        if (open.isAccepted || !(await recall(open))) lost.push(open)
      await end(lost, 'lost')
      state.agents.remove(agentId)
      await settle()
    },
    flush: () => boxes.clear(),
    async restart() {
      await scheduler.stop()
      await lead()
    },
  }
  await lead()
  return leader
}

function jobOf(open: OpenAttempt, configText: string): Job {
  const { runId, attempt, token, sweepId } = open
  if (sweepId === null) throw new Error(`run ${runId} is of no sweep`)
  return { runId, attempt, token, sweepId, configText }
}

/** The store, with the number of calls that have not been answered. */
function countCalls(store: SweepStore, count: (by: number) => void): SweepStore {
  return new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name)
      if (typeof member !== 'function') return member
      return (...args: unknown[]) => {
        const answer: unknown = member.apply(target, args)
        if (!(answer instanceof Promise)) return answer
        count(1)
        const settled = () => count(-1)
        answer.then(settled, settled)
        return answer
      }
    },
  })
}
