import { expect, it } from 'vitest'
import fc from 'fast-check'
import { readLastLogLines, readLogLines } from '../../../controller/log-lines.ts'
import type { LogPlace } from '../../../controller/log-lines.ts'
import { CLIENT_SEQ_BASE } from '../../../sweeps/client-run.ts'
import type { LogChunk, StoreReads } from '../../../sweeps/store.ts'
import type { RunId } from '../../../sweeps/sweep.ts'
import { aLogChunk } from '../../support/records.ts'

const RUN = 'r1' as RunId

function storeOf(chunks: readonly LogChunk[]): Pick<StoreReads, 'readLogs'> {
  return {
    readLogs: (_runId, { after, limit = Infinity } = {}) => {
      const rest = chunks.filter(
        ({ attempt, seq }) =>
          after === undefined || attempt > after.attempt || (attempt === after.attempt && seq > after.seq),
      )
      return Promise.resolve(rest.slice(0, limit))
    },
  }
}

function chunksOf(...texts: readonly string[]): LogChunk[] {
  return texts.map((text, index) =>
    aLogChunk({ runId: RUN, attempt: 1, seq: index + 1, stream: 'stdout', text }),
  )
}

it('puts a line together that two reports cut', async () => {
  const { lines, next } = await readLogLines(storeOf(chunksOf('one\ntw', 'o\r\nthree')), RUN, 100, null)
  expect(lines.map(({ number, text }) => [number, text])).toEqual([
    [0, 'one'],
    [1, 'two'],
    [2, 'three'],
  ])
  expect(next).toBeNull()
})

it('keeps the streams apart', async () => {
  const chunks = chunksOf('out ', 'err\n', 'put\n').map((chunk, index) =>
    index === 1 ? { ...chunk, stream: 'stderr' as const } : chunk,
  )
  const { lines } = await readLogLines(storeOf(chunks), RUN, 100, null)
  expect(lines.map(({ stream, text }) => [stream, text])).toEqual([
    ['stderr', 'err'],
    ['stdout', 'out put'],
  ])
})

it("takes a client's lines as whole ones", async () => {
  const chunks = chunksOf('one', 'two').map((chunk) => ({ ...chunk, seq: CLIENT_SEQ_BASE + chunk.seq }))
  const { lines } = await readLogLines(storeOf(chunks), RUN, 100, null)
  expect(lines.map(({ text }) => text)).toEqual(['one', 'two'])
})

it('gives every line once, with its number, whatever the size of pages', async () => {
  const texts = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', '\n'), maxLength: 8 }), {
    maxLength: 40,
  })
  await fc.assert(
    fc.asyncProperty(texts, fc.integer({ min: 1, max: 9 }), async (given, count) => {
      const whole = given.join('')
      const expected = whole.split('\n')
      if (expected.at(-1) === '') expected.pop()
      // A line that never ends within two pages is cut: these all end.
      fc.pre(expected.every((line) => line.length < 60))
      const store = storeOf(chunksOf(...given))
      const seen: { number: number; text: string }[] = []
      for (let from: LogPlace | null = null; ;) {
        const page: Awaited<ReturnType<typeof readLogLines>> = await readLogLines(store, RUN, count, from)
        seen.push(...page.lines)
        if (page.next === null) break
        from = page.next
      }
      expect(seen.map(({ number }) => number)).toEqual(seen.map((_, index) => index))
      expect(seen.map(({ text }) => text).join('')).toBe(expected.join(''))
      const last = await readLastLogLines(store, RUN, count)
      expect(last.map(({ text }) => text)).toEqual(expected.slice(-count))
    }),
  )
})
