// Reading artifacts over GraphQL: by project, by run, by id.
import type { ArtifactId, CollectionId } from '../../sweeps/artifact.ts'
import type { RunId } from '../../sweeps/sweep.ts'
import type { ApiServices } from '../api-services.ts'
import { findMember } from '../artifacts/artifact-names.ts'
import { parseArtifactFilter } from './artifact-filter.ts'
import { collectionNode, findCommitted, listPage, membershipNode } from './artifact-nodes.ts'
import type { ArtifactNode, CollectionNode, PageArguments, TypeNode } from './artifact-nodes.ts'
import { ARTIFACT_TYPE_DEFS } from './artifact-types.ts'
import { artifactFields, collectionFields, membershipFields } from './artifact-fields.ts'
import type { SchemaPart } from './graphql-schema.ts'
import type { ProjectNode, RunNode } from './run-node.ts'
import { wandbTime } from './run-node.ts'

type ReadServices = Pick<ApiServices, 'store' | 'clientRuns' | 'artifacts'>

interface CollectionsArguments extends PageArguments {
  readonly filters?: string | null
  readonly order?: string | null
}

/** Everybody who may ask at all may read artifacts: runs use them. */
export function createArtifactReadsPart(services: ReadServices): SchemaPart {
  const { store } = services

  async function listCollections(
    { project, entity, type }: { project: string; entity: string; type?: string },
    { filters, order, ...page }: CollectionsArguments,
  ) {
    const fits = parseArtifactFilter(filters, ['name', 'tag', 'tags', 'description', 'state', 'type'])
    const collections = (await store.artifacts.listCollections(project, type)).filter((one) =>
      fits({
        name: one.name,
        tag: one.tags,
        tags: one.tags,
        description: one.description,
        state: 'READY',
        type: one.type,
      }),
    )
    const nodes = sortCollections(
      collections.map((one) => collectionNode(one, entity)),
      order,
    )
    return listPage(nodes, page)
  }

  /** In order of their first collections. */
  async function listTypes({ name: project, entity }: ProjectNode): Promise<TypeNode[]> {
    const types = new Map<string, TypeNode>()
    for (const { type, createdAt } of await store.artifacts.listCollections(project))
      if (!types.has(type)) types.set(type, { project, entity, name: type, createdAt })
    return [...types.values()]
  }

  async function ofRun({ run, entity }: RunNode, role: 'input' | 'output', page: PageArguments) {
    const edges = await store.artifacts.listEdges({ runId: run.id as RunId, role })
    const artifacts = await findCommitted(
      store,
      edges.map(({ artifactId }) => artifactId),
    )
    return listPage(
      artifacts.map((artifact): ArtifactNode => ({ artifact, entity })),
      page,
    )
  }

  async function findCollection(project: string, name: string, entity: string, type?: string) {
    const collection = await store.artifacts.findCollection(project, name)
    if (collection === null || (type !== undefined && collection.type !== type)) return null
    return collectionNode(collection, entity)
  }

  return {
    typeDefs: ARTIFACT_TYPE_DEFS,
    resolvers: {
      ...artifactFields(services),
      ...collectionFields(services),
      ...membershipFields(services),
      Query: {
        artifact: async (_parent, { id }: { id: string }): Promise<ArtifactNode | null> => {
          const [artifact] = await store.artifacts.findArtifacts([id as ArtifactId])
          return artifact === undefined ? null : { artifact, entity: null }
        },
        artifactCollection: async (_parent, { id }: { id: string }): Promise<CollectionNode | null> => {
          const [collection] = await store.artifacts.findCollections([id as CollectionId])
          return collection === undefined ? null : collectionNode(collection, null)
        },
        clientIDMapping: async (_parent, { clientID }: { clientID: string }) => {
          const artifact = await store.artifacts.findByClientId(clientID)
          return artifact === null ? null : { serverID: artifact.id }
        },
      },
      Entity: { xxhashDigestsEnabled: () => false },
      Project: {
        artifact: async ({ name: project, entity }: ProjectNode, { name }: { name: string }) => {
          const member = await findMember(store, project, name)
          return member === null ? null : { artifact: member.artifact, entity }
        },
        artifactCollection: ({ name: project, entity }: ProjectNode, { name }: { name: string }) =>
          findCollection(project, name, entity),
        artifactCollectionMembership: async (
          { name: project, entity }: ProjectNode,
          { name }: { name: string },
        ) => {
          const member = await findMember(store, project, name)
          return member === null ? null : membershipNode(member, entity)
        },
        artifactCollections: ({ name: project, entity }: ProjectNode, asked: CollectionsArguments) =>
          listCollections({ project, entity }, asked),
        artifactType: async (project: ProjectNode, { name }: { name: string }) =>
          (await listTypes(project)).find((type) => type.name === name) ?? null,
        artifactTypes: async (project: ProjectNode, page: PageArguments) =>
          listPage(await listTypes(project), page),
      },
      ArtifactType: {
        id: ({ project, name }: TypeNode) =>
          Buffer.from(`ArtifactType:v1:${project}:${name}`).toString('base64'),
        description: () => null,
        createdAt: ({ createdAt }: TypeNode) => wandbTime(createdAt),
        artifactCollection: ({ project, entity, name: type }: TypeNode, { name }: { name: string }) =>
          findCollection(project, name, entity, type),
        artifactCollections: ({ project, entity, name: type }: TypeNode, asked: CollectionsArguments) =>
          listCollections({ project, entity, type }, asked),
      },
      Run: {
        outputArtifacts: (run: RunNode, page: PageArguments) => ofRun(run, 'output', page),
        inputArtifacts: (run: RunNode, page: PageArguments) => ofRun(run, 'input', page),
      },
    },
  }
}

/** @param order `+name`, `-created_at` and the like; of creation otherwise */
function sortCollections(
  nodes: readonly CollectionNode[],
  order: string | null | undefined,
): CollectionNode[] {
  const [, sign, key = ''] = /^([+-]?)(\w+)$/.exec(order ?? '') ?? []
  const valueOf = ({ collection }: CollectionNode): string | number => {
    if (key === 'name') return collection.name
    return key === 'updated_at' || key === 'updatedAt' ? collection.updatedAt : collection.createdAt
  }
  const compare = (left: CollectionNode, right: CollectionNode) => {
    const [a, b] = [valueOf(left), valueOf(right)]
    return a === b ? 0 : a < b ? -1 : 1
  }
  const sorted = [...nodes].sort(compare)
  return sign === '-' ? sorted.reverse() : sorted
}
