// A frame of `sweep top`: what is known and what is set, as the lines of a screen. Pure; the same facts give the same
// frame.
import { isTerminalSweepState } from '../../sweeps/sweep.ts'
import { pointIntoFilter } from '../filter-problem.ts'
import { oneLineOf } from '../text-width.ts'
import { headerLines, summaryLine } from './frame-header.ts'
import { layOutRuns } from './frame-table.ts'
import { recentLine } from './recent-events.ts'
import { columnTitle, FIXED_COLUMNS, knownColumns } from './run-cells.ts'
import { cutLine, foreign, joinThatFit, piece } from './styled-line.ts'
import type { Line } from './styled-line.ts'
import { orderRuns } from './order-runs.ts'
import type { FrameOptions, TopFacts } from './top-facts.ts'
import { firstListed } from './view.ts'
import type { KeyWorld, View } from './view.ts'

export interface Frame {
  readonly lines: readonly Line[]
  /** What the next key needs to know. */
  readonly keys: KeyWorld
  /** Ids of the runs in the rows of the list that are on the screen. */
  readonly shownIds: readonly string[]
}

/** Below this there is one line, and no list. */
export const MIN_WIDTH = 60
export const MIN_HEIGHT = 15

export function isTooSmall({ width, height }: Pick<FrameOptions, 'width' | 'height'>): boolean {
  return width < MIN_WIDTH || height < MIN_HEIGHT
}

/** Exactly `height` lines of at most `width` columns; one line on a screen that is too small. */
export function renderFrame(facts: TopFacts, view: View, options: FrameOptions): Frame {
  const { width, height } = options
  const world = { runs: facts.runs, trends: facts.trends, now: options.now }
  const listed = orderRuns(world, view.selection, view.order)
  const listedIds = listed.map(({ id }) => id)
  const header = headerLines(facts, options)
  const footer = [...questionLines(view, width), recentLine(facts, width), keyLine(view, width)]
  const notes = listNotes(facts, view, listed.length, width)
  const rows = Math.max(1, height - header.length - footer.length - notes.length - 1)
  const first = firstListed(view, listedIds, rows)
  const shown = listed.slice(first, first + rows)
  const table = layOutRuns(shown, world, {
    width,
    glyphs: options.glyphs,
    layout: options.layout,
    selectedId: view.selectedId,
    chosen: view.columns,
    important: facts.important,
    order: view.order,
  })
  const { state } = facts.runs.sweep
  const keys: KeyWorld = {
    listed: listedIds,
    rows,
    pagerRows: Math.max(1, height - 2),
    shownColumns: table.columns.filter(
      (name) => !(FIXED_COLUMNS as readonly string[]).includes(name) || name === 'rank',
    ),
    get knownColumns() {
      return knownColumns(facts.runs, facts.important) // asked for by few keys
    },
    isPaused: state === 'paused',
    mayPause: !isTerminalSweepState(state),
  }
  const shownIds = shown.map(({ id }) => id)
  if (isTooSmall(options)) return { lines: [summaryLine(facts, options)], keys, shownIds }
  if (view.pager !== null) return { lines: pagerLines(view, options), keys, shownIds }
  if (view.choosing !== null)
    return { lines: chooserLines(view.choosing, keys, facts, options), keys, shownIds }
  const body = [...notes, ...table.lines]
  const blank = Math.max(0, height - header.length - body.length - footer.length)
  const lines = [...header, ...body, ...Array.from({ length: blank }, () => []), ...footer]
  return { lines: lines.slice(0, height).map((line) => cutLine(line, width)), keys, shownIds }
}

/** What stands between the header and the list: the filter, and why the list is empty. */
function listNotes({ runs }: TopFacts, view: View, count: number, width: number): Line[] {
  const lines: Line[] = [[]]
  if (view.selection !== null) {
    const all = `${count} of ${runs.count} runs`
    lines.push(
      cutLine(
        [piece(' filter  ', 'dim'), foreign(view.selection.text, 'cyan'), piece(`  ${all}`, 'dim')],
        width,
      ),
    )
  }
  if (runs.count === 0) lines.push([piece(` No runs yet.  Start an agent:  sweep agent ${runs.sweep.id}`)])
  else if (count === 0) lines.push([piece(' No run fits the filter.  / changes it, Esc takes it away')])
  return lines
}

