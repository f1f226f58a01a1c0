// The fields of the GraphQL types Artifact, ArtifactSequence, ArtifactPortfolio and ArtifactCollectionMembership.
import { LATEST } from '../../sweeps/artifact.ts'
import type { ArtifactId, ArtifactRecord } from '../../sweeps/artifact.ts'
import type { RunId } from '../../sweeps/sweep.ts'
import type { ApiServices } from '../api-services.ts'
import { findMemberOf, listVersions } from '../artifacts/artifact-names.ts'
import { parseArtifactFilter } from './artifact-filter.ts'
import {
  collectionNode,
  findCollectionNode,
  listPage,
  membershipNode,
  versionIndexOf,
} from './artifact-nodes.ts'
import type {
  AliasNode,
  ArtifactNode,
  CollectionNode,
  MembershipNode,
  PageArguments,
  TypeNode,
} from './artifact-nodes.ts'
import { artifactFileNode, referenceNode } from './file-node.ts'
import type { FileNode } from './file-node.ts'
import type { SchemaPart } from './graphql-schema.ts'
import { projectNodeOf, runNodeOf, wandbTime } from './run-node.ts'

type FieldServices = Pick<ApiServices, 'store' | 'clientRuns' | 'artifacts'>
type Fields = SchemaPart['resolvers']

interface FilesArguments extends PageArguments {
  readonly names?: readonly string[] | null
}

const MAX_FILES_PAGE = 10_000

export function artifactFields({ store, clientRuns, artifacts }: FieldServices): Fields {
  async function runNodes(artifactId: ArtifactId, role: 'input' | 'output', entity: string | null) {
    const edges = await store.artifacts.listEdges({ artifactId, role })
    const found = await Promise.all(edges.map(({ runId }) => clientRuns.findById(runId as RunId)))
    return found.flatMap((run) => (run === null ? [] : [runNodeOf(run, entity)]))
  }

  return {
    Artifact: {
      id: ({ artifact }: ArtifactNode) => artifact.id,
      artifactSequence: ({ artifact, entity }: ArtifactNode) =>
        findCollectionNode(store, artifact.collectionId, entity),
      artifactType: async ({ artifact, entity }: ArtifactNode) =>
        typeOf(await findCollectionNode(store, artifact.collectionId, entity)),
      versionIndex: ({ artifact }: ArtifactNode) => versionIndexOf(store, artifact),
      description: ({ artifact }: ArtifactNode) => artifact.description,
      metadata: ({ artifact }: ArtifactNode) => artifact.metadata,
      ttlDurationSeconds: ({ artifact }: ArtifactNode) => artifact.ttlSeconds ?? INHERITED_TTL,
      ttlIsInherited: ({ artifact }: ArtifactNode) =>
        (artifact.ttlSeconds ?? INHERITED_TTL) === INHERITED_TTL,
      tags: ({ artifact }: ArtifactNode) => artifact.tags.map(tagNode),
      historyStep: ({ artifact }: ArtifactNode) => artifact.historyStep,
      state: ({ artifact }: ArtifactNode) => artifact.state.toUpperCase(),
      size: ({ artifact }: ArtifactNode) => artifact.sizeBytes,
      digest: ({ artifact }: ArtifactNode) => artifact.digest,
      digestAlgorithm: ({ artifact }: ArtifactNode) => artifact.digestAlgorithm,
      commitHash: () => null,
      fileCount: ({ artifact }: ArtifactNode) => artifact.fileCount,
      createdAt: ({ artifact }: ArtifactNode) => wandbTime(artifact.createdAt),
      updatedAt: ({ artifact }: ArtifactNode) => wandbTime(artifact.updatedAt),
      aliases: async ({ artifact, entity }: ArtifactNode): Promise<AliasNode[]> => {
        const aliases = await store.artifacts.listAliases({ artifactIds: [artifact.id] })
        return aliases.map((alias) => ({ alias, entity }))
      },
      currentManifest: ({ artifact }: ArtifactNode) =>
        artifact.manifest === null
          ? null
          : {
              id: artifact.id,
              digest: artifact.digest,
              file: manifestFileNode(artifact.id, artifact.manifest),
            },
      artifactMemberships: async ({ artifact, entity }: ArtifactNode, page: PageArguments) => {
        const places = await store.artifacts.listMemberships([artifact.id])
        const collections = await store.artifacts.findCollections(places.map((place) => place.collectionId))
        const nodes = places.flatMap((membership) => {
          const collection = collections.find(({ id }) => id === membership.collectionId)
          return collection === undefined
            ? []
            : [membershipNode({ collection, membership, artifact }, entity)]
        })
        return listPage(nodes, page)
      },
      createdBy: async ({ artifact, entity }: ArtifactNode) => {
        const [run] = await runNodes(artifact.id, 'output', entity)
        return run === undefined ? null : { ...run, __typename: 'Run' }
      },
      usedBy: async ({ artifact, entity }: ArtifactNode, page: PageArguments) =>
        listPage(await runNodes(artifact.id, 'input', entity), page),
      files: ({ artifact }: ArtifactNode, asked: FilesArguments) =>
        listFiles({ store, artifacts }, artifact, asked),
      filesByManifestEntries: (
        { artifact }: ArtifactNode,
        { entries }: { entries?: readonly { name: string }[] | null },
      ) =>
        listFiles({ store, artifacts }, artifact, {
          names: (entries ?? []).map(({ name }) => name),
          first: MAX_FILES_PAGE,
        }),
    },
    ArtifactAlias: {
      id: ({ alias }: AliasNode) =>
        Buffer.from(`ArtifactAlias:v1:${alias.collectionId}:${alias.alias}`).toString('base64'),
      alias: ({ alias }: AliasNode) => alias.alias,
      artifactCollection: ({ alias, entity }: AliasNode) =>
        findCollectionNode(store, alias.collectionId, entity),
    },
  }
}

