// The states of sweeps and runs: one glyph and one word each, the same in the terminal, the API and here. Colour never
// stands alone.
import type { RunState, SweepState } from '../api/records.ts'
import './format.css'

interface Look {
  readonly glyph: string
  readonly word: string
  readonly tone: 'good' | 'bad' | 'warn' | 'live' | 'muted'
}

export const RUN_LOOKS: Readonly<Record<RunState, Look>> = {
  queued: { glyph: '◌', word: 'queued', tone: 'muted' },
  preempted: { glyph: '↻', word: 'preempted', tone: 'warn' },
  running: { glyph: '●', word: 'running', tone: 'live' },
  finished: { glyph: '✓', word: 'finished', tone: 'good' },
  stopped: { glyph: '⊣', word: 'stopped', tone: 'muted' },
  failed: { glyph: '✗', word: 'failed', tone: 'bad' },
  cancelled: { glyph: '⊘', word: 'cancelled', tone: 'muted' },
  lost: { glyph: '?', word: 'lost', tone: 'bad' },
}

export const SWEEP_LOOKS: Readonly<Record<SweepState, Look>> = {
  running: { glyph: '●', word: 'running', tone: 'live' },
  paused: { glyph: '‖', word: 'paused', tone: 'warn' },
  finishing: { glyph: '●', word: 'finishing', tone: 'live' },
  finished: { glyph: '✓', word: 'finished', tone: 'good' },
  stopped: { glyph: '⊣', word: 'stopped', tone: 'muted' },
  cancelled: { glyph: '⊘', word: 'cancelled', tone: 'muted' },
  failed: { glyph: '✗', word: 'failed', tone: 'bad' },
}

/** Where both have a state, it looks the same. */
const LOOKS: Readonly<Record<RunState | SweepState, Look>> = { ...SWEEP_LOOKS, ...RUN_LOOKS }

interface StateLabelProps {
  /** Of a sweep or of a run. */
  readonly state: RunState | SweepState
  /** Why it is so. */
  readonly title?: string | null
}

export function StateLabel({ state, title = null }: StateLabelProps) {
  const { glyph, word, tone } = LOOKS[state]
  return (
    <span className={`state state-${tone}`} title={title ?? undefined}>
      <span className="state-glyph" aria-hidden="true">
        {glyph}
      </span>
      {word}
    </span>
  )
}
