// An agent of the sequences of F29: takes jobs, reports, obeys what it is told, dies. It speaks to the table only when
// a step says so.
import type { SentReport } from '../../../controller/dispatch/apply-reports.ts'
import type { Beat, Command, ReportBody } from '../../../sweeps/protocol.ts'
import type { AgentId, SweepId } from '../../../sweeps/sweep.ts'
import { SOME_TIME } from '../../support/records.ts'
import type { Job } from './table-leader.ts'

export interface Held {
  readonly job: Job
  readonly reports: ReportBody[]
}

export class SimulatedAgent {
  incarnation = 1
  readonly held = new Map<string, Held>()
  private beatNumber = 0
  /** Highest attempt ever taken of each run: what is not above it never starts. */
  private readonly highest = new Map<string, number>()

  constructor(
    readonly id: AgentId,
    readonly capacity: number,
  ) {}

  take(jobs: readonly Job[]): void {
    for (const job of jobs) {
      if (job.attempt <= (this.highest.get(job.runId) ?? 0)) continue
      this.highest.set(job.runId, job.attempt)
      for (const [key, other] of this.held) if (other.job.runId === job.runId) this.held.delete(key)
      this.held.set(keyOf(job), { job, reports: [] })
    }
  }

  /** Those that have not ended. */
  atWork(): Held[] {
    return [...this.held.values()].filter((held) => !hasEnded(held))
  }

  say(held: Held, body: ReportBody): void {
    if (hasEnded(held)) return
    if (held.reports.length === 0 && body.kind !== 'ended')
      held.reports.push({ kind: 'started', pid: 1, host: 'table', slot: 0 })
    else held.reports.push(body)
  }

  /** Everything that it has not been told is over, from the first report on. */
  unsent(): SentReport[] {
    return [...this.held.values()].flatMap(({ job, reports }) =>
      reports.map((body, index) => {
        const { runId, attempt, token } = job
        return { agentId: this.id, report: { runId, attempt, token, seq: index + 1, at: SOME_TIME, body } }
      }),
    )
  }

  nextBeat(sweepIds: readonly SweepId[]): Beat {
    this.beatNumber += 1
    return {
      number: this.beatNumber,
      capacity: this.capacity,
      freeSlots: Math.max(0, this.capacity - this.held.size),
      sweepIds: [...sweepIds],
      attempts: [...this.held.values()].map((held) => {
        const { runId, attempt, token } = held.job
        return { runId, attempt, token, state: hasEnded(held) ? 'ended' : 'running' }
      }),
      leaving: false,
    }
  }

  obey(commands: readonly Command[]): void {
    for (const command of commands) {
      if (command.type === 'stored') {
        for (const { runId, attempt, seq } of command.items) {
          const held = this.held.get(keyOf({ runId, attempt }))
          if (held !== undefined && hasEnded(held) && seq >= held.reports.length)
            this.held.delete(keyOf({ runId, attempt }))
        }
      } else if (command.type === 'disowned') this.held.delete(keyOf(command))
      else if (command.type === 'stop') {
        const held = this.held.get(keyOf(command))
        if (held !== undefined) this.say(held, ended(command.how === 'early' ? 'stopped' : 'cancelled'))
      }
    }
  }

  /** kill -9 and a start: it holds nothing, and its beats count from 1. */
  restart(): void {
    this.incarnation += 1
    this.beatNumber = 0
    this.held.clear()
  }
}

export function ended(
  outcome: 'finished' | 'failed' | 'preempted' | 'stopped' | 'cancelled',
): ReportBody & { kind: 'ended' } {
  const exitCode = outcome === 'finished' ? 0 : null
  return { kind: 'ended', outcome, exitCode, signal: null, reason: null, stderrTail: null }
}

function keyOf({ runId, attempt }: { readonly runId: string; readonly attempt: number }): string {
  return `${runId}-${attempt}`
}

function hasEnded(held: Held): boolean {
  return held.reports.at(-1)?.kind === 'ended'
}
