// The store's contract on PostgreSQL, with a server of its own.
import { afterAll, beforeAll } from 'vitest'
import { openPostgresStore } from '../../controller/store/postgres.ts'
import { startTestPostgres } from '../support/postgres-server.ts'
import type { TestPostgres } from '../support/postgres-server.ts'
import { describeStoreContract } from './store.contract.ts'

let postgres: TestPostgres
beforeAll(async () => {
  postgres = await startTestPostgres()
}, 60_000)
afterAll(() => postgres.stop())

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
