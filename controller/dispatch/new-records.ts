// The records that the scheduler makes: a run for a suggestion, an attempt for a slot.
import { randomBytes, randomInt } from 'node:crypto'
import { freshRun } from '../../sweeps/run.ts'
import type { AttemptRecord, RunRecord } from '../../sweeps/run.ts'
import type { Suggestion } from '../../sweeps/suggest.ts'
import { createId } from '../../sweeps/sweep.ts'
import type { AgentId, RunId, SweepRecord } from '../../sweeps/sweep.ts'

/** A run of a suggestion, as it is inserted together with its first attempt. */
export function newRun(sweep: SweepRecord, suggestion: Suggestion, now: number): RunRecord {
  const id = createId((n) => randomInt(n)) as RunId
  return freshRun({
    id,
    name: `${sweep.name}-${suggestion.index + 1}`,
    sweepId: sweep.id,
    project: sweep.project,
    configText: suggestion.configText,
    configHash: suggestion.configHash,
    specVersion: sweep.specVersion,
    suggestionIndex: suggestion.index,
    suggestedBy: suggestion.suggestedBy,
    seed: runSeed(sweep.seed, suggestion.index),
    attemptCount: 1, // proposed for a slot: inserted together with its first attempt
    openAttempt: 1,
    createdAt: now,
  })
}

/** The seed that a run's training gets: 31 bits from the sweep's seed and the run's index (splitmix-like mixing). */
function runSeed(sweepSeed: number, index: number): number {
  let x = (sweepSeed ^ Math.imul(index + 1, 0x9e3779b9)) >>> 0
  x = Math.imul(x ^ (x >>> 16), 0x21f0aaad) >>> 0
  x = Math.imul(x ^ (x >>> 15), 0x735a2d97) >>> 0
  return (x ^ (x >>> 15)) >>> 1
}

/** The attempt that `run.attemptCount` counts, offered to that agent now. */
export function newAttempt(run: RunRecord, agentId: AgentId, now: number): AttemptRecord {
  return {
    runId: run.id,
    attempt: run.attemptCount,
    agentId,
    host: '',
    token: randomBytes(24).toString('hex'),
    offeredAt: now,
    startedAt: null,
    endedAt: null,
    pid: null,
    slot: null,
    outcome: null,
    exitCode: null,
    signal: null,
    reason: null,
    stderrTail: null,
    reportSeq: 0,
  }
}
