// A table of any length: only the rows in sight are in the document, the head and the first columns stand still, and
// everything can be done by keys (WAI-ARIA grid; the focus is the grid's, the active row is told by
// aria-activedescendant, so that live updates cannot take the focus away).
import { useVirtualizer } from '@tanstack/react-virtual'
import {
  memo,
  useCallback,
  useEffect,
  useId,
  useLayoutEffect,
  useRef,
  type KeyboardEvent,
  type MouseEvent,
  type ReactNode,
  type RefObject,
} from 'react'
import type { SortKey } from './order-rows.ts'
import './virtual-grid.css'

export const ROW_HEIGHT = 28
const HEAD_HEIGHT = 30
/** Rows beyond what is in sight, above and below. */
const OVERSCAN = 6

export interface GridColumn {
  readonly key: string
  readonly title: string
  /** What the title means. */
  readonly help?: string
  readonly width: number
  /** Stands still at the left; such columns come first. */
  readonly isPinned?: boolean
  readonly isNumber?: boolean
  /** What it sorts by; null: it does not sort. */
  readonly sortName: string | null
  /** In place of the title. */
  readonly head?: ReactNode
  /** @param index of the row, from 0 */
  cell(index: number): ReactNode
}

export interface HoverSource {
  readonly subscribeHover: (listener: () => void) => () => void
  readonly hovered: () => string | null
}

interface VirtualGridProps {
  /** Of the element that takes the focus. */
  readonly ref?: RefObject<HTMLDivElement | null>
  readonly label: string
  readonly columns: readonly GridColumn[]
  readonly rowCount: number
  /** Of the run or group in this row. */
  rowId(index: number): string
  rowClass(index: number): string
  /** What the cells of a row show, in short: a row in its place with the stamp of before is not made again. Without it
   * every row is, whenever the table is drawn. */
  readonly rowStamp?: (index: number) => string
  readonly isSelected: ((index: number) => boolean) | null
  readonly sort: readonly SortKey[]
  readonly onSort: ((name: string, isAdded: boolean) => void) | null
  /** Index of the active row; null: none. */
  readonly active: number | null
  readonly onActivate: (index: number) => void
  readonly onOpen: (index: number) => void
  readonly onToggle: ((index: number) => void) | null
  readonly onHover: (id: string | null) => void
  /** The run under the pointer, here or in a chart: its row is marked without drawing the table anew. */
  readonly hover: HoverSource | null
  /** The pointer or the focus came or went, or it was scrolled. */
  readonly onAttention: (isLookedAt: boolean) => void
}

export function VirtualGrid(props: VirtualGridProps) {
  const { columns, rowCount, active, sort, onSort, isSelected, onAttention } = props
  const own = useRef<HTMLDivElement>(null)
  const scroller = props.ref ?? own
  const attention = useRef({ pointer: false, focus: false, scrolled: false })
  const id = useId()
  const virtualizer = useVirtualizer({
    count: rowCount,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: OVERSCAN,
    scrollPaddingStart: 0,
    scrollPaddingEnd: HEAD_HEIGHT,
  })

  function attend(change: Partial<typeof attention.current>): void {
    const before = isLookedAt()
    Object.assign(attention.current, change)
    if (isLookedAt() !== before) onAttention(!before)
  }
  function isLookedAt(): boolean {
    const { pointer, focus, scrolled } = attention.current
    return pointer || focus || scrolled
  }

  useEffect(() => {
    if (active !== null) virtualizer.scrollToIndex(active, { align: 'auto' })
  }, [active, virtualizer])

  useHoverMark(scroller, props.hover)

  function onKeyDown(event: KeyboardEvent<HTMLDivElement>): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const isOnGrid = event.target === event.currentTarget
    const page = Math.max(1, Math.floor((event.currentTarget.clientHeight - HEAD_HEIGHT) / ROW_HEIGHT) - 1)
    const move = (to: number) => {
      event.preventDefault()
      if (rowCount > 0) props.onActivate(Math.min(rowCount - 1, Math.max(0, to)))
    }
    const at = active ?? -1
    if (event.key === 'ArrowDown') return move(at + 1)
    if (event.key === 'ArrowUp') return move(at - 1)
    if (event.key === 'PageDown') return move(at + page)
    if (event.key === 'PageUp') return move(at - page)
    if (event.key === 'Home') return move(0)
    if (event.key === 'End') return move(rowCount - 1)
    if (!isOnGrid || active === null) return
    if (event.key === 'Enter') {
      event.preventDefault()
      props.onOpen(active)
    } else if (event.key === ' ' && props.onToggle !== null) {
      event.preventDefault()
      props.onToggle(active)
    }
  }

  const items = virtualizer.getVirtualItems()
  const isActiveDrawn = active !== null && items.some(({ index }) => index === active)
  const layout = columns.map(({ key, width, isNumber }) => `${key}:${width}:${isNumber}`).join()
  const latest = useRef(props)
  latest.current = props
  const width = columns.reduce((sum, column) => sum + column.width, 0)
  const template = columns
    .map((column, index) =>
      index === columns.length - 1 ? `minmax(${column.width}px, 1fr)` : `${column.width}px`,
    )
    .join(' ')

  return (
    <div
      ref={scroller}
      className="grid"
      role="grid"
      tabIndex={0}
      aria-label={props.label}
      aria-rowcount={rowCount + 1}
      aria-colcount={columns.length}
      aria-multiselectable={isSelected === null ? undefined : true}
      aria-activedescendant={isActiveDrawn ? `${id}-${active}` : undefined}
      onKeyDown={onKeyDown}
      onPointerEnter={() => attend({ pointer: true })}
      onPointerLeave={() => {
        attend({ pointer: false })
        props.onHover(null)
      }}
      onFocus={() => attend({ focus: true })}
      onBlur={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget)) attend({ focus: false })
      }}
      onScroll={(event) => attend({ scrolled: event.currentTarget.scrollTop > 0 })}
      style={{ '--grid-columns': template, '--grid-width': `${width}px` } as React.CSSProperties}
    >
      <div className="grid-head" role="rowgroup">
        <div className="grid-row" role="row" aria-rowindex={1}>
          {columns.map((column, index) => (
            <HeadCell
              key={column.key}
              column={column}
              index={index}
              left={leftOf(columns, index)}
              sort={sort}
              onSort={onSort}
            />
          ))}
        </div>
      </div>
      <div className="grid-body" role="rowgroup" style={{ height: virtualizer.getTotalSize() }}>
        {items.map(({ index, start }) => (
          <GridRow
            key={props.rowId(index)}
            id={`${id}-${index}`}
            index={index}
            start={start}
            isActive={index === active}
            stamp={props.rowStamp === undefined ? props : `${props.rowStamp(index)} ${layout}`}
            grid={latest}
          />
        ))}
      </div>
    </div>
  )
}

