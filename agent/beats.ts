// When to beat: at every interval with some jitter, and soon after something changed that the leader should know.

export interface BeatTimerOptions {
  readonly intervalMs: number
  /** Uniform in [0, 1). */
  readonly random: () => number
  readonly beat: () => void
}

/** A thousand agents started together must not beat together. */
const JITTER = 0.1
/** Changes closer together than this share a beat. */
const MIN_GAP_MS = 100

export class BeatTimer {
  private timer: NodeJS.Timeout | null = null
  private soon: NodeJS.Timeout | null = null
  private lastAtMs = -Infinity

  constructor(private readonly options: BeatTimerOptions) {}

  /** Beats now and from now on. */
  start(): void {
    this.beat()
  }

  /** Something changed. */
  hurry(): void {
    if (this.timer === null || this.soon !== null) return
    const waitMs = this.lastAtMs + MIN_GAP_MS - performance.now()
    if (waitMs <= 0) this.beat()
    else this.soon = setTimeout(() => this.beat(), waitMs)
  }

  /** Something changed that the leader must know before whatever comes next. */
  now(): void {
    if (this.timer !== null) this.beat()
  }

  stop(): void {
    if (this.timer !== null) clearTimeout(this.timer)
    if (this.soon !== null) clearTimeout(this.soon)
    this.timer = null
    this.soon = null
  }

  private beat(): void {
    this.stop()
    this.lastAtMs = performance.now()
    const { intervalMs, random } = this.options
    this.timer = setTimeout(() => this.beat(), intervalMs * (1 - JITTER + 2 * JITTER * random()))
    this.options.beat()
  }
}
