// The store's contract on PostgreSQL, with a server of its own.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openPostgresStore } from '../../controller/store/postgres.ts'
import { startTestPostgres } from '../support/postgres-server.ts'
import type { TestPostgres } from '../support/postgres-server.ts'
import { describeStoreContract } from './store.contract.ts'

let postgres: TestPostgres
beforeAll(async () => {
  postgres = await startTestPostgres()
}, 60_000)
afterAll(() => postgres.stop())

it('refuses what is no address, without showing it', async () => {
  const refusal = openPostgresStore({ url: 'sweep:secret' })
  await expect(refusal).rejects.toMatchObject({
    code: 'USAGE',
    message: 'DATABASE_URL is no address of a database',
  })
  await expect(refusal).rejects.not.toThrow(/secret/)
})

describeStoreContract('the store on PostgreSQL', async () => {
  const url = await postgres.createDatabase()
  let current = await openPostgresStore({ url })
  return {
    store: current,
    writerAddress: url,
    async reopen() {
      await current.close()
      current = await openPostgresStore({ url })
      return current
    },
    async close() {
      await current.close()
      await postgres.dropDatabase(url)
    },
  }
})
