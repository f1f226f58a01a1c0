// What the run printed: from its end, live, with colours of terminals, found by words. Lines are virtual: a log of any
// length costs what is seen of it. It scrolls by itself only while it follows.
import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useLayoutEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react'
import { isTerminalRunState } from '../../../sweeps/run.ts'
import type { Run } from '../../api/records.ts'
import { saveFile } from '../../charts/save-file.ts'
import { formatCount, formatCounted } from '../../format/number.ts'
import { formatMoment } from '../../format/time.ts'
import { changeFeed } from '../../live/change-feed.ts'
import { FailedRequest } from '../../shell/failure.tsx'
import { LogFeed } from './log-feed.ts'
import { readAnsi, stripAnsi, type LogLine } from './log-lines.ts'
import './log-panel.css'
import { concernsRun } from './run-data.ts'
import { Section } from './section.tsx'

const LINE_HEIGHT = 18
/** Of one line that is drawn. */
const MAX_SHOWN = 4_000
/** How often a running run is asked what it printed: logs are in no change of the feed. */
const ASK_EVERY_MS = 2_000
/** Nearer to the end than this is at the end. */
const END_PX = 24

export function LogPanel({ run }: { readonly run: Run }) {
  const isOpen = !isTerminalRunState(run.state)
  const [attempt, setAttempt] = useState<number | null>(null)
  const feed = useMemo(() => new LogFeed(run.id, attempt), [run.id, attempt])
  const state = useSyncExternalStore(feed.subscribe, feed.state)
  const [follow, setFollow] = useState(isOpen)
  const [wanted, setWanted] = useState('')

  useEffect(() => {
    void feed.load()
  }, [feed])
  useEffect(() => {
    // Once more after the end: the last lines may come with it.
    void feed.follow()
    const unsubscribe = changeFeed.subscribe((event) => {
      if (event.kind === 'reset' || concernsRun(event.message.changes, run.id)) void feed.follow()
    })
    const asking = isOpen
      ? window.setInterval(() => document.visibilityState === 'visible' && void feed.follow(), ASK_EVERY_MS)
      : undefined
    return () => {
      unsubscribe()
      window.clearInterval(asking)
    }
  }, [feed, isOpen, run.id])

  const word = wanted.trim().toLowerCase()
  const lines = useMemo(
    () =>
      word === ''
        ? state.lines
        : state.lines.filter(({ text }) => stripAnsi(text).toLowerCase().includes(word)),
    [state.lines, word],
  )

  const controls = (
    <div className="curve-controls">
      {run.attempt > 1 && (
        <label className="row">
          attempt
          <select
            value={attempt ?? ''}
            onChange={(event) => setAttempt(event.target.value === '' ? null : Number(event.target.value))}
          >
            <option value="">all</option>
            {Array.from({ length: run.attempt }, (_, index) => (
              <option key={index} value={index + 1}>
                {index + 1}
              </option>
            ))}
          </select>
        </label>
      )}
      <label className="row">
        <input type="checkbox" checked={follow} onChange={(event) => setFollow(event.target.checked)} />
        follow
      </label>
      <input
        type="search"
        aria-label="Lines that have"
        placeholder="grep"
        value={wanted}
        onChange={(event) => setWanted(event.target.value)}
      />
      <button
        disabled={lines.length === 0}
        onClick={() =>
          saveFile(
            `${run.id}.log`,
            new Blob([lines.map(({ text }) => `${stripAnsi(text)}\n`).join('')], { type: 'text/plain' }),
          )
        }
      >
        Save as text
      </button>
    </div>
  )
  const count =
    word === ''
      ? formatCounted(lines.length, 'line')
      : `${formatCount(lines.length)} of ${formatCounted(state.lines.length, 'line')}`
  return (
    <Section id="log" title="Log" note={state.isLoading ? undefined : count} controls={controls}>
      {state.problem !== null && (
        <FailedRequest what="The log" error={state.problem} onRetry={() => void feed.load()} />
      )}
      {!state.isLoading && state.problem === null && state.lines.length === 0 && (
        <p className="muted">Nothing was printed{isOpen ? ' yet' : ''}.</p>
      )}
      {state.hasOlder && (
        <button onClick={() => void feed.loadOlder()}>Older lines (here are the last ones)</button>
      )}
      {state.lines.length > 0 && (
        <LogView
          lines={lines}
          prepended={word === '' ? state.prepended : 0}
          word={word}
          follow={follow}
          onFollow={setFollow}
        />
      )}
    </Section>
  )
}

