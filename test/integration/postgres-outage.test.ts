// A PostgreSQL that ends at the worst moments, and comes back.
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openPostgresStore } from '../../controller/store/postgres.ts'
import { startTestPostgres } from '../support/postgres-server.ts'
import type { TestPostgres } from '../support/postgres-server.ts'
import { aSweep } from '../support/records.ts'
import { waitFor } from '../support/wait.ts'
import type { SweepStore } from '../../sweeps/store.ts'

let postgres: TestPostgres
let store: SweepStore
const failures: string[] = []
beforeEach(async () => {
  failures.length = 0
  postgres = await startTestPostgres()
  store = await openPostgresStore({
    url: await postgres.createDatabase(),
    meter: { committed() {}, storeFailed: (reason) => void failures.push(reason) },
  })
}, 60_000)
afterEach(async () => {
  await store.close()
  await postgres.stop()
})

// The pool watches idle connections only: a client that breaks while a unit holds it would end the process.
it('refuses a unit whose connection breaks between two of its statements, and takes the next one', async () => {
  const kept = aSweep()
  const lost = aSweep()
  await store.write((tx) => tx.insertSweep(kept))

  const broken = store.write(async (tx) => {
    await tx.insertSweep(lost)
    await postgres.halt()
    await tx.findSweep(lost.id)
  })

  await expect(broken).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  await expect(store.ping()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  expect(failures.length).toBeGreaterThanOrEqual(2)
  await postgres.resume()
  const again = () => store.write((tx) => tx.saveSweep({ ...kept, name: 'later' })).then(() => true)
  await waitFor('a write succeeds', () => again().catch(() => false))
  expect(await store.findSweep(kept.id)).toMatchObject({ name: 'later' })
  expect(await store.findSweep(lost.id)).toBeNull()
})
