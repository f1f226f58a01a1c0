// The short tier of `npm run chaos`: every fault of the suite, a few times each. In several files, which run side by side.
import { describe, expect, test } from 'vitest'
import { countInjections, type Fault } from '../chaos/faults/fault.ts'
import { FAULTS } from '../chaos/faults/registry.ts'

/** @param isOurs by the fault's id */
export function testFaults(isOurs: (id: string) => boolean): void {
  describe.each(FAULTS.filter(({ id, shortCount }) => shortCount > 0 && isOurs(id)))(
    '$id $title',
    (fault: Fault) => {
      test(`leaves everything right, ${fault.shortCount} times`, { timeout: 300_000 }, async ({ skip }) => {
        const reason = (await fault.whyNot?.()) ?? null
        if (reason !== null) skip(reason)
        const round = await fault.runRound({ seed: 1, count: fault.shortCount, onInjection: () => {} })
        expect(round.violations, round.evidence.slice(0, 20_000)).toEqual([])
        expect(countInjections(round.injections)).toBeGreaterThan(0)
      })
    },
  )
}

/** What kills a process or takes the network away, rather than a disk, a message or a machine. */
export function isKill(id: string): boolean {
  return /^F(?:[1-9]|10)[a-z]?$/.test(id)
}
