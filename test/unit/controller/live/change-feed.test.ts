import { afterEach, beforeEach, expect, it } from 'vitest'
import {
  createChangeFeed,
  type ChangeFeed,
  type ChangeListener,
} from '../../../../controller/live/change-feed.ts'
import { openSqliteStore } from '../../../../controller/store/sqlite.ts'
import { createStandings } from '../../../../controller/standings.ts'
import { systemClock } from '../../../../runtime/clock.ts'
import { silentLogger } from '../../../../runtime/logger.ts'
import type { SweepStore } from '../../../../sweeps/store.ts'
import { aChange } from '../../../support/records.ts'
import { openTemporaryStore, type TemporaryStore } from '../../../support/store.ts'
import { waitFor } from '../../../support/wait.ts'

let temporary: TemporaryStore
let store: SweepStore
let feed: ChangeFeed
/** Calls of the store by name. */
let calls: string[]
let failsNext: boolean
let passedMs: number

beforeEach(async () => {
  temporary = await openTemporaryStore()
  calls = []
  failsNext = false
  passedMs = 0
  store = new Proxy(temporary.store, {
    get(target, name) {
      const method = (target[name as keyof SweepStore] as (...args: unknown[]) => unknown).bind(target)
      return (...args: unknown[]) => {
        calls.push(String(name))
        if (failsNext && name === 'lastSeq') {
          failsNext = false
          return Promise.reject(new Error('the store is away'))
        }
        return method(...args)
      }
    },
  })
  const clock = { now: () => Date.now(), monotonicMs: () => performance.now() + passedMs }
  feed = createChangeFeed({ store, standings: createStandings(store), clock, log: silentLogger })
})
afterEach(async () => {
  feed.close()
  await temporary.close()
})

interface Heard extends ChangeListener {
  readonly told: string[]
}

function listener(): Heard {
  const told: string[] = []
  return {
    sweepId: null,
    told,
    send: ({ seq }) => void told.push(`changes to ${seq}`),
    beat: (seq) => void told.push(`beat at ${seq}`),
    reset: (reason) => void told.push(`reset: ${reason}`),
    end: () => void told.push('end'),
  }
}

const record = () => store.write((tx) => tx.recordChanges([aChange()]))

it('looks at nothing while nobody listens', async () => {
  const heard = listener()
  const stop = await feed.listen(heard, 0)
  await record()
  await waitFor('it is told', () => heard.told.length > 0)
  stop()
  calls.length = 0
  const other = listener()
  const otherFeed = createChangeFeed({
    store: temporary.store,
    standings: createStandings(temporary.store),
    clock: systemClock,
    log: silentLogger,
  })
  await otherFeed.listen(other, null)
  await record()
  await waitFor('another feed is told', () => other.told.length > 0)
  otherFeed.close()

  expect(calls.filter((name) => name !== 'write')).toEqual([])
})

it('reads the log once for all who stand at the same place', async () => {
  const [a, b] = [listener(), listener()]
  await feed.listen(a, 0)
  await feed.listen(b, 0)
  await record()
  await waitFor('both are told', () => a.told.length > 0 && b.told.length > 0)

  expect(a.told).toEqual(['changes to 1'])
  expect(b.told).toEqual(['changes to 1'])
  expect(calls.filter((name) => name === 'readChanges')).toHaveLength(1)
})

it('finds what another process wrote', async () => {
  const heard = listener()
  await feed.listen(heard, 0)
  const other = await openSqliteStore({ file: temporary.file })
  await other.write((tx) => tx.recordChanges([aChange()]))
  await other.close()
  await waitFor('it is told', () => heard.told.length > 0)

  expect(heard.told).toEqual(['changes to 1'])
})

it('tells everything after the store was away', async () => {
  const heard = listener()
  await feed.listen(heard, 0)
  failsNext = true
  await record()
  await waitFor('it is told', () => heard.told.length > 0)

  expect(failsNext).toBe(false)
  expect(heard.told).toEqual(['changes to 1'])
})

it('beats after 15 s without a message, with the place that was reached', async () => {
  const heard = listener()
  await feed.listen(heard, 0)
  await record()
  await waitFor('it is told', () => heard.told.length > 0)
  passedMs += 14_000
  calls.length = 0
  await waitFor('it has looked again', () => calls.includes('lastSeq'))
  expect(heard.told).toEqual(['changes to 1'])

  passedMs += 1_000
  await waitFor('it beats', () => heard.told.length > 1)
  expect(heard.told).toEqual(['changes to 1', 'beat at 1'])
})

it('ends who listens when it closes, and who comes afterwards', async () => {
  const [early, late] = [listener(), listener()]
  await feed.listen(early, null)
  feed.close()
  await feed.listen(late, null)

  expect(early.told).toEqual(['end'])
  expect(late.told).toEqual(['end'])
})
