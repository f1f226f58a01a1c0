// The one organisation, so that paths of a registry (`wandb-registry-NAME/COLLECTION`) resolve: a registry is a project
// into whose collections versions are linked. Nobody administers it here.
import type { SchemaPart } from './graphql-schema.ts'
import { DEFAULT_ENTITY, presentEntity } from './viewer.ts'

const ORGANIZATION = { id: 'organization', name: DEFAULT_ENTITY, coreWeaveOrganizationId: null }

export const registryPart: SchemaPart = {
  typeDefs: `
    extend type Organization { orgEntity: Entity }
    extend type Entity { user: User }
    extend type User { organizations: [Organization!] }
  `,
  resolvers: {
    Entity: { organization: () => ORGANIZATION, user: () => null },
    Organization: { orgEntity: () => presentEntity(DEFAULT_ENTITY) },
    User: { organizations: () => [ORGANIZATION] },
  },
}
