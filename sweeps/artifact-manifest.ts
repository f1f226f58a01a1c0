// The manifest of an artifact, as W&B's client writes it: JSON that lists its files by path. What is not named here is
// kept as it was sent.
import { z } from 'zod'
import { SweepError } from './errors.ts'

/** A file, or a reference to something that is kept elsewhere. */
const ManifestEntry = z.looseObject({
  /** base64 of the MD5; of a reference whatever its store calls it. */
  digest: z.string(),
  size: z.number().nonnegative().optional(),
  ref: z.string().optional(),
  /** The artifact in which the file was uploaded. */
  birthArtifactID: z.string().optional(),
})
export type ManifestEntry = z.infer<typeof ManifestEntry>

const Manifest = z.looseObject({ contents: z.record(z.string(), ManifestEntry) })
export type Manifest = z.infer<typeof Manifest>

/** @throws SweepError REQUEST_INVALID */
export function parseManifest(text: string): Manifest {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new SweepError('REQUEST_INVALID', `the manifest is not JSON: ${(error as Error).message}`)
  }
  const parsed = Manifest.safeParse(value)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new SweepError(
    'REQUEST_INVALID',
    `the manifest is not one of an artifact: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`,
  )
}

/** The files of all, the later ones' over those of the earlier; everything else is the last one's. */
export function mergeManifests(manifests: readonly Manifest[]): Manifest {
  const last = manifests.at(-1)
  if (last === undefined) throw new SweepError('REQUEST_INVALID', 'the artifact has no manifest')
  return {
    ...last,
    contents: Object.assign({}, ...manifests.map(({ contents }) => contents)) as Manifest['contents'],
  }
}

/** References counted. */
export function measureManifest({ contents }: Manifest): { sizeBytes: number; fileCount: number } {
  const entries = Object.values(contents)
  return { sizeBytes: entries.reduce((sum, { size = 0 }) => sum + size, 0), fileCount: entries.length }
}
