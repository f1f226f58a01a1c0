// A chart of ECharts on the page: its size follows its box, its zoom survives new data, and the panel around it can take
// its picture. What it shows is an option from charts/.
import { useEffect, useRef } from 'react'
import type { ChartOption } from '../../charts/chart-option.ts'
import { usePicture } from './chart-panel.tsx'
import './chart-panel.css'
import { init } from './echarts-parts.ts'

type Chart = ReturnType<typeof init>

export interface ChartClick {
  readonly seriesName: string | undefined
  readonly seriesIndex: number | undefined
  /** Place in the series' data. */
  readonly dataIndex: number
  /** The datum as it stands in the option. */
  readonly data: unknown
}

interface EChartProps {
  /** Memoise it: another object is drawn anew. Zoom (dataZoom) is kept unless it says `start` or `startValue`. */
  readonly option: ChartOption
  /** One sentence from the data, for those who do not see the chart. */
  readonly summary: string
  /** Pixels. @default 240 */
  readonly height?: number
  readonly onClick?: (click: ChartClick) => void
  /** The range of the x axis in its own units, after a zoom; null: all of it. */
  readonly onZoom?: (range: readonly [number, number] | null) => void
  /** For what the props do not offer; called once for each chart. */
  readonly onReady?: (chart: Chart) => void
}

export function EChart({ option, summary, height = 240, onClick, onZoom, onReady }: EChartProps) {
  const box = useRef<HTMLDivElement>(null)
  const chart = useRef<Chart | null>(null)
  const calls = useRef({ onClick, onZoom, onReady })
  calls.current = { onClick, onZoom, onReady }

  useEffect(() => {
    if (box.current === null) return
    const made = init(box.current, null, { renderer: 'canvas' })
    chart.current = made
    made.on('click', (event) => {
      const { seriesName, seriesIndex, dataIndex, data } = event
      calls.current.onClick?.({ seriesName, seriesIndex, dataIndex, data })
    })
    made.on('datazoom', () => calls.current.onZoom?.(readZoom(made)))
    calls.current.onReady?.(made)
    const watcher = new ResizeObserver(() => made.resize())
    watcher.observe(box.current)
    return () => {
      watcher.disconnect()
      chart.current = null
      made.dispose()
    }
  }, [])

  useEffect(() => {
    // Series and axes that went away are not to stay; dataZoom is merged, which keeps the zoom.
    chart.current?.setOption(option, { replaceMerge: ['series'], lazyUpdate: true })
  }, [option])

  usePicture(() => {
    const background = getComputedStyle(document.documentElement).getPropertyValue('--bg').trim()
    return chart.current?.renderToCanvas({ pixelRatio: 2, backgroundColor: background }) ?? null
  })

  return <div ref={box} className="chart-box" style={{ height }} role="img" aria-label={summary} />
}

/** The first dataZoom's values. */
function readZoom(chart: Chart): readonly [number, number] | null {
  const { dataZoom } = chart.getOption() as {
    dataZoom?: { start?: number; end?: number; startValue?: number; endValue?: number }[]
  }
  const zoom = dataZoom?.[0]
  if (zoom?.startValue === undefined || zoom.endValue === undefined) return null
  return zoom.start === 0 && zoom.end === 100 ? null : [zoom.startValue, zoom.endValue]
}
