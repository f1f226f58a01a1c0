// The two clocks of an attempt: how long it may run, and how long it may be silent. One of them ends it, once.
export interface TimeLimitOptions {
  /** From its start; null: for ever. */
  readonly runTimeoutMs: number | null
  /** From its start, or its last metric; null: for ever. */
  readonly noMetricTimeoutMs: number | null
  /**
   * How long ago a metric came that this agent does not see; null: none did. Rejects when nobody can tell now.
   * @default none comes another way
   */
  readonly askSilenceMs?: () => Promise<number | null>
  /** @param reason which one it was, for people */
  readonly onTimeout: (reason: string) => void
}

export class TimeLimits {
  private cancelRun: () => void = () => {}
  private cancelSilence: () => void = () => {}
  private isOver = false

  constructor(private readonly options: TimeLimitOptions) {
    const { runTimeoutMs } = options
    if (runTimeoutMs !== null)
      this.cancelRun = setMaxTimeout(
        () => this.end(`run_timeout: it ran for ${describe(runTimeoutMs)}`),
        runTimeoutMs,
      )
    this.noteMetric()
  }

  /** It reported a metric. */
  noteMetric(): void {
    const { noMetricTimeoutMs } = this.options
    if (noMetricTimeoutMs !== null) this.waitForMetric(noMetricTimeoutMs)
  }

  /** It has ended. */
  stop(): void {
    this.isOver = true
    this.cancelRun()
    this.cancelSilence()
  }

  private waitForMetric(ms: number): void {
    if (this.isOver) return
    this.cancelSilence()
    this.cancelSilence = setMaxTimeout(() => void this.endSilence(), ms)
  }

  private async endSilence(): Promise<void> {
    const { noMetricTimeoutMs, askSilenceMs } = this.options
    if (noMetricTimeoutMs === null) return
    const reason = `no_metric_timeout: it reported no metric for ${describe(noMetricTimeoutMs)}`
    if (askSilenceMs === undefined) return this.end(reason)
    const before = this.cancelSilence
    const leftMs = await askSilenceMs().then(
      (silentMs) => (silentMs === null ? 0 : noMetricTimeoutMs - silentMs),
      () => ASK_AGAIN_MS,
    )
    if (this.isOver || this.cancelSilence !== before) return // a metric came meanwhile
    if (leftMs > 0) this.waitForMetric(leftMs)
    else this.end(reason)
  }

  private end(reason: string): void {
    this.stop()
    this.options.onTimeout(reason)
  }
}

const ASK_AGAIN_MS = 10_000

/** Node's timers end at 24.8 days. @returns cancels it */
function setMaxTimeout(action: () => void, ms: number): () => void {
  let timer: NodeJS.Timeout
  const wait = (leftMs: number) => {
    const nowMs = Math.min(leftMs, LONGEST_TIMER_MS)
    timer = setTimeout(() => (leftMs > nowMs ? wait(leftMs - nowMs) : action()), nowMs)
  }
  wait(ms)
  return () => clearTimeout(timer)
}

const LONGEST_TIMER_MS = 2 ** 31 - 1

/** `90m`, `1h30m`, `45s`, `500ms`. */
function describe(ms: number): string {
  if (ms < 1000) return `${ms}ms`
  const seconds = Math.round(ms / 1000)
  const parts = [
    [Math.floor(seconds / 3600), 'h'],
    [Math.floor((seconds % 3600) / 60), 'm'],
    [seconds % 60, 's'],
  ] as const
  return parts.map(([count, unit]) => (count > 0 ? `${count}${unit}` : '')).join('')
}
