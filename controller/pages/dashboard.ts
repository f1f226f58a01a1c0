// The dashboard as it was built into dist/web/: its assets, which never change under their names, and the one document
// for every address that it shows. It holds no secret: what it shows comes from the API.
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Router } from 'express'
import sirv from 'sirv'

/** Addresses that are screens of the dashboard (web/app.tsx). */
export const DASHBOARD_PATHS: readonly string[] = [
  '/',
  '/new',
  '/agents',
  '/projects',
  '/settings',
  '/authorize',
  '/s/*path',
  '/r/*path',
]

const NOT_BUILT = `<!doctype html><title>sweep</title><p>The dashboard was not built. Build it: npm run build</p>`

/** @param folder dist/web */
export function createDashboardRoutes(folder: string): Router {
  const router = Router()
  if (!existsSync(folder)) {
    router.get([...DASHBOARD_PATHS], (_request, response) => {
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
  router.get(['/assets/*path', '/favicon.svg'], files)
  router.get([...DASHBOARD_PATHS], (request, response, next) => {
    request.url = '/'
    files(request, response, next)
  })
  return router
}

/** Beside the code, built or from source. */
export function findDashboard(): string {
  const isBuilt = import.meta.url.endsWith('.js')
  return fileURLToPath(new URL(isBuilt ? '../../web' : '../../dist/web', import.meta.url))
}
