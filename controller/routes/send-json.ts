// Answers as JSON with configs as written, and the caller's own address for links.
import type { Request, Response } from 'express'
import { writeJson } from '../../sweeps/raw-json.ts'

export function sendJson(response: Response, value: unknown, status = 200): void {
  response.status(status).type('application/json').send(writeJson(value))
}

/** `http://host:port` as the caller reached this controller (host-check.ts has checked the header's form). */
export function baseUrlOf(request: Request): string {
  return `${request.protocol}://${request.headers.host ?? 'localhost'}`
}
