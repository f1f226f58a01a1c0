// GET /sweeps/:ref/snapshot: all runs of a sweep in columns, with what lets a reader keep it.
import { Router } from 'express'
import { RefParams } from '../../sweeps/api-schema.ts'
import type { ApiServices } from '../api-services.ts'
import { resolveSweep } from '../resolve-ref.ts'

export function createSnapshotRoutes({ store, snapshots }: ApiServices): Router {
  const router = Router()

  router.get('/sweeps/:ref/snapshot', async (request, response) => {
    const { id } = await resolveSweep(store, RefParams.parse(request.params).ref)
    const deployment = await store.deployment()
    response.setHeader('Cache-Control', 'private, no-cache')
    response.setHeader('Vary', 'Accept-Encoding, Authorization, Cookie')
    const heldTag = request.get('If-None-Match')
    const heldSeq = seqOfTag(heldTag, deployment)
    if (heldTag !== undefined && heldSeq !== null && (await snapshots.isCurrent(id, heldSeq))) {
      response.setHeader('ETag', heldTag)
      response.status(304).end()
      return
    }
    const snapshot = await snapshots.snapshotOf(id)
    response.setHeader('ETag', `W/"${deployment}.${snapshot.seq}"`) // weak: the same for both encodings
    response.type('application/json')
    if (request.acceptsEncodings(['gzip', 'identity']) !== 'gzip') {
      response.end(snapshot.plain)
      return
    }
    response.setHeader('Content-Encoding', 'gzip')
    response.end(await snapshot.zipped())
  })

  return router
}

/** null when the tag is not ours, or of another database. */
function seqOfTag(tag: string | undefined, deployment: string): number | null {
  const match = /^(?:W\/)?"([0-9a-z]+)\.(\d{1,15})"$/.exec(tag ?? '')
  return match?.[1] === deployment ? Number(match[2]) : null
}
