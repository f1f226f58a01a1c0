// Artifacts: versions of files that runs make and use. A collection is a row of versions of one type in a project; a
// version is what a client once uploaded whole, and never changes; aliases are names of versions, and move.
//
//   pending    its files arrive; nobody finds it by name
//   committed  it has a number in its collection, files and manifest for good
import type { RunId } from './sweep.ts'
import type { Blob } from './run-file.ts'
import { SweepError } from './errors.ts'

export type ArtifactId = string & { readonly __brand: 'ArtifactId' }
export type CollectionId = string & { readonly __brand: 'CollectionId' }

export interface CollectionRecord {
  readonly id: CollectionId
  readonly project: string
  /** Unique in the project. */
  readonly name: string
  /** As the client that made it called it. */
  readonly entity: string
  /** sequence: versions are made in it; portfolio: versions of sequences are linked into it. */
  readonly kind: 'sequence' | 'portfolio'
  readonly type: string
  readonly description: string | null
  readonly tags: readonly string[]
  /** Of the next version; numbers are not used again. */
  readonly nextVersion: number
  readonly createdAt: number
  readonly updatedAt: number
}

export interface ArtifactRecord {
  readonly id: ArtifactId
  /** The sequence in which it was made. */
  readonly collectionId: CollectionId
  readonly state: 'pending' | 'committed'
  /** Of its manifest, as the client reckons it: the same digest makes no new version. */
  readonly digest: string
  readonly digestAlgorithm: string
  readonly description: string | null
  /** JSON text. */
  readonly metadata: string | null
  readonly tags: readonly string[]
  readonly ttlSeconds: number | null
  readonly historyStep: number | null
  /** References counted. 0 while pending. */
  readonly sizeBytes: number
  readonly fileCount: number
  /** By which the client knew it before we did. */
  readonly clientId: string | null
  /** Several runs add to the one artifact that has it. */
  readonly distributedId: string | null
  /** Aliases that it gets when it is committed. */
  readonly wantedAliases: readonly string[]
  /** null while pending. */
  readonly manifest: Blob | null
  readonly createdAt: number
  readonly updatedAt: number
}

/** A list of files that a client uploads: all of a version, or what one run changes of it. */
export interface ManifestRecord {
  readonly id: string
  readonly artifactId: ArtifactId
  readonly kind: 'full' | 'patch' | 'incremental'
  /** The version that it changes. */
  readonly baseArtifactId: ArtifactId | null
  readonly digest: string
  /** null: not uploaded yet. */
  readonly blob: Blob | null
  readonly createdAt: number
}

/** A stored file of an artifact; references stand in the manifest alone. */
export interface ArtifactFileRecord {
  readonly artifactId: ArtifactId
  /** Text, never a path of ours. */
  readonly path: string
  readonly blob: Blob
}

/** A version's place in a collection: in its own, or in one that it is linked into. */
export interface MembershipRecord {
  readonly collectionId: CollectionId
  readonly artifactId: ArtifactId
  readonly versionIndex: number
  readonly createdAt: number
}

export interface AliasRecord {
  readonly collectionId: CollectionId
  readonly alias: string
  readonly artifactId: ArtifactId
}

/** Who made it, and who used it. */
export interface ArtifactEdge {
  readonly artifactId: ArtifactId
  readonly runId: RunId
  readonly role: 'output' | 'input'
  readonly at: number
}

/** Always on the newest version of a collection. */
export const LATEST = 'latest'

/** `NAME:ALIAS`, `NAME:v3`, or `NAME` for the latest. */
export interface ArtifactName {
  readonly collection: string
  readonly alias: string
}

export function parseArtifactName(name: string): ArtifactName {
  const at = name.indexOf(':')
  if (at < 0) return { collection: name, alias: LATEST }
  return { collection: name.slice(0, at), alias: name.slice(at + 1) || LATEST }
}

/** 3 of `v3`; null for an alias that a person chose. */
export function versionOfAlias(alias: string): number | null {
  const digits = /^v(0|[1-9]\d{0,8})$/.exec(alias)?.[1]
  return digits === undefined ? null : Number(digits)
}

/** @throws SweepError REQUEST_INVALID for `v3` (which only its version has), empty ones and those with `/` or `:` */
export function checkAlias(alias: string): string {
  if (versionOfAlias(alias) === null && alias !== '' && alias.length <= 128 && !/[/:\u0000]/.test(alias))
    return alias
  throw new SweepError('REQUEST_INVALID', `"${alias.slice(0, 200)}" cannot be an alias`, {
    hint: 'An alias has 1 to 128 characters, no "/" or ":", and is not of the form v3, which names a version.',
  })
}

/** A collection's name and a type's: what stands in `PROJECT/NAME:ALIAS`. @throws SweepError REQUEST_INVALID */
export function checkCollectionName(name: string, what: string): string {
  if (name !== '' && name.length <= 128 && !/[/:\u0000]|\p{Surrogate}/u.test(name)) return name
  throw new SweepError('REQUEST_INVALID', `"${name.slice(0, 200)}" cannot be the name of ${what}`, {
    hint: 'It has 1 to 128 characters, and no "/" or ":".',
  })
}
