// How fast the dashboard's overview is with 10,000 runs of 16 columns, in Chromium: `npm run bench -- dashboard [runs]`.
// The real page, a real server with a real store (SQLite) in this process; each navigation in a browser profile of its
// own; medians of 5; the same at a quarter of the processor; Plotly's parallel coordinates beside ours. Exit code 1
// when a limit is missed.
import { get } from 'node:http'
import { loadavg } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { Browser } from 'playwright-core'
import { chromium } from 'playwright-core'
import type { RunRecord } from '../sweeps/run.ts'
import type { SweepRecord } from '../sweeps/sweep.ts'
import { startApi, TOKEN, type ApiHarness } from '../test/integration/api-harness.ts'
import { findChromium, logIn } from '../test/support/browser.ts'
import { aChange } from '../test/support/records.ts'
import { ALL_MAX_BYTES, FIRST_SCREEN_MAX_BYTES, readBundleSizes, sumBytes } from './bundle-sizes.ts'
import {
  busyMs,
  countNodes,
  measureBrush,
  measureDrawn,
  measureHeapBytes,
  measureScroll,
  whenPainted,
  type OpenPage,
} from './dashboard-measures.ts'
import { measurePlotly } from './dashboard-plotly.ts'
import { describeMachine, printFigure } from './figure-table.ts'
import { quantile } from './quantile.ts'
import { fillStore } from './queries-fill.ts'

const RUNS = Number(process.argv[2] ?? 10_000)
const REPEATS = 5
const THROTTLE = 4
const BRUSH_MOVES = 20
const WHEELS = 60
const PATCHES = 20
const PATCH_ROWS = 50
/** The stream tells changes four times a second. */
const PATCH_WAIT_MS = 600
const REPORTS_PER_SECOND = 200
const REPORT_SECONDS = 8
const MEBIBYTE = 1024 * 1024

const random = seeded(42)
let known: readonly RunRecord[] | null = null
const median = (values: readonly number[]) => quantile(values, 0.5)
const ms = (value: number) => `${value.toFixed(value < 20 ? 1 : 0)} ms`

