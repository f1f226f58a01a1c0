// How curves are drawn: smoothing, log axis, steps or time, and the stretch that is shown. It stands in the address, and
// is the same on the run's and the compare screen.
import { useEffect, useMemo, useRef, useState, type FormEvent } from 'react'
import { useView } from '../../view/use-view.ts'
import { parseAxis, writeAxis, type CurveAxis } from './curve-groups.ts'

export interface CurveView extends CurveAxis {
  readonly isLog: boolean
  /** 0 to 0.99 */
  readonly smoothing: number
}

export interface CurveViewControl {
  readonly curveView: CurveView
  change(change: Partial<CurveView>): void
}

export function useCurveView(): CurveViewControl {
  const { view, change } = useView()
  return useMemo(() => {
    const smoothing = Math.min(0.99, Math.max(0, Number(view.smooth) || 0))
    const axis = parseAxis(view.x)
    const curveView: CurveView = { ...axis, isLog: view.log.split(',').includes('y'), smoothing }
    return {
      curveView,
      change(changed) {
        const next = { ...curveView, ...changed }
        const others = view.log.split(',').filter((name) => name !== '' && name !== 'y')
        change({
          smooth: next.smoothing === 0 ? '' : String(next.smoothing),
          log: [...others, ...(next.isLog ? ['y'] : [])].join(','),
          // A stretch of steps is none of time.
          x: writeAxis({ x: next.x, range: next.x === curveView.x ? next.range : null }),
        })
      },
    }
  }, [view, change])
}

export function CurveControls({ control }: { readonly control: CurveViewControl }) {
  const { curveView, change } = control
  return (
    <div className="curve-controls">
      <SmoothingControl smoothing={curveView.smoothing} change={change} />
      <label className="row">
        <input
          type="checkbox"
          checked={curveView.isLog}
          onChange={(event) => change({ isLog: event.target.checked })}
        />
        log y
      </label>
      <label className="row">
        x
        <select
          value={curveView.x}
          onChange={(event) => change({ x: event.target.value === 'time' ? 'time' : 'step' })}
        >
          <option value="step">step</option>
          <option value="time">time</option>
        </select>
      </label>
      <RangeControl key={`${curveView.x} ${String(curveView.range)}`} control={control} />
    </div>
  )
}

/** The address follows when the slider rests: browsers allow few changes of it. */
function SmoothingControl({
  smoothing,
  change,
}: {
  readonly smoothing: number
  readonly change: CurveViewControl['change']
}) {
  const [shown, setShown] = useState(smoothing)
  const waiting = useRef<number | undefined>(undefined)
  useEffect(() => setShown(smoothing), [smoothing])
  useEffect(() => () => window.clearTimeout(waiting.current), [])
  return (
    <label className="row">
      smooth
      <input
        type="range"
        min={0}
        max={0.99}
        step={0.01}
        value={shown}
        onChange={(event) => {
          const next = Number(event.target.value)
          setShown(next)
          window.clearTimeout(waiting.current)
          waiting.current = window.setTimeout(() => change({ smoothing: next }), 120)
        }}
      />
      <output className="number curve-smoothing">{shown.toFixed(2)}</output>
    </label>
  )
}

/** Steps, or seconds. */
function RangeControl({ control }: { readonly control: CurveViewControl }) {
  const { curveView, change } = control
  const unit = curveView.x === 'time' ? 1000 : 1
  const { range } = curveView
  const text = (value: number | undefined) => (value === undefined ? '' : String(value / unit))

  function submit(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const [from, to] = [String(form.get('from') ?? ''), String(form.get('to') ?? '')]
    const next = [Number(from) * unit, Number(to) * unit] as const
    const isRange = from !== '' && to !== '' && next[0] < next[1]
    change({ range: isRange ? next : null })
  }

  return (
    <form className="row curve-range" onSubmit={submit} aria-label={`Shown ${curveView.x}s`}>
      <input
        name="from"
        inputMode="decimal"
        aria-label="from"
        placeholder="from"
        defaultValue={text(range?.[0])}
      />
      <input name="to" inputMode="decimal" aria-label="to" placeholder="to" defaultValue={text(range?.[1])} />
      <button className="visually-hidden-until-focus">Show</button>
      {range !== null && (
        <button type="button" onClick={() => change({ range: null })}>
          all
        </button>
      )}
    </form>
  )
}
