import { beforeEach, expect, test } from 'vitest'
import { AttemptTally } from '../../../../controller/dispatch/attempt-tally.ts'
import { LeaderState } from '../../../../controller/dispatch/leader-state.ts'
import { leaseTimes } from '../../../../controller/dispatch/leases.ts'
import type { OpenAttempt } from '../../../../controller/dispatch/open-attempts.ts'
import { SpeakingClients } from '../../../../controller/dispatch/speaking-clients.ts'
import { silentMeter } from '../../../../controller/meter.ts'
import { systemClock } from '../../../../runtime/clock.ts'
import type { ClientRunRecord } from '../../../../sweeps/client-run.ts'
import type { AgentId, RunId } from '../../../../sweeps/sweep.ts'
import { aRun, anAgent, anAttempt } from '../../../support/records.ts'

const LEASE_MS = 180_000
let state: LeaderState
let open: OpenAttempt
/** When the run's client was last heard, and in which attempt. */
let client: { attempt: number; heardAt: number } | null
let clients: SpeakingClients
let monotonicMs = 0

/** A leader that hears everything ticks once a second. */
function pass(ms: number): void {
  for (let left = ms; left > 0; left -= 1_000) state.clock.tick((monotonicMs += 1_000), true)
}

function begin(version: string): void {
  monotonicMs = 0
  state = new LeaderState(1, leaseTimes(LEASE_MS), 0, new AttemptTally(silentMeter, systemClock))
  const agent = anAgent({ id: 'agentaaa' as AgentId, version })
  state.agents.recall(agent, 0)
  const run = aRun({ id: 'runaaaaa' as RunId })
  open = state.attempts.add(anAttempt({ runId: run.id, agentId: agent.id }), run, state.newDeadline(agent.id))
  open.isAccepted = true
  const find = (ids: readonly RunId[]) =>
    Promise.resolve(new Map(client === null ? [] : ids.map((id) => [id, client as ClientRunRecord])))
  clients = new SpeakingClients(state, { clientRuns: { find } })
}

beforeEach(() => {
  client = { attempt: 1, heardAt: 1_000 }
  begin('wandb')
})

test('a run whose client was heard in the second half of the lease is worked', async () => {
  pass(LEASE_MS / 2 + 1_000)
  await clients.look()
  client = { attempt: 1, heardAt: 2_000 }
  pass(LEASE_MS / 2)
  await clients.look()

  expect(await clients.listSpeaking([open])).toEqual([open])
})

test('one whose client fell silent is not, nor one whose client speaks for another attempt', async () => {
  pass(LEASE_MS / 2 + 1_000)
  await clients.look()
  pass(LEASE_MS / 2)
  expect(await clients.listSpeaking([open])).toEqual([])
  client = { attempt: 2, heardAt: 2_000 }
  expect(await clients.listSpeaking([open])).toEqual([])
})

test('each lease is looked at anew', async () => {
  pass(LEASE_MS / 2 + 1_000)
  await clients.look()
  client = { attempt: 1, heardAt: 2_000 }
  open.deadlineMs = state.newDeadline(open.agentId) // renewed
  pass(LEASE_MS / 2 + 1_000)
  await clients.look()
  pass(LEASE_MS / 2)

  expect(await clients.listSpeaking([open])).toEqual([])
})

test("an agent of ours answers for its runs itself: its clients' words renew nothing", async () => {
  begin('0.1.0')
  pass(LEASE_MS / 2 + 1_000)
  await clients.look()
  client = { attempt: 1, heardAt: 2_000 }

  expect(await clients.listSpeaking([open])).toEqual([])
})
