// Where an attempt comes from (code, machine, Python, command line) and how its machine fared, as agents report
// them. Part of the protocol. What is not known is null. Nothing here holds a secret: agents take them out before
// anything is written (runtime/redact-secrets.ts).
import { z } from 'zod'

/** Grows when a reader of old provenance would be wrong about new one; new fields alone are no reason. */
export const PROVENANCE_VERSION = 1

const text = (max: number) => z.string().max(max)
const count = z.number().int().min(0)
/** SHA-256 (hex) of a text that is kept once, however many attempts refer to it. */
const sha256 = z.string().regex(/^[0-9a-f]{64}$/)

/** A text kept elsewhere: the uncommitted changes, the list of packages. */
export const TextRef = z.object({
  sha256,
  bytes: count,
  /** It was longer: its end is missing. */
  cut: z.boolean(),
})
export type TextRef = z.infer<typeof TextRef>

export const GitState = z.object({
  /** Top folder of the working tree on that machine. */
  root: text(4096),
  /** The working directory below `root`, with `/`; empty: the root itself. */
  folder: text(4096),
  /** null before the first commit. */
  commit: z
    .string()
    .regex(/^[0-9a-f]{40,64}$/)
    .nullable(),
  /** null when no branch is checked out. */
  branch: text(1024).nullable(),
  /** Without credentials; the branch's own remote, else `origin`, else the first. */
  remote: text(4096).nullable(),
  /** Tracked files differ from the commit; untracked ones do not count. */
  dirty: z.boolean(),
  /** What differs, as `git diff HEAD` prints it; null when it is clean, or could not be read. */
  diff: TextRef.extend({
    /** A secret was taken out of it: it may not apply. */
    redacted: z.boolean(),
    /** Bytes that are no UTF-8 were replaced: it may not apply. */
    lossy: z.boolean(),
  }).nullable(),
  /** Files that git neither tracks nor ignores; the first names. null: could not be read. */
  untracked: z.object({ count, names: z.array(text(4096)).max(200), cut: z.boolean() }).nullable(),
})
export type GitState = z.infer<typeof GitState>

export const PythonState = z.object({
  executable: text(4096),
  /** `3.11.7` */
  version: text(100),
  /** `CPython` */
  implementation: text(100),
  /** A line `name==version` for each installed package, sorted. */
  packages: TextRef.extend({ count }).nullable(),
})
export type PythonState = z.infer<typeof PythonState>

export const GpuFacts = z.object({
  index: count,
  uuid: text(100).nullable(),
  name: text(200),
  driver: text(100).nullable(),
  memoryBytes: count.nullable(),
})
export type GpuFacts = z.infer<typeof GpuFacts>

export const HostFacts = z.object({
  name: text(200),
  user: text(200).nullable(),
  os: z.object({
    /** `Debian GNU/Linux 12`; the platform's name where nothing better is known. */
    name: text(200),
    kernel: text(200),
    /** `x64`, `arm64` */
    arch: text(50),
  }),
  cpu: z.object({
    model: text(200).nullable(),
    /** Logical ones that the agent may use. */
    cores: count,
    physicalCores: count.nullable(),
  }),
  memoryBytes: count,
  gpus: z.array(GpuFacts).max(64),
  /** null: in no container, as far as can be seen. The image is known only where somebody says it. */
  container: z
    .object({
      kind: z.enum(['docker', 'podman', 'kubernetes', 'apptainer', 'other']),
      image: text(1024).nullable(),
    })
    .nullable(),
})
export type HostFacts = z.infer<typeof HostFacts>

export const ProvenanceFacts = z.object({
  version: z.literal(PROVENANCE_VERSION),
  argv: z.array(text(32_768)).max(10_000),
  cwd: text(4096),
  /** The GPUs of its slot, as CUDA_VISIBLE_DEVICES names them; null: the agent hands out none. */
  devices: text(1024).nullable(),
  /** SWEEP_SEED */
  seed: z.number().int(),
  /** Of the environment only the variables of KEPT_VARIABLES, as far as they are set. */
  environment: z.record(z.string().max(100), text(1024)),
  /** Of sweep, as the agent runs it. */
  agentVersion: text(50),
  host: HostFacts.nullable(),
  git: GitState.nullable(),
  /** null when the command starts no Python. */
  python: PythonState.nullable(),
})
export type ProvenanceFacts = z.infer<typeof ProvenanceFacts>

/** The environment variables that change results and hold no secret: no other is ever kept. */
export const KEPT_VARIABLES = [
  'CUDA_VISIBLE_DEVICES',
  'CUDA_DEVICE_ORDER',
  'CUBLAS_WORKSPACE_CONFIG',
  'OMP_NUM_THREADS',
  'MKL_NUM_THREADS',
  'OPENBLAS_NUM_THREADS',
  'PYTHONHASHSEED',
  'TF_DETERMINISTIC_OPS',
  'TZ',
] as const

/** Longest text kept of the uncommitted changes, and of the packages, in bytes. */
export const MAX_DIFF_BYTES = 256 * 1024
export const MAX_PACKAGES_BYTES = 128 * 1024
/** Of one report: both texts, in UTF-16 units, which no UTF-8 text has more of than bytes. */
export const ProvenanceTexts = z.array(text(MAX_DIFF_BYTES + 1024)).max(2)

/** A sample of a machine and of one attempt's processes. Keys and units: docs/system-metrics.md. */
export const SystemSample = z.object({
  at: z.number().int(),
  /** null: could not be read this time. */
  values: z.record(z.string().min(1).max(100), z.number().nullable()),
})
export type SystemSample = z.infer<typeof SystemSample>
export const MAX_SAMPLES_PER_REPORT = 60
