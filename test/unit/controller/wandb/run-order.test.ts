import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseWandbOrder } from '../../../../controller/wandb/run-order.ts'
import { wandbRun } from './wandb-run-facts.ts'

function named(name: string, summary: Record<string, unknown>, createdAt = 0) {
  return wandbRun({ name, summary, createdAt })
}

function namesBy(order: string | null, runs: ReturnType<typeof named>[]): string {
  return parseWandbOrder(order)
    .sort(runs)
    .map(({ name }) => name)
    .join('')
}

describe("W&B's orders", () => {
  const runs = [
    named('a', { loss: 0.3 }, 3),
    named('b', { loss: 0.1 }, 1),
    named('c', {}, 2),
    named('d', { loss: 'NaN' }, 4),
    named('e', { loss: 'Infinity' }, 5),
  ]

  test('runs without the value, and NaN, come last in either direction', () => {
    expect(namesBy('+summary_metrics.loss', runs)).toBe('baecd')
    expect(namesBy('-summary_metrics.loss', runs)).toBe('eabcd')
  })

  test('by creation when nothing is asked', () => {
    expect(namesBy(null, runs)).toBe('bcade')
    expect(namesBy('', runs)).toBe('bcade')
    expect(namesBy('-created_at', runs)).toBe('edacb')
  })

  test('reads what define_metric keeps', () => {
    const kept = [
      named('a', { acc: { max: 0.5 } }),
      named('b', { acc: { max: 0.9 } }),
      named('c', { acc: { min: 0.1, max: 0.7 } }),
    ]
    expect(namesBy('-summary_metrics.acc.max', kept)).toBe('bca')
    expect(namesBy('-summary_metrics.acc', kept)).toBe('bca')
    expect(namesBy('+summary_metrics.acc', kept)).toBe('cab')
  })

  test('by a config value, and by several names', () => {
    const some = [
      wandbRun({ name: 'a', config: { lr: 1, opt: 'x' } }),
      wandbRun({ name: 'b', config: { lr: 2, opt: 'x' } }),
      wandbRun({ name: 'c', config: { lr: 3, opt: 'a' } }),
    ]
    expect(namesBy('-config.lr.value', some)).toBe('cba')
    expect(namesBy('+config.opt,-config.lr.value', some)).toBe('cba')
  })

  test('an unknown name is refused in words', () => {
    expect(() => parseWandbOrder('+loss')).toThrow('no field "loss"')
    expect(() => parseWandbOrder('+created_at').indexAfter([], 'rubbish')).toThrow('not a cursor')
  })

  test('pages by cursor give every run that stays once, whatever is deleted or added between', () => {
    const key = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.constantFrom('NaN', 'x', null))
    fc.assert(
      fc.property(
        fc.array(key, { maxLength: 30 }),
        fc.integer({ min: 1, max: 7 }),
        fc.constantFrom('+summary_metrics.k', '-summary_metrics.k', '+created_at', '-created_at'),
        fc.array(fc.nat(29), { maxLength: 10 }),
        (keys, perPage, by, deletions) => {
          const order = parseWandbOrder(by)
          let stored = keys.map((k, index) => named(`r${index}`, { k }, index))
          const deleted = new Set<string>()
          const seen: string[] = []
          for (let cursor: string | null = null; ;) {
            const sorted = order.sort(stored)
            const from: number = cursor === null ? 0 : order.indexAfter(sorted, cursor)
            const page = sorted.slice(from, from + perPage)
            const last = page.at(-1)
            if (last === undefined) break
            seen.push(...page.map(({ name }) => name))
            cursor = order.cursorOf(last)
            const gone = deletions.pop()
            if (gone !== undefined) deleted.add(`r${gone}`)
            stored = stored.filter(({ name }) => !deleted.has(name))
          }
          expect(new Set(seen).size).toBe(seen.length)
          for (const { name } of stored) expect(seen).toContain(name)
        },
      ),
    )
  })
})