export function collectionFields({ store }: FieldServices): Fields {
  const fields: Fields[string] = {
    id: ({ collection }: CollectionNode) => collection.id,
    name: ({ collection }: CollectionNode) => collection.name,
    description: ({ collection }: CollectionNode) => collection.description,
    createdAt: ({ collection }: CollectionNode) => wandbTime(collection.createdAt),
    updatedAt: ({ collection }: CollectionNode) => wandbTime(collection.updatedAt),
    state: ({ isDeleted }: CollectionNode) => (isDeleted === true ? 'DELETED' : 'READY'),
    project: ({ collection, entity }: CollectionNode) => projectNodeOf(collection.project, entity),
    defaultArtifactType: typeOf,
    tags: ({ collection }: CollectionNode) => ({
      edges: collection.tags.map((tag) => ({ node: tagNode(tag) })),
    }),
    aliases: async ({ collection, entity }: CollectionNode, page: PageArguments) => {
      const aliases = await store.artifacts.listAliases({ collectionId: collection.id })
      return listPage(
        aliases.map((alias): AliasNode => ({ alias, entity })),
        page,
      )
    },
    artifacts: async (
      { collection, entity }: CollectionNode,
      asked: PageArguments & { readonly order?: string | null; readonly filters?: string | null },
    ) => {
      const fits = parseArtifactFilter(asked.filters, ['state', 'tag', 'tags', 'alias', 'aliases', 'digest'])
      const aliases = await store.artifacts.listAliases({ collectionId: collection.id })
      const members = (await listVersions(store, collection)).filter(({ artifact }) => {
        const names = aliases.filter(({ artifactId }) => artifactId === artifact.id).map(({ alias }) => alias)
        const { tags, digest } = artifact
        return fits({ state: 'COMMITTED', tag: tags, tags, alias: names, aliases: names, digest })
      })
      const isOldestFirst = /^\+/.test(asked.order ?? '') || /asc$/i.test(asked.order ?? '')
      const page = listPage(isOldestFirst ? members : members.reverse(), asked)
      return {
        ...page,
        edges: page.edges.map(({ cursor, node }) => ({
          cursor,
          version: `v${node.membership.versionIndex}`,
          node: { artifact: node.artifact, entity } satisfies ArtifactNode,
        })),
      }
    },
    artifactMembership: async (
      { collection, entity }: CollectionNode,
      { aliasName }: { aliasName: string },
    ) => {
      const member = await findMemberOf(store, collection, aliasName)
      return member === null ? null : membershipNode(member, entity)
    },
    latestArtifact: async ({ collection, entity }: CollectionNode): Promise<ArtifactNode | null> => {
      const member = await findMemberOf(store, collection, LATEST)
      return member === null ? null : { artifact: member.artifact, entity }
    },
  }
  return {
    ArtifactSequence: { ...fields, digestAlgorithm: () => 'MANIFEST_MD5' },
    ArtifactPortfolio: fields,
  }
}

