// What the dispatcher may not believe: that a commit which failed did not happen, and that a job which lies in a mailbox
// was never taken.
import { afterEach, expect, it } from 'vitest'
import { StoreUnavailableError } from '../../../sweeps/errors.ts'
import type { SweepStore } from '../../../sweeps/store.ts'
import { replaceMembers, startDispatchWorld } from '../../support/dispatch-world.ts'
import type { DispatchWorld } from '../../support/dispatch-world.ts'
import { waitFor } from '../../support/wait.ts'

let world: DispatchWorld
afterEach(() => world.close())

/** While `isSilent` holds, commits happen, and are reported as failed. */
function withSilentCommits(store: SweepStore, isSilent: (unit: string) => boolean): SweepStore {
  return replaceMembers<SweepStore>(store, {
    async write(unit, options) {
      const called: string[] = []
      const result = await store.write(
        (tx) =>
          unit(
            new Proxy(tx, {
              get(target, name) {
                called.push(String(name))
                const member: unknown = Reflect.get(target, name)
                return typeof member === 'function' ? (member.bind(target) as unknown) : member
              },
            }),
          ),
        options,
      )
      if (isSilent(called.join(' '))) throw new StoreUnavailableError('gone after the commit')
      return result
    },
  })
}

/** True once, for the first unit that makes this call. */
function once(call: string): (unit: string) => boolean {
  let isOver = false
  return (unit) => {
    if (isOver || !unit.includes(call)) return false
    isOver = true
    return true
  }
}

it.each([
  { what: 'offers', call: 'insertAttempts' },
  { what: 'reports', call: 'saveCursor' },
])('works every run, although the commit of its $what was reported as failed', async ({ call }) => {
  const isSilent = once(call)
  let isArmed = false
  world = await startDispatchWorld(60_000, {
    wrapStore: (store) => withSilentCommits(store, (unit) => isArmed && isSilent(unit)),
  })
  const sweep = await world.createGrid(4)
  const agent = await world.agent(sweep.id, { capacity: 2 })
  isArmed = true
  agent.takeJobs()
  agent.startBeating()
  for (let next = 1; next <= 4; next += 1) await agent.runToEnd(await agent.job(next), next)
  await world.sweepState(sweep.id, 'finished')
  expect((await world.runs(sweep.id)).map((run) => [run.state, run.attemptCount])).toEqual(
    new Array(4).fill(['finished', 1]),
  )
})

it('never calls an attempt recalled whose job was taken before it was delivered again', async () => {
  world = await startDispatchWorld(8_000)
  const sweep = await world.createGrid(1)
  const agent = await world.agent(sweep.id)
  agent.takeJobs()
  await agent.beat()
  const job = await agent.job(1)
  await agent.stopTaking() // it works, and is not heard
  await world.restartDispatcher() // knows of the offer, and nothing of its acceptance
  const [attempt] = await waitFor(
    'the attempt ends',
    async () => {
      const attempts = await world.store.listAttempts([(await world.run(job.runId)).id])
      return attempts[0]?.outcome === null ? null : attempts
    },
    { timeoutMs: 40_000 },
  )
  expect(attempt?.outcome).toBe('lost')
})
