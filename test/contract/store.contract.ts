// The promises of sweeps/store.ts, as tests that every implementation runs. How a store is opened, and what only one
// database does, is in the caller's file; most of the tests are in the files named store-*.contract.ts.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { SweepStore } from '../../sweeps/store.ts'
import { aChange } from '../support/records.ts'
import { storedSweep } from '../support/store.ts'
import type { OpenContract, StoreHarness } from './store-harness.ts'
import { describeRemoval } from './store-removal.contract.ts'
import { describeAccess } from './store-access.contract.ts'
import { describeArtifacts } from './store-artifacts.contract.ts'
import { describeCounts } from './store-counts.contract.ts'
import { describeFleetReads } from './store-fleet.contract.ts'
import { describeHandouts } from './store-handouts.contract.ts'
import { describeProvenance } from './store-provenance.contract.ts'
import { describeStopChecks } from './store-stop-checks.contract.ts'
import { describeLiveReads } from './store-live.contract.ts'
import { describeClientRuns } from './store-client-runs.contract.ts'
import { describeReports } from './store-reports.contract.ts'
import { describeSweepsAndRuns } from './store-runs.contract.ts'
import { describeUnits } from './store-units.contract.ts'
import { describeUpdates } from './store-updates.contract.ts'

export function describeStoreContract(name: string, open: () => Promise<StoreHarness>): void {
  describe(name, () => {
    let harness: StoreHarness
    let store: SweepStore
    beforeEach(async () => {
      harness = await open()
      store = harness.store
    })
    afterEach(() => harness.close())

    const contract: OpenContract = { store: () => store, reopen: () => harness.reopen() }
    describeUnits(contract)
    describeSweepsAndRuns(contract)
    describeReports(contract)
    describeClientRuns(contract)
    describeRemoval(contract)
    describeAccess(contract)
    describeArtifacts(contract)
    describeCounts(contract)
    describeUpdates(contract)
    describeProvenance(contract)
    describeStopChecks(contract)
    describeHandouts(contract)
    describeLiveReads(contract)
    describeFleetReads(contract)

    describe('the database', () => {
      it('answers a ping', async () => {
        await expect(store.ping()).resolves.toBeUndefined()
      })

      it('has an id of its own that stays', async () => {
        const id = await store.deployment()

        expect(id).toMatch(/^[0-9a-z]{8}$/)
        expect(await (await harness.reopen()).deployment()).toBe(id)
      })

      it('has everything after it is opened again, and goes on counting', async () => {
        const { sweep, runs } = await storedSweep(store, [{ value: NaN }, {}])
        await store.takeLeadership('a', null)
        await store.write((tx) => tx.recordChanges([aChange(), aChange()]))

        const again = await harness.reopen()

        expect(await again.findSweep(sweep.id)).toEqual(sweep)
        expect(await again.listRuns({ sweepId: sweep.id })).toEqual(runs)
        expect(await again.readLeadership()).toMatchObject({ epoch: 1, holder: 'a' })
        await again.write((tx) => tx.recordChanges([aChange()]))
        expect((await again.readChanges(0, 10)).map((change) => change.seq)).toEqual([1, 2, 3])
      })

      it('has every write that a process told of before it was killed with SIGKILL, and no half of one', async () => {
        await store.close()
        const acknowledged = await writeUntilKilled(harness.writerAddress, 300)

        const again = await harness.reopen()

        const events = (await again.readChanges(0, 1_000_000)).map((change) => change.event)
        expect(events.slice(0, acknowledged.length)).toEqual(acknowledged)
        const sweeps = await again.listSweeps()
        expect(sweeps.map((sweep) => sweep.name)).toEqual(events)
      })
    })
  })
}

/** Lets another process write, kills it while it does, and returns what it had been promised. */
async function writeUntilKilled(address: string, writes: number): Promise<string[]> {
  const program = new URL('./store-writer-process.ts', import.meta.url).pathname
  const child = spawn(process.execPath, ['--import', 'tsx', program, address], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const acknowledged: string[] = []
  const lines = createInterface({ input: child.stdout })
  lines.on('line', (line) => {
    acknowledged.push(line)
    if (acknowledged.length === writes) child.kill('SIGKILL')
  })
  const [[, signal]] = await Promise.all([once(child, 'exit'), once(lines, 'close')])
  expect(signal).toBe('SIGKILL')
  expect(acknowledged.length).toBeGreaterThanOrEqual(writes)
  return acknowledged
}
