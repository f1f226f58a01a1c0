// `sweep top` on a terminal: keys and news come in, frames go out, four a second at most. What is shown is decided in
// view.ts and frame.ts; the terminal itself is screen.ts.
import { emitKeypressEvents } from 'node:readline'
import { SweepError } from '../../sweeps/errors.ts'
import type { LiveRun } from '../../sweeps/live-schema.ts'
import { refPath } from '../api-client.ts'
import type { ApiClient } from '../api-client.ts'
import type { CommandContext } from '../command.ts'
import { isTooSmall, renderFrame } from './frame.ts'
import type { Frame } from './frame.ts'
import type { TopFacts } from './top-facts.ts'
import { startGathering } from './gather.ts'
import type { Gathering } from './gather.ts'
import { createLogReader, fetchAgentsPage, fetchRunPage, helpPage } from './pages.ts'
import { openScreen } from './screen.ts'
import { chooseGlyphs } from './sparkline.ts'
import { dressLine, piece } from './styled-line.ts'
import type { Line } from './styled-line.ts'
import { FIRST_VIEW, pressKey } from './view.ts'
import type { Key, Pager, View, Wish } from './view.ts'

export interface SessionOptions {
  readonly sweepId: string
  /** Gives up at once when it cannot connect. */
  readonly api: ApiClient
  /** What is set at the start. */
  readonly view: Partial<View>
  /** Between two frames when nobody presses a key. */
  readonly intervalMs: number
}

/** A key is answered at once, further ones with the next frame. */
const MIN_FRAME_MS = 250
const TINY_FRAME_MS = 1_000
/** Ages are in seconds. */
const CLOCK_MS = 1_000
const ESCAPE_MS = 50
const FOLLOW_LOG_MS = 2_000
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const

