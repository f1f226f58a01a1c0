// Making artifacts over GraphQL, in the order in which the client asks: announce one, name its files, upload them, then
// its manifest, commit. And: a run uses one.
import { NotFoundError, SweepError } from '../../sweeps/errors.ts'
import type { ArtifactId, ManifestRecord } from '../../sweeps/artifact.ts'
import type { RunId } from '../../sweeps/sweep.ts'
import type { ApiServices } from '../api-services.ts'
import type { ArtifactNode } from './artifact-nodes.ts'
import { requireAccess } from './caller.ts'
import type { Caller } from './caller.ts'
import type { FileNode } from './file-node.ts'
import type { SchemaPart } from './graphql-schema.ts'
import { DEFAULT_ENTITY } from './viewer.ts'

const TYPE_DEFS = `
  input ArtifactAliasInput { artifactCollectionName: String! alias: String! }
  input TagInput { tagName: String! tagCategoryName: String attributes: JSONString }
  input CreateArtifactInput {
    entityName: String
    projectName: String!
    runName: String
    artifactTypeName: String!
    artifactCollectionName: String
    artifactCollectionNames: [String!]
    digest: String!
    digestAlgorithm: ArtifactDigestAlgorithm
    description: String
    labels: JSONString
    aliases: [ArtifactAliasInput!]
    tags: [TagInput!]
    metadata: JSONString
    historyStep: Int64
    enableDigestDeduplication: Boolean
    distributedID: String
    clientID: ID
    sequenceClientID: ID
    ttlDurationSeconds: Int64
    storageRegion: String
    clientMutationId: String
  }
  type CreateArtifactPayload { artifact: Artifact clientMutationId: String }
  input CreateArtifactManifestInput {
    artifactID: ID!
    baseArtifactID: ID
    name: String!
    digest: String!
    entityName: String
    projectName: String
    runName: String
    type: ArtifactManifestType
    clientMutationId: String
  }
  input UpdateArtifactManifestInput {
    artifactManifestID: ID!
    digest: String
    baseArtifactID: ID
    clientMutationId: String
  }
  type ArtifactManifestPayload { artifactManifest: ArtifactManifest clientMutationId: String }
  input CreateArtifactFilesInput {
    artifactFiles: [CreateArtifactFileSpecInput!]!
    storageLayout: ArtifactStorageLayout
    cloudRegionID: ID
    clientMutationId: String
  }
  enum ArtifactStorageLayout { V1 V2 }
  input CreateArtifactFileSpecInput {
    artifactID: ID!
    artifactManifestID: ID
    name: String!
    md5: String
    mimetype: String
    uploadPartsInput: [UploadPartsInput!]
  }
  input UploadPartsInput { partNumber: Int64! hexMD5: String! }
  type CreateArtifactFilesPayload { files: FileConnection! clientMutationId: String }
  enum CompleteMultipartAction { Complete Abort }
  input CompleteMultipartUploadArtifactInput {
    completeMultipartAction: CompleteMultipartAction!
    completedParts: [UploadPartsInput!]!
    artifactID: ID!
    storagePath: String!
    uploadID: String!
    clientMutationId: String
  }
  type CompleteMultipartUploadArtifactPayload { digest: String clientMutationId: String }
  input CommitArtifactInput { artifactID: ID! clientMutationId: String }
  type CommitArtifactPayload { artifact: Artifact clientMutationId: String }
  input UseArtifactInput {
    artifactID: ID!
    entityName: String
    projectName: String!
    runName: String!
    usedAs: String
    artifactEntityName: String
    artifactProjectName: String
    clientMutationId: String
  }
  type UseArtifactPayload { artifact: Artifact clientMutationId: String }
  extend type Mutation {
    createArtifact(input: CreateArtifactInput!): CreateArtifactPayload
    createArtifactManifest(input: CreateArtifactManifestInput!): ArtifactManifestPayload
    updateArtifactManifest(input: UpdateArtifactManifestInput!): ArtifactManifestPayload
    createArtifactFiles(input: CreateArtifactFilesInput!): CreateArtifactFilesPayload
    completeMultipartUploadArtifact(
      input: CompleteMultipartUploadArtifactInput!
    ): CompleteMultipartUploadArtifactPayload
    commitArtifact(input: CommitArtifactInput!): CommitArtifactPayload
    useArtifact(input: UseArtifactInput!): UseArtifactPayload
  }
`

interface CreateArtifactInput {
  readonly entityName?: string | null
  readonly projectName: string
  readonly runName?: string | null
  readonly artifactTypeName: string
  readonly artifactCollectionName?: string | null
  readonly artifactCollectionNames?: readonly string[] | null
  readonly digest: string
  readonly digestAlgorithm?: string | null
  readonly description?: string | null
  readonly aliases?: readonly { readonly alias: string }[] | null
  readonly tags?: readonly { readonly tagName: string }[] | null
  readonly metadata?: string | null
  readonly historyStep?: number | null
  readonly distributedID?: string | null
  readonly clientID?: string | null
  readonly ttlDurationSeconds?: number | null
}

interface FileSpec {
  readonly artifactID: ArtifactId
  readonly name: string
  readonly md5?: string | null
}

interface ManifestInput {
  readonly artifactID: ArtifactId
  readonly baseArtifactID?: ArtifactId | null
  readonly digest: string
  readonly type?: 'FULL' | 'PATCH' | 'INCREMENTAL' | null
}

