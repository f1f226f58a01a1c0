import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { NO_LINES, addLines } from '../../../sweeps/line-ranges.ts'

describe('the lines of a file that are stored', () => {
  it('are each fresh once, whatever is sent in whatever order', () => {
    const sends = fc.array(fc.tuple(fc.nat(60), fc.nat(12)), { maxLength: 40 })
    fc.assert(
      fc.property(sends, (parts) => {
        const seen = new Set<number>()
        let ranges = NO_LINES
        for (const [from, count] of parts) {
          const added = addLines(ranges, from, count)
          ranges = added.ranges
          for (const [start, stop] of added.fresh) {
            expect(start).toBeGreaterThanOrEqual(from)
            expect(stop).toBeLessThanOrEqual(from + count)
            for (let line = start; line < stop; line++) {
              expect(seen.has(line)).toBe(false)
              seen.add(line)
            }
          }
          for (let line = from; line < from + count; line++) expect(seen.has(line)).toBe(true)
        }
      }),
    )
  })
})
