// When a Bayesian search has little left to gain: advice for people, from the records of its newest proposals. Nothing acts
// on it. Pure.

export interface StopAdvice {
  /** For people, one sentence. */
  readonly reason: string
  /** How many of the newest proposals say so. */
  readonly proposals: number
}

/**
 * So many proposals in a row: in stagnation as many bring every arm of the search its turn, and each looks at a part of
 * the space.
 */
export const ADVISING_PROPOSALS = 6
/** A thousandth of the values' standard deviation is no gain. */
const LEAST_LOG_GAIN = Math.log(1e-3)

/** Of `suggestedBy`; proposals without a model, or with one of few runs, have none of them. */
export interface ProspectRecord {
  readonly index?: unknown
  readonly regretBound?: unknown
  readonly noiseStd?: unknown
  readonly logGain?: unknown
}

/**
 * @param records of the newest proposals, in any order
 * @returns null when there is no reason to stop, or too little to say
 */
export function adviseStop(records: readonly ProspectRecord[]): StopAdvice | null {
  const newest = [...records]
    .sort((a, b) => numberOf(b.index) - numberOf(a.index))
    .slice(0, ADVISING_PROPOSALS)
  if (newest.length < ADVISING_PROPOSALS) return null
  const proposals = ADVISING_PROPOSALS
  if (newest.every(({ regretBound, noiseStd }) => numberOf(regretBound) < numberOf(noiseStd)))
    return { reason: 'what is left to gain is less than the noise of a measurement', proposals }
  if (newest.every(({ logGain }) => numberOf(logGain) < LEAST_LOG_GAIN))
    return {
      reason: 'no more than a thousandth of the spread of values is expected from a further run',
      proposals,
    }
  return null
}

/** NaN compares as false. */
function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : NaN
}
