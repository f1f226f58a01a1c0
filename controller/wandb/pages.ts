// Pages of a list by cursor, as GraphQL's connections ask for them. A cursor is a position: lists here grow at one end.

export interface PageArguments {
  readonly after?: string | null
  readonly before?: string | null
  readonly first?: number | null
  readonly last?: number | null
}

export interface Page<T> {
  readonly items: readonly { readonly item: T; readonly cursor: string }[]
  readonly pageInfo: {
    readonly startCursor: string | null
    readonly endCursor: string | null
    readonly hasNextPage: boolean
    readonly hasPreviousPage: boolean
  }
  readonly totalCount: number
}

const MAX_PAGE = 1_000

/** `first` wins over `last`; without either, as many as a page holds. */
export function readPage<T>(all: readonly T[], { after, before, first, last }: PageArguments): Page<T> {
  const from = positionOf(after) ?? 0
  const to = Math.min(all.length, (positionOf(before) ?? Infinity) - 1)
  const isFromEnd = (first ?? null) === null && (last ?? null) !== null
  const size = Math.min(MAX_PAGE, Math.max(0, (isFromEnd ? last : first) ?? MAX_PAGE))
  const start = isFromEnd ? Math.max(from, to - size) : Math.min(from, all.length)
  const end = isFromEnd ? Math.max(start, to) : Math.max(start, Math.min(to, start + size))
  const items = all.slice(start, end).map((item, i) => ({ item, cursor: String(start + i + 1) }))
  return {
    items,
    pageInfo: {
      startCursor: items[0]?.cursor ?? null,
      endCursor: items.at(-1)?.cursor ?? null,
      hasNextPage: end < all.length,
      hasPreviousPage: start > 0,
    },
    totalCount: all.length,
  }
}

/** How many stand up to the one of this cursor, itself included; null: no cursor of ours. */
function positionOf(cursor: string | null | undefined): number | null {
  return /^\d{1,12}$/.test(cursor ?? '') ? Number(cursor) : null
}
