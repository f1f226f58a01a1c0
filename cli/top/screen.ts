// The terminal while `sweep top` has it: the alternate screen, of which only changed lines are written, and the state
// that is put back whatever ends the process. What stands on it is not its business.
import { writeSync } from 'node:fs'
import type { Io } from '../terminal.ts'

const ESC = '\u001b['
/** Alternate screen, no cursor, no line wrap: a line that is too wide after all must not push the others down. */
const ENTER = `${ESC}?1049h${ESC}?25l${ESC}?7l${ESC}H${ESC}2J`
const LEAVE = `${ESC}?7h${ESC}?25h${ESC}?1049l`
/** Terminals that know synchronized output show a frame at once; others pass over both. */
const BEGIN_FRAME = `${ESC}?2026h`
const END_FRAME = `${ESC}?2026l`

export interface Screen {
  readonly width: number
  readonly height: number
  /** Writes the lines that differ from those on the screen. @returns how many were written */
  draw(lines: readonly string[]): number
  /** The next frame is written whole. */
  forget(): void
  /** Gives the terminal back, and takes it again. */
  leave(): void
  enter(): void
}

/** A terminal on which keys are read one by one. */
interface KeyInput {
  readonly isTTY?: boolean
  setRawMode?(isRaw: boolean): unknown
}

/**
 * Takes the terminal. It is given back by `leave`, and when the process ends by whatever can be caught.
 * @param io its stdout is a terminal
 */
export function openScreen({ stdout, stdin }: Pick<Io, 'stdout' | 'stdin'>): Screen {
  const keys = stdin as KeyInput // a stream of a terminal has these members, a pipe has not
  let shown: string[] = []
  let size = ''
  let isOpen = false

  const screen: Screen = {
    get width() {
      return stdout.columns || 80
    },
    get height() {
      return stdout.rows || 24
    },
    draw(lines) {
      if (!isOpen) return 0
      const now = `${screen.width}x${screen.height}`
      const isNew = size !== now || shown.length === 0
      if (size !== now) shown = []
      size = now
      let text = isNew ? `${ESC}2J` : ''
      let count = 0
      for (let row = 0; row < Math.max(lines.length, shown.length); row += 1) {
        const line = lines[row] ?? ''
        if (line === (shown[row] ?? '')) continue
        text += `${ESC}${row + 1};1H${line}${ESC}K`
        count += 1
      }
      shown = [...lines]
      if (text !== '') stdout.write(BEGIN_FRAME + text + END_FRAME)
      return count
    },
    forget() {
      shown = []
    },
    enter() {
      if (isOpen) return
      isOpen = true
      shown = []
      keys.setRawMode?.(true)
      stdout.write(ENTER)
    },
    leave() {
      if (!isOpen) return
      isOpen = false
      try {
        keys.setRawMode?.(false)
      } catch {
        // The terminal is gone: nobody is left to put it back for.
      }
      if (stdout === process.stdout) writeAtOnce(LEAVE)
      else stdout.write(LEAVE)
    },
  }
  // An error is printed after it, on the screen that stays.
  process.prependListener('uncaughtException', () => screen.leave())
  process.prependListener('unhandledRejection', () => screen.leave())
  process.on('exit', () => screen.leave())
  screen.enter()
  return screen
}

/** Before the process ends, which waits for no stream. */
function writeAtOnce(text: string): void {
  try {
    writeSync(1, text)
  } catch {
    process.stdout.write(text) // it takes no more at the moment, or it is gone
  }
}
