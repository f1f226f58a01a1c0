import { expect, it } from 'vitest'
import { AnswerKeeper } from '../../../../controller/analysis/answer-keeper.ts'

function setUp() {
  let now = 0
  let found = 0
  const keeper = new AnswerKeeper<number>({ now: () => now, monotonicMs: () => now })
  return {
    pass: (ms: number) => void (now += ms),
    /** @param tookMs what it costs */
    ask: (count: number, tookMs = 1_000) =>
      keeper.answer('key', count, async () => {
        now += tookMs
        return ++found
      }),
  }
}

it('keeps an answer as long as no run has ended since', async () => {
  const { ask, pass } = setUp()
  expect(await ask(100)).toBe(1)
  pass(86_400_000)
  expect(await ask(100)).toBe(1)
})

it('keeps an answer of a live sweep for ten times what it took, and finds it anew then', async () => {
  const { ask, pass } = setUp()
  await ask(100)
  pass(9_000)
  expect(await ask(101)).toBe(1)
  pass(2_000)
  expect(await ask(101)).toBe(2)
})

it('finds it anew at once when there are half as many runs more', async () => {
  const { ask } = setUp()
  await ask(10)
  expect(await ask(15)).toBe(1)
  expect(await ask(16)).toBe(2)
})

it('finds one answer for all who ask meanwhile, and keeps no failure', async () => {
  const keeper = new AnswerKeeper<number>({ now: () => 0, monotonicMs: () => 0 })
  let count = 0
  const fail = () => Promise.reject(new Error(`no ${++count}`))
  const both = await Promise.allSettled([keeper.answer('k', 1, fail), keeper.answer('k', 1, fail)])
  expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  expect(count).toBe(1)
  expect(await keeper.answer('k', 1, async () => 7)).toBe(7)
})
