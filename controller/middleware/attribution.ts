// By whom a change was made, in the change log: whatever a request records carries the name of who asked. Services
// know nothing of it. The dispatcher has the store without this, and what it does of itself is nobody's doing.
import { AsyncLocalStorage } from 'node:async_hooks'
import type { RequestHandler } from 'express'
import type { StoreTransaction, SweepStore } from '../../sweeps/store.ts'
import { labelOf } from '../access/authenticator.ts'
import { principalOf } from './access-control.ts'

const asking = new AsyncLocalStorage<string>()

/** Behind the access control, and behind whatever reads the body: events of the socket would lose who asks. */
export const rememberWhoAsks: RequestHandler = (_request, response, next) => {
  const principal = principalOf(response)
  if (principal === null) return next()
  asking.run(labelOf(principal), next)
}

/** The same store; changes recorded while a request is answered get `by` among their data. */
export function attributeChanges(store: SweepStore): SweepStore {
  return overriding<SweepStore>(store, {
    // Who asks is read here and not inside the unit, which may run in the commit of another request.
    write(unit, options) {
      const by = asking.getStore()
      return store.write((tx) => unit(by === undefined ? tx : recordingBy(tx, by)), options)
    },
  })
}

function recordingBy(tx: StoreTransaction, by: string): StoreTransaction {
  return overriding<StoreTransaction>(tx, {
    recordChanges: (changes) =>
      tx.recordChanges(changes.map((change) => ({ ...change, data: { ...change.data, by } }))),
  })
}

/** `target` with some methods replaced. The others run on the target itself, whose private fields no copy has. */
function overriding<T extends object>(target: T, methods: Partial<T>): T {
  return new Proxy(target, {
    get(object, name) {
      if (Object.hasOwn(methods, name)) return Reflect.get(methods, name)
      const value: unknown = Reflect.get(object, name, object)
      return typeof value === 'function' ? (value.bind(object) as unknown) : value
    },
  })
}
