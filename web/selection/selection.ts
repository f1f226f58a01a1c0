// The ONE selection of a sweep's screens: which runs the filter and the brush take, which are checked, pinned and
// hovered. Every chart and the table obey it. It stands outside React, so that hovering draws no table and a brush that
// is being drawn need not wait for the URL; filter, brush, pins and checked runs are written there a moment later.
import { navigate } from 'wouter/use-browser-location'
import { parseRunFilter, type RunPredicate } from '../../sweeps/run-filter.ts'
import type { SweepFollower } from '../live/follow-sweep.ts'
import type { SweepTable, TableChange } from '../live/sweep-table.ts'
import { followerOf } from '../live/use-sweep.ts'
import { parseView, writeView, type View } from '../view/url-view.ts'
import { compileBrush, NO_BRUSH, parseBrush, writeBrush, type Brush, type BrushRange } from './brush.ts'
import { TableRun } from './table-run.ts'

/** Does not change; a new one is made when what it tells changes. */
export interface SelectionState {
  readonly table: SweepTable
  readonly filterText: string
  /** What is wrong with the filter; it takes every run then. */
  readonly filterProblem: string | null
  readonly brush: Brush
  /** Rows that the filter takes, in the order of creation. */
  readonly filteredRows: Uint32Array
  /** Rows that the filter and the brush take, in the order of creation. */
  readonly visibleRows: Uint32Array
  /** 1 by row where the filter takes a run. */
  readonly isFiltered: Uint8Array
  /** 1 by row where a run is visible. */
  readonly isVisible: Uint8Array
  /** In the order in which they were pinned; at most MAX_PINNED. */
  readonly pinned: readonly string[]
  readonly checked: ReadonlySet<string>
}

/** As many as there are colours for them. */
export const MAX_PINNED = 8
/** As many as can be compared; links carry no more. */
export const MAX_CHECKED_IN_LINK = 12
const WRITE_AFTER_MS = 200

const URL_KEYS = ['w', 'brush', 'pin', 'r'] as const
type UrlKey = (typeof URL_KEYS)[number]

export class Selection {
  readonly #follower: SweepFollower
  readonly #listeners = new Set<() => void>()
  readonly #hoverListeners = new Set<() => void>()
  #unfollow: (() => void) | null = null
  #hovered: string | null = null

  #filterText = ''
  #filter: RunPredicate | null = null
  #filterProblem: string | null = null
  #brush: Brush = NO_BRUSH
  #pinned: readonly string[] = []
  #checked: ReadonlySet<string> = new Set()
  /** What the URL said when it was last read or written. */
  readonly #seen: Record<UrlKey, string> = { w: '', brush: '', pin: '', r: '' }
  readonly #unwritten = new Map<UrlKey, string>()
  #writing: number | undefined

  /** 1 by row where the filter takes a run, as of #table at #version. */
  #taken = new Uint8Array(0)
  #table: SweepTable | null = null
  #version = -1
  #changedRows = new Set<number>()
  #isAllChanged = true
  #state: SelectionState | null = null

  constructor(sweepRef: string) {
    this.#follower = followerOf(sweepRef)
    this.adopt(parseView(window.location.search))
  }

