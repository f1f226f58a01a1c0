// What the checker judges besides the ledger: the controller's runs and history, and what is left on this machine.
import type { Cluster } from '../support/cluster.ts'
import { waitFor } from '../support/wait.ts'
import type { HistoryPoint, RunView, Violation } from './checker.ts'

export async function readRuns(cluster: Cluster, sweepId: string, cells: number): Promise<RunView[]> {
  const answer = await cluster.sweepJson(['runs', sweepId, '--limit', String(cells * 2 + 10)])
  return (answer as { runs: RunView[] }).runs // the shape of interfaces.md; judged field by field afterwards
}

export async function readHistory(cluster: Cluster, sweepId: string): Promise<HistoryPoint[]> {
  const result = await cluster.sweep(['export', sweepId, '--what', 'history', '--format', 'jsonl'])
  if (result.code !== 0) throw new Error(`sweep export ended with ${result.code}: ${result.stderr}`)
  return result.stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as HistoryPoint)
}

/** I11: with the work done no training process may be left, whatever was killed on the way. */
export async function judgeHost(cluster: Cluster): Promise<Violation[]> {
  const trainings = () =>
    cluster
      .processes()
      .filter((found) => found.environment.some((variable) => variable.startsWith('SWEEP_RUN_ID=')))
  await waitFor('no training process is left', () => trainings().length === 0).catch(() => {})
  const leftTrainings = trainings().map(
    (found) => `training left behind: pid ${found.pid} ${found.commandLine}`,
  )
  const leftOthers = await cluster.close()
  return [...leftTrainings, ...leftOthers].map((message) => ({ invariant: 'I11', runId: null, message }))
}
