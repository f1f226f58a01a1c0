// Lists in pages, as GraphQL clients read them: edges with cursors, and whether there are more.
import type { SchemaPart } from './graphql-schema.ts'
import type { RunNode } from './run-node.ts'

export interface PageInfo {
  readonly startCursor: string | null
  readonly endCursor: string | null
  readonly hasNextPage: boolean
  readonly hasPreviousPage: boolean
}

/** Parent of every type whose name ends with Connection. */
export interface Page<Node> {
  readonly totalCount: number
  readonly pageInfo: PageInfo
  readonly edges: readonly { readonly cursor: string; readonly node: Node }[]
}

/** Parent of the type RunConnection. */
export type RunPage = Page<RunNode>

/** A request for more gets this many. */
export const MAX_PAGE = 1_000

/** @param from index of the first one @param cursorOf the place after an item */
export function pageOf<Item, Node>(
  items: readonly Item[],
  from: number,
  count: number,
  { cursorOf, nodeOf }: { cursorOf: (item: Item, index: number) => string; nodeOf: (item: Item) => Node },
): Page<Node> {
  const taken = items.slice(from, from + pageSize(count))
  const edges = taken.map((item, index) => ({ cursor: cursorOf(item, from + index), node: nodeOf(item) }))
  return {
    totalCount: items.length,
    pageInfo: {
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
      hasNextPage: from + taken.length < items.length,
      hasPreviousPage: from > 0,
    },
    edges,
  }
}

/** Of a list that only grows, or whose order does not move: the cursor is the number of items before. */
export function indexCursor(index: number): string {
  return Buffer.from(`at:${index + 1}`).toString('base64url')
}

/** 0 for none, and for a text that is no such cursor. */
export function readIndexCursor(cursor: string | null | undefined): number {
  const found = /^at:(\d{1,12})$/.exec(Buffer.from(cursor ?? '', 'base64url').toString('utf8'))
  return Number(found?.[1] ?? 0)
}

export function pageSize(count: number | null | undefined): number {
  return Math.min(Math.max(count ?? 50, 0), MAX_PAGE)
}

export const connectionsPart: SchemaPart = {
  typeDefs: `
    type PageInfo {
      startCursor: String
      endCursor: String
      hasNextPage: Boolean!
      hasPreviousPage: Boolean!
    }
    type RunConnection { totalCount: Int! pageInfo: PageInfo! edges: [RunEdge!]! }
    type RunEdge { cursor: String! node: Run! }
  `,
  resolvers: {},
}