/** The filter that is typed, or the question that waits, above the keys. */
function questionLines(view: View, width: number): Line[] {
  if (view.typed !== null) {
    const { text, problem } = view.typed
    const shown = oneLineOf(text)
    const cut = [...shown].slice(-(width - 12)).join('')
    const typed: Line = [piece(' filter: ', 'bold'), piece(cut), piece('_', 'bold')]
    if (problem === null) return [typed]
    const at = /at character (\d+)$/.exec(problem)?.[1]
    const pointed = at === undefined ? null : pointIntoFilter({ at: `where:${at}` }, { name: 'where', text })
    const caret: Line[] =
      pointed?.[1] === undefined || cut !== shown ? [] : [[piece(`         ${pointed[1]}`, 'red')]]
    return [typed, ...caret, [piece(' ✗ ', 'red'), foreign(problem)]]
  }
  if (view.asked === 'pause')
    return [[piece(' Pause this sweep: no new runs start, running ones go on?  y/n', 'bold')]]
  if (view.asked === 'resume') return [[piece(' Resume this sweep: new runs start again?  y/n', 'bold')]]
  return view.message === null ? [] : [[piece(' '), foreign(view.message, 'yellow')]]
}

const KEYS = ['↑↓ move', 'enter run', 's sort', '/ filter', 'p pause', 'l logs', 'a agents', 'c cols']

function keyLine(view: View, width: number): Line {
  const words =
    view.typed !== null
      ? ['enter filter', 'esc leave it', 'ctrl-u empty']
      : view.asked !== null
        ? ['y yes', 'any other key: no']
        : [...KEYS, ...(width < 92 ? ['? q'] : ['? help', 'q quit'])]
  return [
    piece(' '),
    ...joinThatFit(
      words.map((word) => [piece(word, 'dim')]),
      '  ',
      width - 1,
    ),
  ]
}

function pagerLines({ pager }: View, { width, height }: FrameOptions): Line[] {
  if (pager === null) return []
  const rows = Math.max(1, height - 2)
  const last = Math.max(0, pager.lines.length - rows)
  const top = pager.isFollowing ? last : Math.min(last, pager.top)
  const shown = pager.lines.slice(top, top + rows)
  const place = last === 0 ? '' : `  ${top + 1}-${top + shown.length} of ${pager.lines.length}`
  const blank = Array.from({ length: rows - shown.length }, (): Line => [])
  const head: Line = [foreign(pager.title, 'bold'), piece(place, 'dim')]
  const keys: Line = [piece(' ↑↓ PgUp PgDn scroll  q or esc back', 'dim')]
  return [head, ...shown, ...blank, keys].map((line) => cutLine(line, width))
}

function chooserLines(
  at: number,
  keys: KeyWorld,
  { runs }: TopFacts,
  { width, height }: FrameOptions,
): Line[] {
  const rows = Math.max(1, height - 2)
  const known = keys.knownColumns
  const top = Math.max(0, Math.min(at - Math.floor(rows / 2), known.length - rows))
  const shown = known.slice(top, top + rows).map((name, index): Line => {
    const isAt = top + index === at
    const mark = keys.shownColumns.includes(name) ? '[x]' : '[ ]'
    const kind = name.startsWith('m.') ? 'metric' : ''
    return [
      piece(`${isAt ? '▸' : ' '} ${mark} `),
      piece(columnTitle(name, runs), isAt ? 'inverse' : 'plain'),
      piece(`  ${kind}`, 'dim'),
    ]
  })
  const blank = Array.from({ length: rows - shown.length }, (): Line => [])
  const head: Line = [
    piece('Columns', 'bold'),
    piece('  what does not fit is left out from the right', 'dim'),
  ]
  const foot: Line = [piece(' ↑↓ move  space shows or hides  r as at first  enter back', 'dim')]
  return [head, ...shown, ...blank, foot].map((line) => cutLine(line, width))
}
