// From what people type (an id, a unique prefix, a sweep's name, `@last`) to the one thing that it means.
import { NotFoundError, SweepError } from '../sweeps/errors.ts'
import { nearestName } from '../sweeps/nearest-name.ts'
import type { RunRecord } from '../sweeps/run.ts'
import type { StoreReads } from '../sweeps/store.ts'
import type { RunId, SweepId, SweepRecord } from '../sweeps/sweep.ts'

export type RefKind = 'sweep' | 'run'
export interface ResolvedRef {
  readonly kind: RefKind
  readonly id: string
  readonly name: string
}

export const MIN_PREFIX_LENGTH = 3
/** Prefixes of three characters are shared by one id in 18,000: more candidates than this are noise. */
const MAX_CANDIDATES = 100
const MAX_SHOWN = 5

/**
 * @param kinds what may be meant; a prefix that fits one sweep and one run is unique when only runs are asked for
 * @throws NotFoundError with near names, or SweepError AMBIGUOUS_ID with the candidates
 */
export async function resolveRef(
  store: StoreReads,
  ref: string,
  kinds: readonly RefKind[],
): Promise<ResolvedRef> {
  if (ref === '@last') return resolveLast(store, kinds)
  const found = (await store.findByPrefix(ref, MAX_CANDIDATES)).filter((one) => kinds.includes(one.kind))
  const exact = found.filter((one) => one.id === ref)
  const named = found.filter((one) => one.kind === 'sweep' && one.name === ref)
  const prefixed = ref.length >= MIN_PREFIX_LENGTH ? found : []
  const candidates = [exact, named, prefixed].find((list) => list.length > 0) ?? []
  const [only] = candidates
  if (only === undefined) throw await notFound(store, ref, kinds)
  if (candidates.length > 1) throw ambiguous(ref, candidates)
  return only
}

export async function resolveSweep(store: StoreReads, ref: string): Promise<SweepRecord> {
  const { id } = await resolveRef(store, ref, ['sweep'])
  const sweep = await store.findSweep(id as SweepId) // an id that the store gave
  if (sweep === null) throw new NotFoundError('sweep', ref)
  return sweep
}

export async function resolveRun(store: StoreReads, ref: string): Promise<RunRecord> {
  const { id } = await resolveRef(store, ref, ['run'])
  const run = await store.findRun(id as RunId) // an id that the store gave
  if (run === null) throw new NotFoundError('run', ref)
  return run
}

async function resolveLast(store: StoreReads, kinds: readonly RefKind[]): Promise<ResolvedRef> {
  const newest = kinds.includes('sweep') ? await store.newestSweep() : null
  if (newest === null) {
    throw new SweepError(
      'NOT_FOUND',
      kinds.includes('sweep') ? 'there is no sweep yet' : '"@last" names a sweep',
      {
        hint: kinds.includes('sweep') ? 'Create one: sweep create FILE' : 'Give the id of a run.',
      },
    )
  }
  return { kind: 'sweep', id: newest.id, name: newest.name }
}

async function notFound(store: StoreReads, ref: string, kinds: readonly RefKind[]): Promise<SweepError> {
  const kind = kinds.length > 1 ? 'sweep or run' : (kinds[0] ?? 'sweep')
  if (ref.length < MIN_PREFIX_LENGTH) {
    return new SweepError('NOT_FOUND', `no ${kind} "${ref}"`, {
      hint: `Give at least ${MIN_PREFIX_LENGTH} characters of its id.`,
      details: { kind, wanted: ref, near: [] },
    })
  }
  if (!kinds.includes('sweep')) return new NotFoundError(kind, ref)
  return new NotFoundError(kind, ref, nearSweeps(ref, await store.listSweeps()))
}

/** Sweeps whose id, its beginning of that length, or name is one or two mistakes away. */
function nearSweeps(ref: string, sweeps: readonly SweepRecord[]): string[] {
  const near = sweeps.filter(
    (sweep) => nearestName(ref, [sweep.id, sweep.id.slice(0, ref.length), sweep.name]) !== null,
  )
  return near.slice(0, MAX_SHOWN).map(({ id, name }) => `${id} (${name})`)
}

function ambiguous(ref: string, candidates: readonly ResolvedRef[]): SweepError {
  const shown = candidates.slice(0, MAX_SHOWN).map(({ id, name }) => `${id} (${name})`)
  const more = candidates.length > MAX_SHOWN ? ', ...' : ''
  const kinds = new Set(candidates.map((one) => one.kind))
  const what = kinds.size > 1 ? 'sweeps and runs' : kinds.has('run') ? 'runs' : 'sweeps'
  return new SweepError(
    'AMBIGUOUS_ID',
    `"${ref}" fits ${candidates.length} ${what}: ${shown.join(', ')}${more}`,
    {
      hint: 'Give more characters of the id.',
      details: { candidates: candidates.slice(0, MAX_CANDIDATES) },
    },
  )
}
