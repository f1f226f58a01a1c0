// Reads a request's body: strict JSON in UTF-8, of limited size and depth, without names that reach a prototype.
// The text stays available, because JSON.parse loses the difference between 3 and 3.0.
import express, { type RequestHandler, type Response } from 'express'
import { SweepError } from '../../sweeps/errors.ts'

export const MAX_BODY_BYTES = 1_048_576
export const MAX_BODY_DEPTH = 32
const RESERVED_NAMES: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])

/** Puts the parsed object into `request.body`; a request without a body gets an empty one. */
export function createJsonBody(): RequestHandler[] {
  return [express.raw({ type: () => true, limit: MAX_BODY_BYTES, inflate: false }), parseJsonBody]
}

/** The body as it was sent. */
export function bodyTextOf(response: Response): string {
  return String(response.locals['bodyText'] ?? '{}')
}

const parseJsonBody: RequestHandler = (request, response, next) => {
  const bytes: unknown = request.body
  if (!Buffer.isBuffer(bytes) || bytes.length === 0) {
    request.body = {}
    return next()
  }
  if (!/^application\/json *(; *charset *= *"?utf-8"? *)?$/i.test(request.headers['content-type'] ?? '')) {
    throw new SweepError('REQUEST_INVALID', 'the body must be application/json', {
      hint: 'Send `Content-Type: application/json`.',
    })
  }
  const text = decodeUtf8(bytes)
  response.locals['bodyText'] = text
  request.body = parseJsonObject(text)
  return next()
}

function decodeUtf8(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new SweepError('REQUEST_INVALID', 'the body is not valid UTF-8')
  }
}

/**
 * @throws SweepError REQUEST_INVALID when it is not a JSON object, is deeper than MAX_BODY_DEPTH, or holds a
 * reserved name, a NUL or half a surrogate pair
 */
export function parseJsonObject(text: string): Record<string, unknown> {
  checkDepth(text)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new SweepError(
      'REQUEST_INVALID',
      `the body is not JSON: ${(error as SyntaxError).message.slice(0, 200)}`,
    )
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new SweepError('REQUEST_INVALID', 'the body must be a JSON object')
  }
  checkNames(value, '')
  return value as Record<string, unknown>
}

/** Linear, before the parser and everything after it that recurses. */
function checkDepth(text: string): void {
  let depth = 0
  let isInString = false
  for (let index = 0; index < text.length; index += 1) {
    const character = text.charAt(index)
    if (isInString) {
      if (character === '\\') index += 1
      else if (character === '"') isInString = false
    } else if (character === '"') isInString = true
    else if (character === '{' || character === '[') {
      depth += 1
      if (depth > MAX_BODY_DEPTH) {
        throw new SweepError('REQUEST_INVALID', `the body nests deeper than ${MAX_BODY_DEPTH} levels`)
      }
    } else if (character === '}' || character === ']') depth -= 1
  }
}

function checkNames(value: unknown, path: string): void {
  if (typeof value === 'string') return checkText(value, path)
  if (typeof value !== 'object' || value === null) return
  for (const [name, member] of Object.entries(value)) {
    const at = path === '' ? name : `${path}.${name}`
    if (RESERVED_NAMES.has(name)) {
      throw new SweepError('REQUEST_INVALID', `the name "${name}" is reserved`, {
        at,
        hint: 'Choose another name.',
      })
    }
    checkText(name, at)
    checkNames(member, at)
  }
}

function checkText(text: string, at: string): void {
  if (text.includes('\u0000') || /\p{Surrogate}/u.test(text)) {
    throw new SweepError('REQUEST_INVALID', 'text may not hold NUL or half a surrogate pair', {
      at: at.slice(0, 200),
    })
  }
}
