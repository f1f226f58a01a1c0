// Files and artifacts of runs: lists, and their content as downloads.
import { Router } from 'express'
import { RefParams } from '../../sweeps/api-schema.ts'
import type { ArtifactId, ArtifactRecord } from '../../sweeps/artifact.ts'
import { NotFoundError } from '../../sweeps/errors.ts'
import { guessMimeType } from '../../sweeps/run-file.ts'
import { ListFilesQuery, ReadFileQuery } from '../../sweeps/run-parts-schema.ts'
import type { ListFilesResponse, StoredFileJson } from '../../sweeps/run-parts-schema.ts'
import { ID_PATTERN } from '../../sweeps/sweep.ts'
import type { ApiServices } from '../api-services.ts'
import { isoTime } from '../present.ts'
import { resolveRun } from '../resolve-ref.ts'
import { listRunArtifacts } from '../run-artifacts.ts'
import { sendBlob } from './send-blob.ts'
import { sendJson } from './send-json.ts'

export function createRunFileRoutes({ store, runFiles, blobs }: ApiServices): Router {
  const router = Router()
  const findRun = (params: unknown) => resolveRun(store, RefParams.parse(params).ref)
  const findArtifact = async (params: unknown): Promise<ArtifactRecord> => {
    const { ref } = RefParams.parse(params)
    const [artifact] = ID_PATTERN.test(ref) ? await store.artifacts.findArtifacts([ref as ArtifactId]) : []
    if (artifact === undefined) throw new NotFoundError('artifact', ref)
    return artifact
  }

  router.get('/runs/:ref/files', async (request, response) => {
    const { after, limit } = ListFilesQuery.parse(request.query)
    const { id } = await findRun(request.params)
    const [{ files, hasMore }, total] = await Promise.all([
      runFiles.list(id, { after, limit }),
      store.files.countFiles(id),
    ])
    const listed = files.map(({ name, blob, updatedAt }) => describe(name, blob.sizeBytes, updatedAt))
    sendJson(response, pageOf(listed, hasMore, total))
  })

  router.get('/runs/:ref/file', async (request, response) => {
    const { name, inline } = ReadFileQuery.parse(request.query)
    const { id } = await findRun(request.params)
    const file = await runFiles.find(id, name)
    if (file === null) throw new NotFoundError(`file of run ${id}`, name)
    await sendBlob(request, response, { blobs, blob: file.blob, name, isInline: inline === '1' })
  })

  router.get('/runs/:ref/artifacts', async (request, response) => {
    const { id } = await findRun(request.params)
    sendJson(response, await listRunArtifacts(store, id))
  })

  router.get('/artifacts/:ref/files', async (request, response) => {
    const { after, limit } = ListFilesQuery.parse(request.query)
    const { id } = await findArtifact(request.params)
    const [files, total] = await Promise.all([
      store.artifacts.listFiles(id, { limit: limit + 1, ...(after === undefined ? {} : { after }) }),
      store.artifacts.countFiles(id),
    ])
    const listed = files.slice(0, limit).map(({ path, blob }) => describe(path, blob.sizeBytes, null))
    sendJson(response, pageOf(listed, files.length > limit, total))
  })

  router.get('/artifacts/:ref/file', async (request, response) => {
    const { name, inline } = ReadFileQuery.parse(request.query)
    const { id } = await findArtifact(request.params)
    const [file] = await store.artifacts.listFiles(id, { paths: [name] })
    if (file === undefined) throw new NotFoundError(`file of artifact ${id}`, name)
    await sendBlob(request, response, { blobs, blob: file.blob, name, isInline: inline === '1' })
  })

  return router
}

function describe(name: string, sizeBytes: number, updatedAt: number | null): StoredFileJson {
  return {
    name,
    sizeBytes,
    mimeType: guessMimeType(name),
    updatedAt: updatedAt === null ? null : isoTime(updatedAt),
  }
}

function pageOf(files: StoredFileJson[], hasMore: boolean, total: number): ListFilesResponse {
  return { files, total, next: hasMore ? (files.at(-1)?.name ?? null) : null }
}
