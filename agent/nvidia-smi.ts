// What `nvidia-smi` tells of the GPUs of this machine: which they are, and how busy. One call for all of them.
import { runTool } from '../runtime/run-tool.ts'

/** null: not available, on this GPU or this driver. */
export interface GpuReading {
  readonly index: number
  readonly uuid: string | null
  readonly driver: string | null
  readonly memoryTotalMiB: number | null
  readonly memoryUsedMiB: number | null
  /** Percent of the time in which a kernel ran, 0 to 100. */
  readonly busyPercent: number | null
  /** Percent of the time in which memory was read or written, 0 to 100. */
  readonly memoryBusyPercent: number | null
  readonly temperatureCelsius: number | null
  readonly powerWatts: number | null
  readonly powerLimitWatts: number | null
  readonly name: string
}

/** The name stands last: nothing forbids a comma in it. */
const FIELDS = [
  'index',
  'uuid',
  'driver_version',
  'memory.total',
  'memory.used',
  'utilization.gpu',
  'utilization.memory',
  'temperature.gpu',
  'power.draw',
  'power.limit',
  'name',
] as const
const MAX_BYTES = 64 * 1024

/**
 * The GPUs in the order of their index; null when nvidia-smi is missing, fails, or takes longer than `limitMs`.
 * @param env the environment to run it in; its PATH finds it
 */
export async function readGpus(options: {
  readonly env: Readonly<Record<string, string>>
  readonly limitMs: number
  readonly signal?: AbortSignal
}): Promise<GpuReading[] | null> {
  const args = [`--query-gpu=${FIELDS.join(',')}`, '--format=csv,noheader,nounits']
  const output = await runTool('nvidia-smi', args, { ...options, maxBytes: MAX_BYTES })
  return output === null || output.exitCode !== 0 ? null : parseGpus(output.stdout.toString('utf8'))
}

/** Lines that are none of a GPU are passed over. */
export function parseGpus(csv: string): GpuReading[] {
  return csv.split('\n').flatMap((line) => {
    const cells = line.split(',').map((cell) => cell.trim())
    const index = numberOf(cells[0])
    if (index === null || cells.length < FIELDS.length) return []
    return [
      {
        index,
        uuid: textOf(cells[1]),
        driver: textOf(cells[2]),
        memoryTotalMiB: numberOf(cells[3]),
        memoryUsedMiB: numberOf(cells[4]),
        busyPercent: numberOf(cells[5]),
        memoryBusyPercent: numberOf(cells[6]),
        temperatureCelsius: numberOf(cells[7]),
        powerWatts: numberOf(cells[8]),
        powerLimitWatts: numberOf(cells[9]),
        name: cells.slice(FIELDS.length - 1).join(', '),
      },
    ]
  })
}

/** `[N/A]`, `[Not Supported]`, `[GPU requires reset]` and an empty cell are null. */
function textOf(cell: string | undefined): string | null {
  return cell === undefined || cell === '' || cell.startsWith('[') ? null : cell
}

function numberOf(cell: string | undefined): number | null {
  const text = textOf(cell)
  if (text === null) return null
  const value = Number(text)
  return Number.isFinite(value) ? value : null
}
