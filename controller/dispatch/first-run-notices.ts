// When the first run of a sweep has finished, its log and the change log say what is wrong with the sweep's file, if
// anything is (sweeps/sweep-notices.ts). `sweep show` says it as long as it is so; nothing depends on this one.
import { LeadershipLostError } from '../../sweeps/errors.ts'
import type { SweepStore } from '../../sweeps/store.ts'
import type { SweepId, SweepRecord } from '../../sweeps/sweep.ts'
import type { SweepNotice } from '../../sweeps/sweep-notices.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { Logger } from '../../runtime/logger.ts'
import type { Ended } from './attempt-endings.ts'
import type { LeaderState } from './leader-state.ts'

export interface FirstRunNoticesOptions {
  readonly state: LeaderState
  readonly store: SweepStore
  readonly clock: Clock
  readonly log: Logger
  noticesOf(sweep: SweepRecord): Promise<readonly SweepNotice[]>
}

/** Looks at a sweep once, after its first finished run. @returns rejects with LeadershipLostError alone */
export function createFirstRunNotices(
  options: FirstRunNoticesOptions,
): (ended: readonly Ended[]) => Promise<void> {
  const { state, store, clock, log } = options
  const seen = new Set<SweepId>()

  return async (ended) => {
    for (const one of ended) {
      const { sweepId } = one.run
      if (one.run.state !== 'finished' || sweepId === null || seen.has(sweepId)) continue
      seen.add(sweepId)
      try {
        // From the store: a sweep of one run is over by now, and no longer in memory
        const sweep = await store.findSweep(sweepId)
        if (sweep !== null && sweep.metric !== null) await look(sweep, one)
      } catch (error) {
        if (error instanceof LeadershipLostError) throw error
        log.warn('notices.failed', { sweepId, reason: (error as Error).message })
      }
    }
  }

  async function look(sweep: SweepRecord, { run, attempt }: Ended): Promise<void> {
    const query = { sweepId: sweep.id, states: ['finished'], sort: 'finished', limit: 1 } as const
    const [first] = await store.listRuns(query)
    if (first?.id !== run.id) return
    const notices = await options.noticesOf(sweep)
    if (notices.length === 0) return
    const at = clock.now()
    const text = notices.map((notice) => `! ${notice.text}\n`).join('')
    const place = { runId: run.id, attempt: attempt.attempt, seq: attempt.reportSeq } // that of its end, which has no text
    await store.write(
      async (tx) => {
        await tx.insertLogs([{ ...place, at, stream: 'notice', text }])
        await tx.recordChanges(
          notices.map((notice) => ({
            at,
            entity: 'sweep',
            entityId: sweep.id,
            sweepId: sweep.id,
            event: 'sweep.notice',
            data: { ...notice },
          })),
        )
      },
      { epoch: state.epoch },
    )
  }
}
