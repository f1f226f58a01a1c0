// Whether this controller can work, part by part, and since when. The parts tell of themselves as they go; database and
// disk are also looked at when somebody asks.
import { statfs } from 'node:fs/promises'
import type { Clock } from '../runtime/clock.ts'
import { Condition } from '../runtime/condition.ts'
import type { ConditionState } from '../runtime/condition.ts'
import { SweepError } from '../sweeps/errors.ts'
import type { ErrorCode } from '../sweeps/errors.ts'
import type { SweepStore } from '../sweeps/store.ts'
import type { READY_PARTS } from '../sweeps/api-schema.ts'
import type { Dispatcher } from './dispatch-port.ts'
import type { StoreMeter } from './meter.ts'

export type ReadyPart = (typeof READY_PARTS)[number]

export interface Readiness {
  readonly leader: boolean
  readonly parts: Readonly<Record<ReadyPart, ConditionState>>
  /** The first problem in words; null when it can work. */
  readonly problem: SweepError | null
}

const PING_LIMIT_MS = 3_000
/** A write that failed is the database's state until one succeeds, or until it is this old and reads are answered. */
const FAILURE_COUNTS_MS = 10_000
/** With less the next commit, or the next line of Redis' log, may not fit. */
const MIN_FREE_BYTES = 1024 * 1024

/** What the store last said of itself. The leader writes every 2 s, so it is never long out of date. */
export class StoreCondition implements StoreMeter {
  readonly #clock: Clock
  readonly #condition: Condition
  #failedAtMs = -Infinity

  constructor(clock: Clock) {
    this.#clock = clock
    this.#condition = new Condition({ clock })
  }

  committed(): void {
    this.#condition.works()
  }

  storeFailed(reason: string): void {
    this.#failedAtMs = this.#clock.monotonicMs()
    this.#condition.fails(reason)
  }

  /** Asks the database itself. */
  async check(store: Pick<SweepStore, 'ping'>): Promise<ConditionState> {
    try {
      await withinLimit(store.ping())
      if (this.#clock.monotonicMs() - this.#failedAtMs > FAILURE_COUNTS_MS) this.#condition.works()
    } catch (error) {
      this.storeFailed((error as Error).message)
    }
    return this.#condition.state
  }
}

export interface ReadinessOptions {
  readonly store: Pick<SweepStore, 'ping'>
  readonly storeCondition: StoreCondition
  readonly dispatcher: Pick<Dispatcher, 'health'>
  /** Folder with the database, Redis' log and the token; null: there is none to look at. */
  readonly dataDir: string | null
  readonly clock: Clock
}

/** @returns a look at every part; it never rejects, and takes 3 s at the most */
export function createReadiness(options: ReadinessOptions): () => Promise<Readiness> {
  const disk = new Condition({ clock: options.clock })
  return async () => {
    const [database] = await Promise.all([
      options.storeCondition.check(options.store),
      options.dataDir === null ? undefined : checkDisk(disk, options.dataDir),
    ])
    const { leader, parts } = options.dispatcher.health()
    const all = { database, redis: parts.redis, leader: parts.leader, ingest: parts.ingest, disk: disk.state }
    return { leader, parts: all, problem: firstProblem(all) }
  }
}

async function checkDisk(condition: Condition, dir: string): Promise<void> {
  try {
    const { bavail, bsize } = await statfs(dir)
    const freeBytes = bavail * bsize
    if (freeBytes >= MIN_FREE_BYTES) condition.works()
    else condition.fails(`the disk that holds ${dir} is full: ${Math.floor(freeBytes / 1024)} KiB are left`)
  } catch (error) {
    condition.fails(`${dir} cannot be looked at: ${(error as Error).message}`)
  }
}

/** In the order in which one part's failure is the cause of another's. */
const CAUSES: readonly (readonly [part: ReadyPart, code: ErrorCode, hint: string])[] = [
  ['disk', 'STORE_UNAVAILABLE', 'Free some space. Nothing acknowledged is lost, and agents go on training.'],
  [
    'database',
    'STORE_UNAVAILABLE',
    'Agents go on training; work goes on by itself once the database is back.',
  ],
  ['redis', 'REDIS_UNAVAILABLE', 'Agents go on training; nothing new starts until Redis is back.'],
  ['leader', 'STORE_UNAVAILABLE', 'Nothing new starts until the lead is taken, which needs the database.'],
  ['ingest', 'REDIS_UNAVAILABLE', 'Agents keep their reports until they are stored.'],
]

function firstProblem(parts: Readonly<Record<ReadyPart, ConditionState>>): SweepError | null {
  for (const [part, code, hint] of CAUSES) {
    const { problem } = parts[part]
    if (problem !== null) return new SweepError(code, problem, { hint })
  }
  return null
}

async function withinLimit(answer: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new Error(`the database has not answered for ${PING_LIMIT_MS / 1000} s`)),
      PING_LIMIT_MS,
    )
  })
  try {
    await Promise.race([answer, limit])
  } finally {
    clearTimeout(timer)
  }
}
