// The use cases on where a run comes from and how its machine fared.
import { NotFoundError } from '../sweeps/errors.ts'
import type { ProvenanceFacts, SystemSample } from '../sweeps/provenance.ts'
import type { RunRecord } from '../sweeps/run.ts'
import type { StoreReads } from '../sweeps/store.ts'

export interface WholeProvenance {
  /** 0 when the run has had no attempt. */
  readonly attempt: number
  /** null: this attempt did not tell. */
  readonly facts: ProvenanceFacts | null
  readonly diff: string | null
  /** `name==version` */
  readonly packages: readonly string[] | null
}

/**
 * One attempt's provenance with its texts.
 * @param attempt null: the newest that told, else the newest
 * @throws NotFoundError when the run has no such attempt
 */
export async function readProvenance(
  store: StoreReads,
  run: RunRecord,
  attempt: number | null,
): Promise<WholeProvenance> {
  if (attempt !== null && attempt > run.attemptCount)
    throw new NotFoundError('attempt', `${attempt} of run ${run.id}`)
  const told = await store.listProvenance(run.id)
  const record = attempt === null ? told.at(-1) : told.find((candidate) => candidate.attempt === attempt)
  if (record === undefined)
    return { attempt: attempt ?? run.attemptCount, facts: null, diff: null, packages: null }
  const { facts } = record
  const [diff, packages] = await Promise.all([
    findText(store, facts.git?.diff?.sha256),
    findText(store, facts.python?.packages?.sha256),
  ])
  return {
    attempt: record.attempt,
    facts,
    diff,
    packages: packages?.split('\n').filter((line) => line !== '') ?? null,
  }
}

function findText(store: StoreReads, hash: string | undefined): Promise<string | null> {
  return hash === undefined ? Promise.resolve(null) : store.findProvenanceText(hash)
}

/** @param last the newest so many only */
export async function readSystemSamples(
  store: StoreReads,
  run: RunRecord,
  options: { readonly attempt?: number | undefined; readonly last?: number | undefined },
): Promise<{ attempt: number; sample: SystemSample }[]> {
  const { attempt, last } = options
  const chunks = await store.readSystemChunks(run.id, {
    ...(attempt === undefined ? {} : { attempt }),
    ...(last === undefined ? {} : { lastChunks: last }), // none is empty
  })
  const samples = chunks.flatMap((chunk) =>
    chunk.samples.map((sample) => ({ attempt: chunk.attempt, sample })),
  )
  return last === undefined ? samples : samples.slice(-last)
}
