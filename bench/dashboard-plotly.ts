// Plotly's parallel coordinates in the same browser, as a reference for ours: the same lines, on a page with nothing
// else.
import { createRequire } from 'node:module'
import type { Browser } from 'playwright-core'

export interface PlotlyTimes {
  /** Of the script: read, compiled and run, from this machine. */
  readonly loadMs: number
  /** From the call until the frame after it said that it had drawn. */
  readonly drawMs: number
  readonly scriptBytes: number
}

/** @param columns of equal length @returns null: not installed, or this browser has no WebGL */
export async function measurePlotly(
  browser: Browser,
  columns: readonly (readonly number[])[],
  throttle: number,
): Promise<PlotlyTimes | null> {
  let script: string
  try {
    script = createRequire(import.meta.url).resolve('plotly.js-dist-min/plotly.min.js')
  } catch {
    return null
  }
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } })
  try {
    const cdp = await page.context().newCDPSession(page)
    await cdp.send('Emulation.setCPUThrottlingRate', { rate: throttle })
    await page.setContent('<div id="chart" style="width:760px;height:260px"></div>')
    const hasWebGl = await page.evaluate<boolean>(
      `document.createElement('canvas').getContext('webgl') !== null`,
    )
    if (!hasWebGl) return null
    const startedAt = performance.now()
    await page.addScriptTag({ path: script })
    const loadMs = performance.now() - startedAt
    const drawMs = await page.evaluate<number>(`(async () => {
      const columns = ${JSON.stringify(columns)}
      const from = performance.now()
      await Plotly.newPlot('chart', [{
        type: 'parcoords',
        line: { color: columns[columns.length - 1] },
        dimensions: columns.map((values, at) => ({ label: 'p' + at, values })),
      }])
      await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))
      return performance.now() - from
    })()`)
    const { statSync } = await import('node:fs')
    return { loadMs, drawMs, scriptBytes: statSync(script).size }
  } finally {
    await page.close()
  }
}
