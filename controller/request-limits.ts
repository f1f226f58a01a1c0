// How long a request may take to arrive. Most must be there whole after a while; a file may take hours, as long as
// something of it keeps coming.
import type { IncomingMessage, Server } from 'node:http'

export interface RequestLimits {
  /** From its headers to the end of its body. */
  readonly wholeMs: number
  /** Of an upload: between any two parts of it. */
  readonly silentMs: number
  readonly isUpload: (request: IncomingMessage) => boolean
  /** Called for one that took too long: answers it and ends the connection. */
  readonly refuse: (request: IncomingMessage) => void
}

/** In place of Node's own limit, which knows one time for all requests. */
export function limitRequestTimes(server: Server, limits: RequestLimits): void {
  server.requestTimeout = 0
  server.on('request', (request, response) => {
    if (request.complete) return
    if (limits.isUpload(request)) {
      // Of an idle socket: nothing came in, and nothing went out.
      request.setTimeout(limits.silentMs, () => limits.refuse(request))
      request.once('end', () => request.setTimeout(0))
      return
    }
    const timer = setTimeout(() => {
      if (!request.complete) limits.refuse(request)
    }, limits.wholeMs)
    timer.unref()
    response.once('close', () => clearTimeout(timer))
  })
}
