// Runs without an agent whose client has fallen silent: nobody will say how they ended, so they are lost (W&B's word:
// crashed), until the client speaks again. Any controller may do it: the unit decides.
import type { Clock } from '../../runtime/clock.ts'
import type { Logger } from '../../runtime/logger.ts'
import type { NewChange, StoreTransaction, SweepStore } from '../../sweeps/store.ts'
import type { RunId } from '../../sweeps/sweep.ts'
import { createWork, endWork, saveWorks } from '../credit/attempt-work.ts'

/** W&B's client says something every 30 seconds. */
export const SILENT_AFTER_MS = 5 * 60_000
const LOOK_INTERVAL_MS = 15_000

export interface SilentKeeper {
  stop(): Promise<void>
}

export function startSilentKeeper(options: {
  readonly store: SweepStore
  readonly clock: Clock
  readonly log: Logger
  /** @default SILENT_AFTER_MS */
  readonly silentAfterMs?: number
  /** @default 15 s */
  readonly lookIntervalMs?: number
}): SilentKeeper {
  const { store, clock, log, silentAfterMs = SILENT_AFTER_MS, lookIntervalMs = LOOK_INTERVAL_MS } = options
  // What was silent while this controller could not listen is not held against it.
  const startedAt = clock.now()
  let timer: NodeJS.Timeout | null = null
  let looking: Promise<void> = Promise.resolve()
  let isStopped = false

  async function look(): Promise<void> {
    const now = clock.now()
    const before = now - silentAfterMs
    if (before < startedAt) return
    const silent = await store.clientRuns.listSilent(before)
    for (const { runId } of silent) {
      const isLost = await store.write((tx) => endSilentRun(tx, runId, before, now))
      if (isLost) log.info('run.client_lost', { runId, silentMs: silentAfterMs })
    }
  }

  function schedule(): void {
    timer = setTimeout(() => {
      looking = look()
        .catch((error: unknown) => log.debug('clients.check_failed', { reason: (error as Error).message }))
        .then(() => {
          if (!isStopped) schedule()
        })
    }, lookIntervalMs)
    timer.unref()
  }

  schedule()
  return {
    async stop() {
      isStopped = true
      if (timer !== null) clearTimeout(timer)
      await looking
    },
  }
}

/** @returns false when its client has spoken or ended meanwhile */
async function endSilentRun(
  tx: StoreTransaction,
  runId: RunId,
  before: number,
  now: number,
): Promise<boolean> {
  const client = (await tx.clientRuns.find([runId])).get(runId)
  const run = await tx.findRun(runId)
  if (client === undefined || run === null || client.heardAt >= before) return false
  const [attempt] = await tx.findAttempts([{ runId, attempt: client.attempt }])
  if (attempt === undefined || attempt.outcome !== null || run.openAttempt !== attempt.attempt) return false
  const work = createWork('', run, attempt, null)
  const changes: NewChange[] = []
  const reason = 'its client has fallen silent'
  endWork(work, { outcome: 'lost', at: now, reason }, changes, now)
  await saveWorks(tx, [work], changes)
  return true
}
