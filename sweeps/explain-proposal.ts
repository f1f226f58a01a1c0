// Why a configuration was proposed, as it is stored with the run: in the metric's own units and sign, by the parameters'
// names, in few digits.
import type { Proposal } from '../optimizers/optimizer.ts'
import type { SweepConfig } from './config.ts'
import { parameterPath } from './parameter-tree.ts'
import type { SearchSpace } from './search-space.ts'

/** Of more parameters only those that matter most are listed. */
const MAX_LISTED_PARAMETERS = 12

export interface ProposalContext {
  readonly space: SearchSpace
  readonly config: SweepConfig
  /** Values of running runs that counted, by the index of their suggestion (imputation.ts). */
  readonly soFar: readonly (readonly [index: number, value: number | null])[]
  nameOf(runId: string): string
}

/**
 * What `suggestedBy` holds besides method and index: the method's own words and numbers, of a model `expected`, `std`,
 * `lengthScales` (the shorter, the more a parameter matters) and the runs `nearest` in them, and `basis`: what the
 * proposal can be made again from (replay-suggestion.ts).
 */
export function explainProposal(
  proposal: Proposal,
  { space, config, soFar, nameOf }: ProposalContext,
): Record<string, unknown> {
  const explanation: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(proposal.diagnostics)) {
    explanation[key] = typeof value === 'number' ? shortNumber(value) : value
  }
  const { expectation, basis } = proposal
  if (basis !== undefined) {
    const pending = basis.pending.map((own) => own + config.initialConfigs.length)
    explanation['basis'] = { ...basis, pending, ...(soFar.length === 0 ? {} : { soFar }) }
  }
  if (expectation === undefined) return explanation
  const sign = config.metric?.goal === 'maximize' ? -1 : 1
  const named = space.leaves
    .map((leaf, index) => [parameterPath(leaf), expectation.lengthScales[index]] as const)
    .filter((entry): entry is [string, number] => entry[1] !== undefined)
    .sort((a, b) => a[1] - b[1])
    .slice(0, MAX_LISTED_PARAMETERS)
  return {
    ...explanation,
    expected: shortNumber(sign * expectation.value),
    std: shortNumber(expectation.std),
    lengthScales: Object.fromEntries(named.map(([name, length]) => [name, shortNumber(length, 2)])),
    nearest: expectation.nearest.map(({ id, distance }) => ({
      run: nameOf(id),
      distance: shortNumber(distance, 3),
    })),
  }
}

/** Whole numbers stay whole. @returns null for what JSON has no number for */
function shortNumber(value: number, digits = 5): number | null {
  if (Number.isSafeInteger(value)) return value
  return Number.isFinite(value) ? Number(value.toPrecision(digits)) : null
}
