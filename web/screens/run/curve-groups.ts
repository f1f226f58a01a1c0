// The metrics of a run in groups by what stands before their first `/`: `train/loss` is of `train`. Pure.

export interface MetricGroup {
  /** Empty: metrics without a prefix. */
  readonly name: string
  readonly keys: readonly string[]
}

/** @param objective the sweep's metric: its group is first, and it is first in it */
export function groupMetrics(keys: readonly string[], objective: string | null): MetricGroup[] {
  const groups = new Map<string, string[]>()
  for (const key of keys) {
    const slash = key.indexOf('/')
    const name = slash <= 0 ? '' : key.slice(0, slash)
    const group = groups.get(name)
    if (group === undefined) groups.set(name, [key])
    else group.push(key)
  }
  const rankOf = (key: string) => (key === objective ? 0 : 1)
  const sorted = [...groups].map(([name, own]) => ({
    name,
    keys: own.toSorted((a, b) => rankOf(a) - rankOf(b) || a.localeCompare(b, 'en', { numeric: true })),
  }))
  const holds = ({ keys: own }: MetricGroup) => (own[0] === objective ? 0 : 1)
  return sorted.sort(
    (a, b) =>
      holds(a) - holds(b) ||
      Number(b.name === '') - Number(a.name === '') ||
      a.name.localeCompare(b.name, 'en'),
  )
}

/** What is shown of the horizontal axis: `x=time`, `x=0..5000`, `x=time:0..60000`. */
export interface CurveAxis {
  readonly x: 'step' | 'time'
  readonly range: readonly [number, number] | null
}

export function parseAxis(text: string): CurveAxis {
  const isTime = text === 'time' || text.startsWith('time:')
  const rest = isTime ? text.slice('time:'.length) : text
  const [, from = '', to = ''] = /^(-?[\d.e+]+)\.\.(-?[\d.e+]+)$/.exec(rest) ?? []
  const range = [Number(from), Number(to)] as const
  const isRange = from !== '' && to !== '' && Number.isFinite(range[0]) && range[0] < range[1]
  return { x: isTime ? 'time' : 'step', range: isRange ? range : null }
}

export function writeAxis({ x, range }: CurveAxis): string {
  const text = range === null ? '' : `${range[0]}..${range[1]}`
  if (x === 'step') return text
  return text === '' ? 'time' : `time:${text}`
}