const executablePath = findChromium()
if (executablePath === null) throw new Error('no chromium on PATH: apt-get install chromium')
const browser = await chromium.launch({
  executablePath,
  args: [
    ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
    '--disable-dev-shm-usage',
    '--enable-unsafe-swiftshader', // WebGL without a GPU, for Plotly
  ],
})
const api = await startApi()
try {
  console.log(`${RUNS.toLocaleString('en')} runs; ${describeMachine(`Chromium ${browser.version()}`)}`)
  console.log(
    `load of the machine before: ${loadavg()
      .map((load) => load.toFixed(1))
      .join(' ')}`,
  )
  const sweep = await fillStore(api.store, RUNS, random)
  await api.store.write((tx) => tx.saveSweep({ ...sweep, state: 'running' }))
  await measureServer(api, sweep)
  await measureNavigation(1)
  await measureNavigation(THROTTLE)
  await measureWork(1)
  await measureWork(THROTTLE)
  printBundle()
  await printPlotly(browser)
  console.log(
    `load of the machine after: ${loadavg()
      .map((load) => load.toFixed(1))
      .join(' ')}`,
  )

  async function measureNavigation(throttle: number): Promise<void> {
    const totals: number[] = []
    const busy: number[] = []
    const parts = new Map<string, number[]>()
    for (let repeat = 0; repeat < REPEATS; repeat += 1) {
      const opened = await open(throttle)
      const drawn = await measureDrawn(opened)
      busy.push(await busyMs(opened))
      totals.push(drawn.lastMs)
      for (const [part, partMs] of Object.entries(drawn.parts))
        parts.set(part, [...(parts.get(part) ?? []), partMs])
      await opened.page.context().close()
    }
    const limit = throttle === 1 ? 1_000 : 2_000
    const each = [...parts].map(([part, times]) => `${part} ${median(times).toFixed(0)}`).join(', ')
    print(`navigation to all three drawn${at(throttle)}`, totals, limit, each)
    print(`of it processor time of the main thread${at(throttle)}`, busy, null)
  }

  async function open(throttle: number): Promise<OpenPage> {
    const visitor = await logIn(browser, { url: api.url, token: TOKEN })
    await visitor.context.addInitScript(`sessionStorage.setItem('sweep.measure', '1')`)
    const page = await visitor.context.newPage()
    const cdp = await visitor.context.newCDPSession(page)
    await cdp.send('Performance.enable', { timeDomain: 'threadTicks' })
    if (throttle > 1) await cdp.send('Emulation.setCPUThrottlingRate', { rate: throttle })
    await page.goto(`/s/${sweep.id}`)
    return { page, cdp }
  }

  async function measureWork(throttle: number): Promise<void> {
    const opened = await open(throttle)
    await measureDrawn(opened)
    await opened.page.waitForTimeout(1_500)
    if (throttle === 1) {
      const nodes = await countNodes(opened)
      printFigure('DOM nodes', String(nodes), 'under 1,500', nodes < 1_500)
      const heap = (await measureHeapBytes(opened)) / MEBIBYTE
      printFigure('JS heap', `${heap.toFixed(1)} MB`, 'under 80 MB', heap < 80)
    }
    const brush = await measureBrush(opened, BRUSH_MOVES)
    print(`brush to redraw of the best runs${at(throttle)}`, brush.bestMs, throttle === 1 ? 50 : null)
    print(`brush to redraw of all lines${at(throttle)}`, brush.allMs, throttle === 1 ? 50 : null)
    await opened.page.waitForTimeout(1_000)
    await measurePatches(opened, throttle)
    const frames = await measureScroll(opened, WHEELS)
    const longest = Math.max(...frames)
    printFigure(
      `longest frame while scrolling${at(throttle)}`,
      ms(longest),
      `${throttle === 1 ? 'under 50 ms; ' : ''}p50 ${ms(median(frames))}, ${frames.length} frames`,
      throttle > 1 || longest < 50,
    )
    if (throttle === 1) await measureEventToScreen(opened)
    await opened.page.context().close()
  }

  /** The main thread's work for a message of 50 runs, over what it does without one. */
  async function measurePatches(opened: OpenPage, throttle: number): Promise<void> {
    await changeRuns(sweep, 1)
    await opened.page.waitForTimeout(2_000)
    const idleFrom = await busyMs(opened)
    await opened.page.waitForTimeout(2_000)
    const idlePerMs = ((await busyMs(opened)) - idleFrom) / 2_000
    const times: number[] = []
    for (let patch = 0; patch < PATCHES; patch += 1) {
      const [from, startedAt] = [await busyMs(opened), performance.now()]
      const seq = await changeRuns(sweep, PATCH_ROWS)
      // Not by looking again and again whether it is painted: each look would count as work of the page.
      await opened.page.waitForTimeout(PATCH_WAIT_MS)
      times.push((await busyMs(opened)) - from - idlePerMs * (performance.now() - startedAt))
      await whenPainted(opened, seq, ['history', 'parallel', 'table'])
      await opened.page.evaluate(`performance.clearMarks('sweep:painted')`)
    }
    print(`live patch of ${PATCH_ROWS} runs, main thread${at(throttle)}`, times, throttle === 1 ? 16 : null)
  }

  /** From the commit of a report until the table and both charts show it. */
  async function measureEventToScreen(opened: OpenPage): Promise<void> {
    const commits: { seq: number; atMs: number }[] = []
    const every = 50
    const from = performance.now()
    await opened.page.evaluate(`performance.clearMarks('sweep:painted')`)
    for (let tick = 0; tick < (REPORT_SECONDS * 1000) / every; tick += 1) {
      const seq = await changeRuns(sweep, (REPORTS_PER_SECOND * every) / 1000)
      commits.push({ seq, atMs: performance.timeOrigin + performance.now() })
      const wait = from + (tick + 1) * every - performance.now()
      if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait))
    }
    const rate = ((commits.length * REPORTS_PER_SECOND * every) / 1000 / (performance.now() - from)) * 1000
    const parts = ['history', 'parallel', 'table']
    const marks = await whenPainted(opened, commits.at(-1)?.seq ?? 0, parts)
    const delays = commits.map(({ seq, atMs }) =>
      Math.max(
        ...parts.map(
          (part) => (marks.find((mark) => mark.part === part && mark.seq >= seq)?.atMs ?? NaN) - atMs,
        ),
      ),
    )
    const p95 = quantile(delays, 0.95)
    printFigure(
      'report to screen, p95',
      ms(p95),
      `under 1 s; p50 ${ms(median(delays))}, ${rate.toFixed(0)} reports a second`,
      p95 < 1_000,
    )
  }
} finally {
  await browser.close()
  await api.close()
}

