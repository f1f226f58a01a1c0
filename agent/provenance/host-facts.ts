// What machine this is: read once in the life of an agent. Never asks the network.
import { readFileSync } from 'node:fs'
import os from 'node:os'
import type { HostFacts } from '../../sweeps/provenance.ts'
import { readGpus } from '../nvidia-smi.ts'
import { detectContainer } from './container.ts'

const GPU_LIMIT_MS = 10_000
const MIB = 1024 * 1024

/** Never rejects. */
export async function readHostFacts(options: {
  readonly name: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly signal?: AbortSignal
}): Promise<HostFacts> {
  const { env } = options
  const [gpus, physicalCores] = await Promise.all([
    readGpus({
      env: { PATH: env['PATH'] ?? '' },
      limitMs: GPU_LIMIT_MS,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    }),
    countPhysicalCores(),
  ])
  return {
    name: options.name,
    user: readUserName(),
    os: { name: readSystemName(), kernel: `${os.type()} ${os.release()}`, arch: process.arch },
    cpu: { model: os.cpus()[0]?.model.trim() || null, cores: os.availableParallelism(), physicalCores },
    memoryBytes: os.totalmem(),
    gpus: (gpus ?? []).slice(0, 64).map((gpu) => ({
      index: gpu.index,
      uuid: gpu.uuid,
      name: gpu.name,
      driver: gpu.driver,
      memoryBytes: gpu.memoryTotalMiB === null ? null : gpu.memoryTotalMiB * MIB,
    })),
    container: detectContainer(env, readTextFile),
  }
}

/**
 * By systeminformation, which knows how on every system; loaded here, because it costs 40 ms. Its `osInfo` is not
 * used: it looks this machine's name up in the DNS.
 */
async function countPhysicalCores(): Promise<number | null> {
  try {
    const { default: information } = await import('systeminformation')
    const { physicalCores } = await information.cpu()
    return Number.isInteger(physicalCores) && physicalCores > 0 ? physicalCores : null
  } catch {
    return null
  }
}

function readUserName(): string | null {
  try {
    return os.userInfo().username
  } catch {
    return null // a uid without a name
  }
}

/** `Debian GNU/Linux 12 (bookworm)` */
function readSystemName(): string {
  const release = readTextFile('/etc/os-release') ?? ''
  return /^PRETTY_NAME=["']?([^"'\n]+)/m.exec(release)?.[1] ?? `${os.type()} ${os.version()}`.slice(0, 200)
}

function readTextFile(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}
