// One round of a fault that is a property: many cases drawn by fast-check from the round's seed, on one store; a case
// that fails is shrunk, and named with what it takes to see it again.
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { openSqliteStore } from '../../../controller/store/sqlite.ts'
import type { SweepStore } from '../../../sweeps/store.ts'
import type { Violation } from '../checker.ts'
import type { Round, RoundOptions } from './fault.ts'

/** @param check what is wrong with the case, in words, or null */
export async function runProperty<T>(
  options: RoundOptions,
  facts: { readonly invariant: Violation['invariant']; readonly arbitrary: fc.Arbitrary<T> },
  check: (store: SweepStore, given: T) => Promise<string | null>,
): Promise<Round> {
  // In memory where that is possible: what a case writes need not survive the machine.
  const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'sweep-property-'))
  const store = await openSqliteStore({ file: join(folder, 'sweep.db') })
  try {
    const property = fc.asyncProperty(facts.arbitrary, async (given) => {
      const problem = await check(store, given)
      if (problem !== null) throw new Error(problem)
    })
    const details = await fc.check(property, { seed: options.seed, numRuns: options.count })
    const injections = [{ what: `${details.numRuns} cases`, recoveryMs: null, count: details.numRuns }]
    for (const injection of injections) options.onInjection(injection)
    if (!details.failed) return { injections, violations: [], evidence: '' }
    const words = details.errorInstance instanceof Error ? details.errorInstance.message : 'no words'
    const evidence = `${words}\n${fc.defaultReportMessage(details) ?? ''}`
    const message = `seed ${details.seed}, path ${details.counterexamplePath}: ${words.slice(0, 600)}`
    return { injections, violations: [{ invariant: facts.invariant, runId: null, message }], evidence }
  } finally {
    await store.close()
    rmSync(folder, { recursive: true, force: true })
  }
}
