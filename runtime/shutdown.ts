// Closing in order: the last thing opened is closed first, each with a limit of its own, so that one part that
// hangs does not keep the others from closing.
import type { Logger } from './logger.ts'

export interface ShutdownStep {
  readonly name: string
  /** After this long the step is passed over. */
  readonly limitMs: number
  readonly close: () => Promise<void> | void
}

export interface ShutdownResult {
  /** Names of the steps that ran out of time. */
  readonly timedOut: readonly string[]
  /** Names of the steps that threw. */
  readonly failed: readonly string[]
}

/** A list of things to close. `run` may be called often: it closes once. */
export class Shutdown {
  private readonly steps: ShutdownStep[] = []
  private running: Promise<ShutdownResult> | null = null

  constructor(private readonly log: Logger) {}

  /** To be called right after the thing was opened. */
  add(step: ShutdownStep): void {
    this.steps.push(step)
  }

  /** Closes everything, newest first. Never rejects. */
  run(): Promise<ShutdownResult> {
    this.running ??= this.closeAll()
    return this.running
  }

  private async closeAll(): Promise<ShutdownResult> {
    const timedOut: string[] = []
    const failed: string[] = []
    for (const step of this.steps.toReversed()) {
      try {
        if (!(await finishesWithin(step))) {
          timedOut.push(step.name)
          this.log.warn('shutdown.step_abandoned', { step: step.name, limitMs: step.limitMs })
        }
      } catch (error) {
        failed.push(step.name)
        this.log.warn('shutdown.step_failed', { step: step.name, reason: String(error) })
      }
    }
    return { timedOut, failed }
  }
}

async function finishesWithin(step: ShutdownStep): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), step.limitMs)
  })
  try {
    return await Promise.race([Promise.resolve(step.close()).then(() => true), limit])
  } finally {
    clearTimeout(timer)
  }
}
