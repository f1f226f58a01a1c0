// The artifacts that a run made and used, with the names that people give them.
import type { ArtifactEdge, ArtifactRecord } from '../sweeps/artifact.ts'
import type { ListRunArtifactsResponse } from '../sweeps/run-parts-schema.ts'
import type { StoreReads } from '../sweeps/store.ts'
import type { RunId } from '../sweeps/sweep.ts'
import { isoTime } from './present.ts'

type RunArtifact = ListRunArtifactsResponse['inputs'][number]

export async function listRunArtifacts(store: StoreReads, runId: RunId): Promise<ListRunArtifactsResponse> {
  const [inputs, outputs] = await Promise.all([
    store.artifacts.listEdges({ runId, role: 'input' }),
    store.artifacts.listEdges({ runId, role: 'output' }),
  ])
  const ids = [...new Set([...inputs, ...outputs].map(({ artifactId }) => artifactId))]
  const [artifacts, memberships, aliases] = await Promise.all([
    store.artifacts.findArtifacts(ids),
    store.artifacts.listMemberships(ids),
    store.artifacts.listAliases({ artifactIds: ids }),
  ])
  const collections = await store.artifacts.findCollections([
    ...new Set(artifacts.map(({ collectionId }) => collectionId)),
  ])
  const describe = (artifact: ArtifactRecord, at: number): RunArtifact => {
    const { id, collectionId, state, description, sizeBytes, fileCount } = artifact
    const collection = collections.find((one) => one.id === collectionId)
    const own = <T extends { artifactId: string; collectionId: string }>(one: T) =>
      one.artifactId === id && one.collectionId === collectionId
    const version = memberships.find(own)?.versionIndex
    return {
      id,
      name: `${collection?.name ?? id}${version === undefined ? '' : `:v${version}`}`,
      project: collection?.project ?? '',
      type: collection?.type ?? '',
      state,
      aliases: aliases.filter(own).map(({ alias }) => alias),
      description,
      sizeBytes,
      fileCount,
      at: isoTime(at),
    }
  }
  const byId = new Map(artifacts.map((artifact) => [artifact.id, artifact]))
  const described = (edges: readonly ArtifactEdge[]) =>
    edges.flatMap(({ artifactId, at }) => {
      const artifact = byId.get(artifactId)
      return artifact === undefined ? [] : [describe(artifact, at)]
    })
  return { inputs: described(inputs), outputs: described(outputs) }
}
