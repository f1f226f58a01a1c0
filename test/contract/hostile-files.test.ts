import fc from 'fast-check'
import { expect, it } from 'vitest'
import { describeSweepFile } from '../../sweeps/describe-sweep-file.ts'
import { hostileFiles } from '../support/hostile-files.ts'

// About 10 s: too long for a unit test.
it(
  'validate answers 10,000 random and mutated documents with its document, and throws at none',
  { timeout: 120_000 },
  () => {
    let validCount = 0
    fc.assert(
      fc.property(hostileFiles(), (text) => {
        const described = describeSweepFile(text, { sampleCount: 2, quantiles: [0, 0.5, 1] })
        const document = JSON.parse(described.documentText) as {
          valid: boolean
          errors: { message: string }[]
        }
        expect(document.valid).toBe(document.errors.length === 0)
        expect(document.errors.every(({ message }) => message !== '')).toBe(true)
        if (document.valid) validCount += 1
      }),
      { numRuns: 10_000, seed: 5 },
    )
    // Both sides are seen: files that an edit left sound, and files that it did not.
    expect(validCount).toBeGreaterThan(10)
    expect(validCount).toBeLessThan(9_000)
  },
)
