// Which GPUs this agent may hand out: those that nvidia-smi lists, or fewer, as its own environment and its flags say.
import { SweepError } from '../sweeps/errors.ts'
import { runTool } from '../runtime/run-tool.ts'

/** A GPU, or a part of one (MIG). */
export interface GpuDevice {
  /** As CUDA_VISIBLE_DEVICES takes it: a number, `GPU-...` or `MIG-...`. */
  readonly name: string
  /** null: nvidia-smi does not tell. */
  readonly uuid: string | null
  /** Of the GPU that it is or is a part of; null as above. */
  readonly index: number | null
}

export interface GpuChoice {
  /** `auto`: the GPUs there are, if any; `all`: the same, none is an error; `none`; or a list `0,1`. @default 'auto' */
  readonly gpus?: string
  /** The agent's own environment: what it does not see is not handed out. */
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly listGpus: () => Promise<readonly GpuDevice[]>
}

/** @throws SweepError USAGE when the choice asks for GPUs that are not there */
export async function findGpuDevices(choice: GpuChoice): Promise<readonly GpuDevice[]> {
  const wanted = (choice.gpus ?? 'auto').trim()
  if (wanted === 'none') return []
  const present = visibleDevices(await choice.listGpus(), choice.environment)
  if (wanted === 'auto') return present
  if (wanted === 'all') {
    if (present.length > 0) return present
    throw new SweepError('USAGE', '--gpus all: no GPU was found', {
      hint: 'Check `nvidia-smi -L` and CUDA_VISIBLE_DEVICES, or use --gpus none.',
    })
  }
  const names = splitDevices(wanted)
  if (names.length === 0) {
    throw new SweepError('USAGE', `--gpus ${wanted}: found no list of GPUs`, {
      hint: 'Use auto, all, none, or 0,1.',
    })
  }
  const chosen = names.map((name) => ({ name, device: present.find((device) => isNamed(device, name)) }))
  const missing = chosen.filter(({ device }) => device === undefined).map(({ name }) => name)
  if (missing.length > 0) {
    const here = present.map(({ name }) => name).join(', ')
    throw new SweepError('USAGE', `--gpus ${wanted}: ${missing.join(', ')} not among [${here}]`, {
      hint: 'Check `nvidia-smi -L` and CUDA_VISIBLE_DEVICES.',
    })
  }
  return chosen.flatMap(({ device }) => device ?? [])
}

const LIST_LIMIT_MS = 10_000
const LIST_MAX_BYTES = 256 * 1024

/** What nvidia-smi lists; none when it is missing or fails. */
export async function listNvidiaGpus(
  environment: Readonly<Record<string, string | undefined>>,
): Promise<readonly GpuDevice[]> {
  const env = { PATH: environment['PATH'] ?? '/usr/bin:/bin' }
  const options = { env, limitMs: LIST_LIMIT_MS, maxBytes: LIST_MAX_BYTES }
  const output = await runTool('nvidia-smi', ['-L'], options)
  return output === null || output.exitCode !== 0 ? [] : parseGpuList(output.stdout.toString('utf8'))
}

/** Of `nvidia-smi -L`. A GPU that is cut into MIG devices can only be used by these. */
export function parseGpuList(text: string): GpuDevice[] {
  const gpus: { gpu: GpuDevice; parts: GpuDevice[] }[] = []
  for (const line of text.split('\n')) {
    const uuid = /\(UUID: ((?:GPU|MIG)-[^)\s]+)\)/.exec(line)?.[1] ?? null
    const number = /^GPU (\d+):/.exec(line)?.[1]
    if (number !== undefined) gpus.push({ gpu: { name: number, uuid, index: Number(number) }, parts: [] })
    else if (/^\s+MIG /.test(line) && uuid !== null) {
      const last = gpus.at(-1)
      last?.parts.push({ name: uuid, uuid, index: last.gpu.index })
    }
  }
  return gpus.flatMap(({ gpu, parts }) => (parts.length > 0 ? parts : [gpu]))
}

/** What the agent itself sees: CUDA_VISIBLE_DEVICES, else what Slurm gave its job. */
function visibleDevices(
  listed: readonly GpuDevice[],
  environment: GpuChoice['environment'],
): readonly GpuDevice[] {
  const inherited = environment['CUDA_VISIBLE_DEVICES']
  // Kept as they are named: what the driver understands, it understands in the run's environment too.
  if (inherited !== undefined)
    return splitDevices(inherited).map((name) => {
      const known = listed.find((device) => isNamed(device, name))
      return { name, uuid: known?.uuid ?? null, index: known?.index ?? null }
    })
  const ofJob = environment['SLURM_STEP_GPUS'] ?? environment['SLURM_JOB_GPUS']
  if (ofJob === undefined) return listed
  const names = splitDevices(ofJob)
  const given = listed.filter((device) => names.some((name) => isNamed(device, name)))
  // Where Slurm shows a job its own GPUs only, they count from 0 there: the list is the job's already.
  return given.length === names.length && given.length > 0 ? given : listed
}

/** By its number, or by the beginning of its UUID, as CUDA takes it. */
function isNamed(device: GpuDevice, name: string): boolean {
  if (device.name === name) return true
  return /^(?:GPU|MIG)-/.test(name) && device.uuid?.startsWith(name) === true
}

/** CUDA's own rule: what follows a negative number is not seen. */
function splitDevices(list: string): string[] {
  const devices: string[] = []
  for (const part of list.split(',').map((text) => text.trim())) {
    if (part === '' || part.startsWith('-')) break
    devices.push(part)
  }
  return devices
}