export function membershipFields({ store, artifacts }: FieldServices): Fields {
  return {
    ArtifactCollectionMembership: {
      id: ({ membership }: MembershipNode) =>
        Buffer.from(`Membership:v1:${membership.collectionId}:${membership.versionIndex}`).toString('base64'),
      versionIndex: ({ membership }: MembershipNode) => membership.versionIndex,
      createdAt: ({ membership }: MembershipNode) => wandbTime(membership.createdAt),
      aliases: async ({ membership, collection }: MembershipNode): Promise<AliasNode[]> => {
        const { collectionId, artifactId } = membership
        const aliases = await store.artifacts.listAliases({ collectionId })
        return aliases
          .filter((alias) => alias.artifactId === artifactId)
          .map((alias) => ({ alias, entity: collection.entity }))
      },
      artifactCollection: ({ collection }: MembershipNode) =>
        collectionNode(collection.collection, collection.entity),
      files: ({ artifact }: MembershipNode, asked: FilesArguments) =>
        listFiles({ store, artifacts }, artifact.artifact, asked),
    },
  }
}

/** What the client takes for "as the project says", which is: for ever. */
const INHERITED_TTL = -1

function typeOf({ collection, entity }: CollectionNode): TypeNode {
  return { project: collection.project, entity, name: collection.type, createdAt: collection.createdAt }
}

export function tagNode(name: string): { id: string; name: string } {
  return { id: Buffer.from(`Tag:v1:${name}`).toString('base64'), name }
}

function manifestFileNode(id: ArtifactId, blob: FileNode['blob']): FileNode {
  return {
    id: Buffer.from(`Manifest:v1:${id}`).toString('base64'),
    name: 'wandb_manifest.json',
    blob,
    target: { kind: 'manifest', id, name: 'wandb_manifest.json' },
    updatedAt: null,
    wantsUpload: false,
    artifactId: id,
  }
}

/** Files by path, then what the artifact only refers to. */
async function listFiles(
  { store, artifacts }: Pick<ApiServices, 'store' | 'artifacts'>,
  artifact: ArtifactRecord,
  { names, after, first }: FilesArguments,
) {
  const artifactId = artifact.id
  const limit = Math.min(Math.max(first ?? 50, 0), MAX_FILES_PAGE)
  const wanted = names ?? []
  const files = await store.artifacts.listFiles(artifactId, {
    ...(wanted.length === 0 ? {} : { paths: wanted }),
    ...(after ? { after: Buffer.from(after, 'base64url').toString('utf8') } : {}),
    limit: limit + 1,
  })
  const references = files.length > limit ? [] : await artifacts.listReferences(artifact)
  const nodes = [
    ...files.slice(0, limit).map(artifactFileNode),
    ...references
      .filter((path) => wanted.length === 0 || wanted.includes(path))
      .map((path) => referenceNode(artifactId, path)),
  ]
  const edges = nodes.map((node) => ({ cursor: Buffer.from(node.name).toString('base64url'), node }))
  return {
    totalCount:
      artifact.state === 'committed' ? artifact.fileCount : () => store.artifacts.countFiles(artifactId),
    pageInfo: {
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
      hasNextPage: files.length > limit,
      hasPreviousPage: Boolean(after),
    },
    edges,
  }
}
