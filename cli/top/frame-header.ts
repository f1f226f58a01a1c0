// The lines above the ranking: how the sweep stands, its best run, who works it, and how the best value came down.
import { formatAge, formatDuration } from '../durations.ts'
import { formatMetric, stateLabel } from '../show-values.ts'
import type { FrameOptions, TopFacts } from './top-facts.ts'
import { isRanked } from './live-runs.ts'
import { sparkline } from './sparkline.ts'
import { cutLine, foreign, joinThatFit, lineWidth, piece } from './styled-line.ts'
import type { Line, Look } from './styled-line.ts'

export function headerLines(facts: TopFacts, options: FrameOptions): Line[] {
  const { width } = options
  const agents = agentLine(facts, width)
  return [
    ...staleLines(facts, options),
    titleLine(facts, options),
    bestLine(facts, options),
    ...(agents.length > 0 ? [agents] : []),
    ...bestSoFarLines(facts, options),
    ...facts.notices.slice(0, 2).map((text): Line => cutLine([piece('! ', 'yellow'), foreign(text)], width)),
  ]
}

/** All that fits one line: for a screen that is too small, and for output that is no screen. */
export function summaryLine(facts: TopFacts, options: Pick<FrameOptions, 'width' | 'now'>): Line {
  const { sweep } = facts.runs
  const best = bestWords(facts, options.now)
  return joinThatFit(
    [
      [stateOf(facts)],
      [piece(progressWords(facts).text)],
      ...(best === null ? [] : [best]),
      etaWords(facts, options.now),
      [foreign(sweep.name)],
      [piece(sweep.id, 'dim')],
    ],
    ' · ',
    options.width,
  )
}

const STATE_LOOKS: Readonly<Record<string, Look>> = {
  running: 'cyan',
  finishing: 'cyan',
  finished: 'green',
  paused: 'yellow',
  failed: 'red',
  cancelled: 'yellow',
}

function stateOf({ runs }: TopFacts): Line[number] {
  return piece(stateLabel(runs.sweep.state), STATE_LOOKS[runs.sweep.state] ?? 'plain')
}

function staleLines({ connection }: TopFacts, { width, now }: FrameOptions): Line[] {
  if (connection.isLive) return []
  const age = formatAge(now - connection.sinceMs)
  const words = [
    piece(`! stale since ${age}: `, 'yellow'),
    foreign(connection.why),
    piece('  trying again', 'dim'),
  ]
  return [cutLine(words, width)]
}

/** Runs that are over, and how many there will be; null: nothing bounds them. */
function progressOf({ runs, outlook }: TopFacts): { readonly over: number; readonly of: number | null } {
  const { counts, runCap, size } = runs.sweep
  const over = counts.finished + counts.stopped + counts.failed + counts.cancelled + counts.lost
  return { over, of: outlook?.runsInAll ?? runCap ?? size }
}

function progressWords(facts: TopFacts): { readonly text: string; readonly share: number | null } {
  const { over, of } = progressOf(facts)
  if (of === null || of <= 0) return { text: `${over} runs over`, share: null }
  const share = Math.min(1, over / of)
  return { text: `${over}/${of}`, share }
}

const MAX_BAR = 20

function titleLine(facts: TopFacts, options: FrameOptions): Line {
  const { sweep } = facts.runs
  const { text, share } = progressWords(facts)
  const eta = etaWords(facts, options.now)
  const percent = share === null ? [] : [piece(`${Math.floor(share * 100)}% `.padStart(5))]
  const tail: Line = [...(eta.length > 0 ? [piece('  '), ...eta] : [])]
  const state = [piece('  '), piece(sweep.id, 'dim'), piece('  '), stateOf(facts), piece('  ')]
  const fixed = lineWidth([...state, ...percent, piece(text), ...tail])
  const nameWidth = Math.max(8, Math.min(30, options.width - fixed - 8))
  const name = cutLine([foreign(sweep.name, 'bold')], nameWidth)
  const room = options.width - lineWidth(name) - fixed - 1
  const bar = share === null || room < 4 ? [] : [barOf(share, Math.min(MAX_BAR, room)), piece(' ')]
  return cutLine([...name, ...state, ...percent, ...bar, piece(text), ...tail], options.width)
}

function barOf(share: number, width: number): Line[number] {
  const full = Math.round(share * width)
  return piece('▇'.repeat(full) + '░'.repeat(width - full), 'cyan')
}

/** `ETA 1h50m ±20m`; what has passed since the forecast is taken off. */
function etaWords({ outlook, runs }: TopFacts, now: number): Line {
  if (!outlook?.eta || (runs.sweep.state !== 'running' && runs.sweep.state !== 'finishing')) return []
  const { lowMs, medianMs, highMs } = outlook.eta
  const left = Math.max(0, medianMs - (now - outlook.readAtMs))
  const about = (highMs - lowMs) / 2
  return [piece(`ETA ${formatRough(left)} ±${formatRough(about)}`)]
}

