// `sweep slurm`: prints the batch script that works a sweep on a Slurm cluster.
import type { ResolveResponse } from '../../sweeps/api-schema.ts'
import { SweepError } from '../../sweeps/errors.ts'
import { defineCommand, wholeNumber } from '../command.ts'
import { parseDuration } from '../durations.ts'
import { resolveServerAddress } from '../server-address.ts'
import { slurmScript } from '../slurm-script.ts'

interface Options {
  readonly array: number
  readonly time: number
  readonly gpus: number
  readonly partition?: string
}

const HOUR_MS = 3_600_000
/** Less leaves no time for a run between the start and Slurm's warning. */
const MIN_TIME_MS = 5 * 60_000

export const command = defineCommand<Options>({
  name: 'slurm',
  summary: 'Print a Slurm script that works a sweep',
  arguments: '<id>',
  examples: [
    ['sweep slurm k3v9r2td --array 100 | sbatch', 'a hundred agents, one GPU and four hours each'],
    ['sweep slurm k3v9 --array 8 --gpus 8 --time 2d > job.sh', 'whole nodes, two days; look at it first'],
    ['sweep slurm @last --gpus 0 --partition cpu', 'one agent without GPUs'],
  ],
  options: [
    { flags: '--array <n>', description: 'elements of the array', parse: wholeNumber(1), default: 1 },
    {
      flags: '--time <duration>',
      description: 'of each (default: 4h)',
      parse: parseDuration,
      default: 4 * HOUR_MS,
    },
    { flags: '--gpus <n>', description: 'GPUs of each', parse: wholeNumber(0), default: 1 },
    { flags: '--partition <name>', description: 'where to', parse: parsePartition },
  ],
  notes: [
    'An element is queued again when its time ends before the work does (exit code 75).',
    'It holds no token: `sweep login` in a shared home, or SWEEP_TOKEN_FILE.',
  ],
  next: ['squeue --me', 'sweep agents ID'],
  run: async (context, [ref = ''], { array, time, gpus, partition }) => {
    if (time < MIN_TIME_MS)
      throw new SweepError('USAGE', '--time: at least 5m', { hint: 'As in:  --time 4h' })
    const text = await context.api().get(`/resolve/${encodeURIComponent(ref)}`)
    const found = JSON.parse(text) as ResolveResponse // the server's own schema
    if (found.kind !== 'sweep') throw new SweepError('USAGE', `"${ref}" is a run: an agent works sweeps`)
    const server = resolveServerAddress(context.io.env, context.globals.server).url
    const script = slurmScript({
      sweepId: found.id,
      server,
      arraySize: array,
      timeMs: time,
      gpuCount: gpus,
      partition: partition ?? null,
    })
    if (context.isJson) context.print(JSON.stringify({ schema: 'sweep.slurm/1', script }))
    else context.io.stdout.write(script)
    const isHere = /^https?:\/\/(?:127\.|localhost|\[::1\])/.test(server)
    if (isHere) context.note(`! Nodes do not reach ${server}: set SWEEP_SERVER to an address that they do.`)
    return 0
  },
})

function parsePartition(text: string, flag: string): string {
  if (/^[\w.,-]+$/.test(text)) return text
  throw new SweepError('USAGE', `${flag}: "${text}" is no name of a partition`)
}