interface GridRowProps {
  readonly id: string
  readonly index: number
  readonly start: number
  readonly isActive: boolean
  /** Of what it shows. The grid's properties where there is no other: they stay the same while it is scrolled. */
  readonly stamp: unknown
  /** The grid's newest properties: a row that was not made again acts by them, too. */
  readonly grid: RefObject<VirtualGridProps>
}

const GridRow = memo(function GridRow({ id, index, start, isActive, grid: latest }: GridRowProps) {
  const grid = latest.current
  return (
    <div
      id={id}
      className={`grid-row ${isActive ? 'grid-active' : ''} ${grid.rowClass(index)}`}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={grid.isSelected?.(index)}
      data-row={grid.rowId(index)}
      style={{ transform: `translateY(${start}px)` }}
      onClick={(event) => {
        if (!isInteractive(event)) latest.current.onActivate(index)
      }}
      onPointerEnter={() => latest.current.onHover(latest.current.rowId(index))}
    >
      {grid.columns.map((column, place) => (
        <div
          key={column.key}
          role="gridcell"
          aria-colindex={place + 1}
          className={cellClass(column)}
          style={leftStyle(leftOf(grid.columns, place))}
        >
          {column.cell(index)}
        </div>
      ))}
    </div>
  )
})

/** An attribute that React does not know of: hovering goes by the document alone. */
function useHoverMark(scroller: RefObject<HTMLDivElement | null>, hover: HoverSource | null): void {
  const mark = useCallback(() => {
    const id = hover?.hovered() ?? null
    for (const row of scroller.current?.querySelectorAll<HTMLElement>('[data-row]') ?? [])
      row.toggleAttribute('data-hovered', row.dataset['row'] === id)
  }, [scroller, hover])
  useEffect(() => hover?.subscribeHover(mark), [hover, mark])
  useLayoutEffect(mark) // rows that came into sight
}

interface HeadCellProps {
  readonly column: GridColumn
  readonly index: number
  readonly left: number | null
  readonly sort: readonly SortKey[]
  readonly onSort: ((name: string, isAdded: boolean) => void) | null
}

function HeadCell({ column, index, left, sort, onSort }: HeadCellProps) {
  const place = sort.findIndex(({ name }) => name === column.sortName)
  const key = sort[place]
  const { sortName } = column
  return (
    <div
      role="columnheader"
      aria-colindex={index + 1}
      aria-sort={key === undefined ? undefined : key.isDescending ? 'descending' : 'ascending'}
      className={cellClass(column)}
      style={leftStyle(left)}
      title={column.help ?? column.title}
    >
      {column.head ??
        (sortName === null || onSort === null ? (
          <span className="clip">{column.title}</span>
        ) : (
          <button className="grid-sort" onClick={(event) => onSort(sortName, event.shiftKey)}>
            <span className="clip">{column.title}</span>
            {key !== undefined && (
              <span aria-hidden="true">
                {key.isDescending ? '↓' : '↑'}
                {sort.length > 1 ? place + 1 : ''}
              </span>
            )}
          </button>
        ))}
    </div>
  )
}

function leftStyle(left: number | null): { left: number } | undefined {
  return left === null ? undefined : { left }
}

function cellClass(column: GridColumn): string {
  return `grid-cell ${column.isPinned === true ? 'grid-pinned' : ''} ${column.isNumber === true ? 'grid-number' : ''}`
}

/** Distance of a pinned column from the left; null: it moves. */
function leftOf(columns: readonly GridColumn[], place: number): number | null {
  if (columns[place]?.isPinned !== true) return null
  return columns.slice(0, place).reduce((left, { width }) => left + width, 0)
}

function isInteractive(event: MouseEvent): boolean {
  return event.target instanceof Element && event.target.closest('a, button, input, label') !== null
}
