// Writes to a store without end, several units at a time, and prints a line after each that was promised. Killed by
// the test that starts it. Argument: `sqlite:<file>` or `postgres://...`.
import { writeSync } from 'node:fs'
import { openPostgresStore } from '../../controller/store/postgres.ts'
import { openSqliteStore } from '../../controller/store/sqlite.ts'
import { aChange, aSweep } from '../support/records.ts'

const address = process.argv[2] ?? ''
const store = address.startsWith('postgres:')
  ? await openPostgresStore({ url: address })
  : await openSqliteStore({ file: address.replace(/^sqlite:/, '') })

for (let batch = 0; ; batch += 1) {
  const names = [0, 1, 2].map((index) => `${batch}.${index}`)
  await Promise.all(
    names.map(async (name) => {
      await store.write(async (tx) => {
        await tx.insertSweep(aSweep({ name }))
        await tx.recordChanges([aChange({ event: name })])
      })
      writeSync(1, `${name}\n`)
    }),
  )
}
