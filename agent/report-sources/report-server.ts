// Reports by HTTP on loopback: one server per agent; the bearer token tells which attempt speaks.
import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { MetricRows } from './metric-rows.ts'
import { isReportObject } from './metric-rows.ts'
import { parseReportJson } from './report-json.ts'

export const MAX_REPORT_BODY_BYTES = 4 * 1024 * 1024

/** Where one attempt may report while it is registered. */
export interface ReportAddress {
  readonly url: string
  readonly token: string
  /** Reports of this attempt are refused from now on. */
  unregister(): void
}

class RefusedReport extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly hint: string,
  ) {
    super(message)
  }
}

export class ReportServer {
  private readonly receivers = new Map<string, MetricRows>()
  private readonly server: Server

  private constructor() {
    this.server = createServer((request, response) => void this.answer(request, response))
    this.server.headersTimeout = 10_000
    this.server.requestTimeout = 60_000
    this.server.on('clientError', (_error, socket) => socket.destroy())
  }

  static async start(): Promise<ReportServer> {
    const reportServer = new ReportServer()
    await new Promise<void>((resolve, reject) => {
      reportServer.server.once('error', reject)
      reportServer.server.listen(0, '127.0.0.1', resolve)
    })
    return reportServer
  }

  register(rows: MetricRows): ReportAddress {
    const token = randomBytes(24).toString('hex')
    this.receivers.set(token, rows)
    const { port } = this.server.address() as AddressInfo // an address of a TCP server that listens
    return {
      url: `http://127.0.0.1:${port}/report`,
      token,
      unregister: () => void this.receivers.delete(token),
    }
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()))
    this.server.closeAllConnections()
    await closed
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const rows = this.findReceiver(request)
      const reported = parseBody(await readBody(request))
      // All or nothing: the script learns of a bad row before half of its rows are counted.
      const refused = reported.findIndex((row) => !isReportObject(row))
      if (refused >= 0) {
        throw new RefusedReport(
          400,
          'REQUEST_INVALID',
          `item ${refused} is not a JSON object with at least one member`,
          'Send {"loss":0.3,"step":9}, an array of such objects, or one per line.',
        )
      }
      for (const row of reported) rows.add('http', row)
      response.writeHead(204).end() // nothing that a curl without -s would put among the script's own reports
    } catch (error) {
      if (error instanceof RefusedReport) {
        const { status, code, message, hint } = error
        if (status === 413) response.setHeader('connection', 'close')
        send(response, status, { error: { code, message, hint } })
      } else {
        response.destroy() // the client went away in the middle
      }
    }
  }

  private findReceiver(request: IncomingMessage): MetricRows {
    if (request.method !== 'POST' || request.url?.split('?')[0] !== '/report') {
      throw new RefusedReport(
        404,
        'NOT_FOUND',
        `no ${request.method} ${request.url}`,
        'POST to $SWEEP_REPORT_URL.',
      )
    }
    const token = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
    const rows = token === undefined ? undefined : this.receivers.get(token)
    if (rows === undefined) {
      throw new RefusedReport(
        401,
        'UNAUTHORIZED',
        'the token belongs to no run that is running here',
        'Send the header "Authorization: Bearer $SWEEP_RUN_TOKEN" of this run.',
      )
    }
    return rows
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > MAX_REPORT_BODY_BYTES) {
      throw new RefusedReport(413, 'BODY_TOO_LARGE', 'the body is over 4 MiB', 'Send it in several requests.')
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** A JSON object, an array of them, or one per line. */
function parseBody(body: string): unknown[] {
  const whole = tryParse(body)
  if (whole.isJson) return Array.isArray(whole.value) ? (whole.value as unknown[]) : [whole.value]
  const lines = body.split(/\r?\n/).filter((line) => line.trim() !== '')
  return lines.map((line, index) => {
    const parsed = tryParse(line)
    if (parsed.isJson) return parsed.value
    throw new RefusedReport(
      400,
      'REQUEST_INVALID',
      `line ${index + 1} is not JSON: ${line.slice(0, 100)}`,
      'Send {"loss":0.3,"step":9}, an array of such objects, or one per line.',
    )
  })
}

function tryParse(text: string): { isJson: true; value: unknown } | { isJson: false } {
  try {
    return { isJson: true, value: parseReportJson(text) }
  } catch {
    return { isJson: false }
  }
}

function send(response: ServerResponse, status: number, body: unknown): void {
  const text = `${JSON.stringify(body)}\n`
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  })
  response.end(text)
}
