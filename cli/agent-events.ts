// What a running agent tells, as lines: on a terminal the events scroll above a block that is redrawn, through a
// pipe one `key=value` line each, under --json one JSON line each.
import { formatClockTime, formatDuration } from './durations.ts'
import { countOf, formatMetric, formatParams } from './show-values.ts'
import { MAX_REASON_COLUMNS, printable, truncate } from './terminal.ts'
import type { Paint } from './terminal.ts'

/** An event of an agent, as far as it is printed; members that an event does not have are missing. */
export interface AgentEvent {
  /** `run.started`, `run.failed`, `agent.notice`, ... */
  readonly event: string
  /** ISO 8601, UTC. */
  readonly time: string
  readonly runId?: string
  readonly attempt?: number
  readonly slot?: number | null
  readonly pid?: number
  /** Of a run: its CUDA_VISIBLE_DEVICES. */
  readonly gpus?: string | null | readonly (string | null)[]
  readonly configText?: string
  readonly exitCode?: number | null
  readonly signal?: string | null
  readonly reason?: string | null
  readonly stderrLastLine?: string | null
  readonly durationMs?: number | null
  /** The sweep's metric over the attempt. */
  readonly metric?: {
    readonly name: string
    readonly best: number | null
    readonly last: number | null
  } | null
  /** Of `run.metric`. */
  readonly name?: string
  readonly value?: number | string
  readonly step?: number
  /** Of `agent.notice`. */
  readonly text?: string
  readonly heldCount?: number
  /** What one more Ctrl-C does, as a sentence. */
  readonly next?: string | null
  readonly how?: string
  readonly verdict?: string
}

const RUN_ENDS: ReadonlySet<string> = new Set([
  'run.finished',
  'run.failed',
  'run.stopped',
  'run.cancelled',
  'run.preempted',
  'run.disowned',
])

/** The run's process has ended on this agent. */
export function isRunEnd(event: AgentEvent): boolean {
  return RUN_ENDS.has(event.event)
}

/** `run.finished` is `finished`, `agent.draining` is `draining`. */
function wordOf(event: AgentEvent): string {
  return event.event.replace(/^(?:run|agent)\./, '')
}

/** `2026-11-20T14:09:52Z finished run=q8x2m4kd val_loss=0.2814 secs=461`; null for what a pipe need not hold. */
export function eventAsKeyValue(event: AgentEvent): string | null {
  if (event.event === 'run.metric') return null
  const best = event.metric?.best ?? null
  const isEnd = isRunEnd(event)
  const pairs: [string, string | number | null | undefined][] = [
    ['run', event.runId],
    ['attempt', event.attempt],
    ['slot', isEnd ? undefined : event.slot],
    ['pid', event.pid],
    ['config', event.configText],
    ...(event.metric && best !== null ? ([[event.metric.name, best]] as [string, number][]) : []),
    ['exit', event.event === 'run.failed' || !isEnd ? event.exitCode : undefined],
    ['signal', event.signal],
    ['secs', typeof event.durationMs === 'number' ? Math.round(event.durationMs / 1000) : undefined],
    ['held', event.heldCount],
    ['how', event.how],
    ['verdict', event.verdict],
    ['reason', event.reason],
    ['stderr', event.event === 'run.failed' ? event.stderrLastLine : undefined],
    ['text', event.text],
    ['next', event.next],
  ]
  const facts = pairs.filter(([, value]) => value !== undefined && value !== null && value !== '')
  return [
    `${event.time.slice(0, 19)}Z`,
    wordOf(event),
    ...facts.map(([key, value]) => `${printable(key)}=${quoteWhenNeeded(printable(String(value)))}`),
  ].join(' ')
}

