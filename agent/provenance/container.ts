// Whether this process runs in a container, and of which image as far as somebody says so. An image's name is never
// guessed: inside of a container nothing tells it.
import type { HostFacts } from '../../sweeps/provenance.ts'

type Container = NonNullable<HostFacts['container']>

/** Who sets them: whoever starts the container; W&B's own launcher; Apptainer and Singularity themselves. */
const IMAGE_VARIABLES = [
  'SWEEP_CONTAINER_IMAGE',
  'WANDB_DOCKER',
  'APPTAINER_CONTAINER',
  'SINGULARITY_CONTAINER',
]

/** @param readFile a text file, null when there is none */
export function detectContainer(
  env: Readonly<Record<string, string | undefined>>,
  readFile: (path: string) => string | null,
): Container | null {
  const podman = readFile('/run/.containerenv')
  const named = IMAGE_VARIABLES.map((name) => env[name]).find((value) => value !== undefined && value !== '')
  const image = named ?? /^image="([^"]+)"/m.exec(podman ?? '')?.[1] ?? null
  const kind = detectKind(env, podman !== null, readFile)
  if (kind === null && image === null) return null
  return { kind: kind ?? 'other', image: image?.slice(0, 1024) ?? null }
}

function detectKind(
  env: Readonly<Record<string, string | undefined>>,
  isPodman: boolean,
  readFile: (path: string) => string | null,
): Container['kind'] | null {
  if (env['KUBERNETES_SERVICE_HOST']) return 'kubernetes'
  if (env['APPTAINER_CONTAINER'] || env['SINGULARITY_CONTAINER']) return 'apptainer'
  if (isPodman) return 'podman'
  if (readFile('/.dockerenv') !== null) return 'docker'
  const groups = readFile('/proc/1/cgroup') ?? '' // says nothing under cgroup v2
  if (/kubepods/.test(groups)) return 'kubernetes'
  if (/docker/.test(groups)) return 'docker'
  if (/libpod/.test(groups)) return 'podman'
  return /\/(?:lxc|containerd|garden)/.test(groups) ? 'other' : null
}
