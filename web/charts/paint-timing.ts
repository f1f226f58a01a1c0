// When something is on the screen: marks for measurements, and work that waits for the next frame or goes on after one.

/** Calls at most once a frame, however often it is asked. */
export function everyFrame(draw: () => void): { ask(): void; stop(): void } {
  let asked = 0
  return {
    ask() {
      if (asked !== 0) return
      asked = requestAnimationFrame(() => {
        asked = 0
        draw()
      })
    },
    stop() {
      cancelAnimationFrame(asked)
      asked = 0
    },
  }
}

/** Goes on after what waits (input, frames) has had its turn. */
export function soon(work: () => void): void {
  const { port1, port2 } = new MessageChannel()
  port1.onmessage = () => {
    port1.close()
    work()
  }
  port2.postMessage(null)
}

const marked = new Set<string>()

/** Notes when a part of the page was first painted: the performance mark `sweep:drawn`, its detail says which. */
export function markDrawn(part: string): void {
  if (marked.has(part)) return
  marked.add(part)
  // The frame that shows it ends before a message that is sent from its beginning arrives.
  requestAnimationFrame(() => soon(() => performance.mark('sweep:drawn', { detail: part })))
}

/** Set by `npm run bench -- dashboard` before the page is loaded: only then each painting is noted. */
const isMeasured = window.sessionStorage.getItem('sweep.measure') !== null

export interface PaintNote {
  readonly part: string
  /** The place in the change log that was painted. */
  readonly seq: number
}

/** Notes that a part stands on the screen as of `seq`: the performance mark `sweep:painted`. Costs nothing otherwise. */
export function notePaint(part: string, seq: number): void {
  if (isMeasured) soon(() => performance.mark('sweep:painted', { detail: { part, seq } satisfies PaintNote }))
}
