// The URL is the view: what is filtered, sorted, brushed, pinned and drawn stands in the query string, with the words of
// the CLI, so that a link shows what its sender saw. Everything but hovering is here.

/** What can be seen of a sweep in more than one way. A missing key is its default. */
export interface View {
  /** The filter language of sweeps/run-filter.ts. */
  readonly w: string
  /** A column, `-` in front for descending; several by commas. */
  readonly sort: string
  /** Columns by commas; empty: the default choice. */
  readonly cols: string
  readonly sum: '' | 'best' | 'last' | 'min' | 'max'
  /** Parameter to group by; `-seed`: all but seed. */
  readonly group: string
  /** `lr:1e-4..1e-3,depth:2..4`; a list of texts by `|`. */
  readonly brush: string
  /** Ids of pinned runs by commas. */
  readonly pin: string
  /** Runs to compare, by commas. */
  readonly r: string
  /** Range of the horizontal axis: `0..5000`. */
  readonly x: string
  /** Weight of smoothing, 0 to 0.99. */
  readonly smooth: string
  /** Axes that are logarithmic, by commas: `y`, or names of parameters. */
  readonly log: string
  /** Axes of the parallel coordinates in their order, by commas; `-` in front: upside down. */
  readonly axes: string
  /** Metric that is drawn instead of the sweep's. */
  readonly metric: string
  /** The two parameters of a surface, by a comma. */
  readonly pair: string
}
export type ViewKey = keyof View

export const DEFAULT_VIEW: View = {
  w: '',
  sort: '',
  cols: '',
  sum: '',
  group: '',
  brush: '',
  pin: '',
  r: '',
  x: '',
  smooth: '',
  log: '',
  axes: '',
  metric: '',
  pair: '',
}
const KEYS = Object.keys(DEFAULT_VIEW) as ViewKey[]

/** @param search with or without `?`; keys that are not ours are left alone */
export function parseView(search: string): View {
  const params = new URLSearchParams(search)
  const view = Object.fromEntries(KEYS.map((key) => [key, params.get(key) ?? ''])) as Record<ViewKey, string>
  return { ...view, sum: isSummary(view.sum) ? view.sum : '' }
}

/** The query string after a change, without `?`; keys at their default are left out. */
export function writeView(search: string, change: Partial<View>): string {
  const params = new URLSearchParams(search)
  for (const [key, value] of Object.entries(change)) {
    if (value === '') params.delete(key)
    else params.set(key, value)
  }
  return params.toString()
}

function isSummary(text: string): text is View['sum'] {
  return ['', 'best', 'last', 'min', 'max'].includes(text)
}