type UploadServices = Pick<ApiServices, 'store' | 'clientRuns' | 'artifacts'>

export function createArtifactUploadsPart(services: UploadServices): SchemaPart {
  const { store, clientRuns, artifacts } = services

  async function findRun(project: string, name: string, { principal }: Caller): Promise<RunId> {
    const found = await clientRuns.find(project, name, principal.run)
    if (found === null) throw new NotFoundError(`run of project ${project}`, name)
    return found.run.id
  }

  async function createArtifact(input: CreateArtifactInput, caller: Caller): Promise<ArtifactNode> {
    const collection = input.artifactCollectionName ?? input.artifactCollectionNames?.[0]
    if (collection === undefined) throw new SweepError('REQUEST_INVALID', 'an artifact needs a name')
    const { artifact } = await artifacts.announce({
      entity: input.entityName ?? DEFAULT_ENTITY,
      project: input.projectName,
      collection,
      type: input.artifactTypeName,
      digest: input.digest,
      digestAlgorithm: input.digestAlgorithm ?? 'MANIFEST_MD5',
      description: input.description ?? null,
      metadata: input.metadata ?? null,
      aliases: (input.aliases ?? []).map(({ alias }) => alias),
      tags: (input.tags ?? []).map(({ tagName }) => tagName),
      ttlSeconds: input.ttlDurationSeconds ?? null,
      historyStep: input.historyStep ?? null,
      clientId: input.clientID ?? null,
      distributedId: input.distributedID || null,
      runId: input.runName ? await findRun(input.projectName, input.runName, caller) : null,
    })
    return { artifact, entity: input.entityName ?? null }
  }

  async function createFile({ artifactID, name, md5 }: FileSpec): Promise<FileNode> {
    const wantsUpload = await artifacts.addFile(artifactID, name, md5 ?? null)
    return {
      id: Buffer.from(`ArtifactFile:v1:${artifactID}:${name}`).toString('base64'),
      name,
      blob: null,
      target: {
        kind: 'artifact-file',
        id: artifactID,
        name,
        ...(md5 === null || md5 === undefined ? {} : { md5 }),
      },
      updatedAt: null,
      wantsUpload,
      artifactId: artifactID,
    }
  }

  return {
    typeDefs: TYPE_DEFS,
    resolvers: {
      Mutation: {
        createArtifact: async (_parent, { input }: { input: CreateArtifactInput }, caller) => {
          requireAccess(caller, 'work')
          return { artifact: await createArtifact(input, caller) }
        },
        createArtifactManifest: async (_parent, { input }: { input: ManifestInput }, caller) => {
          requireAccess(caller, 'work')
          const manifest = await artifacts.addManifest({
            artifactId: input.artifactID,
            kind: (input.type ?? 'FULL').toLowerCase() as ManifestRecord['kind'],
            baseArtifactId: input.baseArtifactID ?? null,
            digest: input.digest,
          })
          return { artifactManifest: newManifestNode(manifest) }
        },
        updateArtifactManifest: async (
          _parent,
          { input }: { input: { artifactManifestID: string } },
          caller,
        ) => {
          requireAccess(caller, 'work')
          const manifest = await store.artifacts.findManifest(input.artifactManifestID)
          if (manifest === null) throw new NotFoundError('manifest', input.artifactManifestID)
          return { artifactManifest: newManifestNode(manifest) }
        },
        createArtifactFiles: async (
          _parent,
          { input }: { input: { artifactFiles: readonly FileSpec[] } },
          caller,
        ) => {
          requireAccess(caller, 'work')
          const nodes: FileNode[] = []
          for (const spec of input.artifactFiles) nodes.push(await createFile(spec))
          return { files: wholeList(nodes) }
        },
        completeMultipartUploadArtifact: (_parent, _arguments, caller) => {
          requireAccess(caller, 'work')
          throw new SweepError('REQUEST_INVALID', 'this server takes files whole, in one request each')
        },
        commitArtifact: async (_parent, { input }: { input: { artifactID: ArtifactId } }, caller) => {
          requireAccess(caller, 'work')
          return { artifact: { artifact: await artifacts.commit(input.artifactID), entity: null } }
        },
        useArtifact: async (
          _parent,
          { input }: { input: { artifactID: ArtifactId; projectName: string; runName: string } },
          caller,
        ) => {
          requireAccess(caller, 'work')
          const runId = await findRun(input.projectName, input.runName, caller)
          return { artifact: { artifact: await artifacts.use(input.artifactID, runId), entity: null } }
        },
      },
    },
  }

  function newManifestNode({ id, digest }: ManifestRecord) {
    const file: FileNode = {
      id: Buffer.from(`Manifest:v1:${id}`).toString('base64'),
      name: 'wandb_manifest.json',
      blob: null,
      target: { kind: 'manifest', id, name: 'wandb_manifest.json' },
      updatedAt: null,
      wantsUpload: true,
      artifactId: null,
    }
    return { id, digest, file }
  }
}

function wholeList(nodes: readonly FileNode[]) {
  return {
    totalCount: nodes.length,
    pageInfo: { startCursor: null, endCursor: null, hasNextPage: false, hasPreviousPage: false },
    edges: nodes.map((node) => ({ cursor: node.name, node })),
  }
}
