// The event stream itself, held by the leader tab alone: it opens it, opens it again after a break, notices a server
// that is silent without having hung up, and tells what it hears.
import type { ChangesMessage } from '../api/records.ts'

export type ResetReason = 'expired' | 'foreign' | 'slow'

export interface SourceListener {
  /** @param text the message as it came, JSON */
  onMessage(message: ChangesMessage, text: string): void
  /** The log cannot be followed from where we are: everything is to be loaded anew. */
  onReset(reason: ResetReason): void
  onState(isConnected: boolean): void
}

export interface ChangeSource {
  close(): void
}

/** Asks whether the server lives, so that a dead network is noticed: an EventSource does not tell its heart-beats. */
const PING_INTERVAL_MS = 3_000
const PING_TIMEOUT_MS = 1_500
const REOPEN_MS = 1_000

/** @param sinceSeq told entries are after it */
export function openChangeSource(sinceSeq: number, listener: SourceListener): ChangeSource {
  let seq = sinceSeq
  let source: EventSource | null = null
  let reopening: number | undefined
  let isClosed = false

  function open(): void {
    source?.close()
    source = new EventSource(`/api/v1/changes/stream?since=${seq}`)
    source.onopen = () => listener.onState(true)
    source.addEventListener('changes', (event: MessageEvent<string>) => {
      const message = JSON.parse(event.data) as ChangesMessage // the server's own text
      seq = message.seq
      listener.onState(true)
      listener.onMessage(message, event.data)
    })
    source.addEventListener('reset', (event: MessageEvent<string>) => {
      source?.close()
      const { reason } = JSON.parse(event.data) as { reason: ResetReason }
      listener.onReset(reason)
    })
    source.onerror = () => {
      listener.onState(false)
      reopenSoon() // by ourselves: a browser gives up for good on an answer that is not 200
    }
  }

  function reopenSoon(): void {
    source?.close()
    source = null
    window.clearTimeout(reopening)
    if (!isClosed) reopening = window.setTimeout(open, REOPEN_MS)
  }

  const pinging = window.setInterval(() => {
    if (source === null) return
    void fetch('/healthz', { cache: 'no-store', signal: AbortSignal.timeout(PING_TIMEOUT_MS) }).catch(() => {
      listener.onState(false)
      reopenSoon()
    })
  }, PING_INTERVAL_MS)

  open()
  return {
    close() {
      isClosed = true
      window.clearInterval(pinging)
      window.clearTimeout(reopening)
      source?.close()
    },
  }
}
