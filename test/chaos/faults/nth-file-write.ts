// F28f: of all changes that an agent makes to its journal and its other files while it works 30 runs, the n-th fails,
// for every n: the disk is full, or broken. A real agent in this process, started again when it gives up; the
// controller is a process of its own. The trainings keep the ledger.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { startAgent } from '../../../agent/main.ts'
import type { AgentHandle } from '../../../agent/main.ts'
import { silentLogger } from '../../../runtime/logger.ts'
import type { RunJson } from '../../../sweeps/run-schema.ts'
import type { SweepJson } from '../../../sweeps/sweep-schema.ts'
import { startCluster } from '../../support/cluster.ts'
import type { Cluster } from '../../support/cluster.ts'
import { pause, waitFor } from '../../support/wait.ts'
import type { Violation } from '../checker.ts'
import { judgeHost } from '../evidence.ts'
import { breakFiles } from './failing-files.ts'
import type { DiskError, FailingFiles } from './failing-files.ts'
import type { CarriedOut, Fault, Round, RoundOptions } from './fault.ts'

const RUNS = 30
const LEASE_SECONDS = 5
/** For the whole sweep, an agent that is started again and a lease included. */
const LIMIT_MS = 60_000
const CODES: readonly DiskError[] = ['ENOSPC', 'EIO']
const PER_ROUND = 40

export const nthFileWrite: Fault = {
  id: 'F28f',
  title: 'every n-th file write of the agent fails',
  injects: `the n-th open, write, cut, flush or rename in the agent's folder fails with ${CODES.join(' and ')}, for every n of a sweep of ${RUNS} runs; an agent that gives up is started again`,
  invariants: ['I1', 'I2', 'I4', 'I6', 'I10', 'I11'],
  fullCount: 4_000,
  isExhaustive: true,
  shortCount: 2,
  perRound: PER_ROUND,
  runRound,
}

/** Seed s covers the n from (s - 1) * perRound on, so that all rounds together cover every n. */
async function runRound(options: RoundOptions): Promise<Round> {
  const cluster = await startCluster({ lease: `${LEASE_SECONDS}s` })
  const files = breakFiles()
  const injections: CarriedOut[] = []
  const violations: Violation[] = []
  // An agent that gives up says so; one that is torn down by its own error would be a finding, not the end of the suite.
  const onUncaught = (error: Error) =>
    void violations.push({ invariant: 'I11', runId: null, message: `nobody caught: ${error.stack}` })
  process.on('uncaughtException', onUncaught)
  try {
    for (let index = 0; index < options.count; index += 1) {
      const place = (options.seed - 1) * PER_ROUND + index
      const n = Math.floor(place / CODES.length) + 1
      const code = CODES[place % CODES.length] ?? 'EIO'
      const found = await runCase(cluster, files, { name: `${n}-${code}`, n, code })
      violations.push(...found.violations)
      if (files.fired === null) break // the sweep makes fewer changes than that
      const what = `change ${n} (${files.fired}) failed with ${code}, ${found.startCount - 1} restarts`
      const done = { what, recoveryMs: found.ms }
      injections.push(done)
      options.onInjection(done)
    }
  } finally {
    files.restore()
    process.off('uncaughtException', onUncaught)
    violations.push(...(await judgeHost(cluster)))
  }
  const evidence = violations.length === 0 ? '' : JSON.stringify(violations)
  return { injections, violations, evidence }
}

interface Case {
  readonly name: string
  readonly n: number
  readonly code: DiskError
}

