// PUT and GET of files, at addresses that we signed (controller/blobs/signed-url.ts), and GET at those by which W&B's
// client knows an artifact's file without asking: by its MD5, with the client's key.
import { finished } from 'node:stream/promises'
import { Router } from 'express'
import type { Request, RequestHandler, Response } from 'express'
import { NotFoundError } from '../../sweeps/errors.ts'
import type { ArtifactId } from '../../sweeps/artifact.ts'
import type { Blob } from '../../sweeps/run-file.ts'
import type { RunId } from '../../sweeps/sweep.ts'
import type { ApiServices } from '../api-services.ts'
import type { PutOptions } from '../blobs/blob-store.ts'
import { sendBlob } from '../routes/send-blob.ts'
import { STORAGE_PREFIX } from '../blobs/signed-url.ts'
import type { FileTarget } from '../blobs/signed-url.ts'

type StorageServices = Pick<ApiServices, 'runFiles' | 'artifacts' | 'blobs' | 'urls' | 'store'>

/** How long a sender that was refused may go on sending into nowhere, so that it reads the refusal. */
const REFUSED_DRAIN_MS = 20_000

export function createStorageRoutes(services: StorageServices): Router {
  const { blobs, urls, store } = services
  const path = `${STORAGE_PREFIX}/:kind/:id`
  const router = Router()

  router.put(path, async (request, response) => {
    endRefusedUploads(request, response)
    const target = await urls.check('put', request.path.slice(STORAGE_PREFIX.length), request.query)
    const blob = await takeUpload(services, target, request)
    response.setHeader('ETag', `"${Buffer.from(blob.md5, 'base64').toString('hex')}"`)
    response.status(200).end()
  })

  router.get(path, async (request, response) => {
    const target = await urls.check('get', request.path.slice(STORAGE_PREFIX.length), request.query)
    const blob = await findBlob(services, target)
    await sendBlob(request, response, { blobs, blob, name: target.name })
  })

  const byMd5: RequestHandler = async (request, response) => {
    const { hex = '', birth, name = 'file' } = request.params as Record<string, string>
    if (!/^[0-9a-f]{32}$/.test(hex)) throw new NotFoundError('file with the MD5', hex)
    const md5 = Buffer.from(hex, 'hex').toString('base64')
    const born = birth === undefined ? null : await store.artifacts.findFileByMd5(birth as ArtifactId, md5)
    const blob = born ?? (await store.artifacts.findFileByMd5(null, md5))
    if (blob === null || !blobs.has(blob.hash)) throw new NotFoundError('file with the MD5', hex)
    await sendBlob(request, response, { blobs, blob, name })
  }
  router.get('/artifacts/:entity/:hex', byMd5)
  router.get('/artifactsV2/:region/:entity/:project/:collection/:birth/:hex/:name', byMd5)
  return router
}

function takeUpload(services: StorageServices, target: FileTarget, request: Request): Promise<Blob> {
  // A sender that is refused reads why: its connection is not destroyed with the iterator.
  const content = request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>
  const options = readAnnounced(request, target)
  const { runFiles, artifacts } = services
  if (target.kind === 'run-file') return runFiles.takeFile(target.id as RunId, target.name, content, options)
  if (target.kind === 'manifest') return artifacts.takeManifest(target.id, content, options)
  return artifacts.takeFile(target.id as ArtifactId, target.name, content, options)
}

function readAnnounced(request: Request, target: FileTarget): PutOptions {
  const length = request.headers['content-length']
  const header = request.headers['content-md5']
  const promised = target.kind === 'artifact-file' ? target.md5 : undefined
  return {
    sizeBytes: length === undefined ? null : Number(length),
    md5: promised ?? (typeof header === 'string' && header !== '' ? header : null),
  }
}

function endRefusedUploads(request: Request, response: Response): void {
  response.once('finish', () => {
    if (request.complete) return
    request.resume()
    const timer = setTimeout(() => request.socket.destroy(), REFUSED_DRAIN_MS)
    timer.unref()
    void finished(request)
      .catch(() => undefined)
      .finally(() => clearTimeout(timer))
  })
}

async function findBlob({ store, runFiles }: StorageServices, target: FileTarget): Promise<Blob> {
  const { kind, id, name } = target
  if (kind === 'run-file') {
    const file = await runFiles.find(id as RunId, name)
    if (file !== null) return file.blob
  } else if (kind === 'artifact-file') {
    const [file] = await store.artifacts.listFiles(id as ArtifactId, { paths: [name] })
    if (file !== undefined) return file.blob
  } else {
    const [artifact] = await store.artifacts.findArtifacts([id as ArtifactId])
    if (artifact !== undefined && artifact.manifest !== null) return artifact.manifest
  }
  throw new NotFoundError('file', name)
}
