// One axis of the parallel coordinates by keyboard: its range as two numbers or as a list of values, and how and where
// the axis stands.
import { useState, type FormEvent } from 'react'
import type { ParallelAxis } from '../../charts/parallel-data.ts'
import type { BrushRange } from '../selection/brush.ts'
import { Dialog } from '../shell/dialog.tsx'
import { formatNumber } from '../format/number.ts'
import type { AxisChoice } from './axis-choice.ts'

export type AxisMove = 'left' | 'right' | 'flip' | 'log' | 'hide'

interface AxisEditorProps {
  readonly axis: ParallelAxis
  readonly choice: AxisChoice
  readonly range: BrushRange | null
  readonly onRange: (range: BrushRange | null) => void
  readonly onMove: (move: AxisMove) => void
  readonly onClose: () => void
}

export function AxisEditor({ axis, choice, range, onRange, onMove, onClose }: AxisEditorProps) {
  const { min, max } = axis.scale
  return (
    <Dialog title={`Axis ${axis.name.slice(0, 80)}`} onClose={onClose}>
      {axis.categories.length > 0 ? (
        <CategoryChoice axis={axis} range={range} onRange={onRange} />
      ) : (
        <RangeForm
          range={range?.kind === 'range' ? range : null}
          hint={`${formatNumber(min)} to ${formatNumber(max)}`}
          onRange={onRange}
        />
      )}
      <div className="row axis-editor-moves">
        <button onClick={() => onMove('left')}>Move left</button>
        <button onClick={() => onMove('right')}>Move right</button>
        <button aria-pressed={choice.isFlipped} onClick={() => onMove('flip')}>
          Upside down
        </button>
        {axis.categories.length === 0 && (
          <button aria-pressed={choice.isLog} onClick={() => onMove('log')}>
            Logarithmic
          </button>
        )}
        <button onClick={() => onMove('hide')}>Hide</button>
      </div>
    </Dialog>
  )
}

interface RangeFormProps {
  readonly range: { readonly from: number; readonly to: number } | null
  readonly hint: string
  readonly onRange: (range: BrushRange | null) => void
}

function RangeForm({ range, hint, onRange }: RangeFormProps) {
  const textOf = (value: number | undefined) =>
    value === undefined || !Number.isFinite(value) ? '' : String(Number(value.toPrecision(6)))
  const [from, setFrom] = useState(textOf(range?.from))
  const [to, setTo] = useState(textOf(range?.to))
  const low = from.trim() === '' ? -Infinity : Number(from)
  const high = to.trim() === '' ? Infinity : Number(to)
  const problem = Number.isNaN(low) || Number.isNaN(high) ? 'A number, such as 0.001 or 1e-3' : null
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (problem !== null) return
    const isAll = low === -Infinity && high === Infinity
    onRange(isAll ? null : { kind: 'range', from: Math.min(low, high), to: Math.max(low, high) })
  }
  return (
    <form className="axis-editor-range" onSubmit={submit}>
      <label>
        From{' '}
        <input inputMode="decimal" size={10} value={from} onChange={(event) => setFrom(event.target.value)} />
      </label>
      <label>
        to <input inputMode="decimal" size={10} value={to} onChange={(event) => setTo(event.target.value)} />
      </label>
      <button className="button-primary" disabled={problem !== null}>
        Select
      </button>
      <button
        type="button"
        disabled={range === null}
        onClick={() => {
          setFrom('')
          setTo('')
          onRange(null)
        }}
      >
        Clear
      </button>
      <p className="muted">{problem ?? `Runs have ${hint}. An empty end is open.`}</p>
    </form>
  )
}

interface CategoryChoiceProps {
  readonly axis: ParallelAxis
  readonly range: BrushRange | null
  readonly onRange: (range: BrushRange | null) => void
}

function CategoryChoice({ axis, range, onRange }: CategoryChoiceProps) {
  const values = axis.missingCount > 0 ? [...axis.categories, ''] : axis.categories
  const taken = range?.kind === 'texts' ? range.texts : new Set(values)
  const choose = (text: string, isTaken: boolean) => {
    const texts = new Set(values.filter((value) => (value === text ? isTaken : taken.has(value))))
    onRange(texts.size === values.length || texts.size === 0 ? null : { kind: 'texts', texts })
  }
  return (
    <fieldset className="axis-editor-values">
      <legend>Runs with</legend>
      {values.map((text) => (
        <label key={text}>
          <input
            type="checkbox"
            checked={taken.has(text)}
            onChange={(event) => choose(text, event.target.checked)}
          />
          <span className="clip">{text === '' ? 'no value' : text.slice(0, 200)}</span>
        </label>
      ))}
    </fieldset>
  )
}
