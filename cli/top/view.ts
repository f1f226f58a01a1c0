// What a person has set in `sweep top`, and what each key does to it. Pure: what needs the network or the terminal comes
// out as a wish.
import { SweepError } from '../../sweeps/errors.ts'
import { compileSelection } from './filter-runs.ts'
import type { RunSelection } from './filter-runs.ts'
import { BY_RANK } from './order-runs.ts'
import type { SortOrder } from './order-runs.ts'
import type { Line } from './styled-line.ts'

/** A page over the ranking: text that scrolls. */
export interface Pager {
  readonly title: string
  readonly lines: readonly Line[]
  /** The first line shown. */
  readonly top: number
  /** Stays at the end while it grows. */
  readonly isFollowing: boolean
}

export interface View {
  readonly selectedId: string | null
  /** Where on the screen the selected row stays while others come and go. */
  readonly offset: number
  /** The list stood at its top when a key was last pressed: then it stays there. */
  readonly isAtTop: boolean
  readonly order: SortOrder
  readonly selection: RunSelection | null
  /** Chosen columns; null: what fits. */
  readonly columns: readonly string[] | null
  /** The filter while it is typed; null: nobody types. */
  readonly typed: { readonly text: string; readonly problem: string | null } | null
  /** The question of a change that waits for y. */
  readonly asked: 'pause' | 'resume' | null
  readonly pager: Pager | null
  /** The list of columns while one chooses; the index of the marked one. */
  readonly choosing: number | null
  /** What the last key came to, in words. */
  readonly message: string | null
}

export const FIRST_VIEW: View = {
  selectedId: null,
  offset: 0,
  isAtTop: true,
  order: BY_RANK,
  selection: null,
  columns: null,
  typed: null,
  asked: null,
  pager: null,
  choosing: null,
  message: null,
}

/** What else of the screen a key needs to know. */
export interface KeyWorld {
  /** Ids of the listed runs, in their order. */
  readonly listed: readonly string[]
  /** Rows that the list has room for. */
  readonly rows: number
  /** Rows that a pager has room for. */
  readonly pagerRows: number
  /** Columns that are shown, and all that there are. */
  readonly shownColumns: readonly string[]
  readonly knownColumns: readonly string[]
  readonly isPaused: boolean
  readonly mayPause: boolean
}

export type Wish = 'quit' | 'suspend' | 'pause' | 'resume' | 'run' | 'logs' | 'agents' | 'help' | null

/** As node:readline tells them. */
export interface Key {
  readonly name?: string | undefined
  readonly sequence?: string | undefined
  readonly ctrl?: boolean | undefined
  readonly meta?: boolean | undefined
  readonly shift?: boolean | undefined
}

export interface Pressed {
  readonly view: View
  readonly wish: Wish
}

export function pressKey(view: View, key: Key, world: KeyWorld): Pressed {
  if (key.ctrl && key.name === 'c') return { view, wish: 'quit' }
  if (key.ctrl && key.name === 'z') return { view, wish: 'suspend' }
  if (view.typed !== null) return stay(typeFilter(view, view.typed.text, key))
  if (view.asked !== null) return answer(view, view.asked, key)
  if (view.choosing !== null) return stay(chooseColumn(view, view.choosing, key, world))
  if (view.pager !== null) return stay(scrollPager(view, view.pager, key, world))
  return pressInList({ ...view, message: null }, key, world)
}

function stay(view: View): Pressed {
  return { view, wish: null }
}

function pressInList(view: View, key: Key, world: KeyWorld): Pressed {
  const sign = key.sequence ?? ''
  const step = LIST_STEPS[key.name ?? ''] ?? LIST_STEPS[sign]
  if (step !== undefined) return stay(moveSelection(view, step(world), world))
  if (key.name === 'return' || key.name === 'enter' || key.name === 'right') return onRun(view, 'run', world)
  if (key.name === 'escape')
    return stay(
      view.selectedId !== null
        ? { ...view, selectedId: null, offset: 0, isAtTop: true }
        : { ...view, selection: null },
    )
  switch (sign) {
    case 'q':
      return { view, wish: 'quit' }
    case '?':
    case 'h':
      return { view, wish: 'help' }
    case 'l':
      return onRun(view, 'logs', world)
    case 'a':
      return { view, wish: 'agents' }
    case 's':
    case 'S':
      return stay({ ...view, order: nextOrder(view.order, sign === 'S', world.shownColumns) })
    case '/':
      return stay({ ...view, typed: { text: view.selection?.text ?? '', problem: null } })
    case 'c':
      return stay({ ...view, choosing: 0 })
    case 'p':
      if (!world.mayPause)
        return stay({ ...view, message: 'this sweep has ended: there is nothing to pause' })
      return stay({ ...view, asked: world.isPaused ? 'resume' : 'pause' })
    default:
      return stay(view)
  }
}

const LIST_STEPS: Readonly<Record<string, (world: KeyWorld) => number>> = {
  up: () => -1,
  k: () => -1,
  down: () => 1,
  j: () => 1,
  pageup: ({ rows }) => -Math.max(1, rows - 1),
  pagedown: ({ rows }) => Math.max(1, rows - 1),
  home: () => -Infinity,
  g: () => -Infinity,
  end: () => Infinity,
  G: () => Infinity,
}

