// The colour and dash of a run in the charts of this screen.
import { SERIES_DASHES } from '../../../charts/chart-theme.ts'

export function RunSwatch({ colour }: { readonly colour: number }) {
  const dash = SERIES_DASHES[Math.floor(colour / 8) % SERIES_DASHES.length] ?? []
  return (
    <svg className="run-swatch" width="22" height="10" aria-hidden="true">
      <line
        x1="1"
        y1="5"
        x2="21"
        y2="5"
        strokeWidth="3"
        stroke={`var(--chart-${(colour % 8) + 1})`}
        strokeDasharray={dash.join(' ')}
      />
    </svg>
  )
}
