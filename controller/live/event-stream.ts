// One reader of the change stream: server-sent events on its connection, until it leaves or reads too slowly. The
// protocol is documented in docs/live-changes.md.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createSession } from 'better-sse'
import type { SweepId } from '../../sweeps/sweep.ts'
import type { ChangeFeed, ResetReason } from './change-feed.ts'

/** A reader that lets more than this wait in the socket gets `reset`: a snapshot is smaller than what it missed. */
export const MAX_UNSENT_BYTES = 1024 * 1024
/** The last event gets so long to leave; then the connection is cut. */
const LAST_EVENT_LIMIT_MS = 10_000
/** What a browser waits before it comes again. */
const RETRY_MS = 2_000

export interface EventStreamOptions {
  readonly sweepId: SweepId | null
  /** The last seq that the reader knows; null: from now on. `unreadable`: it named a place that is no seq. */
  readonly since: number | null | 'unreadable'
}

/** Resolves when the reader listens. */
export async function streamChanges(
  request: IncomingMessage,
  response: ServerResponse,
  feed: ChangeFeed,
  { sweepId, since }: EventStreamOptions,
): Promise<void> {
  const session = await createSession(request, response, {
    retry: RETRY_MS,
    keepAlive: null, // the feed beats, and tells the place with it
    serializer: (text) => text as string, // ready-made JSON
  })
  let stop = () => {}
  const leave = () => {
    stop()
    response.end()
    const cut = setTimeout(() => response.destroy(), LAST_EVENT_LIMIT_MS)
    response.once('close', () => clearTimeout(cut))
  }
  const reset = (reason: ResetReason | 'slow') => {
    // An empty id: a browser that comes again does not name the place at which it could not go on.
    session.push(JSON.stringify({ reason }), 'reset', '')
    leave()
  }
  if (since === 'unreadable') return reset('foreign')
  session.once('disconnected', () => stop())
  const end = await feed.listen(
    {
      sweepId,
      send({ seq, text }) {
        if (response.writableLength > MAX_UNSENT_BYTES) reset('slow')
        else if (session.isConnected) session.push(text, 'changes', String(seq))
      },
      beat(seq) {
        if (!session.isConnected) return
        void session.batch((buffer) => void buffer.comment('').id(String(seq)).dispatch())
      },
      reset,
      end: leave,
    },
    since,
  )
  stop = end
  if (!session.isConnected) end()
}
