// The two clocks of an attempt.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { TimeLimits } from '../../../agent/time-limits.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR

let reasons: string[]
beforeEach(() => {
  vi.useFakeTimers()
  reasons = []
})
afterEach(() => vi.useRealTimers())

const limits = (runTimeoutMs: number | null, noMetricTimeoutMs: number | null) =>
  new TimeLimits({ runTimeoutMs, noMetricTimeoutMs, onTimeout: (reason) => reasons.push(reason) })

describe('TimeLimits', () => {
  it.each([
    [90 * 60_000, 'run_timeout: it ran for 1h30m'],
    [45_000, 'run_timeout: it ran for 45s'],
    [60 * DAY, 'run_timeout: it ran for 1440h'],
  ])('ends it after %d ms', (ms, reason) => {
    limits(ms, null)
    vi.advanceTimersByTime(ms - 1)
    expect(reasons).toEqual([])
    vi.advanceTimersByTime(1)
    expect(reasons).toEqual([reason])
  })

  it('counts the silence from the last metric', () => {
    const limited = limits(null, HOUR)
    vi.advanceTimersByTime(HOUR - 1)
    limited.noteMetric()
    vi.advanceTimersByTime(HOUR - 1)
    expect(reasons).toEqual([])
    vi.advanceTimersByTime(1)
    expect(reasons).toEqual(['no_metric_timeout: it reported no metric for 1h'])
  })

  it('ends it once, and not when it has ended', () => {
    limits(HOUR, HOUR)
    const ended = limits(HOUR, HOUR)
    ended.stop()
    ended.noteMetric()
    vi.advanceTimersByTime(10 * HOUR)
    expect(reasons).toHaveLength(1)
  })

  it('asks before it ends a silence, and waits on when a metric came another way or nobody can tell', async () => {
    const answers: (number | null | Error)[] = [HOUR / 4, new Error('away'), null]
    const asked: number[] = []
    const askSilenceMs = async () => {
      asked.push(Date.now())
      const answer = answers.shift() ?? null
      if (answer instanceof Error) throw answer
      return answer
    }
    const begun = Date.now()
    const onTimeout = (reason: string) => reasons.push(reason)
    new TimeLimits({ runTimeoutMs: null, noMetricTimeoutMs: HOUR, askSilenceMs, onTimeout })
    await vi.advanceTimersByTimeAsync(3 * HOUR)
    expect(asked.map((at) => at - begun)).toEqual([HOUR, 1.75 * HOUR, 1.75 * HOUR + 10_000])
    expect(reasons).toEqual(['no_metric_timeout: it reported no metric for 1h'])
  })

  it('does not end it when a metric comes while it asks', async () => {
    let answer = (_silentMs: number | null) => {}
    const askSilenceMs = () => new Promise<number | null>((resolve) => (answer = resolve))
    const onTimeout = (reason: string) => reasons.push(reason)
    const limited = new TimeLimits({ runTimeoutMs: null, noMetricTimeoutMs: HOUR, askSilenceMs, onTimeout })
    await vi.advanceTimersByTimeAsync(HOUR)
    limited.noteMetric()
    answer(null)
    await vi.advanceTimersByTimeAsync(HOUR - 1)
    expect(reasons).toEqual([])
  })

  it('without limits does nothing', () => {
    limits(null, null)
    vi.advanceTimersByTime(100 * DAY)
    expect(reasons).toEqual([])
  })
})
