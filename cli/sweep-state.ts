// Reading a sweep, and waiting for it to come to an end. Waiting outlives a controller that restarts.
import type { GetSweepResponse, SweepJson } from '../sweeps/sweep-schema.ts'
import type { SweepConfig } from '../sweeps/config.ts'
import { SweepError } from '../sweeps/errors.ts'
import { isTerminalSweepState } from '../sweeps/sweep.ts'
import { refPath } from './api-client.ts'
import type { ApiClient } from './api-client.ts'
import type { CommandContext } from './command.ts'
import { trainingWords } from './shell-words.ts'

export async function fetchSweep(api: ApiClient, ref: string): Promise<SweepJson> {
  // The server answers with its own schema (sweeps/api-schema.ts); refusals were thrown before this line.
  return (JSON.parse(await api.get(refPath('sweeps', ref))) as GetSweepResponse).sweep
}

/** A sweep's stored file as it is read now; null when this version does not take it any more. */
export async function readStoredConfig(sweep: Pick<SweepJson, 'config'>): Promise<SweepConfig | null> {
  const { parseSweepFile } = await import('../sweeps/config.ts')
  try {
    return parseSweepFile(sweep.config).config
  } catch (error) {
    if (error instanceof SweepError) return null // another version created it: what is read from it only completes a hint
    throw error
  }
}

/** For `$(sweep best ID --args)` to follow; null when the sweep's command has another form. */
export async function readTrainingWords(sweep: Pick<SweepJson, 'config'>): Promise<string | null> {
  const config = await readStoredConfig(sweep)
  return config === null ? null : trainingWords(config.command, config.program)
}

/** A controller may be away this long, for a restart or a take-over, before waiting gives up. */
const OUTAGE_LIMIT_MS = 60_000
const POLL_MS = 1000
const FIRST_POLL_MS = 100

export interface WaitOptions {
  /** @default the sweep's state is final */
  readonly until?: (sweep: SweepJson) => boolean
  /** Missing: for ever. */
  readonly timeoutMs?: number | undefined
  /** Told of every state that was read. */
  readonly onProgress?: (sweep: SweepJson) => void
  /** Ends the waiting early; the last state is returned. */
  readonly signal?: AbortSignal
}

/**
 * The sweep when it has ended.
 * @throws SweepError TIMED_OUT; SERVER_UNREACHABLE after a minute without an answer
 */
export async function untilSweepEnds(
  context: CommandContext,
  id: string,
  options: WaitOptions = {},
): Promise<SweepJson> {
  const api = context.api()
  const hasEnded = options.until ?? ((sweep: SweepJson) => isTerminalSweepState(sweep.state))
  const deadline = options.timeoutMs === undefined ? Infinity : performance.now() + options.timeoutMs
  let answeredAt = performance.now()
  let isAway = false
  let pollMs = FIRST_POLL_MS
  for (;;) {
    try {
      const sweep = await fetchSweep(api, id)
      if (isAway) context.note(`${api.server} answers again.`)
      isAway = false
      answeredAt = performance.now()
      options.onProgress?.(sweep)
      if (hasEnded(sweep) || options.signal?.aborted) return sweep
      if (performance.now() >= deadline) {
        throw new SweepError(
          'TIMED_OUT',
          `${id} is still ${sweep.state} after ${(options.timeoutMs ?? 0) / 1000} s`,
          {
            hint: `Wait longer:  sweep wait ${id}`,
          },
        )
      }
    } catch (error) {
      const isOutage = error instanceof SweepError && OUTAGES.has(error.code)
      const now = performance.now()
      if (!isOutage || now - answeredAt > OUTAGE_LIMIT_MS || options.signal?.aborted) throw error
      if (now >= deadline) {
        throw new SweepError(
          'TIMED_OUT',
          `waited ${(options.timeoutMs ?? 0) / 1000} s; ${api.server} does not answer now`,
          {
            cause: error,
          },
        )
      }
      if (!isAway) context.note(`! ${error.message} Waiting for it.`)
      isAway = true
    }
    await pause(Math.max(1, Math.min(pollMs, deadline - performance.now())), options.signal)
    pollMs = Math.min(POLL_MS, pollMs * 2)
  }
}

/**
 * The answer to a question that changes nothing, asked again through an outage of up to a minute.
 * @throws SweepError as the request does when it is no outage
 */
export async function askThroughOutage(
  context: CommandContext,
  ask: (api: ApiClient) => Promise<string>,
): Promise<string> {
  const api = context.api()
  const since = performance.now()
  for (let isAway = false; ; isAway = true) {
    try {
      const answer = await ask(api)
      if (isAway) context.note(`${api.server} answers again.`)
      return answer
    } catch (error) {
      const isOutage = error instanceof SweepError && OUTAGES.has(error.code)
      if (!isOutage || performance.now() - since > OUTAGE_LIMIT_MS) throw error
      if (!isAway) context.note(`! ${error.message} Waiting for it.`)
    }
    await pause(POLL_MS)
  }
}

const OUTAGES: ReadonlySet<string> = new Set([
  'SERVER_UNREACHABLE',
  'STORE_UNAVAILABLE',
  'REDIS_UNAVAILABLE',
  'LEADERSHIP_LOST',
  'TOO_MANY_REQUESTS',
])

/** Ends after `ms`, or at once when the signal fires. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve()
    const timer = setTimeout(done, ms)
    signal?.addEventListener('abort', done, { once: true })
    function done() {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
  })
}