function moveSelection(view: View, step: number, { listed, rows }: KeyWorld): View {
  if (listed.length === 0) return view
  const at = view.selectedId === null ? -1 : listed.indexOf(view.selectedId)
  // The first press marks the first row, or goes a page down.
  const wanted = at < 0 && step > 0 ? step - 1 : Math.max(0, at) + step
  const index = Math.min(listed.length - 1, Math.max(0, wanted))
  const top = Math.max(index - rows + 1, Math.min(index, firstListed(view, listed, rows)), 0)
  return { ...view, selectedId: listed[index] ?? null, offset: index - top, isAtTop: top === 0 }
}

/** The first listed row: the selected one keeps its place on the screen, unless the list stands at its top. */
export function firstListed(view: View, listed: readonly string[], rows: number): number {
  const at = view.selectedId === null ? -1 : listed.indexOf(view.selectedId)
  if (at < 0 || (view.isAtTop && at < rows)) return 0
  const last = Math.max(0, listed.length - rows)
  return Math.min(last, Math.max(0, at - Math.min(view.offset, Math.max(0, rows - 1))))
}

function onRun(view: View, wish: 'run' | 'logs', { listed }: KeyWorld): Pressed {
  const selectedId =
    view.selectedId !== null && listed.includes(view.selectedId) ? view.selectedId : (listed[0] ?? null)
  if (selectedId === null) return stay({ ...view, message: 'there is no run to look at' })
  return { view: { ...view, selectedId }, wish }
}

function nextOrder(order: SortOrder, isTurned: boolean, columns: readonly string[]): SortOrder {
  if (isTurned) return { ...order, isDescending: !order.isDescending }
  const names = columns.filter((name) => name !== 'trend' && name !== 'value')
  const column = names[(names.indexOf(order.column) + 1) % names.length] ?? 'rank'
  return { column, isDescending: false }
}

function typeFilter(view: View, text: string, key: Key): View {
  const type = (changed: string): View => ({ ...view, typed: { text: changed, problem: null } })
  if (key.name === 'escape') return { ...view, typed: null }
  if (key.name === 'return' || key.name === 'enter') {
    if (text.trim() === '') return { ...view, typed: null, selection: null, message: null }
    try {
      return {
        ...view,
        typed: null,
        selection: compileSelection(text),
        selectedId: null,
        offset: 0,
        isAtTop: true,
        message: null,
      }
    } catch (error) {
      if (!(error instanceof SweepError)) throw error
      return { ...view, typed: { text, problem: error.message } }
    }
  }
  if (key.name === 'backspace') return type([...text].slice(0, -1).join(''))
  if (key.ctrl && key.name === 'u') return type('')
  if (key.ctrl && key.name === 'w') return type(text.replace(/\S*\s*$/, ''))
  const sign = key.sequence ?? ''
  const isText = !key.ctrl && !key.meta && sign !== '' && !/[\u0000-\u001f\u007f]/.test(sign)
  return isText && text.length < MAX_TYPED ? type(text + sign) : view
}

const MAX_TYPED = 500

function answer(view: View, asked: 'pause' | 'resume', key: Key): Pressed {
  const isYes = key.sequence === 'y' || key.sequence === 'Y'
  const after: View = { ...view, asked: null, message: isYes ? null : 'nothing was changed' }
  return { view: after, wish: isYes ? asked : null }
}

function chooseColumn(view: View, at: number, key: Key, { knownColumns, shownColumns }: KeyWorld): View {
  const last = Math.max(0, knownColumns.length - 1)
  const sign = key.sequence ?? ''
  if (key.name === 'escape' || key.name === 'return' || key.name === 'enter' || sign === 'q' || sign === 'c')
    return { ...view, choosing: null }
  if (key.name === 'up' || sign === 'k') return { ...view, choosing: Math.max(0, at - 1) }
  if (key.name === 'down' || sign === 'j') return { ...view, choosing: Math.min(last, at + 1) }
  if (sign === 'r') return { ...view, columns: null }
  const column = knownColumns[at]
  if (key.name !== 'space' || column === undefined) return view
  const isShown = shownColumns.includes(column)
  const columns = isShown ? shownColumns.filter((name) => name !== column) : [...shownColumns, column]
  return { ...view, columns }
}

function scrollPager(view: View, pager: Pager, key: Key, { pagerRows }: KeyWorld): View {
  const sign = key.sequence ?? ''
  if (['escape', 'left', 'return', 'enter'].includes(key.name ?? '') || sign === 'q')
    return { ...view, pager: null }
  const last = Math.max(0, pager.lines.length - pagerRows)
  const step = (LIST_STEPS[key.name ?? ''] ?? LIST_STEPS[sign])?.({ rows: pagerRows } as KeyWorld) // no more is read
  if (step === undefined) return view
  const top = Math.min(last, Math.max(0, Math.min(pager.top, last) + step))
  return { ...view, pager: { ...pager, top, isFollowing: pager.isFollowing && top === last } }
}
