// The batch script that works a sweep as a Slurm job array: one agent for each element. Pure text.

export interface SlurmJob {
  readonly sweepId: string
  readonly server: string
  /** Elements of the array. */
  readonly arraySize: number
  /** Of each element; Slurm ends it then. */
  readonly timeMs: number
  /** GPUs of each element; 0: none. */
  readonly gpuCount: number
  readonly partition: string | null
}

/** Slurm's own SIGTERM comes so long before the end: time to write a checkpoint and to hand the run back. */
const WARNING_SECONDS = 120
/** The agent plans to be done so long before that. */
const MARGIN_MS = 60_000
/** Elements that start together do not all knock at once. */
const JITTER_SECONDS = 30

export function slurmScript(job: SlurmJob): string {
  const { sweepId, arraySize, gpuCount, partition } = job
  const maxTimeSeconds = Math.max(60, Math.floor((job.timeMs - WARNING_SECONDS * 1000 - MARGIN_MS) / 1000))
  const directives = [
    `--job-name=sweep-${sweepId}`,
    `--array=1-${arraySize}`,
    `--time=${formatSlurmTime(job.timeMs)}`,
    ...(partition === null ? [] : [`--partition=${partition}`]),
    ...(gpuCount === 0 ? [] : [`--gpus-per-node=${gpuCount}`]),
    `--signal=B:TERM@${WARNING_SECONDS}`,
    '--requeue',
    '--open-mode=append',
    '--output=sweep-%A_%a.log',
  ]
  return `#!/bin/bash
${directives.map((directive) => `#SBATCH ${directive}`).join('\n')}

# One agent for each element of the array. It takes no run that would not fit into the time, hands what runs back when
# Slurm warns it, and the element is queued again. A token comes from \`sweep login\` (a home folder that all nodes
# share), SWEEP_TOKEN_FILE or SWEEP_TOKEN: never write one here.
export SWEEP_SERVER=${quote(job.server)}
# Checkpoints are in it: a folder that all nodes share lets a run go on elsewhere.
export SWEEP_DATA="\${SWEEP_DATA:-$PWD/.sweep}"

sleep $((RANDOM % ${JITTER_SECONDS}))
told=
trap 'told=yes; kill -TERM "$agent" 2>/dev/null' TERM
sweep agent ${sweepId} --max-time ${maxTimeSeconds}s${gpuCount === 0 ? ' --gpus none' : ''} &
agent=$!
wait "$agent"
code=$?
if [ -n "$told" ]; then
  # The signal ended the wait, not the agent: wait for its own exit code.
  wait "$agent"
  again=$?
  [ "$again" -eq 127 ] || code=$again
fi

# 75: it handed its run back, and there is more to do. Everything else is the end of this element: 0 the work is done,
# 20 runs keep failing on this node, 21 it was told to leave.
if [ "$code" -eq 75 ] && [ -n "\${SLURM_ARRAY_JOB_ID:-}" ]; then
  scontrol requeue "\${SLURM_ARRAY_JOB_ID}_\${SLURM_ARRAY_TASK_ID}"
fi
exit "$code"
`
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}

/** `04:00:00`, or `2-12:00:00` from a day on; whole minutes upward. */
export function formatSlurmTime(ms: number): string {
  const minutes = Math.ceil(ms / 60_000)
  const two = (count: number) => String(count).padStart(2, '0')
  const days = Math.floor(minutes / 1440)
  const clock = `${two(Math.floor((minutes % 1440) / 60))}:${two(minutes % 60)}:00`
  return days === 0 ? clock : `${days}-${clock}`
}