  /** Told of every change but of hovering. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    this.#unfollow ??= this.#follower.subscribe((change) => this.#noteChange(change))
    return () => {
      this.#listeners.delete(listener)
      if (this.#listeners.size > 0) return
      this.#unfollow?.()
      this.#unfollow = null
    }
  }

  /** null until the sweep is there. */
  readonly state = (): SelectionState | null => {
    const { table } = this.#follower.state()
    if (table === null) return null
    if (this.#state === null || table !== this.#table || table.version !== this.#version)
      this.#state = this.#compute(table)
    return this.#state
  }

  readonly subscribeHover = (listener: () => void): (() => void) => {
    this.#hoverListeners.add(listener)
    return () => this.#hoverListeners.delete(listener)
  }

  /** The id of the run under the pointer, wherever that is. */
  readonly hovered = (): string | null => this.#hovered

  readonly hover = (runId: string | null): void => {
    if (runId === this.#hovered) return
    this.#hovered = runId
    for (const listener of [...this.#hoverListeners]) listener()
  }

  /** @param text the filter language of sweeps/run-filter.ts; a fault in it is in `filterProblem` */
  readonly setFilter = (text: string): void => {
    this.#takeFilter(text)
    this.#writeSoon('w', text)
    this.#tell()
  }

  /** @param range null: this axis takes everything */
  readonly setBrush = (name: string, range: BrushRange | null): void => {
    const brush = new Map(this.#brush)
    if (range === null) brush.delete(name)
    else brush.set(name, range)
    this.#changeBrush(brush)
  }

  readonly clearBrush = (): void => this.#changeBrush(NO_BRUSH)

  #changeBrush(brush: Brush): void {
    this.#brush = brush
    this.#writeSoon('brush', writeBrush(brush))
    this.#tell()
  }

  readonly togglePin = (runId: string): void => {
    const others = this.#pinned.filter((id) => id !== runId)
    const isPinned = others.length < this.#pinned.length
    this.#pinned = isPinned ? others : [...others, runId].slice(-MAX_PINNED)
    this.#writeSoon('pin', this.#pinned.join(','))
    this.#tell()
  }

  readonly check = (runIds: Iterable<string>, isChecked: boolean): void => {
    const checked = new Set(this.#checked)
    for (const id of runIds) {
      if (isChecked) checked.add(id)
      else checked.delete(id)
    }
    this.#checked = checked
    this.#writeSoon('r', checked.size > MAX_CHECKED_IN_LINK ? '' : [...checked].join(','))
    this.#tell()
  }

  readonly clearChecked = (): void => this.check([...this.#checked], false)

  /** Takes from the URL what has changed there (a link, the back button), not what this selection wrote itself. */
  adopt(view: View): void {
    const isOther = (key: UrlKey) => {
      if (view[key] === this.#seen[key]) return false
      this.#seen[key] = view[key]
      this.#unwritten.delete(key)
      return true
    }
    const changed = URL_KEYS.filter(isOther)
    if (changed.includes('w')) this.#takeFilter(view.w)
    if (changed.includes('brush')) this.#brush = parseBrush(view.brush)
    if (changed.includes('pin')) this.#pinned = idsOf(view.pin).slice(0, MAX_PINNED)
    if (changed.includes('r')) this.#checked = new Set(idsOf(view.r))
    if (changed.length > 0) this.#tell()
  }

  #takeFilter(text: string): void {
    if (text === this.#filterText) return
    this.#filterText = text
    this.#filterProblem = null
    this.#filter = null
    this.#isAllChanged = true
    try {
      if (text.trim() !== '') this.#filter = parseRunFilter(text)
    } catch (error) {
      this.#filterProblem = error instanceof Error ? error.message : String(error)
    }
  }

  #noteChange(change: TableChange | null): void {
    if (change === null || change.isRebuilt) this.#isAllChanged = true
    else for (const row of change.rows) this.#changedRows.add(row)
    this.#version = this.#follower.state().table?.version ?? -1
    this.#tell()
  }

  #tell(): void {
    this.#state = null
    for (const listener of [...this.#listeners]) listener()
  }

  #compute(table: SweepTable): SelectionState {
    this.#filterRows(table)
    const fits = compileBrush(table, this.#brush)
    const filteredRows = new Uint32Array(table.count)
    const visibleRows = new Uint32Array(table.count)
    const isVisible = new Uint8Array(table.count)
    let filteredCount = 0
    let visibleCount = 0
    for (let row = 0; row < table.count; row += 1) {
      if (this.#taken[row] === 0) continue
      filteredRows[filteredCount++] = row
      if (fits !== null && !fits(row)) continue
      visibleRows[visibleCount++] = row
      isVisible[row] = 1
    }
    return {
      table,
      filterText: this.#filterText,
      filterProblem: this.#filterProblem,
      brush: this.#brush,
      filteredRows: filteredRows.subarray(0, filteredCount),
      visibleRows: visibleRows.subarray(0, visibleCount),
      isFiltered: this.#taken.slice(),
      isVisible,
      pinned: this.#pinned,
      checked: this.#checked,
    }
  }

  /** Looks at the changed rows alone, unless the filter or the order of rows is another, or ranks are asked for. */
  #filterRows(table: SweepTable): void {
    const filter = this.#filter
    const isAll =
      this.#isAllChanged ||
      table !== this.#table ||
      table.version !== this.#version || // nobody listened for a while
      this.#taken.length !== table.count ||
      (filter !== null && this.#filterText.includes('rank'))
    if (isAll) this.#taken = new Uint8Array(table.count).fill(1)
    if (filter !== null) {
      const run = new TableRun(table)
      for (const row of isAll ? table.ids.keys() : this.#changedRows) {
        run.row = row
        this.#taken[row] = filter(run) ? 1 : 0
      }
    }
    this.#table = table
    this.#version = table.version
    this.#isAllChanged = false
    this.#changedRows = new Set()
  }

  /** Browsers refuse more than a few hundred changes of the URL in half a minute: a brush makes 60 a second. */
  #writeSoon(key: UrlKey, text: string): void {
    this.#unwritten.set(key, text)
    window.clearTimeout(this.#writing)
    this.#writing = window.setTimeout(() => this.writeNow(), WRITE_AFTER_MS)
  }

  /** Before a link is copied or another screen is opened. */
  writeNow(): void {
    window.clearTimeout(this.#writing)
    if (this.#unwritten.size === 0) return
    const changed = Object.fromEntries(this.#unwritten)
    this.#unwritten.clear()
    Object.assign(this.#seen, changed)
    const query = writeView(window.location.search, changed)
    navigate(`${window.location.pathname}${query === '' ? '' : `?${query}`}`, { replace: true })
  }
}

function idsOf(text: string): string[] {
  return text.split(',').filter((id) => id !== '')
}

const selections = new Map<string, Selection>()

/** One for each sweep, for all its screens. */
export function selectionOf(sweepRef: string): Selection {
  const known = selections.get(sweepRef)
  if (known !== undefined) return known
  const selection = new Selection(sweepRef)
  selections.set(sweepRef, selection)
  return selection
}
