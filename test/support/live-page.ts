// A page as docs/live-changes.md describes it, without the drawing: it loads a snapshot, follows the stream, can be
// cut off after any number of bytes, and resumes.
import { get, type IncomingMessage } from 'node:http'

export type Row = Readonly<Record<string, unknown>> & { readonly id: string }

export interface SnapshotJson {
  readonly schema: string
  readonly seq: number
  readonly sweep: Row
  readonly count: number
  readonly columns: Readonly<Record<string, readonly unknown[]>>
  readonly params: readonly {
    readonly name: string
    readonly kind: 'int' | 'float' | 'mixed' | 'other'
    readonly floatRows?: readonly number[]
    readonly values: readonly unknown[]
  }[]
  readonly metrics: readonly (Readonly<Record<string, readonly unknown[]>> & { readonly name: string })[]
}

export interface MessageJson {
  readonly seq: number
  readonly runs: readonly Row[]
  readonly sweeps: readonly Row[]
  readonly agents: readonly Row[]
  readonly events: readonly { readonly seq: number; readonly event: string }[]
}

export interface StreamEvent {
  readonly name: string
  readonly id: string
  readonly data: string
}

export interface Stream {
  /** Events that came whole, in order. */
  readonly events: readonly StreamEvent[]
  /** As a browser counts it: the id of the newest event that came whole, one without data included. */
  readonly lastId: () => string
  readonly status: number
  readonly headers: IncomingMessage['headers']
  /** When the connection is over, whoever ended it. */
  readonly closed: Promise<void>
  cut(): void
}

export interface StreamRequest {
  /** With path and query. */
  readonly url: string
  readonly token: string
  readonly lastEventId?: string
  /** Cuts the connection when so many events have come whole, and then so many bytes. @default never */
  readonly cutAt?: { readonly events: number; readonly bytes: number }
  readonly onEvent?: (event: StreamEvent) => void
}

/** Resolves when the answer's head has come. */
export function openStream({
  url,
  token,
  lastEventId,
  cutAt = { events: 0, bytes: Infinity },
  onEvent,
}: StreamRequest): Promise<Stream> {
  const headers = {
    authorization: `Bearer ${token}`,
    ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
  }
  return new Promise((resolve, reject) => {
    // `agent: false`: a connection of its own, as each EventSource has.
    const request = get(url, { headers, agent: false }, (response) => {
      const events: StreamEvent[] = []
      let lastId = lastEventId ?? ''
      let rest = ''
      let byteCount = 0
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        const left = events.length < cutAt.events ? Infinity : Math.max(0, cutAt.bytes - byteCount)
        const taken = chunk.slice(0, left)
        if (left < Infinity) byteCount += taken.length
        const blocks = (rest + taken).split('\n\n')
        rest = blocks.pop() ?? ''
        for (const block of blocks) {
          const event = parseEvent(block)
          if (event.id !== null) lastId = event.id
          if (event.data === null) continue
          const whole = { name: event.name, id: lastId, data: event.data }
          events.push(whole)
          onEvent?.(whole)
        }
        if (byteCount >= cutAt.bytes) request.destroy()
      })
      response.on('error', () => {}) // cut off: `close` follows
      resolve({
        events,
        lastId: () => lastId,
        status: response.statusCode ?? 0,
        headers: response.headers,
        closed: new Promise((end) => response.once('close', end)),
        cut: () => request.destroy(),
      })
    })
    request.once('error', reject)
  })
}

function parseEvent(block: string): { name: string; id: string | null; data: string | null } {
  const event = { name: 'message', id: null as string | null, data: null as string | null }
  for (const line of block.split('\n')) {
    const at = line.indexOf(':')
    const value = line.slice(at + 1).replace(/^ /, '')
    if (line.startsWith('event:')) event.name = value
    else if (line.startsWith('id:')) event.id = value
    else if (line.startsWith('data:')) event.data = event.data === null ? value : `${event.data}\n${value}`
  }
  return event
}

/** What a page knows of a sweep: runs by id, each as the rows of messages are. */
export interface PageState {
  sweep: Row
  readonly runs: Map<string, Row>
}

/** The columns as rows: cells that are null are left out, and so is `rank`, which a page counts for itself. */
export function stateOf(snapshot: SnapshotJson): PageState {
  const runs = new Map<string, Row>()
  for (let index = 0; index < snapshot.count; index += 1) {
    const cells = (columns: Readonly<Record<string, unknown>>, without: string) =>
      Object.entries(columns).flatMap(([name, values]): [string, unknown][] => {
        const cell = name === without || !Array.isArray(values) ? null : (values[index] as unknown)
        return cell === null ? [] : [[name, cell]]
      })
    const params = snapshot.params.flatMap(({ name, values }): [string, unknown][] =>
      values[index] === null ? [] : [[name, values[index]]],
    )
    const metrics = snapshot.metrics.flatMap((metric): [string, unknown][] => {
      const summary = cells(metric, 'name')
      return summary.length === 0 ? [] : [[metric.name, Object.fromEntries(summary)]]
    })
    const row = {
      ...Object.fromEntries(cells(snapshot.columns, 'rank')),
      params: Object.fromEntries(params),
      metrics: Object.fromEntries(metrics),
    }
    const id = String(snapshot.columns['id']?.[index])
    runs.set(id, { ...row, id })
  }
  return { sweep: snapshot.sweep, runs }
}

/** A row stands for the whole run or sweep: it replaces what was known. */
export function applyMessage(state: PageState, message: MessageJson): void {
  for (const sweep of message.sweeps) if (sweep.id === state.sweep.id) state.sweep = sweep
  for (const { sweepId, project: _project, ...run } of message.runs)
    if (sweepId === state.sweep.id) state.runs.set(String(run['id']), { ...run, id: String(run['id']) })
}
