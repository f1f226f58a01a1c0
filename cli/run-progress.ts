// The progress of `sweep run`, on stderr: a line per finished run, and on a terminal a status line under them.
import type { GetRunResponse, RunJson } from '../sweeps/run-schema.ts'
import type { SweepJson } from '../sweeps/sweep-schema.ts'
import { metricNumber } from '../sweeps/store.ts'
import { isTerminalRunState } from '../sweeps/run.ts'
import type { AgentEvent } from './agent-events.ts'
import { isRunEnd, lastLine, leavingSentence, paintWord } from './agent-events.ts'
import { refPath } from './api-client.ts'
import type { ApiClient } from './api-client.ts'
import type { CommandContext } from './command.ts'
import { formatClockTime, formatDuration } from './durations.ts'
import { startLiveBlock } from './live-block.ts'
import type { LiveBlock } from './live-block.ts'
import { durationOf } from './ranking-text.ts'
import { formatMetric, formatParams, stateLabel } from './show-values.ts'
import { pause } from './sweep-state.ts'
import { MAX_REASON_COLUMNS, createPaint, decideColor, printable, truncate } from './terminal.ts'
import type { Paint } from './terminal.ts'

export interface RunProgress {
  begin(sweep: SweepJson, api: ApiClient): void
  take(event: AgentEvent): void
  update(sweep: SweepJson): void
  /** When every finished run has its line. */
  settle(): Promise<void>
  end(): void
}

/** The end of a run is stored a moment after its process has ended. */
const STORE_LIMIT_MS = 5_000
const STORE_POLL_MS = 50

export async function createRunProgress(context: CommandContext): Promise<RunProgress> {
  const { stderr, env } = context.io
  const isQuiet = context.isJson || context.globals.quiet
  const paint = createPaint(decideColor(context.globals.color, env, context.isStderrTerminal))
  const pending = new Set<Promise<void>>()
  let sweep: SweepJson | undefined
  let api: ApiClient | undefined
  let best: number | null = null
  const startedAt = performance.now()
  const render = (width: number) =>
    sweep ? [statusLine(sweep, performance.now() - startedAt).slice(0, width)] : []
  let block: LiveBlock | undefined =
    context.isStderrTerminal && !isQuiet ? await startLiveBlock(stderr, render) : undefined
  const say = (line: string) => (block ? block.above(line) : context.note(line))

  /** Reads the run back from the server: what counts is what is stored. */
  async function tell(runId: string): Promise<void> {
    const run = api ? await readStoredEnd(api, runId) : null
    if (run === null || !isTerminalRunState(run.state)) return // it went back to the queue, or the server is away
    const value = run.value === null ? NaN : metricNumber(run.value)
    const isBest = isRanked(run) && !Number.isNaN(value) && isBetter(value, best, sweep?.metric?.goal)
    const was = best
    if (isBest) best = value
    const mark = isBest ? `★ new best${was === null ? '' : ` (was ${formatMetric(was, true)})`}` : ''
    const line = runLine(run, sweep?.metric?.name ?? 'value', mark, paint)
    say(truncate(line, context.isStderrTerminal && !line.includes('\u001b') ? stderr.columns || 80 : null))
  }

  return {
    begin(created, client) {
      sweep = created
      api = client
    },
    take(event) {
      if (event.event === 'agent.draining' || event.event === 'agent.ending') {
        if (event.next) say(leavingSentence(event))
      } else if (event.event === 'agent.notice' && !isQuiet) say(`! ${printable(event.text ?? '')}`)
      if (isQuiet || event.runId === undefined || !isRunEnd(event)) return
      const told = tell(event.runId).catch(() => {}) // a line of progress; the ranking at the end reads anew
      pending.add(told)
      void told.then(() => pending.delete(told))
    },
    update(read) {
      sweep = read
    },
    settle: async () => void (await Promise.all(pending)),
    end() {
      block?.end()
      block = undefined
    },
  }
}

async function readStoredEnd(api: ApiClient, runId: string): Promise<RunJson | null> {
  const deadline = performance.now() + STORE_LIMIT_MS
  for (;;) {
    const { run } = JSON.parse(await api.get(refPath('runs', runId))) as GetRunResponse // the server's own schema
    if (isTerminalRunState(run.state) || performance.now() > deadline) return run
    await pause(STORE_POLL_MS)
  }
}

function isRanked(run: RunJson): boolean {
  return run.state === 'finished' || run.state === 'stopped'
}

function isBetter(value: number, best: number | null, goal: 'minimize' | 'maximize' | undefined): boolean {
  if (best === null) return true
  return goal === 'maximize' ? value > best : value < best
}

export function runLine(run: RunJson, metricName: string, mark: string, paint: Paint): string {
  const when = run.finishedAt === null ? '--:--:--' : formatClockTime(Date.parse(run.finishedAt))
  const parts = [paint.dim(when), paintWord(run.state, paint), run.id]
  if (run.state === 'failed') {
    const attempt = run.attempts.at(-1)
    parts.push(
      attempt?.signal ??
        (attempt?.exitCode === null || !attempt ? 'did not start' : `exit ${attempt.exitCode}`),
    )
    const why = printable(run.stopReason ?? '') || lastLine(attempt?.stderrTail)
    if (why !== '') parts.push(truncate(why, MAX_REASON_COLUMNS))
  } else
    parts.push(
      `${printable(metricName)} ${formatMetric(run.value, true)}`,
      durationOf(run),
      formatParams(run.configText, true),
    )
  if (run.state === 'stopped' && run.stopReason !== null) parts.push(printable(run.stopReason))
  if (mark !== '') parts.push(mark)
  return parts.join('  ')
}

/** An estimate needs at least so many finished runs. */
const MIN_SAMPLES = 3

export function statusLine(sweep: SweepJson, elapsedMs: number): string {
  const { finished, stopped, failed, cancelled, lost, running } = sweep.counts
  const done = finished + stopped + failed + cancelled + lost
  const cap = [sweep.runCap, sweep.size].filter((count) => count !== null).sort((a, b) => a - b)[0]
  const parts = [
    `${stateLabel(sweep.state)}  ${done}${cap === undefined ? '' : `/${cap}`} done`,
    `${running} running`,
  ]
  if (failed > 0) parts.push(`${failed} failed`)
  if (sweep.best) parts.push(`best ${formatMetric(sweep.best.value, true)} ${sweep.best.runId}`)
  if (cap !== undefined && done >= MIN_SAMPLES && done < cap) {
    parts.push(`about ${formatDuration(((cap - done) * elapsedMs) / done)} left`)
  }
  return parts.join(' · ')
}