/** @returns the exit code, once a key or a signal has ended it. @throws SweepError when the sweep is not there */
export async function runTopSession(context: CommandContext, options: SessionOptions): Promise<number> {
  const { api, sweepId } = options
  const glyphs = chooseGlyphs(context.io.env)
  const layout = new Map<string, number>()
  let view: View = { ...FIRST_VIEW, ...options.view }
  let frame: Frame | null = null
  let drawnAt = -Infinity
  let waiting: NodeJS.Timeout | null = null
  let waitsUntil = 0
  let refreshing: NodeJS.Timeout | null = null
  let end: (outcome: number | SweepError) => void = () => {}
  const ended = new Promise<number | SweepError>((resolve) => (end = resolve))

  const gathering: Gathering = await startGathering(sweepId, {
    api,
    now: context.now,
    onChange: () => drawSoon(options.intervalMs),
    onOver: (error) => end(error),
  })
  const screen = openScreen(context.io)

  function draw(): void {
    waiting = null
    drawnAt = performance.now()
    const facts: TopFacts = gathering.facts()
    const size = { width: screen.width, height: screen.height }
    frame = renderFrame(facts, view, { ...size, now: context.now(), glyphs, layout })
    screen.draw(frame.lines.map((line) => dressLine(line, context.paint, glyphs === 'ascii')))
    const runs = frame.shownIds.map((id) => facts.runs.get(id))
    gathering.showing(runs.filter((run): run is LiveRun => run !== undefined))
  }

  /** At the soonest `gapMs` after the last frame; what is asked for until then is in the same frame. */
  function drawSoon(gapMs: number): void {
    const least = isTooSmall(screen) ? TINY_FRAME_MS : MIN_FRAME_MS
    const at = drawnAt + Math.max(least, gapMs)
    if (waiting !== null && waitsUntil <= at) return
    if (waiting !== null) clearTimeout(waiting)
    waitsUntil = at
    waiting = setTimeout(draw, Math.max(0, at - performance.now()))
  }

  function change(next: Partial<View>): void {
    view = { ...view, ...next }
    drawSoon(0)
  }

  function press(_text: string | undefined, key: Key): void {
    if (frame === null) return
    const before = view
    const pressed = pressKey(view, key, frame.keys)
    view = pressed.view
    if (view.pager === null && before.pager !== null) stopRefreshing()
    if (view.columns !== before.columns) layout.clear()
    grant(pressed.wish)
    if (view !== before) drawSoon(0)
  }

  function grant(wish: Wish): void {
    const { selectedId } = view
    if (wish === 'quit') end(0)
    else if (wish === 'suspend') suspend()
    else if (wish === 'pause' || wish === 'resume') void changeState(wish)
    else if (wish === 'help') openPage('Keys of sweep top', () => Promise.resolve(helpPage()))
    else if (wish === 'agents')
      openPage('Agents', () => fetchAgentsPage(api, sweepId, screen.width), FOLLOW_LOG_MS)
    else if (wish === 'run' && selectedId !== null)
      openPage(`Run ${selectedId}`, () => fetchRunPage(api, selectedId, screen.width), FOLLOW_LOG_MS)
    else if (wish === 'logs' && selectedId !== null) {
      const log = createLogReader(api, selectedId)
      openPage(`Log of ${selectedId}`, () => log.read(screen.width), FOLLOW_LOG_MS, true)
    }
  }

  /** Shows a page as soon as it is there, and reads it again now and then while it is open. */
  function openPage(title: string, read: () => Promise<Line[]>, againMs = 0, isFollowing = false): void {
    const opened: Pager = { title, lines: [[piece('  reading …', 'dim')]], top: 0, isFollowing }
    change({ pager: opened })
    const refresh = async (): Promise<void> => {
      try {
        const lines = await read()
        if (view.pager?.title === title) change({ pager: { ...view.pager, lines } })
      } catch (error) {
        if (!(error instanceof SweepError)) throw error
        if (view.pager?.title === title && view.pager.lines === opened.lines)
          change({ pager: null, message: error.message })
      }
      if (againMs > 0 && view.pager?.title === title) refreshing = setTimeout(() => void refresh(), againMs)
    }
    stopRefreshing()
    void refresh()
  }

  function stopRefreshing(): void {
    if (refreshing !== null) clearTimeout(refreshing)
    refreshing = null
  }

  async function changeState(action: 'pause' | 'resume'): Promise<void> {
    try {
      await api.post(refPath('sweeps', sweepId, `/${action}`), {})
      change({ message: action === 'pause' ? 'paused: running runs go on' : 'resumed' })
    } catch (error) {
      if (!(error instanceof SweepError)) throw error
      change({ message: `${error.message}` })
    }
  }

  /** Ctrl-Z: the shell gets the terminal until `fg`. */
  function suspend(): void {
    screen.leave()
    process.kill(0, 'SIGTSTP')
    setTimeout(takeBack, MIN_FRAME_MS) // time stands still while the process does
  }

  function takeBack(): void {
    screen.enter()
    drawSoon(0)
  }

  function onResize(): void {
    layout.clear()
    screen.forget()
    drawnAt = -Infinity
    drawSoon(0)
  }

  const { stdin } = context.io
  const onSignal = (signal: NodeJS.Signals) => end(EXIT_CODES[signal as keyof typeof EXIT_CODES]) // of those below
  const signals = Object.keys(EXIT_CODES) as NodeJS.Signals[]
  for (const signal of signals) process.on(signal, onSignal)
  process.on('SIGCONT', takeBack)
  process.stdout.on('resize', onResize)
  process.stdout.on('error', () => end(EXIT_CODES.SIGHUP)) // the terminal is gone
  // Node reads no more of it than how long an escape key may be the beginning of another one.
  emitKeypressEvents(stdin, { escapeCodeTimeout: ESCAPE_MS } as never)
  stdin.on('keypress', press)
  stdin.on('end', () => end(EXIT_CODES.SIGHUP))
  stdin.on('error', () => end(EXIT_CODES.SIGHUP))
  stdin.resume()
  const clock = setInterval(() => drawSoon(0), Math.max(CLOCK_MS, options.intervalMs))
  try {
    draw()
    const outcome = await ended
    if (outcome instanceof SweepError) throw outcome
    return outcome
  } finally {
    clearInterval(clock)
    if (waiting !== null) clearTimeout(waiting)
    stopRefreshing()
    gathering.end()
    stdin.removeListener('keypress', press)
    process.stdout.removeListener('resize', onResize)
    process.removeListener('SIGCONT', takeBack)
    screen.leave()
    stdin.pause()
  }
}
