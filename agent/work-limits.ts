// How much an agent takes on before it leaves by itself: a number of runs, a time in which they must fit, a time
// without any. Decides nothing else.
import type { Clock } from '../runtime/clock.ts'

export interface WorkLimitOptions {
  /** Takes this many runs, then leaves. @default no limit */
  readonly count?: number | undefined
  /**
   * From its start: takes no run that would not end before, by the mean of those that ended here; what then still
   * runs is handed back. @default no limit
   */
  readonly maxTimeMs?: number | undefined
  /** Leaves after so long without a run. @default never */
  readonly idleExitMs?: number | undefined
}

export type LimitReached =
  | { readonly kind: 'leave'; readonly reason: string }
  | { readonly kind: 'hand back'; readonly reason: string }

export class WorkLimits {
  private readonly startedAtMs: number
  private idleSinceMs: number
  private takenCount = 0
  private endedCount = 0
  private endedMs = 0

  constructor(
    private readonly options: WorkLimitOptions,
    private readonly clock: Clock,
  ) {
    this.startedAtMs = clock.monotonicMs()
    this.idleSinceMs = this.startedAtMs
  }

  noteTaken(): void {
    this.takenCount++
  }

  /** One that was taken goes back without having started. */
  noteGivenBack(): void {
    this.takenCount--
  }

  /** A run ended by itself after so long. */
  noteEnded(durationMs: number): void {
    this.endedCount++
    this.endedMs += durationMs
  }

  /** Nothing is held from now on. */
  noteIdle(): void {
    this.idleSinceMs = this.clock.monotonicMs()
  }

  get hasTakenAll(): boolean {
    const { count } = this.options
    return count !== undefined && this.takenCount >= count
  }

  /** How many more may be held beside those that are. */
  get room(): number {
    if (!this.fitsAnother) return 0
    const { count } = this.options
    return count === undefined ? Infinity : Math.max(0, count - this.takenCount)
  }

  /** @param heldCount runs that it holds now */
  reached(heldCount: number): LimitReached | null {
    const { maxTimeMs = Infinity, idleExitMs = Infinity } = this.options
    const nowMs = this.clock.monotonicMs()
    if (nowMs - this.startedAtMs >= maxTimeMs)
      return { kind: heldCount > 0 ? 'hand back' : 'leave', reason: 'its time is over' }
    if (!this.fitsAnother) return { kind: 'leave', reason: 'another run would not end in the time left' }
    if (heldCount === 0 && nowMs - this.idleSinceMs >= idleExitMs)
      return { kind: 'leave', reason: 'there was nothing to do' }
    return null
  }

  /** Before the first end nobody knows how long a run takes. */
  private get fitsAnother(): boolean {
    const { maxTimeMs } = this.options
    if (maxTimeMs === undefined) return true
    const leftMs = this.startedAtMs + maxTimeMs - this.clock.monotonicMs()
    return this.endedCount === 0 ? leftMs > 0 : this.endedMs / this.endedCount <= leftMs
  }
}
