// `npm run bench -- resume`: readers of the change stream are cut off at random bytes and resume, 1,000 times in all,
// while a writer writes. Exits 1 when an entry of the log was not told exactly once and in order, or when what a reader
// knows in the end differs from a fresh snapshot.
import { parseArgs } from 'node:util'
import { startApi, TOKEN } from '../test/integration/api-harness.ts'
import { checkResuming } from '../test/support/resume-check.ts'

const { values } = parseArgs({
  options: {
    cuts: { type: 'string', default: '1000' },
    /** Readers at one time. */
    readers: { type: 'string', default: '20' },
    seed: { type: 'string', default: String(Date.now()) },
  },
})

const api = await startApi()
try {
  const { cuts, cutBeforeFirstEvent, entries, messages, seconds } = await checkResuming({
    store: api.store,
    url: api.url,
    token: TOKEN,
    cuts: Number(values.cuts),
    readers: Number(values.readers),
    seed: values.seed,
  })
  console.log(
    `${cuts} cuts (${cutBeforeFirstEvent} before the first event had come whole), ${values.readers} readers, ` +
      `${entries} entries in ${messages} messages, ${seconds.toFixed(0)} s, seed ${values.seed}\n` +
      'every entry told once and in order; every reader knows what a fresh snapshot says',
  )
} catch (error) {
  console.log(`seed ${values.seed}: ${(error as Error).message}`)
  process.exitCode = 1
} finally {
  await api.close()
}
