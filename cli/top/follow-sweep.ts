// A sweep kept up to date: the snapshot, then the change stream from its place on, opened again after every break
// (docs/live-changes.md). It tells what it hears and whether the server is there; it draws nothing.
import type { IncomingMessage } from 'node:http'
import { StringDecoder } from 'node:string_decoder'
import { SweepError } from '../../sweeps/errors.ts'
import type { ChangesMessage, SweepSnapshot } from '../../sweeps/live-schema.ts'
import { refPath } from '../api-client.ts'
import type { ApiClient } from '../api-client.ts'
import { pause } from '../sweep-state.ts'

export interface FollowListener {
  /** Everything is to be looked at anew. */
  onSnapshot(snapshot: SweepSnapshot): void
  onMessage(message: ChangesMessage): void
  onConnected(): void
  /** @param why in words */
  onBroken(why: string): void
  /** The sweep is gone, or may not be read any more: nothing more will come. */
  onOver(error: SweepError): void
}

export interface Following {
  /** Breaks off and begins anew, as when the connection had ended: something else saw that the server is away. */
  interrupt(): void
  end(): void
}

const REOPEN_MS = 1_000
/** Errors that no waiting mends. */
const FINAL: ReadonlySet<string> = new Set(['NOT_FOUND', 'UNAUTHORIZED', 'FORBIDDEN'])

/**
 * @param snapshot the first one, which the listener has already
 * @param api gives up at once when it cannot connect
 */
export function followSweep(
  api: ApiClient,
  snapshot: Pick<SweepSnapshot, 'seq' | 'sweep'>,
  listener: FollowListener,
): Following {
  const ending = new AbortController()
  const { id } = snapshot.sweep
  let seq = snapshot.seq
  let stream: IncomingMessage | null = null

  async function follow(): Promise<void> {
    let mustLoad = false
    while (!ending.signal.aborted) {
      try {
        if (mustLoad) {
          const text = await api.get(refPath('sweeps', id, '/snapshot'))
          const loaded = JSON.parse(text) as SweepSnapshot // the server's own schema
          seq = loaded.seq
          listener.onSnapshot(loaded)
        }
        mustLoad = await readStream()
        if (!mustLoad && !ending.signal.aborted) listener.onBroken('the connection ended')
      } catch (error) {
        if (ending.signal.aborted) return
        if (error instanceof SweepError && FINAL.has(error.code)) return listener.onOver(error)
        listener.onBroken(error instanceof Error ? error.message : String(error))
      }
      if (!mustLoad) await pause(REOPEN_MS, ending.signal)
    }
  }

  /** @returns whether the log cannot be followed from where we are */
  async function readStream(): Promise<boolean> {
    stream = await api.stream('/changes/stream', { since: seq, sweep: id })
    if (ending.signal.aborted) stream.destroy()
    listener.onConnected()
    try {
      for await (const { name, data } of readEvents(stream)) {
        if (name === 'reset') return true
        if (name !== 'changes') continue
        const message = JSON.parse(data) as ChangesMessage // the server's own schema
        seq = message.seq
        listener.onMessage(message)
      }
      return false
    } finally {
      stream.destroy()
      stream = null
    }
  }

  void follow()
  return {
    interrupt: () => stream?.destroy(),
    end() {
      ending.abort()
      stream?.destroy()
    },
  }
}

interface StreamEvent {
  readonly name: string
  readonly data: string
}

/** Events of `text/event-stream` that have data, as they come. */
async function* readEvents(stream: AsyncIterable<Uint8Array>): AsyncGenerator<StreamEvent> {
  const decoder = new StringDecoder('utf8')
  let waiting = ''
  for await (const part of stream) {
    waiting += decoder.write(Buffer.from(part))
    const blocks = waiting.split('\n\n')
    waiting = blocks.pop() ?? ''
    for (const block of blocks) {
      const lines = block.split('\n')
      const data = lines
        .filter((line) => line.startsWith('data:'))
        .map((line) => line.slice(5).replace(/^ /, ''))
      const name =
        lines
          .find((line) => line.startsWith('event:'))
          ?.slice(6)
          .trim() ?? 'message'
      if (data.length > 0) yield { name, data: data.join('\n') }
    }
  }
}