interface LogViewProps {
  readonly lines: readonly LogLine[]
  readonly prepended: number
  readonly word: string
  readonly follow: boolean
  readonly onFollow: (follow: boolean) => void
}

function LogView({ lines, prepended, word, follow, onFollow }: LogViewProps) {
  const box = useRef<HTMLDivElement>(null)
  const virtual = useVirtualizer({
    count: lines.length,
    getScrollElement: () => box.current,
    estimateSize: () => LINE_HEIGHT,
    overscan: 20,
  })
  const shownPrepended = useRef<readonly LogLine[] | null>(null)
  const followed = useRef(follow)
  followed.current = follow

  useLayoutEffect(() => {
    const element = box.current
    if (element === null) return
    // Its end is what is asked for first: there an error stands.
    if (follow || shownPrepended.current === null) element.scrollTop = element.scrollHeight
    else if (prepended > 0 && shownPrepended.current !== lines) element.scrollTop += prepended * LINE_HEIGHT
    shownPrepended.current = lines
  }, [lines, follow, prepended])

  const longest = useMemo(() => {
    let most = 0
    for (const { text } of lines) if (text.length > most) most = text.length
    return Math.min(MAX_SHOWN, most) + 2
  }, [lines])

  return (
    <div
      ref={box}
      className="log-box"
      tabIndex={0}
      role="region"
      aria-label="Lines of the log"
      onScroll={({ currentTarget: element }) => {
        // Who scrolls up wants to read: following ends.
        const isAtEnd = element.scrollHeight - element.scrollTop - element.clientHeight < END_PX
        if (followed.current && !isAtEnd) onFollow(false)
      }}
    >
      <div className="log-lines" style={{ height: virtual.getTotalSize(), minWidth: `${longest}ch` }}>
        {virtual.getVirtualItems().map((item) => {
          const line = lines[item.index]
          if (line === undefined) return null
          return (
            <div
              key={item.index}
              className={`log-line log-${line.stream}`}
              style={{ transform: `translateY(${item.start}px)` }}
              title={`${formatMoment(line.atMs)} · ${line.stream} · attempt ${line.attempt}`}
            >
              <LogText text={line.text} word={word} />
            </div>
          )
        })}
      </div>
    </div>
  )
}

function LogText({ text, word }: { readonly text: string; readonly word: string }) {
  const pieces = readAnsi(text.slice(0, MAX_SHOWN))
  const more = text.length - MAX_SHOWN
  return (
    <>
      {pieces.map((piece, index) => {
        const marked = <Marked text={piece.text} word={word} />
        if (piece.colour === null && !piece.isBold) return <span key={index}>{marked}</span>
        const colour = piece.colour === null ? '' : `ansi-${piece.colour % 8}`
        return (
          <span key={index} className={`${colour} ${piece.isBold ? 'ansi-bold' : ''}`}>
            {marked}
          </span>
        )
      })}
      {more > 0 && <span className="muted"> … {formatCount(more)} more characters</span>}
    </>
  )
}

function Marked({ text, word }: { readonly text: string; readonly word: string }) {
  if (word === '') return text
  const lower = text.toLowerCase()
  // Letters whose small form is longer would shift the marks.
  if (lower.length !== text.length) return text
  const parts = []
  let from = 0
  for (let at = lower.indexOf(word); at >= 0; at = lower.indexOf(word, from)) {
    parts.push(text.slice(from, at), <mark key={at}>{text.slice(at, at + word.length)}</mark>)
    from = at + word.length
  }
  parts.push(text.slice(from))
  return parts
}