/** One or two units without seconds once there are minutes. */
function formatRough(ms: number): string {
  if (ms < 60_000) return `${Math.round(ms / 1000)}s`
  if (ms < 3_600_000) return `${Math.round(ms / 60_000)}m`
  return formatDuration(ms)
}

function bestWords({ runs }: TopFacts, now: number): Line | null {
  const best = runs.ranked[0]
  if (best === undefined) return null
  const at = best.finishedAtMs
  return [
    piece('best ', 'dim'),
    piece(formatMetric(best.value, true), 'bold'),
    piece(` ${best.id.slice(0, runs.prefixLength())}`),
    piece(at === undefined ? '' : ` ${formatAge(now - at)} ago`, 'dim'),
  ]
}

function bestLine(facts: TopFacts, { width, now }: FrameOptions): Line {
  const { metric } = facts.runs.sweep
  if (metric === null) return [piece('no metric: nothing is ranked', 'dim')]
  const best = bestWords(facts, now)
  const chance = facts.outlook?.chance
  const percent = chance ? Math.round(chance.probability * 100) : 0
  const odds = chance
    ? `next ${chance.runs} runs: ${percent < 1 ? '<1' : percent}% chance to beat it by >1%`
    : ''
  return joinThatFit(
    [
      best ?? [piece('nothing ranked yet', 'dim')],
      odds === '' ? [] : [piece(odds)],
      [piece(`${metric.goal} `, 'dim'), foreign(metric.name, 'dim')],
      facts.outlook?.noiseText ? [foreign(facts.outlook.noiseText, 'dim')] : [],
    ],
    ' · ',
    width,
  )
}

function agentLine({ agents, outlook, runs }: TopFacts, width: number): Line {
  const there = agents?.filter(({ state }) => state !== 'left') ?? []
  const alive = there.filter(({ state }) => state === 'alive' || state === 'draining')
  const sum = (of: 'slots' | 'busy') => alive.reduce((total, agent) => total + agent[of], 0)
  const slots = outlook?.slots ?? (agents === null ? null : { alive: sum('slots'), busy: sum('busy') })
  const quarantined = there.filter(({ quarantine }) => (quarantine ?? null) !== null)
  const { running, queued, failed } = runs.sweep.counts
  const rate = outlook?.runsPerHour ?? null
  return joinThatFit(
    [
      agents === null ? [] : agentCount(alive.length, there.length),
      slots === null || slots.alive === 0 ? [] : [piece(`${slots.alive} slots, ${slots.busy} busy`)],
      rate === null ? [] : [piece(`${rate < 100 ? Number(rate.toFixed(1)) : Math.round(rate)} runs/h`)],
      ...quarantined
        .slice(0, 1)
        .map((agent): Line => [
          piece('! ', 'yellow'),
          foreign(agent.host),
          piece(quarantined.length > 1 ? ` and ${quarantined.length - 1} more quarantined` : ' quarantined'),
        ]),
      outlook?.hours ? [piece(hoursWords(outlook.hours))] : [],
      [piece(`${running} running${queued > 0 ? `, ${queued} queued` : ''}`)],
      failed > 0 ? [piece(`${failed} failed`, 'red')] : [],
    ],
    ' · ',
    width,
  )
}

function agentCount(alive: number, all: number): Line {
  return alive === 0 && all === 0 ? [piece('no agents', 'yellow')] : [piece(`agents ${alive}/${all} alive`)]
}

function hoursWords({ spent, toGo, unit }: { spent: number; toGo: number | null; unit: string }): string {
  const short = (hours: number) => (hours >= 10 ? String(Math.round(hours)) : hours.toFixed(1))
  return `${short(spent)} ${unit} spent${toGo === null ? '' : `, ~${short(toGo)} to go`}`
}

/** The best value over the ranked runs in the order of their ends, so that its last part is "still improving?". */
function bestSoFarLines({ runs }: TopFacts, { width, glyphs }: FrameOptions): Line[] {
  const steps = runs.bestSteps()
  const [first, last] = [steps[0], steps.at(-1)]
  if (first === undefined || last === undefined) return []
  const ends: number[] = []
  for (const run of runs.ranked) if (isRanked(run)) ends.push(run.finishedAtMs ?? run.createdAtMs)
  ends.sort((a, b) => a - b)
  let next = 0
  const curve = ends.map((end) => {
    while ((steps[next + 1]?.atMs ?? Infinity) <= end) next += 1
    return steps[next]?.value ?? NaN
  })
  const words = `  ${formatMetric(first.value, true)} → ${formatMetric(last.value, true)}`
  const drawn = sparkline(curve, Math.max(8, Math.min(40, width - 13 - words.length)), glyphs)
  return [[piece('best so far ', 'dim'), piece(drawn, 'cyan'), piece(words)]]
}