async function runCase(cluster: Cluster, files: FailingFiles, { name, n, code }: Case) {
  const ledger = join(cluster.folder, `ledger-${name}`)
  const values = Array.from({ length: RUNS }, (_, x) => x).join(', ')
  const script = `echo $SWEEP_RUN_ID-$SWEEP_ATTEMPT >> ${ledger}; echo "{\\"loss\\":$0}"`
  const text = `method: grid\nmetric: {name: loss, goal: minimize}\nparameters: {x: {values: [${values}]}}\ncommand: [sh, -c, ${JSON.stringify(script)}, "\${x}"]\n`
  const sweepId = await cluster.create(cluster.writeFile(`sweep-${name}.yaml`, text))
  const dataDir = join(cluster.folder, `agent-${name}`)
  const startedAt = performance.now()
  files.arm(dataDir, n, code)
  const worked = await workToTheEnd(cluster, sweepId, dataDir)
  const ms = Math.round(performance.now() - startedAt)
  const violations: Violation[] = []
  const add = (invariant: Violation['invariant'], message: string, runId: string | null = null) =>
    void violations.push({ invariant, runId, message: `change ${n} failed with ${code}: ${message}` })
  if (!worked.isFinished) add('I6', `the sweep has not ended within ${LIMIT_MS} ms`)
  if (worked.isStuck) add('I11', 'the agent has not left after the end')
  const runs = await readRuns(cluster, sweepId)
  if (runs.length !== RUNS) add('I6', `${runs.length} runs`)
  if (new Set(runs.map((run) => run.configText)).size !== runs.length) add('I1', 'a configuration twice')
  for (const run of runs) {
    if (run.state !== 'finished') add('I6', `is ${run.state}`, run.id)
    else if (run.value !== (run.config as { x: number }).x) {
      // A full disk may cost metrics, but not without a word.
      const isTold = code === 'ENOSPC' && run.value === null && (await tellsOfDrops(cluster, run))
      if (!isTold) add('I4', `its value is ${run.value}`, run.id)
    }
  }
  const starts = existsSync(ledger) ? readFileSync(ledger, 'utf8').trimEnd().split('\n') : []
  const again = starts.filter((start, index) => starts.indexOf(start) !== index)
  if (again.length > 0) add('I2', `started twice: ${again.join(', ')}`)
  return { violations, ms, startCount: worked.startCount }
}

/** As whoever looks after an agent: one that could not go on is started again, until the sweep is over. */
async function workToTheEnd(cluster: Cluster, sweepId: string, dataDir: string) {
  const deadline = performance.now() + LIMIT_MS
  let isOver = false
  let startCount = 0
  const agents: AgentHandle[] = []
  const options = {
    server: cluster.server,
    token: cluster.token,
    sweepIds: [sweepId],
    slots: 4,
    gpus: 'none',
  }
  const keepWorking = async (): Promise<void> => {
    while (!isOver) {
      startCount += 1
      try {
        const agent = await startAgent({
          ...options,
          systemIntervalMs: 0,
          dataDir,
          cwd: cluster.folder,
          log: silentLogger,
          onEvent: () => {},
        })
        agents.push(agent)
        if ((await agent.done) === 0) return
      } catch {
        await pause(100) // it could not go on, or could not start
      }
    }
  }
  const working = keepWorking()
  const isFinished = await waitFor(
    'the sweep has ended',
    async () => (await readSweep(cluster, sweepId)).state === 'finished',
    { timeoutMs: Math.max(1, deadline - performance.now()), intervalMs: 100 },
  ).then(
    () => true,
    () => false,
  )
  isOver = true
  let hasLeft = false
  void working.then(() => (hasLeft = true))
  const leaving = { timeoutMs: isFinished ? 20_000 : 1, intervalMs: 20 }
  await waitFor('the agent leaves', () => hasLeft, leaving).catch(() => agents.at(-1)?.terminate())
  const isStuck = isFinished && !hasLeft
  await Promise.race([working, pause(10_000)])
  return { isFinished, isStuck, startCount }
}

async function readSweep(cluster: Cluster, sweepId: string): Promise<SweepJson> {
  return ((await ask(cluster, `/sweeps/${sweepId}`)) as { sweep: SweepJson }).sweep
}

async function readRuns(cluster: Cluster, sweepId: string): Promise<RunJson[]> {
  return ((await ask(cluster, `/sweeps/${sweepId}/runs?limit=100`)) as { runs: RunJson[] }).runs
}

/** In the run's log, or in the reason of the end where nothing else could be written. */
async function tellsOfDrops(cluster: Cluster, { id, attempts }: RunJson): Promise<boolean> {
  const log = JSON.stringify(await ask(cluster, `/runs/${id}/logs`))
  return `${log} ${attempts.map(({ reason }) => reason ?? '').join(' ')}`.includes('were dropped')
}

async function ask(cluster: Cluster, path: string): Promise<unknown> {
  const headers = { authorization: `Bearer ${cluster.token}` }
  return (await fetch(`${cluster.server}/api/v1${path}`, { headers })).json()
}
