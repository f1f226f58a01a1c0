// Provenance and system samples to rows and back.
import { SweepError } from '../../sweeps/errors.ts'
import type { ProvenanceRecord, SystemChunk } from '../../sweeps/store.ts'
import type { ProvenanceTable, SystemChunksTable } from './schema.ts'

/** The columns beside `facts` are what is searched and grouped by. */
export function provenanceToRow(record: ProvenanceRecord): ProvenanceTable {
  const { runId, attempt, sweepId, facts } = record
  return {
    run_id: runId,
    attempt,
    sweep_id: sweepId,
    version: facts.version,
    facts: JSON.stringify(facts),
    git_commit: facts.git?.commit ?? null,
    is_dirty: facts.git?.dirty === true ? 1 : 0,
    diff_hash: facts.git?.diff?.sha256 ?? null,
  }
}

export function provenanceFromRow(row: ProvenanceTable): ProvenanceRecord {
  const facts = parseColumn<ProvenanceRecord['facts']>(
    row.facts,
    `provenance.facts of ${row.run_id} ${row.attempt}`,
  )
  return { runId: row.run_id, attempt: row.attempt, sweepId: row.sweep_id, facts }
}

export function systemToRow(chunk: SystemChunk): SystemChunksTable {
  const { runId, attempt, seq, samples } = chunk
  return { run_id: runId, attempt, seq, samples: JSON.stringify(samples) }
}

export function systemFromRow(row: SystemChunksTable): SystemChunk {
  const where = `system_chunks.samples of ${row.run_id} ${row.attempt} ${row.seq}`
  const samples = parseColumn<SystemChunk['samples']>(row.samples, where)
  return { runId: row.run_id, attempt: row.attempt, seq: row.seq, samples }
}

/** Every text column is written by this file, so what does not parse is damage, and is said to be. */
function parseColumn<T>(text: string, where: string): T {
  try {
    return JSON.parse(text) as T
  } catch (cause) {
    throw new SweepError('INTERNAL', `${where} is not JSON: the stored row is damaged`, {
      hint: 'Restore the database from a backup.',
      cause,
    })
  }
}
