// Reads by key that come at the same time, as one: a page of 1,000 runs asks each run for its summary.
import { setImmediate as nextTurn } from 'node:timers/promises'

/** @returns reads one key together with all that are asked for in the same turn; undefined: there is nothing */
export function batchedRead<Key, Value>(
  readAll: (keys: readonly Key[]) => Promise<ReadonlyMap<Key, Value>>,
): (key: Key) => Promise<Value | undefined> {
  let waiting: { readonly keys: Key[]; readonly answer: Promise<ReadonlyMap<Key, Value>> } | null = null

  async function readNext(keys: readonly Key[]): Promise<ReadonlyMap<Key, Value>> {
    await nextTurn()
    waiting = null
    return readAll(keys)
  }

  return async (key) => {
    if (waiting === null) {
      const keys: Key[] = []
      waiting = { keys, answer: readNext(keys) }
    }
    const { keys, answer } = waiting
    keys.push(key)
    return (await answer).get(key)
  }
}
