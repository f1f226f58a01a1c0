// The best value so far as a small line; up is better, whatever the goal.
import type { MetricValue } from '../../api/records.ts'
import { formatMetric } from '../../format/number.ts'

const WIDTH = 72
const HEIGHT = 18
const INSET = 2

interface TrendLineProps {
  readonly values: readonly MetricValue[]
  readonly goal: 'minimize' | 'maximize'
}

export function TrendLine({ values, goal }: TrendLineProps) {
  const numbers = values.map(Number).filter(Number.isFinite)
  const first = numbers[0]
  const last = numbers.at(-1)
  if (first === undefined || last === undefined || numbers.length < 2) return null
  const points = placePoints(numbers, goal)
  const end = points.at(-1)
  return (
    <svg
      className="trend-line"
      width={WIDTH}
      height={HEIGHT}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      role="img"
      aria-label={`The best value went from ${formatMetric(first)} to ${formatMetric(last)}`}
    >
      <polyline points={points.map(({ x, y }) => `${x},${y}`).join(' ')} />
      {end !== undefined && <circle cx={end.x} cy={end.y} r="2" />}
    </svg>
  )
}

/** In the box of the line; `y` grows downwards. */
export function placePoints(
  values: readonly number[],
  goal: 'minimize' | 'maximize',
): { x: number; y: number }[] {
  const low = Math.min(...values)
  const span = Math.max(...values) - low
  return values.map((value, index) => {
    const share = span === 0 ? 0.5 : (value - low) / span
    const height = goal === 'maximize' ? share : 1 - share
    return {
      x: round(INSET + (index / (values.length - 1)) * (WIDTH - 2 * INSET)),
      y: round(HEIGHT - INSET - height * (HEIGHT - 2 * INSET)),
    }
  })
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
