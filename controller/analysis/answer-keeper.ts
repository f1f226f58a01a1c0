// Answers that cost seconds, kept while they are good: as long as no run has ended since, and of a live sweep for a while
// longer, so that a page that asks at every change does not keep a core busy. Equal questions share one answer.
import type { Clock } from '../../runtime/clock.ts'

const MAX_KEPT = 100
/** An answer stays good for so many times what it took to find, 5 s at the least, while runs go on ending. */
const AGE_FACTOR = 10
const LEAST_AGE_MS = 5_000

interface Kept<Answer> {
  readonly count: number
  readonly madeAt: number
  readonly goodForMs: number
  readonly answer: Answer
}

export class AnswerKeeper<Answer> {
  readonly #clock: Clock
  readonly #kept = new Map<string, Kept<Answer>>()
  readonly #asked = new Map<string, Promise<Answer>>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** @param count of runs that the answer rests on: it is good for good while that stays */
  async answer(key: string, count: number, find: () => Promise<Answer>): Promise<Answer> {
    const before = this.#kept.get(key)
    const now = this.#clock.monotonicMs()
    const isGrown = before !== undefined && count > 1.5 * before.count // a young sweep's answers age at once
    if (
      before !== undefined &&
      (before.count === count || (!isGrown && now - before.madeAt < before.goodForMs))
    )
      return before.answer
    const asked = this.#asked.get(key)
    if (asked !== undefined) return asked
    const finding = this.#find(key, count, find)
    this.#asked.set(key, finding)
    try {
      return await finding
    } finally {
      this.#asked.delete(key)
    }
  }

  async #find(key: string, count: number, find: () => Promise<Answer>): Promise<Answer> {
    const start = this.#clock.monotonicMs()
    const answer = await find()
    const madeAt = this.#clock.monotonicMs()
    this.#kept.delete(key)
    this.#kept.set(key, {
      count,
      madeAt,
      goodForMs: Math.max(LEAST_AGE_MS, AGE_FACTOR * (madeAt - start)),
      answer,
    })
    const [oldest] = this.#kept.keys()
    if (this.#kept.size > MAX_KEPT && oldest !== undefined) this.#kept.delete(oldest)
    return answer
  }
}
