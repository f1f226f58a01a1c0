// W&B's orders of runs: `+created_at`, `-summary_metrics.acc.max`, `+config.lr.value`; several with commas between.
// Runs without the value, and NaN, come last in either direction. Also the cursor of a list: the place after a run,
// which holds while runs are added, deleted and change.
import { SweepError } from '../../sweeps/errors.ts'
import { parseRunField, scalarOf } from './run-fields.ts'
import type { WandbRunFacts } from './run-fields.ts'

/** What a run is ordered by; null: it has no such value. */
type SortKey = number | string | null

export interface WandbRunOrder {
  /** Into a new list; ties stay in their order. */
  sort<R extends WandbRunFacts>(runs: readonly R[]): R[]
  /** The place after this run: opaque to clients. */
  cursorOf(run: WandbRunFacts): string
  /**
   * Where the page after the cursor begins: behind its run, or where it stood when it is gone or has moved.
   * @param sorted as `sort` gave it
   * @throws SweepError REQUEST_INVALID when the text is no cursor of this order
   */
  indexAfter(sorted: readonly WandbRunFacts[], cursor: string): number
}

const MAX_KEYS = 8

/** @param text null and '' mean `+created_at` @throws SweepError REQUEST_INVALID */
export function parseWandbOrder(text: string | null | undefined): WandbRunOrder {
  const keys = (text ?? '').split(',').map((one) => one.trim())
  const parts = keys.filter((one) => one !== '').map(parseKey)
  if (parts.length > MAX_KEYS) {
    throw new SweepError('REQUEST_INVALID', `order: more than ${MAX_KEYS} names`, { at: 'order' })
  }
  if (parts.length === 0) parts.push(parseKey('+created_at'))
  const keysOf = (run: WandbRunFacts): SortKey[] => parts.map(({ read }) => read(run))
  const compare = (left: readonly SortKey[], right: readonly SortKey[]): number => {
    for (const [index, { isDescending }] of parts.entries()) {
      const order = compareKeys(left[index] ?? null, right[index] ?? null, isDescending)
      if (order !== 0) return order
    }
    return 0
  }
  return {
    sort: (runs) =>
      runs
        .map((run) => ({ run, keys: keysOf(run) }))
        .sort((left, right) => compare(left.keys, right.keys))
        .map(({ run }) => run),

    cursorOf: (run) => writeCursor({ name: run.name, createdAt: run.createdAt, keys: keysOf(run) }),

    indexAfter(sorted, cursor) {
      const { name, createdAt, keys } = readCursor(cursor, parts.length)
      const at = sorted.findIndex((run) => run.name === name)
      const there = sorted[at]
      if (there !== undefined && compare(keysOf(there), keys) === 0) return at + 1
      const behind = sorted.findIndex((run) => {
        const order = compare(keysOf(run), keys)
        return order > 0 || (order === 0 && run.createdAt > createdAt)
      })
      return behind < 0 ? sorted.length : behind
    },
  }
}

function parseKey(text: string): { read: (run: WandbRunFacts) => SortKey; isDescending: boolean } {
  const isDescending = text.startsWith('-')
  const field = parseRunField(/^[+-]/.test(text) ? text.slice(1) : text)
  const wants = isDescending ? 'largest' : 'smallest'
  return { isDescending, read: (run) => sortKeyOf(scalarOf(field.read(run), wants)) }
}

function sortKeyOf(value: unknown): SortKey {
  switch (typeof value) {
    case 'number':
      return Number.isNaN(value) ? null : value
    case 'string':
      return INFINITE.get(value) ?? (value === 'NaN' ? null : value)
    case 'boolean':
      return Number(value)
    case 'object':
      return value === null ? null : Array.isArray(value) ? String(value[0] ?? '') : JSON.stringify(value)
    default:
      return null
  }
}

/** As summaries write what JSON has no number for. */
const INFINITE: ReadonlyMap<string, number> = new Map([
  ['Infinity', Infinity],
  ['-Infinity', -Infinity],
])

function compareKeys(left: SortKey, right: SortKey, isDescending: boolean): number {
  if (left === null || right === null) return Number(left === null) - Number(right === null)
  // Numbers before texts, whatever the direction.
  if (typeof left !== typeof right) return typeof left === 'number' ? -1 : 1
  if (left === right) return 0
  return left < right === isDescending ? 1 : -1
}

interface Cursor {
  readonly name: string
  readonly createdAt: number
  readonly keys: readonly SortKey[]
}

function writeCursor({ name, createdAt, keys }: Cursor): string {
  const texts = keys.map((key) => (typeof key === 'number' ? { n: String(key) } : key))
  return Buffer.from(JSON.stringify([name, createdAt, texts])).toString('base64url')
}

function readCursor(text: string, keyCount: number): Cursor {
  try {
    const [name, createdAt, texts] = JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as unknown[]
    if (typeof name === 'string' && typeof createdAt === 'number' && Array.isArray(texts)) {
      const keys = texts.map((key: unknown): SortKey => {
        if (key === null || typeof key === 'string') return key
        return Number((key as { n?: unknown }).n)
      })
      if (keys.length === keyCount) return { name, createdAt, keys }
    }
  } catch {
    // not one of ours
  }
  throw new SweepError('REQUEST_INVALID', 'after: not a cursor that this list gave', {
    at: 'after',
    hint: 'Begin the list anew, with the same order.',
  })
}
