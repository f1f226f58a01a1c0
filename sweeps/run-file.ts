// What a client leaves with a run beside its metrics: files, by a name that is text and never a path of ours, and alerts.
import { SweepError } from './errors.ts'
import type { RunId } from './sweep.ts'

/** Content that is kept once, however many names it has (controller/blobs/). */
export interface Blob {
  /** SHA-256, hex. */
  readonly hash: string
  readonly sizeBytes: number
  /** base64. */
  readonly md5: string
}

export interface RunFileRecord {
  readonly runId: RunId
  readonly name: string
  readonly blob: Blob
  /** Epoch ms. */
  readonly updatedAt: number
}

export const ALERT_LEVELS = ['info', 'warn', 'error'] as const
export type AlertLevel = (typeof ALERT_LEVELS)[number]

export interface AlertRecord {
  readonly runId: RunId
  /** From 1, without gaps. */
  readonly number: number
  /** Epoch ms. */
  readonly at: number
  readonly title: string
  readonly text: string
  readonly level: AlertLevel
}

/** What is kept of the names of files, types, collections and aliases: a database's index takes no more. */
export const MAX_NAME_BYTES = 2000

/**
 * A name as it is kept: text, compared byte by byte, whatever dots and slashes it has.
 * @param what of what it is the name, for the message
 * @throws SweepError REQUEST_INVALID when it is empty, too long, or holds NUL or half a surrogate pair
 */
export function checkStoredName(name: string, what: string): string {
  const refuse = (why: string) =>
    new SweepError('REQUEST_INVALID', `the name of ${what} ${why}`, { hint: 'Give it another name.' })
  if (name === '') throw refuse('is empty')
  if (name.includes('\u0000') || /\p{Surrogate}/u.test(name))
    throw refuse('holds NUL or half a surrogate pair')
  const bytes = new TextEncoder().encode(name).length
  if (bytes > MAX_NAME_BYTES) throw refuse(`has ${bytes} bytes: ${MAX_NAME_BYTES} are the most`)
  return name
}

const MIME_TYPES: Readonly<Record<string, string>> = {
  csv: 'text/csv',
  gif: 'image/gif',
  html: 'text/html',
  jpeg: 'image/jpeg',
  jpg: 'image/jpeg',
  json: 'application/json',
  log: 'text/plain',
  md: 'text/markdown',
  mp4: 'video/mp4',
  npy: 'application/octet-stream',
  pdf: 'application/pdf',
  png: 'image/png',
  py: 'text/x-python',
  svg: 'image/svg+xml',
  txt: 'text/plain',
  wav: 'audio/wav',
  webm: 'video/webm',
  yaml: 'application/x-yaml',
  yml: 'application/x-yaml',
}

/** By the name's ending, for people: files are served as downloads, whatever they are. */
export function guessMimeType(name: string): string {
  const ending = /\.([a-z0-9]+)$/i.exec(name)?.[1]?.toLowerCase() ?? ''
  return MIME_TYPES[ending] ?? 'application/octet-stream'
}
