// All runs of the sweep over one parameter, small: dots of the metric's value, and two runs marked.
import { useMemo } from 'react'
import { formatNumber } from '../../format/number.ts'
import type { SweepTable } from '../../live/sweep-table.ts'
import { findField } from '../../selection/field.ts'

const WIDTH = 200
const HEIGHT = 90
/** More dots of this size cannot be told apart. */
const MAX_DOTS = 400
/** Of the values: one diverged run would press all others into a line. */
const SHOWN_SHARE = 0.95

interface ParameterSliceProps {
  readonly table: SweepTable
  /** Goes up with every change of the table. */
  readonly version: number
  readonly parameter: string
  readonly marks: readonly { readonly id: string; readonly colour: number }[]
}

interface Slice {
  readonly dots: readonly (readonly [x: number, y: number])[]
  readonly marked: readonly { readonly x: number; readonly y: number; readonly colour: number }[]
  readonly low: string
  readonly high: string
  readonly isLog: boolean
}

export function ParameterSlice({ table, version, parameter, marks }: ParameterSliceProps) {
  const slice = useMemo(() => readSlice(table, parameter, marks), [table, version, parameter, marks])
  if (slice === null) return <span className="muted">no picture of it: too few runs have both values</span>
  const metric = table.sweep.metric?.name ?? ''
  const summary = `${metric.slice(0, 100)} over ${parameter.slice(0, 100)}, ${slice.dots.length} runs, from ${slice.low} to ${slice.high}${slice.isLog ? ', logarithmic' : ''}.`
  return (
    <div className="slice">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={summary}>
        <path className="slice-dots" d={slice.dots.map(([x, y]) => `M${x} ${y}h0`).join('')} />
        {slice.marked.length === 2 && <line className="slice-line" {...lineOf(slice.marked)} />}
        {slice.marked.map(({ x, y, colour }, index) => (
          <circle
            key={index}
            cx={x}
            cy={y}
            r={5}
            fill={`var(--chart-${(colour % 8) + 1})`}
            className="slice-mark"
          />
        ))}
      </svg>
      <div className="row slice-axis muted">
        <span className="clip">{slice.low}</span>
        <span className="grow" />
        <span className="clip">{slice.high}</span>
      </div>
    </div>
  )
}

function lineOf(marked: Slice['marked']) {
  const [from, to] = marked
  return { x1: from?.x ?? 0, y1: from?.y ?? 0, x2: to?.x ?? 0, y2: to?.y ?? 0 }
}

function readSlice(table: SweepTable, parameter: string, marks: ParameterSliceProps['marks']): Slice | null {
  const metric = table.sweep.metric
  if (metric === null) return null
  const field = findField(table, `c.${parameter}`)
  const rows: number[] = []
  for (let row = 0; row < table.count; row += 1)
    if (table.numbers.value.at(row) !== null && field.text(row) !== null) rows.push(row)
  if (rows.length < 2) return null
  const scale = scaleOf(rows.map((row) => field.number(row) ?? field.text(row) ?? ''))
  const values = rows.map((row) => table.numbers.value.at(row) ?? 0).filter(Number.isFinite)
  const [bottom, top] = shownRange(values, metric.goal)
  const yOf = (value: number) => {
    const share = top === bottom ? 0.5 : (Math.min(top, Math.max(bottom, value)) - bottom) / (top - bottom)
    return HEIGHT - 6 - share * (HEIGHT - 12)
  }
  const pointOf = (row: number) => {
    const x = 6 + scale.share(field.number(row) ?? field.text(row) ?? '') * (WIDTH - 12)
    return [x, yOf(table.numbers.value.at(row) ?? 0)] as const
  }
  const every = Math.max(1, Math.ceil(rows.length / MAX_DOTS))
  const marked = marks.flatMap(({ id, colour }) => {
    const row = table.rowOf(id)
    if (row === null || !rows.includes(row)) return []
    const [x, y] = pointOf(row)
    return [{ x, y, colour }]
  })
  return {
    dots: rows.filter((_, index) => index % every === 0).map(pointOf),
    marked,
    low: scale.low,
    high: scale.high,
    isLog: scale.isLog,
  }
}

interface SliceScale {
  share(value: number | string): number
  readonly low: string
  readonly high: string
  readonly isLog: boolean
}

/** Logarithmic over two decades and more; texts in the order of the alphabet. */
function scaleOf(values: readonly (number | string)[]): SliceScale {
  const numbers = values.filter((value) => typeof value === 'number').filter(Number.isFinite)
  if (numbers.length === values.length) {
    const min = numbers.reduce((a, b) => Math.min(a, b), Infinity)
    const max = numbers.reduce((a, b) => Math.max(a, b), -Infinity)
    const isLog = min > 0 && max / min >= 100
    const of = isLog ? Math.log : (value: number) => value
    const span = of(max) - of(min)
    return {
      share: (value) => (span === 0 ? 0.5 : (of(Number(value)) - of(min)) / span),
      low: formatNumber(min),
      high: formatNumber(max),
      isLog,
    }
  }
  const names = [...new Set(values.map(String))].sort()
  return {
    share: (value) => (names.indexOf(String(value)) + 0.5) / names.length,
    low: (names[0] ?? '').slice(0, 20),
    high: (names.at(-1) ?? '').slice(0, 20),
    isLog: false,
  }
}

function shownRange(values: readonly number[], goal: 'minimize' | 'maximize'): readonly [number, number] {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))] ?? 0
  return goal === 'minimize' ? [at(0), at(SHOWN_SHARE)] : [at(1 - SHOWN_SHARE), at(1)]
}
