// The ranking of a frame as lines: which columns fit, how wide each is, and one line for each run.
import type { LiveRun } from '../../sweeps/live-schema.ts'
import type { SortOrder } from './order-runs.ts'
import { columnTitle, parameterColumns, readCell } from './run-cells.ts'
import type { CellWorld } from './run-cells.ts'
import { sparkline } from './sparkline.ts'
import type { Glyphs } from './sparkline.ts'
import { piece } from './styled-line.ts'
import type { Line, Look } from './styled-line.ts'
import { cutToWidth, fitToWidth, textWidth } from '../text-width.ts'

/** Widths of columns so far, by name. */
export type TableLayout = Map<string, number>

export interface TableOptions {
  readonly width: number
  readonly glyphs: Glyphs
  readonly layout: TableLayout
  readonly selectedId: string | null
  /** null: what fits. */
  readonly chosen: readonly string[] | null
  readonly important: readonly string[]
  readonly order: SortOrder
}

export interface RunTable {
  /** The head first. */
  readonly lines: readonly Line[]
  readonly columns: readonly string[]
}

const MAX_WIDTHS: Readonly<Record<string, number>> = { state: 18, value: 14 }
const MAX_OTHER = 12
const TREND_WIDTH = 6
const FIRST_PARAMETERS = 3
const MAX_PARAMETERS = 8

export function layOutRuns(runs: readonly LiveRun[], world: CellWorld, options: TableOptions): RunTable {
  const columns = chooseColumns(runs, world, options)
  const widths = columns.map((name) => options.layout.get(name) ?? 0)
  const head = columns.map((name, index) => {
    const mark =
      name === options.order.column && name !== 'rank' ? (options.order.isDescending ? '↓' : '↑') : ''
    return alignCell(
      name,
      cutToWidth(columnTitle(name, world.runs), (widths[index] ?? 0) - mark.length) + mark,
      widths[index] ?? 0,
    )
  })
  const lines: Line[] = [[piece(` ${head.join('  ')}`.trimEnd(), 'dim')]]
  for (const run of runs) lines.push(runLine(run, columns, widths, world, options))
  return { lines, columns }
}

function runLine(
  run: LiveRun,
  columns: readonly string[],
  widths: readonly number[],
  world: CellWorld,
  options: TableOptions,
): Line {
  const isSelected = run.id === options.selectedId
  const isBest = world.runs.ranked[0]?.id === run.id
  const cells = columns.map((name, index) => {
    const width = widths[index] ?? 0
    return piece(
      alignCell(name, cellText(run, name, world, options.glyphs), width),
      isSelected ? 'inverse' : lookOf(run, name),
    )
  })
  const gap = piece('  ', isSelected ? 'inverse' : 'plain')
  const mark = isSelected ? piece('▸', 'inverse') : isBest ? piece('★', 'green') : piece(' ')
  return [mark, ...cells.flatMap((cell, index) => (index === 0 ? [cell] : [gap, cell]))]
}

function cellText(run: LiveRun, column: string, world: CellWorld, glyphs: Glyphs): string {
  if (column !== 'trend') return readCell(run, column, world).text
  return sparkline(world.trends.get(run.id)?.values ?? [], TREND_WIDTH, glyphs)
}

const STATE_LOOKS: Readonly<Partial<Record<LiveRun['state'], Look>>> = {
  finished: 'green',
  running: 'cyan',
  failed: 'red',
  lost: 'red',
  stopped: 'yellow',
  cancelled: 'yellow',
  queued: 'dim',
}

function lookOf(run: LiveRun, column: string): Look {
  if (column === 'state') return STATE_LOOKS[run.state] ?? 'plain'
  if (column === 'trend') return 'cyan'
  if (column === 'value' && run.state !== 'running') return 'bold'
  return run.state === 'failed' || run.state === 'queued' || run.state === 'cancelled' ? 'dim' : 'plain'
}

function alignCell(column: string, text: string, width: number): string {
  return fitToWidth(text, width, column === 'rank' ? 'right' : 'left')
}

/** Rank, run, value and state always; then trend, three parameters, step, took, and more parameters while they fit. */
function chooseColumns(runs: readonly LiveRun[], world: CellWorld, options: TableOptions): string[] {
  const always = ['rank', 'run', 'value']
  const params = parameterColumns(world.runs, options.important).slice(0, MAX_PARAMETERS)
  const first = params.slice(0, FIRST_PARAMETERS)
  const wanted = options.chosen?.filter((name) => !always.includes(name)) ?? [
    'trend',
    ...first,
    'step',
    'took',
    ...params.slice(FIRST_PARAMETERS),
  ]
  const isStateShown = options.chosen === null || options.chosen.includes('state')
  const kept = new Set(always)
  if (isStateShown) kept.add('state')
  let room =
    options.width - 1 - [...kept].reduce((sum, name) => sum + widthOf(name, runs, world, options) + 2, -2)
  for (const name of wanted) {
    if (kept.has(name)) continue
    const needed = widthOf(name, runs, world, options) + 2
    if (needed > room) {
      if (options.chosen === null) continue
      break
    }
    kept.add(name)
    room -= needed
  }
  if (options.chosen !== null)
    return [...always, ...options.chosen.filter((name) => kept.has(name) && !always.includes(name))]
  const place = ['rank', 'run', 'value', 'trend', ...params, 'step', 'took', 'state']
  return place.filter((name) => kept.has(name))
}

/** With room for the mark of the order. */
function titleWidth(column: string, { runs }: CellWorld, { order }: TableOptions): number {
  const isMarked = column === order.column && column !== 'rank'
  return textWidth(columnTitle(column, runs)) + (isMarked ? 1 : 0)
}

/** As wide as its widest cell was so far. */
function widthOf(column: string, runs: readonly LiveRun[], world: CellWorld, options: TableOptions): number {
  const { layout } = options
  if (column === 'trend') {
    layout.set(column, TREND_WIDTH)
    return TREND_WIDTH
  }
  const limit = MAX_WIDTHS[column] ?? MAX_OTHER
  let width = Math.max(layout.get(column) ?? 0, titleWidth(column, world, options), column === 'rank' ? 2 : 3)
  for (const run of runs) width = Math.max(width, textWidth(readCell(run, column, world).text))
  width = Math.min(limit, width)
  layout.set(column, width)
  return width
}
