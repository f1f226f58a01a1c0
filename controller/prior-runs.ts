// Runs that were there before a sweep and are given to it: they count as its runs, in its method's eyes and in its
// ranking, as if it had proposed them.
import { parseConfigText, writeConfigText } from '../sweeps/config-text.ts'
import type { ConfigValue } from '../sweeps/config-text.ts'
import { hashConfigText } from '../sweeps/config-hash.ts'
import type { SweepConfig } from '../sweeps/config.ts'
import { SweepConfigError, SweepError } from '../sweeps/errors.ts'
import { readGivenConfigs } from '../sweeps/given-configs.ts'
import type { ParameterNode } from '../sweeps/parameter-tree.ts'
import { countedRows, foldRows, rankingValue } from '../sweeps/run-history.ts'
import type { SummaryMap } from '../sweeps/run-history.ts'
import { isTerminalRunState, type RunRecord } from '../sweeps/run.ts'
import type { StoreTransaction } from '../sweeps/store.ts'
import { createId, type RunId, type SweepRecord } from '../sweeps/sweep.ts'

export interface GivenContext {
  readonly at: number
  /** Uniform integer in [0, n). */
  readonly randomInt: (n: number) => number
}

/**
 * Gives ended runs to a sweep that is being made. A run without a sweep joins it; of one that belongs to another sweep a
 * copy does. Its config becomes the values that it had for the sweep's parameters.
 * @returns the sweep, with its count of runs
 * @throws SweepError NOT_FOUND; REQUEST_INVALID in words: not ended, of another project, or it does not fit the parameters
 */
export async function givePriorRuns(
  tx: StoreTransaction,
  sweep: SweepRecord,
  config: SweepConfig,
  names: readonly string[],
  context: GivenContext,
): Promise<SweepRecord> {
  if (sweep.runCap !== null && names.length > sweep.runCap)
    throw refused(`${names.length} runs are more than run_cap ${sweep.runCap} allows`)
  const replicates = new Map<string, number>()
  for (const name of new Set(names)) {
    const prior = await findPrior(tx, sweep, name)
    const configText = fitConfig(prior, config.parameters)
    const configHash = hashConfigText(configText)
    const replicate = replicates.get(configHash) ?? 0
    replicates.set(configHash, replicate + 1)
    await give(tx, prior, { sweep, configText, configHash, replicate }, context)
  }
  const filled: SweepRecord = { ...sweep, runCount: sweep.runCount + new Set(names).size }
  await tx.saveSweep(filled)
  return filled
}

async function findPrior(tx: StoreTransaction, sweep: SweepRecord, name: string): Promise<RunRecord> {
  const client = await tx.clientRuns.findByName(sweep.project, name)
  const run = await tx.findRun(client?.runId ?? (name as RunId))
  if (run === null)
    throw new SweepError('NOT_FOUND', `no run "${name}" in project ${sweep.project}`, {
      hint: "Give a run's id of this server.",
    })
  if (!isTerminalRunState(run.state))
    throw refused(`run ${name} is ${run.state}: only ended runs can be given`)
  if (run.project !== sweep.project)
    throw refused(`run ${name} stands in project ${run.project}, the sweep in ${sweep.project}`)
  return run
}

/** The values that the run had for the sweep's parameters, checked as if a person gave them. */
function fitConfig(run: RunRecord, parameters: readonly ParameterNode[]): string {
  const own = parseConfigText(run.configText)
  const picked = new Map<string, ConfigValue>()
  for (const { names } of parameters) {
    const [name] = names
    const value = name === undefined ? undefined : own.get(name)
    if (name !== undefined && value !== undefined) picked.set(name, value)
  }
  try {
    const [configText] = readGivenConfigs(writeConfigText(picked), parameters).configTexts
    return configText ?? '{}'
  } catch (error) {
    if (!(error instanceof SweepConfigError)) throw error
    const [problem] = error.problems
    throw refused(`run ${run.id} does not fit the sweep: ${problem?.path ?? ''}: ${problem?.message ?? ''}`)
  }
}

async function give(
  tx: StoreTransaction,
  prior: RunRecord,
  place: { sweep: SweepRecord; configText: string; configHash: string; replicate: number },
  { at, randomInt }: GivenContext,
): Promise<void> {
  const { sweep, configText, configHash, replicate } = place
  const isCopied = prior.sweepId !== null
  const chunks = await tx.readMetrics(prior.id)
  const summaries: SummaryMap = new Map()
  const rows = countedRows(chunks).map(({ row }) => row)
  foldRows(summaries, rows, sweep.metric)
  const run: RunRecord = {
    ...prior,
    ...rankingValue(summaries, sweep.metric),
    id: isCopied ? (createId(randomInt) as RunId) : prior.id,
    sweepId: sweep.id,
    configText,
    configHash,
    replicate,
    specVersion: sweep.specVersion,
    suggestionIndex: null,
    suggestedBy: null,
  }
  if (isCopied) {
    await tx.insertRuns([{ ...run, attemptCount: 0, openAttempt: null }])
    await tx.insertMetrics(chunks.map((chunk) => ({ ...chunk, runId: run.id })))
    await tx.saveValues(run.id, await tx.listValues(prior.id))
  } else {
    await tx.saveRuns([run])
  }
  await tx.saveSummaries(run.id, [...summaries.values()])
  const data = { from: prior.id }
  const change = { at, entity: 'run' as const, entityId: run.id, sweepId: sweep.id, event: 'run.given', data }
  await tx.recordChanges([change])
}

function refused(message: string): SweepError {
  return new SweepError('REQUEST_INVALID', message, { at: 'prior_runs' })
}
