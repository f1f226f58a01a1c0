// Stored content as an answer, whole or in part. What a client stored is never shown as a page of ours: it is a
// download, or a picture of a kind in which nothing can be run.
import { pipeline } from 'node:stream/promises'
import type { Request, Response } from 'express'
import type { Blob } from '../../sweeps/run-file.ts'
import { guessMimeType } from '../../sweeps/run-file.ts'
import type { BlobStore, ByteRange } from '../blobs/blob-store.ts'

/** Kinds of pictures that a page may show. SVG is none: it holds scripts. */
const PICTURES: ReadonlySet<string> = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp'])

export interface SendBlobOptions {
  readonly blobs: BlobStore
  readonly blob: Blob
  readonly name: string
  /** To be shown in a page, if it is a picture by its name. @default false */
  readonly isInline?: boolean
}

export async function sendBlob(
  request: Request,
  response: Response,
  { blobs, blob, name, isInline = false }: SendBlobOptions,
): Promise<void> {
  const range = readRange(request.headers.range, blob.sizeBytes)
  const type = guessMimeType(name)
  const isShown = isInline && PICTURES.has(type)
  response.setHeader('Content-Type', isShown ? type : 'application/octet-stream')
  response.setHeader('X-Content-Type-Options', 'nosniff')
  const disposition = isShown ? 'inline' : 'attachment'
  response.setHeader('Content-Disposition', `${disposition}; filename*=UTF-8''${encodeHeaderName(name)}`)
  response.setHeader('Cache-Control', 'private, no-store')
  response.setHeader('Accept-Ranges', 'bytes')
  response.setHeader('ETag', `"${Buffer.from(blob.md5, 'base64').toString('hex')}"`)
  if (range === 'unsatisfiable') {
    response.setHeader('Content-Range', `bytes */${blob.sizeBytes}`)
    response.status(416).end()
    return
  }
  const content = blob.sizeBytes === 0 ? null : await blobs.read(blob, range ?? undefined)
  if (range === null) {
    response.setHeader('Content-MD5', blob.md5)
    response.setHeader('Content-Length', blob.sizeBytes)
  } else {
    response.setHeader('Content-Range', `bytes ${range.first}-${range.last}/${blob.sizeBytes}`)
    response.setHeader('Content-Length', range.last - range.first + 1)
    response.status(206)
  }
  if (request.method === 'HEAD' || content === null) {
    content?.destroy()
    response.end()
    return
  }
  try {
    await pipeline(content, response)
  } catch (error) {
    // Who asked has gone: nobody is left to be told.
    if (!response.destroyed && !(error as NodeJS.ErrnoException).code?.startsWith('ERR_STREAM')) throw error
  }
}

/** null: the whole file, also for several ranges, which may be answered so. */
export function readRange(header: string | undefined, sizeBytes: number): ByteRange | 'unsatisfiable' | null {
  const [, from = '', to = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '') ?? []
  if (from === '' && to === '') return null
  const last = from === '' || to === '' ? sizeBytes - 1 : Math.min(Number(to), sizeBytes - 1)
  const first = from === '' ? Math.max(0, sizeBytes - Number(to)) : Number(from)
  return first > last || (from === '' && Number(to) === 0) ? 'unsatisfiable' : { first, last }
}

function encodeHeaderName(name: string): string {
  const last = name.split('/').at(-1) || 'file'
  return encodeURIComponent(last).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16)}`,
  )
}
