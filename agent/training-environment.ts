// The world a training command sees: its environment, its files and its arguments (docs: the environment variables
// SWEEP_* and WANDB_*).
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { buildCommandLine } from '../sweeps/command-line.ts'
import type { AttemptJob } from '../sweeps/protocol.ts'
import { withAsWandb } from './as-wandb.ts'
import { buildWandbEnvironment } from './wandb-environment.ts'

export interface TrainingEnvironmentOptions {
  readonly job: AttemptJob
  /** The agent's working directory, in which the command runs. */
  readonly cwd: string
  /** The agent's data directory, in which checkpoints are kept. */
  readonly dataDirectory: string
  /** Folder of this attempt's own files. */
  readonly runFolder: string
  readonly cookieValue: string
  readonly reportUrl: string
  readonly runToken: string
  /** CUDA_VISIBLE_DEVICES of the slot; null: left as the agent has it. */
  readonly devices: string | null
  /** The controller's address as the agent reaches it. */
  readonly server: string
  /** Folder with our package `wandb`; null: trainings get the one that is installed. */
  readonly asWandb: string | null
  /** The agent's own environment. */
  readonly inherited: NodeJS.ProcessEnv
}

export interface TrainingEnvironment {
  readonly argv: readonly string[]
  readonly env: Record<string, string>
  readonly metricsFile: string
  readonly controlFile: string
  /** What was odd about the command, for people. */
  readonly warnings: readonly string[]
}

export const COOKIE_NAME = 'SWEEP_COOKIE'

/** The control groups of an agent's runs begin so; the run's key follows. */
export function cgroupPrefix(agentId: string): string {
  return `sweep-${agentId}-`
}

/** Not the command's business: the agent's own credentials, and what an outer W&B service would impose. */
const WITHHELD = ['SWEEP_TOKEN', 'SWEEP_TOKEN_FILE', 'SWEEP_ADMIN_TOKEN', 'WANDB_SERVICE']

/**
 * Writes the attempt's files and gives its arguments and environment.
 * @throws SweepError when the command cannot be built, Error when a file cannot be written
 */
export function prepareTraining(options: TrainingEnvironmentOptions): TrainingEnvironment {
  const { job, cwd, runFolder, inherited } = options
  const command = buildCommandLine({
    command: job.command,
    program: job.program,
    configText: job.configText,
    runId: job.runId,
    sweepId: job.sweepId ?? '',
    cwd,
    envvar: (name) => inherited[name],
    groups: job.groups,
    conditional: job.conditional,
  })
  for (const [path, content] of Object.entries(command.files)) writeNewFile(resolve(cwd, path), content)
  const configFile = join(runFolder, 'config.json')
  writeNewFile(configFile, `${job.configText}\n`)
  const checkpointFolder = join(options.dataDirectory, 'checkpoints', job.runId)
  mkdirSync(checkpointFolder, { recursive: true })

  const env: Record<string, string> = {}
  for (const [name, value] of Object.entries(inherited)) {
    if (value !== undefined && !WITHHELD.includes(name)) env[name] = value
  }
  const metricsFile = join(runFolder, 'metrics.jsonl')
  const controlFile = join(runFolder, 'control.json')
  Object.assign(env, {
    WANDB_RUN_ID: job.runId,
    WANDB_DIR: inherited['WANDB_DIR'] ?? cwd,
    ...command.env,
    ...buildWandbEnvironment({ inherited, server: options.server, job }),
    SWEEP_RUN_ID: job.runId,
    SWEEP_ATTEMPT: String(job.attempt),
    SWEEP_SEED: String(job.seed),
    SWEEP_CONFIG_FILE: configFile,
    SWEEP_METRICS_FILE: metricsFile,
    SWEEP_CONTROL_FILE: controlFile,
    SWEEP_CHECKPOINT_DIR: checkpointFolder,
    SWEEP_REPORT_URL: options.reportUrl,
    SWEEP_RUN_TOKEN: options.runToken,
    [COOKIE_NAME]: options.cookieValue,
    ...(options.devices === null ? {} : { CUDA_VISIBLE_DEVICES: options.devices }),
  })
  Object.assign(env, exceptionFromProxy(inherited, options.server))
  if (options.asWandb !== null) env['PYTHONPATH'] = withAsWandb(options.asWandb, inherited['PYTHONPATH'])
  const rank = outerRank(inherited)
  if (rank !== null) env['SWEEP_OUTER_RANK'] = rank
  else delete env['SWEEP_OUTER_RANK']
  if (job.sweepId !== null) Object.assign(env, { SWEEP_ID: job.sweepId, WANDB_SWEEP_ID: job.sweepId })
  else for (const name of ['SWEEP_ID', 'WANDB_SWEEP_ID', 'WANDB_SWEEP_PARAM_PATH']) delete env[name]
  return { argv: command.argv, env, metricsFile, controlFile, warnings: command.warnings }
}

function writeNewFile(path: string, content: string): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, content)
}

const RANK_NAMES = ['RANK', 'LOCAL_RANK', 'NODE_RANK', 'SLURM_PROCID', 'SLURM_STEP_ID']

/**
 * The rank that the agent itself was started with (`srun -n 4 sweep agent ID`), as `NAME=value,...`: a training that
 * finds the same in its environment is no rank of a distributed training, and reports. null: it has none.
 */
function outerRank(inherited: Readonly<Record<string, string | undefined>>): string | null {
  const found = RANK_NAMES.filter((name) => inherited[name] !== undefined)
  return found.length === 0 ? null : found.map((name) => `${name}=${inherited[name]}`).join(',')
}

/** The report URL is on this machine: a proxy could not reach it. The agent reaches the controller without one too. */
function exceptionFromProxy(
  inherited: Readonly<Record<string, string | undefined>>,
  server: string,
): Record<string, string> {
  if (!Object.keys(inherited).some((name) => /^(?:https?|all)_proxy$/i.test(name))) return {}
  const direct = [...new Set(['127.0.0.1', new URL(server).hostname])].join(',')
  return Object.fromEntries(
    ['NO_PROXY', 'no_proxy'].map((name) => {
      const hosts = inherited[name] ?? ''
      return [name, hosts === '' ? direct : hosts === '*' ? hosts : `${hosts},${direct}`]
    }),
  )
}
