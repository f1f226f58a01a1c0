// The log of a run as it is held by the page: its end first, older parts on request, and what is printed from then on.
// No React: the panel subscribes.
import { answer, api, ApiError } from '../../api/client.ts'
import { LogJoiner, type LogChunk, type LogLine } from './log-lines.ts'

export interface LogState {
  readonly lines: readonly LogLine[]
  /** Lines that were put in front at the last change: who scrolls stays where it was. */
  readonly prepended: number
  readonly hasOlder: boolean
  readonly isLoading: boolean
  readonly problem: ApiError | null
}

/** Reports of one page. */
const PAGE = 1_000
/** A page that is open for days keeps the newest of these. */
const MAX_LINES = 200_000

export class LogFeed {
  readonly #run: string
  readonly #attempt: number | null
  readonly #listeners = new Set<() => void>()
  #joiner = new LogJoiner()
  #chunks: LogChunk[] = []
  #lines: LogLine[] = []
  #first: string | null = null
  #next: string | null = null
  #isBusy = false
  #isAskedAgain = false
  #state: LogState = {
    lines: [],
    prepended: 0,
    hasOlder: false,
    isLoading: true,
    problem: null,
  }

  /** @param attempt null: all */
  constructor(run: string, attempt: number | null) {
    this.#run = run
    this.#attempt = attempt
  }

  readonly state = (): LogState => this.#state

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** The end of the log. */
  load(): Promise<void> {
    return this.#exclusively(async () => {
      const { chunks, next, first } = await this.#read({ before: 'end' })
      this.#chunks = chunks
      this.#first = first ?? null
      this.#next = next
      this.#joinAll()
      this.#set({ prepended: 0 })
    })
  }

  /** What was printed since; again at once when it was asked for meanwhile. */
  async follow(): Promise<void> {
    if (this.#isBusy) {
      this.#isAskedAgain = true
      return
    }
    do {
      this.#isAskedAgain = false
      await this.#exclusively(async () => {
        for (;;) {
          const { chunks, next } = await this.#read(this.#next === null ? {} : { after: this.#next })
          this.#next = next ?? this.#next
          for (const chunk of chunks) {
            this.#chunks.push(chunk)
            this.#lines.push(...this.#joiner.take(chunk))
          }
          if (chunks.length > 0) this.#set({ prepended: 0 })
          if (chunks.length < PAGE) return
        }
      })
    } while (this.#isAskedAgain)
  }

  /** The part in front of what is there. */
  loadOlder(): Promise<void> {
    return this.#exclusively(async () => {
      if (this.#first === null) return
      const { chunks, first } = await this.#read({ before: this.#first })
      const before = this.#state.lines.length
      this.#chunks = [...chunks, ...this.#chunks]
      this.#first = first ?? null
      // A line may begin in the older part and end in the newer one.
      this.#joinAll()
      const after = this.#lines.length + this.#joiner.open.length
      this.#set({ prepended: after - before })
    })
  }

  async #exclusively(work: () => Promise<void>): Promise<void> {
    if (this.#isBusy) return
    this.#isBusy = true
    try {
      await work()
      if (this.#state.problem !== null || this.#state.isLoading)
        this.#set({ problem: null, isLoading: false })
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      this.#set({ problem: error, isLoading: false })
    } finally {
      this.#isBusy = false
    }
  }

  #read(place: { readonly after?: string; readonly before?: string }) {
    const query = { ...place, limit: PAGE, ...(this.#attempt === null ? {} : { attempt: this.#attempt }) }
    return answer(api.GET('/api/v1/runs/{ref}/logs', { params: { path: { ref: this.#run }, query } }))
  }

  #joinAll(): void {
    this.#joiner = new LogJoiner()
    this.#lines = this.#chunks.flatMap((chunk) => this.#joiner.take(chunk))
  }

  #set(change: Partial<LogState>): void {
    const open = this.#joiner.open
    const whole = this.#lines.length > MAX_LINES ? this.#lines.slice(-MAX_LINES) : this.#lines
    this.#state = {
      ...this.#state,
      lines: [...whole, ...open],
      hasOlder: this.#first !== null || whole.length < this.#lines.length,
      ...change,
    }
    for (const listener of [...this.#listeners]) listener()
  }
}
