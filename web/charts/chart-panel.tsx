// The frame of every chart: title, controls, and a menu that gives the same thing as a table, as CSV, as a picture and
// as a link. The chart inside registers how its picture is taken.
import {
  createContext,
  useContext,
  useEffect,
  useId,
  useMemo,
  useRef,
  useState,
  type ReactNode,
  type RefObject,
} from 'react'
import type { ChartTable } from '../../charts/chart-table.ts'
import { PanelBoundary } from '../shell/failure.tsx'
import { chartTableAsCsv } from './chart-csv.ts'
import './chart-panel.css'
import { ChartTableView } from './chart-table-view.tsx'
import { Menu, type MenuItem } from './menu.tsx'
import { saveFile } from './save-file.ts'

type TakePicture = () => HTMLCanvasElement | null
const PictureContext = createContext<RefObject<TakePicture | null> | null>(null)

/** For a chart in a ChartPanel: what "PNG" saves. */
export function usePicture(take: TakePicture): void {
  const holder = useContext(PictureContext)
  const newest = useRef(take)
  newest.current = take
  useEffect(() => {
    if (holder === null) return
    holder.current = () => newest.current()
    return () => void (holder.current = null)
  }, [holder])
}

interface ChartPanelProps {
  readonly title: string
  /** Beside the title, in small letters: how many runs, what was left out. */
  readonly note?: ReactNode
  /** Controls of this chart. */
  readonly controls?: ReactNode
  /** What the chart shows, counted when it is asked for. */
  readonly table: () => ChartTable
  /** Of saved files, without ending. @default the title in small letters */
  readonly fileName?: string
  readonly className?: string
  readonly children: ReactNode
}

export function ChartPanel({ title, note, controls, table, fileName, className, children }: ChartPanelProps) {
  const picture = useRef<TakePicture | null>(null)
  const [isTable, setTable] = useState(false)
  const [told, setTold] = useState('')
  const headingId = useId()
  const name = fileName ?? title.toLowerCase().replace(/[^a-z0-9]+/g, '-')

  const items = useMemo<readonly MenuItem[]>(
    () => [
      { label: isTable ? 'Show as chart' : 'Show as table', choose: () => setTable(!isTable) },
      {
        label: 'Save as CSV',
        choose: () => saveFile(`${name}.csv`, new Blob([chartTableAsCsv(table())], { type: 'text/csv' })),
      },
      {
        label: 'Save as PNG',
        problem: isTable ? 'Show the chart first' : null,
        choose: () =>
          picture.current?.()?.toBlob((blob) => blob !== null && saveFile(`${name}.png`, blob), 'image/png'),
      },
      {
        label: 'Copy link',
        choose: () =>
          void copyText(window.location.href).then((isCopied) =>
            setTold(isCopied ? 'Link copied.' : 'The browser does not let this page copy.'),
          ),
      },
    ],
    [isTable, name, table],
  )

  return (
    <section className={`panel chart-panel ${className ?? ''}`} aria-labelledby={headingId}>
      <header className="chart-panel-head">
        <h2 id={headingId}>{title}</h2>
        {note !== undefined && (
          <span className="muted chart-panel-note" title={typeof note === 'string' ? note : undefined}>
            {note}
          </span>
        )}
        <span className="grow" />
        {controls}
        <Menu label={`More of ${title}`} items={items} />
      </header>
      <span className="visually-hidden" role="status">
        {told}
      </span>
      <PanelBoundary what={title}>
        <PictureContext value={picture}>
          {isTable ? <ChartTableView title={title} table={table} /> : children}
        </PictureContext>
      </PanelBoundary>
    </section>
  )
}

/** A page that is not served over https has no clipboard of its own: then the old way. */
async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    const field = document.createElement('textarea')
    field.value = text
    document.body.append(field)
    field.select()
    const isCopied = document.execCommand('copy')
    field.remove()
    return isCopied
  }
}
