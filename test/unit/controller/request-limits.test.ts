// How long requests may take to arrive: all of it for most, from part to part for uploads.
import { createServer, request as httpRequest } from 'node:http'
import type { ClientRequest, IncomingMessage, Server } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { limitRequestTimes } from '../../../controller/request-limits.ts'

const LIMIT_MS = 300

let server: Server
beforeEach(async () => {
  server = createServer((request, response) => {
    request.resume()
    request.on('end', () => response.end('whole'))
    request.on('error', () => undefined)
  })
  limitRequestTimes(server, {
    wholeMs: LIMIT_MS,
    silentMs: LIMIT_MS,
    isUpload: ({ url }) => url === '/upload',
    refuse: ({ socket }) => socket.end('HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n'),
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
})
afterEach(() => {
  server.closeAllConnections()
  server.close()
})

function start(path: string): { request: ClientRequest; status: Promise<number | undefined> } {
  const { port } = server.address() as AddressInfo
  const request = httpRequest({ host: '127.0.0.1', port, path, method: 'PUT' })
  request.on('error', () => undefined)
  const answered = once(request, 'response') as Promise<[IncomingMessage]>
  return { request, status: answered.then(([response]) => response.statusCode) }
}

/** Sends a part every while, in all longer than the limit. */
async function trickle(request: ClientRequest): Promise<void> {
  for (let part = 0; part < 8 && !request.destroyed; part += 1) {
    request.write('x'.repeat(1000))
    await delay(LIMIT_MS / 5)
  }
  request.end()
}

describe('a request', () => {
  it('that keeps coming is refused after the limit', async () => {
    const { request, status } = start('/other')
    const sent = trickle(request)
    expect(await status).toBe(408)
    await sent
  })

  it('that is an upload may take longer as long as it keeps coming', async () => {
    const { request, status } = start('/upload')
    await trickle(request)
    expect(await status).toBe(200)
  })

  it('that is an upload and falls silent is refused', async () => {
    const { request, status } = start('/upload')
    request.write('x')
    expect(await status).toBe(408)
  })

  it('that is there whole is answered, however long that takes', async () => {
    const { request, status } = start('/other')
    request.end('x')
    expect(await status).toBe(200)
  })
})