/** @returns the seq of the change */
async function changeRuns(sweep: SweepRecord, count: number): Promise<number> {
  await api.store.write(async (tx) => {
    const runs = await someRuns(sweep, count)
    await tx.saveRuns(runs.map((run) => ({ ...run, value: 0.2 + 0.8 * random() })))
    await tx.recordChanges(
      runs.map((run) =>
        aChange({
          entity: 'run',
          entityId: run.id,
          sweepId: sweep.id,
          event: 'run.metrics',
          data: { attempt: 1 },
        }),
      ),
    )
  })
  return api.store.lastSeq()
}

async function someRuns(sweep: SweepRecord, count: number): Promise<RunRecord[]> {
  known ??= await api.store.listRuns({ sweepId: sweep.id })
  const runs = known
  return Array.from({ length: count }, () => runs[Math.floor(random() * runs.length)] as RunRecord) // there are runs
}

async function measureServer({ url }: ApiHarness, sweep: SweepRecord): Promise<void> {
  // To the last byte, as it comes: unpacking is the browser's, and in what is measured there.
  const ask = () =>
    new Promise<number>((resolve, reject) => {
      const from = performance.now()
      const headers = { authorization: `Bearer ${TOKEN}`, 'accept-encoding': 'gzip' }
      get(`${url}/api/v1/sweeps/${sweep.id}/snapshot`, { headers }, (answer) => {
        answer.on('end', () => resolve(performance.now() - from)).resume()
      }).on('error', reject)
    })
  await ask() // the runs are read into memory
  const [cold, cached]: [number[], number[]] = [[], []]
  for (let repeat = 0; repeat < REPEATS; repeat += 1) {
    await changeRuns(sweep, 1)
    cold.push(await ask())
    cached.push(await ask())
  }
  print('snapshot, after a change', cold, 150)
  print('snapshot, kept', cached, 20)
}

function printBundle(): void {
  const { firstScreen, all } = readBundleSizes(fileURLToPath(new URL('../web', import.meta.url))) // from dist/bench/
  const kilobytes = (bytes: number) => `${(bytes / 1000).toFixed(0)} kB`
  const [first, every] = [sumBytes(firstScreen), sumBytes(all)]
  printFigure('first screen, gzipped', kilobytes(first), 'at most 300 kB', first <= FIRST_SCREEN_MAX_BYTES)
  printFigure('all screens, gzipped', kilobytes(every), 'at most 450 kB', every <= ALL_MAX_BYTES)
}

async function printPlotly(browser: Browser): Promise<void> {
  const columns = Array.from({ length: 9 }, () => Array.from({ length: RUNS }, random))
  for (const throttle of [1, THROTTLE]) {
    const times = await measurePlotly(browser, columns, throttle)
    if (times === null) return console.log('  Plotly beside it: not installed, or no WebGL here')
    printFigure(
      `Plotly parcoords, script and drawing${at(throttle)}`,
      ms(times.loadMs + times.drawMs),
      `script ${ms(times.loadMs)}, drawing ${ms(times.drawMs)}, ${(times.scriptBytes / 1e6).toFixed(1)} MB`,
    )
  }
}

function at(throttle: number): string {
  return throttle === 1 ? '' : `, ${throttle}x slower`
}

/** The median with its limit, the worst, and what else is to say. */
function print(name: string, times: readonly number[], limitMs: number | null, more = ''): void {
  const parts = [
    limitMs === null ? '' : `under ${limitMs} ms`,
    `${ms(Math.min(...times))} to ${ms(Math.max(...times))}`,
    more,
  ]
  printFigure(
    name,
    ms(median(times)),
    parts.filter((part) => part !== '').join('; '),
    limitMs === null || median(times) <= limitMs,
  )
}

/** Uniform in [0, 1), the same sequence at each run. */
function seeded(seed: number): () => number {
  let state = seed
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647
}
