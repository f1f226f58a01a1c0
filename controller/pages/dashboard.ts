// The dashboard as it was built into dist/web/: its assets, which never change under their names, and the one document
// for every address that it shows. It holds no secret: what it shows comes from the API.
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Router, type Request } from 'express'
import sirv from 'sirv'
import { API_PREFIX } from '../../sweeps/api-schema.ts'
import { PAGE_ROUTES, RESERVED_NAMES, WANDB_PAGE_ROUTES } from '../access/route-access.ts'

/** Addresses that are screens of the dashboard (web/app.tsx), as express writes them. */
const SCREEN_PATHS: readonly string[] = [...PAGE_ROUTES, ...WANDB_PAGE_ROUTES]
  .map(({ path }) => path)
  .filter((path) => !path.startsWith('/assets/') && !path.startsWith('/favicon.'))
  .map((path) => path.replace(/\{(\w+)\}/g, ':$1').replace('*', '*path'))

const FILE_PATHS = ['/assets/*path', '/favicon.svg', '/favicon.ico']

const NOT_BUILT = `<!doctype html><title>sweep</title><p>The dashboard was not built. Build it: npm run build</p>`

/** @param folder dist/web */
export function createDashboardRoutes(folder: string): Router {
  const router = Router()
  if (!existsSync(folder)) {
    router.get([...SCREEN_PATHS, ...FILE_PATHS], (request, response, next) => {
      if (isReserved(request)) return next()
      response.status(503).type('text/html').send(NOT_BUILT)
    })
    return router
  }
  const files = sirv(folder, {
    etag: true,
    gzip: true,
    brotli: true,
    setHeaders(response, path) {
      const isNamedByContent = path.startsWith('/assets/')
      response.setHeader(
        'Cache-Control',
        isNamedByContent ? 'public, max-age=31536000, immutable' : 'no-cache',
      )
    },
  })
  router.get(FILE_PATHS, files)
  router.get([...SCREEN_PATHS], (request, response, next) => {
    if (isReserved(request)) return next()
    const sweep = /^\/s\/([^/]+)(?:\/(?!r\/)|$)/.exec(request.path)?.[1]
    // The browser asks for the runs while it is still reading the scripts (web/main.ts takes them).
    if (sweep !== undefined) response.setHeader('Link', preloadOf(sweep))
    request.url = '/'
    files(request, response, next)
  })
  return router
}

/** @param part of the address, encoded as it came */
function preloadOf(part: string): string {
  const path = `${API_PREFIX}/sweeps/${encodeURIComponent(decodeURIComponent(part))}/snapshot`
  return `<${path}>; rel=preload; as=fetch; crossorigin=anonymous`
}

/** `/api/nothing` is nobody's project. */
function isReserved({ params }: Request): boolean {
  const { entity } = params
  return typeof entity === 'string' && RESERVED_NAMES.has(entity)
}

/** Beside the code, built or from source. */
export function findDashboard(): string {
  const isBuilt = import.meta.url.endsWith('.js')
  return fileURLToPath(new URL(isBuilt ? '../../web' : '../../dist/web', import.meta.url))
}
