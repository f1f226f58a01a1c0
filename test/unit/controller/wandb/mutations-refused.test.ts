// Whoever may only read changes nothing by GraphQL: every mutation that there is refuses a viewer before it looks at
// anything. A new one is in this test by being in the schema.
import { execute, isInputObjectType, isListType, isNonNullType, parse } from 'graphql'
import type { GraphQLInputType } from 'graphql'
import { describe, expect, test } from 'vitest'
import type { ApiServices } from '../../../../controller/api-services.ts'
import type { Caller } from '../../../../controller/wandb/caller.ts'
import { createWandbSchema } from '../../../../controller/wandb/routes.ts'

/** Whatever is asked of it has gone too far. */
const untouched: unknown = new Proxy(() => {}, {
  get: (_target, name) => (name === 'then' ? undefined : untouched),
  apply: () => {
    throw new Error('something was asked of a service')
  },
})
const schema = createWandbSchema(
  new Proxy({} as ApiServices, { get: () => untouched }), // every service alike
)

const viewer: Caller = {
  principal: {
    name: 'v',
    role: 'viewer',
    tokenId: 'v',
    tokenHash: '',
    expiresAt: null,
    sessionHash: null,
    run: null,
  },
  baseUrl: 'http://here',
}

/** The least that the type takes. */
function valueOf(type: GraphQLInputType): unknown {
  if (!isNonNullType(type)) return undefined
  const inner: GraphQLInputType = type.ofType
  if (isListType(inner)) return []
  if (isInputObjectType(inner)) return objectOf(Object.values(inner.getFields()))
  const name = String(inner)
  if (name === 'Boolean') return false
  if (name === 'Int' || name === 'Int64' || name === 'Float') return 1
  if ('getValues' in inner) return inner.getValues()[0]?.name
  return 'x'
}

function objectOf(fields: readonly { name: string; type: GraphQLInputType }[]): Record<string, unknown> {
  return Object.fromEntries(
    fields.flatMap(({ name, type }) => {
      const value = valueOf(type)
      return value === undefined ? [] : [[name, value]]
    }),
  )
}

const mutations = Object.values(schema.getMutationType()?.getFields() ?? {})

describe('a viewer', () => {
  test('has mutations to be refused', () => expect(mutations.length).toBeGreaterThan(25))

  test.each(mutations.map((field) => [field.name, field] as const))('may not %s', async (name, field) => {
    const given = field.args.filter(({ type }) => isNonNullType(type))
    const declared = given.map((one) => `$${one.name}: ${String(one.type)}`).join(', ')
    const passed = given.map((one) => `${one.name}: $${one.name}`).join(', ')
    const text = `mutation${declared === '' ? '' : `(${declared})`} { ${name}${passed === '' ? '' : `(${passed})`} { __typename } }`
    const { data, errors } = await execute({
      schema,
      document: parse(text),
      contextValue: viewer,
      variableValues: objectOf(given),
    })
    expect(errors?.map(({ message }) => message)).toEqual(['a token of role viewer may not do this'])
    expect(data?.[name] ?? null).toBeNull()
  })
})
