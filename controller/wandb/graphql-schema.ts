// One executable schema out of the parts that the files beside this one give: each brings its own types, extends Query
// and Mutation, and says how its fields are answered.
import { GraphQLScalarType, buildSchema, isObjectType } from 'graphql'
import type { GraphQLFieldResolver, GraphQLSchema } from 'graphql'
import type { Caller } from './caller.ts'

export interface SchemaPart {
  /** SDL. Types of other parts may be named; `extend type Query { ... }` adds to what can be asked. */
  readonly typeDefs: string
  /** By type and field. A field without one is read from its parent object. */
  readonly resolvers: Readonly<Record<string, Readonly<Record<string, Resolver>>>>
}

/** Arguments are as the schema says: the one place where they get their type is the resolver. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- graphql-js knows the arguments' types at run time only
export type Resolver = GraphQLFieldResolver<any, Caller, any>

/** JSONString: JSON as text, as W&B's own servers send it. The rest take whatever stands there. */
const ROOT = `
  "JSON, as text"
  scalar JSONString
  "A JSON value"
  scalar JSON
  scalar DateTime
  scalar Int64
  scalar Upload
  type Query
`

/** @throws Error when a resolver has no field in the schema: a misspelt one would never be called */
export function createSchema(parts: readonly SchemaPart[]): GraphQLSchema {
  const given = parts.map((part) => part.typeDefs).join('\n')
  // A type without fields is an error of its own.
  const mutation = given.includes('extend type Mutation') ? 'type Mutation' : ''
  const schema = buildSchema([ROOT, mutation, given].join('\n'))
  for (const { resolvers } of parts) {
    for (const [typeName, fields] of Object.entries(resolvers)) {
      const type = schema.getType(typeName)
      if (!isObjectType(type)) throw new Error(`there is no type ${typeName}`)
      for (const [name, resolve] of Object.entries(fields)) {
        const field = type.getFields()[name]
        if (field === undefined) throw new Error(`${typeName} has no field ${name}`)
        field.resolve = resolve
      }
    }
  }
  giveScalars(schema)
  return schema
}

function giveScalars(schema: GraphQLSchema): void {
  const text = schema.getType('JSONString')
  if (text instanceof GraphQLScalarType) {
    text.serialize = (value) => (typeof value === 'string' ? value : JSON.stringify(value))
  }
}
