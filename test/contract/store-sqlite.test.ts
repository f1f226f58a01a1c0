// The store's contract on SQLite.
import { openTemporaryStore } from '../support/store.ts'
import { describeStoreContract } from './store.contract.ts'

describeStoreContract('the store on SQLite', async () => {
  const temporary = await openTemporaryStore()
  return { ...temporary, writerAddress: `sqlite:${temporary.file}` }
})
