// What a sweep is supposed to do, in as few words as possible: the model that F29 compares the controller with. It knows
// runs, attempts and their ends; which run goes to which agent it is told, and judges whether that was allowed.

export type ModelOutcome = 'finished' | 'failed' | 'stopped' | 'cancelled' | 'preempted' | 'lost' | 'recalled'

interface ModelAttempt {
  readonly agent: string
  outcome: ModelOutcome | null
  hasStarted: boolean
}

interface ModelRun {
  readonly config: string
  state: string
  isCancelWished: boolean
  readonly attempts: ModelAttempt[]
}

export interface ModelSweep {
  state: string
  readonly cells: number
  readonly cap: number
  readonly maxParallel: number
  readonly runs: Map<string, ModelRun>
}

export class SweepModel {
  readonly sweeps = new Map<string, ModelSweep>()

  create(id: string, facts: { cells: number; cap: number | null; maxParallel: number | null }): void {
    const { cells, cap, maxParallel } = facts
    const limits = { cells, cap: cap ?? Infinity, maxParallel: maxParallel ?? Infinity }
    this.sweeps.set(id, { state: 'running', ...limits, runs: new Map() })
  }

  /** @returns what was not allowed about it, or null */
  offer(sweepId: string, runId: string, attempt: number, agent: string, config: string): string | null {
    const sweep = this.sweeps.get(sweepId)
    if (sweep === undefined) return 'of an unknown sweep'
    if (sweep.state !== 'running' && sweep.state !== 'finishing') return `while the sweep is ${sweep.state}`
    if (this.openOf(sweep).length >= sweep.maxParallel) return 'beyond max_parallel'
    let run = sweep.runs.get(runId)
    if (run === undefined) {
      if (sweep.state !== 'running') return 'a proposal of a sweep that proposes no more'
      if (sweep.runs.size >= sweep.cap) return 'beyond run_cap'
      if ([...sweep.runs.values()].some((other) => other.config === config)) return `${config} again`
      if ([...sweep.runs.values()].some(isWaiting)) return 'a proposal before a run that went back'
      run = { config, state: 'queued', isCancelWished: false, attempts: [] }
      sweep.runs.set(runId, run)
    } else if (!isWaiting(run)) return `of a run that is ${run.state}`
    if (attempt !== run.attempts.length + 1) return `attempt ${attempt} after ${run.attempts.length}`
    run.attempts.push({ agent, outcome: null, hasStarted: false })
    return null
  }

  /** A new report of an attempt has come: its start, something else, or its end. */
  credit(runId: string, attempt: number, what: 'start' | 'other' | ModelOutcome): void {
    const { run, sweep } = this.find(runId)
    const record = run.attempts[attempt - 1]
    if (record === undefined || (record.outcome !== null && !this.revive(runId, attempt))) return
    if (what === 'start') {
      record.hasStarted = true
      run.state = 'running'
    } else if (what !== 'other') this.end(sweep, run, record, what)
  }

  /** A lost attempt is heard of while its run still waits for the next. */
  revive(runId: string, attempt: number): boolean {
    const { run } = this.find(runId)
    const record = run.attempts[attempt - 1]
    if (record?.outcome !== 'lost' || attempt !== run.attempts.length || !isWaiting(run)) return false
    record.outcome = null
    if (record.hasStarted) run.state = 'running'
    return true
  }

  /** The leader ends an open attempt. */
  endByLeader(runId: string, attempt: number, outcome: 'lost' | 'recalled'): void {
    const { run, sweep } = this.find(runId)
    const record = run.attempts[attempt - 1]
    if (record?.outcome === null) this.end(sweep, run, record, outcome)
  }

  /** @returns whether the state allows it */
  change(id: string, action: 'pause' | 'resume' | 'stop' | 'cancel'): boolean {
    const sweep = this.sweeps.get(id)
    if (sweep === undefined) return false
    const target = { pause: 'paused', resume: 'running', stop: 'stopped', cancel: 'cancelled' }[action]
    if (sweep.state === target || (action === 'resume' && sweep.state === 'finishing')) return true
    const isLeftover = action === 'cancel' && sweep.state === 'stopped'
    if (!isLeftover && ['finished', 'stopped', 'cancelled', 'failed'].includes(sweep.state)) return false
    if (isLeftover && !this.openOf(sweep).some((run) => !run.isCancelWished)) return false
    if (!isLeftover) sweep.state = target
    if (action === 'stop' || action === 'cancel')
      for (const run of sweep.runs.values()) if (isWaiting(run)) run.state = 'cancelled'
    if (action === 'cancel') for (const run of this.openOf(sweep)) run.isCancelWished = true
    return true
  }

  openOf(sweep: ModelSweep): ModelRun[] {
    return [...sweep.runs.values()].filter((run) => run.attempts.at(-1)?.outcome === null)
  }

  /** Nothing to propose, nothing open, nothing that waits. */
  isWorkedOff(sweep: ModelSweep): boolean {
    const isAllProposed = sweep.runs.size >= Math.min(sweep.cap, sweep.cells)
    return isAllProposed && this.openOf(sweep).length === 0 && ![...sweep.runs.values()].some(isWaiting)
  }

  private end(sweep: ModelSweep, run: ModelRun, attempt: ModelAttempt, outcome: ModelOutcome): void {
    attempt.outcome = outcome
    const goesBack = outcome === 'preempted' || outcome === 'lost' || outcome === 'recalled'
    if (!goesBack) run.state = outcome
    else if (run.isCancelWished || ['stopped', 'cancelled', 'failed'].includes(sweep.state))
      run.state = 'cancelled'
    else run.state = outcome === 'preempted' ? 'preempted' : 'queued'
  }

  private find(runId: string): { run: ModelRun; sweep: ModelSweep } {
    for (const sweep of this.sweeps.values()) {
      const run = sweep.runs.get(runId)
      if (run !== undefined) return { run, sweep }
    }
    throw new Error(`the model has no run ${runId}`)
  }
}

export function isWaiting(run: Pick<ModelRun, 'state' | 'attempts'>): boolean {
  return (run.state === 'queued' || run.state === 'preempted') && run.attempts.at(-1)?.outcome !== null
}
