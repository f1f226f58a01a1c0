// The record of a run that a person put into a sweep's queue: nobody proposed it, and it waits for its first attempt.
import { createHash } from 'node:crypto'
import { freshRun, type RunRecord } from '../sweeps/run.ts'
import { createId, type RunId, type SweepRecord } from '../sweeps/sweep.ts'

/** @param config.place how many runs the sweep had before it: part of its name and of its seed */
export function enqueuedRun(
  sweep: SweepRecord,
  config: { configText: string; configHash: string; replicate: number; place: number },
  { at, randomInt }: { at: number; randomInt: (n: number) => number },
): RunRecord {
  const { configText, configHash, replicate, place } = config
  return freshRun({
    id: createId(randomInt) as RunId,
    name: `${sweep.name}-given-${place + 1}`,
    sweepId: sweep.id,
    project: sweep.project,
    configText,
    configHash,
    replicate,
    specVersion: sweep.specVersion,
    seed: seedOf(sweep.seed, place),
    createdAt: at,
  })
}

/** 31 bits; another one than that of any proposal, which is drawn from the sweep's seed in another way. */
function seedOf(sweepSeed: number, place: number): number {
  return createHash('sha256').update(`given ${sweepSeed} ${place}`).digest().readUInt32BE(0) >>> 1
}
