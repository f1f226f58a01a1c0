// A block at the bottom of a terminal that is redrawn, with lines scrolling above it (log-update). Drawn at most
// four times a second, and only when it changed.
import type { OutputStream } from './terminal.ts'

export interface LiveBlock {
  /** Puts lines above the block. */
  above(text: string): void
  /** Takes the block away and stops redrawing. */
  end(): void
}

const REDRAW_MS = 250
/** Nothing is drawn before this: short work needs no status. */
const FIRST_DRAW_MS = 300

/** @param render the block's lines now; none: nothing is drawn */
export async function startLiveBlock(
  stream: OutputStream,
  render: (width: number) => string[],
): Promise<LiveBlock> {
  const { createLogUpdate } = await import('log-update')
  const block = createLogUpdate(stream as NodeJS.WriteStream) // a terminal's stream, the only kind this is called with
  const startedAt = performance.now()
  let drawn = ''
  const draw = () => {
    if (performance.now() - startedAt < FIRST_DRAW_MS) return
    const text = render(stream.columns || 80).join('\n')
    if (text === drawn) return
    drawn = text
    if (text === '') block.clear()
    else block(text)
  }
  const timer = setInterval(draw, REDRAW_MS)
  timer.unref()
  return {
    above(text) {
      block.clear()
      stream.write(`${text}\n`)
      drawn = ''
      draw()
    },
    end() {
      clearInterval(timer)
      block.clear()
      block.done()
    },
  }
}