function quoteWhenNeeded(text: string): string {
  return /^[^\s"=]+$/.test(text) ? text : JSON.stringify(text)
}

/** `14:09:52  finished  q8x2m4kd  val_loss 0.2814  7m41s`; null for what only changes the block. */
export function eventAsLine(event: AgentEvent, paint: Paint): string | null {
  if (event.event === 'run.metric' || event.event === 'agent.started' || event.event === 'agent.left')
    return null
  const clock = paint.dim(formatClockTime(Date.parse(event.time)))
  if (event.event === 'agent.gave_up')
    return `${clock}  ${paint.red('✗')} No more runs on this machine. ${printable(event.reason ?? '')}`
  if (event.event === 'agent.draining' || event.event === 'agent.ending')
    return `${clock}  ${leavingSentence(event)}`
  if (event.runId === undefined) return `${clock}  ! ${printable(event.text ?? event.reason ?? '')}`
  return `${clock}  ${paintWord(wordOf(event), paint)}  ${event.runId}  ${eventDetails(event).join('  ')}`.trimEnd()
}

/** What the agent does now, and what the next Ctrl-C does. */
export function leavingSentence(event: AgentEvent): string {
  if ((event.heldCount ?? 0) === 0) return 'No runs are going on: leaving.'
  const runs = countOf(event.heldCount ?? 0, 'run')
  const next = event.next ? `  ${printable(event.next)}` : ''
  if (event.event === 'agent.draining')
    return `No new runs (${printable(event.reason ?? '')}), ${runs} going on.${next}`
  return `${event.how === 'kill' ? `Killing ${runs}.` : `Ending ${runs}; they go back to the queue.`}${next}`
}

function eventDetails(event: AgentEvent): string[] {
  const details: string[] = []
  if (event.event === 'run.started') {
    details.push(typeof event.gpus === 'string' ? `gpu${event.gpus}` : `slot${event.slot ?? 0}`)
    if (event.configText !== undefined) details.push(formatParams(event.configText, true))
    return details
  }
  if (event.metric && event.metric.best !== null) {
    details.push(`${printable(event.metric.name)} ${formatMetric(event.metric.best, true)}`)
  }
  const hasFailed = event.event === 'run.failed'
  if (hasFailed && (event.signal || typeof event.exitCode === 'number')) {
    details.push(event.signal ? printable(event.signal) : `exit ${event.exitCode}`)
  }
  if (typeof event.durationMs === 'number') details.push(formatDuration(event.durationMs))
  const why = [event.reason, event.text, event.verdict, hasFailed ? event.stderrLastLine : null].find(Boolean)
  if (why) details.push(truncate(printable(why), MAX_REASON_COLUMNS))
  if (hasFailed) details.push(`sweep logs ${event.runId}`)
  return details
}

export function lastLine(text: string | null | undefined): string {
  return printable((text ?? '').trimEnd().split('\n').at(-1) ?? '')
}

export function paintWord(word: string, paint: Paint): string {
  const padded = word.padEnd(9)
  if (word === 'finished') return paint.green(padded)
  if (word === 'failed' || word === 'lost') return paint.red(padded)
  if (word === 'stopped' || word === 'cancelled' || word === 'preempted') return paint.yellow(padded)
  return padded
}

export interface AgentBoard {
  note(event: AgentEvent): void
  /** The block under the events: totals, and a line per busy slot. */
  lines(now: number, width: number): string[]
}

interface BusySlot {
  readonly slot: number
  readonly startedAt: number
  readonly metric: string
}

/** Keeps what the block shows. */
export function createAgentBoard(slotCount: number): AgentBoard {
  const busy = new Map<string, BusySlot>()
  const totals = new Map<string, number>()
  let nextPress = 'finish these, then leave'
  return {
    note(event) {
      if (event.event === 'agent.draining') nextPress = 'hand the runs back'
      if (event.event === 'agent.ending') nextPress = event.how === 'kill' ? '' : 'kill the runs'
      if (event.runId === undefined) return
      const known = busy.get(event.runId)
      if (event.event === 'run.started') {
        busy.set(event.runId, { slot: event.slot ?? 0, startedAt: Date.parse(event.time), metric: '' })
      } else if (event.event === 'run.metric' && known) {
        const value = typeof event.value === 'number' ? formatMetric(event.value, true) : String(event.value)
        busy.set(event.runId, {
          ...known,
          metric: `step ${event.step ?? 0}  ${printable(event.name ?? '')} ${value}`,
        })
      } else if (isRunEnd(event)) {
        busy.delete(event.runId)
        totals.set(wordOf(event), (totals.get(wordOf(event)) ?? 0) + 1)
      }
    },
    lines(now, width) {
      const total = (word: string) => totals.get(word) ?? 0
      const parts = [`${busy.size} busy of ${slotCount}`, `${total('finished')} done`]
      if (total('stopped') > 0) parts.push(`${total('stopped')} stopped early`)
      parts.push(`${total('failed')} failed`)
      const press = nextPress === '' ? '' : `      ^C: ${nextPress}`
      const rows = [...busy]
        .sort(([, a], [, b]) => a.slot - b.slot)
        .map(([runId, { slot, startedAt, metric }]) =>
          ` slot${slot} ${runId}  ${formatDuration(now - startedAt).padStart(6)}  ${metric}`.trimEnd(),
        )
      const rule = '─'.repeat(Math.min(width, 78))
      return [rule, ` ${parts.join(' · ')}${press}`, ...rows].map((line) => line.slice(0, width))
    },
  }
}
