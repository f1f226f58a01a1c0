// The worker thread in which suggestions are computed: it keeps one Suggester per sweep, fed by the leader, and
// answers in order. What it holds is a cache of SQL; the leader fills a new one at any time.
import { parentPort } from 'node:worker_threads'
import { systemClock } from '../../runtime/clock.ts'
import { parseSweepFile } from '../../sweeps/config.ts'
import { createSuggester } from '../../sweeps/suggest.ts'
import type { HistoryEntry, Suggester, Suggestion } from '../../sweeps/suggest.ts'

export type SuggestionRequest =
  | { readonly type: 'open'; readonly sweepId: string; readonly configText: string; readonly seed: number }
  | { readonly type: 'observe'; readonly sweepId: string; readonly entries: readonly HistoryEntry[] }
  | { readonly type: 'close'; readonly sweepId: string }
  | {
      readonly type: 'suggest'
      readonly requestId: number
      readonly sweepId: string
      readonly fromIndex: number
      readonly count: number
    }

export type SuggestionAnswer =
  | {
      readonly requestId: number
      readonly suggestions: readonly Suggestion[]
      readonly exhausted: boolean
    }
  | { readonly requestId: number; readonly error: string }

/** After so long an answer is sent with what it has; the leader asks on. */
const LONGEST_ANSWER_MS = 100

const suggesters = new Map<string, Suggester>()
const openErrors = new Map<string, string>()
const port = parentPort
if (port === null) throw new Error('suggestion-worker.ts runs as a worker thread only')

port.on('message', (request: SuggestionRequest) => {
  if (request.type === 'suggest') {
    port.postMessage(answer(request))
    return
  }
  // A sweep that cannot be opened is told when a suggestion is asked for.
  if (request.type === 'close') suggesters.delete(request.sweepId)
  if (request.type === 'observe') suggesters.get(request.sweepId)?.observe(request.entries)
  if (request.type === 'open') {
    suggesters.delete(request.sweepId)
    try {
      suggesters.set(
        request.sweepId,
        createSuggester(parseSweepFile(request.configText).config, request.seed),
      )
    } catch (error) {
      openErrors.set(request.sweepId, (error as Error).message)
    }
  }
})

/** The first of many slots need not wait for the proposals of the others. */
function untilLate(): () => boolean {
  const lateMs = systemClock.monotonicMs() + LONGEST_ANSWER_MS
  return () => systemClock.monotonicMs() >= lateMs
}

function answer(request: SuggestionRequest & { type: 'suggest' }): SuggestionAnswer {
  const { requestId, sweepId, fromIndex, count } = request
  const suggester = suggesters.get(sweepId)
  if (suggester === undefined)
    return { requestId, error: openErrors.get(sweepId) ?? `sweep ${sweepId} is not open` }
  try {
    return { requestId, ...suggester.suggest(fromIndex, count, untilLate()) }
  } catch (error) {
    return { requestId, error: (error as Error).message }
  }
}
