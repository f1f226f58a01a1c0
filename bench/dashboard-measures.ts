// What is measured on the dashboard's overview in Chromium, for bench/dashboard.ts: each a function of a page that
// stands. Times are those of the page's own marks (web/charts/paint-timing.ts), which it sets for measurements.
import type { CDPSession, Page } from 'playwright-core'

export interface OpenPage {
  readonly page: Page
  readonly cdp: CDPSession
}

const PARTS = ['table', 'history', 'parallel']
const WAIT_MS = 60_000

/** From the navigation until table, history and parallel coordinates are painted. @returns milliseconds, by part and the last */
export async function measureDrawn({
  page,
}: OpenPage): Promise<{ parts: Record<string, number>; lastMs: number }> {
  const marks = await withinLimit(
    page.evaluate<[string, number][]>(`new Promise((resolve) => {
      const found = new Map()
      const look = (list) => {
        for (const mark of list.getEntriesByName('sweep:drawn')) found.set(mark.detail, mark.startTime)
        if (${JSON.stringify(PARTS)}.every((part) => found.has(part))) resolve([...found])
      }
      new PerformanceObserver(look).observe({ type: 'mark', buffered: true })
    })`),
  )
  return { parts: Object.fromEntries(marks), lastMs: Math.max(...marks.map(([, ms]) => ms)) }
}

export interface BrushTimes {
  /** From the pointer's event until the best runs are redrawn. */
  readonly bestMs: number[]
  /** Until all lines are. */
  readonly allMs: number[]
}

/** When the first move came, when the best lines had been drawn after it, and when all had been. */
const UNTIL_BRUSHED = `new Promise((resolve) => {
  const marks = []
  const observer = new PerformanceObserver((list) => {
    marks.push(...list.getEntriesByName('sweep:painted'))
    const from = window.sweepMoves[0] ?? Infinity
    const after = (part, ms) =>
      marks.find((mark) => mark.detail.part === part && mark.startTime >= ms)?.startTime
    const best = after('best lines', from)
    const all = best === undefined ? undefined : after('parallel', best)
    if (all === undefined) return
    observer.disconnect()
    resolve({ from, best, all })
  })
  observer.observe({ type: 'mark', buffered: true })
})`

/** Drags a brush down the first axis, then clears it. */
export async function measureBrush({ page }: OpenPage, moves: number): Promise<BrushTimes> {
  const box = await page.locator('.parallel-panel .chart-canvas').boundingBox()
  if (box === null) throw new Error('there are no parallel coordinates')
  await page.evaluate(`
    window.sweepMoves = []
    window.addEventListener('pointermove', () => window.sweepMoves.push(performance.now()), { capture: true })
    performance.clearMarks('sweep:painted')`)
  const x = box.x + 40
  await page.mouse.move(x, box.y + 20)
  await page.mouse.down()
  const times: BrushTimes = { bestMs: [], allMs: [] }
  for (let move = 0; move < moves; move += 1) {
    await page.evaluate(`window.sweepMoves = []; performance.clearMarks('sweep:painted')`)
    const seen = withinLimit(page.evaluate<{ from: number; best: number; all: number }>(UNTIL_BRUSHED))
    await page.mouse.move(x, box.y + 30 + ((box.height - 60) * (move + 1)) / moves)
    const { from, best, all } = await seen
    times.bestMs.push(best - from)
    times.allMs.push(all - from)
  }
  await page.mouse.up()
  await page.mouse.click(x, box.y + 25)
  return times
}

/** Milliseconds between frames while the leaderboard is scrolled by the wheel. */
export async function measureScroll({ page }: OpenPage, wheels: number): Promise<number[]> {
  const box = await page.locator('.leaderboard-grid').boundingBox()
  if (box === null) throw new Error('there is no leaderboard')
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2)
  await page.evaluate(`
    window.sweepFrames = []
    window.sweepFrameLoop = (now) => {
      window.sweepFrames?.push(now)
      if (window.sweepFrames !== null) requestAnimationFrame(window.sweepFrameLoop)
    }
    requestAnimationFrame(window.sweepFrameLoop)`)
  for (let wheel = 0; wheel < wheels; wheel += 1) {
    await page.mouse.wheel(0, 240)
    await page.waitForTimeout(30)
  }
  const frames = await page.evaluate<number[]>(`(() => {
    const frames = window.sweepFrames
    window.sweepFrames = null
    return frames
  })()`)
  return frames.slice(1).map((now, index) => now - (frames[index] ?? now))
}

/** Processor time of the main thread since the page began, in milliseconds: what other processes do does not count. */
export async function busyMs({ cdp }: OpenPage): Promise<number> {
  const { metrics } = await cdp.send('Performance.getMetrics')
  return (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? NaN) * 1000
}

/** After a collection of garbage. */
export async function measureHeapBytes({ cdp }: OpenPage): Promise<number> {
  await cdp.send('HeapProfiler.collectGarbage')
  const { usedSize } = await cdp.send('Runtime.getHeapUsage')
  return usedSize
}

export async function countNodes({ page }: OpenPage): Promise<number> {
  return page.evaluate<number>(`document.querySelectorAll('*').length`)
}

/** When each part had painted the change log up to `seq`; epoch ms. Waits for it. */
export async function whenPainted(
  { page }: OpenPage,
  seq: number,
  parts: readonly string[],
): Promise<{ part: string; seq: number; atMs: number }[]> {
  return poll(
    () =>
      page.evaluate<{ part: string; seq: number; atMs: number }[]>(
        `performance.getEntriesByName('sweep:painted').map(({ detail, startTime }) =>
          ({ part: detail.part, seq: detail.seq, atMs: performance.timeOrigin + startTime }))`,
      ),
    (marks) => parts.every((part) => marks.some((mark) => mark.part === part && mark.seq >= seq)),
  )
}

/** Told by the page: to look again and again would be work of the page, and delay what is measured. */
async function withinLimit<T>(answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`the page did not get there within ${WAIT_MS} ms`)), WAIT_MS)
  })
  try {
    return await Promise.race([answer, limit])
  } finally {
    clearTimeout(timer)
  }
}

async function poll<T>(look: () => Promise<T>, isThere: (seen: T) => boolean): Promise<T> {
  const until = Date.now() + WAIT_MS
  for (;;) {
    const seen = await look()
    if (isThere(seen)) return seen
    if (Date.now() > until)
      throw new Error(`the page did not get there; last seen: ${JSON.stringify(seen).slice(0, 500)}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
