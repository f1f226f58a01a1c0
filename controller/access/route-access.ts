// The table of routes and who may use them, as a look-up by method and path. A path that is not in it is served to
// nobody: a new route gets its line in openapi.ts (API) or below (the page).
import type { Access } from '../../sweeps/access.ts'
import { TUNNEL_PATH } from '../../sweeps/protocol.ts'

export interface RouteAccess {
  readonly method: string
  /** `{name}` stands for one part of the path; `*` at the end for one or more. */
  readonly path: string
  readonly access: Access
  /** A token itself is needed: a page's session will not do. */
  readonly isTokenOnly?: boolean
  /** A run's own key will do, whatever `access` says of roles: the route itself looks at which run it is of. */
  readonly isForRuns?: boolean
}

/** The page and its assets hold no secret: what they show comes from the API. */
export const PAGE_ROUTES: readonly RouteAccess[] = [
  '/',
  '/favicon.ico',
  '/favicon.svg',
  '/new',
  '/agents',
  '/projects',
  '/settings',
  '/authorize',
  '/s/*',
  '/r/*',
  '/assets/*',
].map((path) => ({ method: 'get', path, access: 'open' }))

/** The same page at the addresses that W&B's client prints. */
export const WANDB_PAGE_ROUTES: readonly RouteAccess[] = [
  '/{entity}/{project}',
  '/{entity}/{project}/workspace',
  '/{entity}/{project}/table',
  '/{entity}/{project}/runs/{name}',
  '/{entity}/{project}/runs/{name}/{tab}',
  '/{entity}/{project}/sweeps/{sweep}',
  '/{entity}/{project}/sweeps/{sweep}/{tab}',
  '/{entity}/{project}/groups/{group}',
  '/{entity}/{project}/groups/{group}/{tab}',
].map((path) => ({ method: 'get', path, access: 'open' }))

/** What W&B's client asks for (controller/wandb/). Its key says who asks; each part looks at what that permits. */
export const WANDB_ROUTES: readonly RouteAccess[] = [
  { method: 'post', path: '/graphql', access: 'anyone', isForRuns: true },
  // The address itself is the key: it is signed (controller/blobs/signed-url.ts).
  { method: 'get', path: '/storage/{kind}/{id}', access: 'open' },
  { method: 'put', path: '/storage/{kind}/{id}', access: 'open' },
  { method: 'get', path: '/artifacts/{entity}/{hex}', access: 'anyone', isForRuns: true },
  {
    method: 'get',
    path: '/artifactsV2/{region}/{entity}/{project}/{collection}/{birth}/{hex}/{name}',
    access: 'anyone',
    isForRuns: true,
  },
  {
    method: 'post',
    path: '/files/{entity}/{project}/{run}/file_stream',
    access: 'work',
    isForRuns: true,
  },
]

/** What addresses begin with that are no entity's: `{entity}` at the beginning of a path stands for none of them. */
export const RESERVED_NAMES: ReadonlySet<string> = new Set([
  'api',
  ...[...PAGE_ROUTES, ...WANDB_ROUTES].map(({ path }) => path.split('/')[1] ?? ''),
])

/** By upgrade: an agent shows its own key there, which is no token (dispatch/agent-tunnel.ts). */
export const UPGRADE_PATHS: readonly string[] = [TUNNEL_PATH]

/** @returns finds who may use a route; null for one that is not in the table */
export function createRouteTable(
  routes: readonly RouteAccess[],
): (method: string, path: string) => RouteAccess | null {
  const compiled = routes.map((route) => ({ route, parts: partsOf(route.path) }))
  // What is written out wins over `{name}`, as it stands before it in a router.
  compiled.sort((left, right) => countOpenParts(left.parts) - countOpenParts(right.parts))
  return (method, path) => {
    const asked = method === 'HEAD' ? 'get' : method.toLowerCase()
    const given = partsOf(path)
    return compiled.find(({ route, parts }) => route.method === asked && fits(parts, given))?.route ?? null
  }
}

function partsOf(path: string): string[] {
  return path.replace(/\/$/, '').split('/').slice(1)
}

function countOpenParts(parts: readonly string[]): number {
  return parts.filter(isOpenPart).length
}

function isOpenPart(part: string): boolean {
  return part.startsWith('{') || part === '*'
}

function fits(parts: readonly string[], given: readonly string[]): boolean {
  const isTail = parts.at(-1) === '*'
  if (isTail ? given.length < parts.length : given.length !== parts.length) return false
  return parts.every((part, index) => {
    const found = given[index] ?? ''
    if (index === 0 && part === '{entity}') return !RESERVED_NAMES.has(found)
    if (isOpenPart(part)) return found !== ''
    return part === found
  })
}
