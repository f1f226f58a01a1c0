// The server, the browser and who visits, for tests of the screens of many things: each visitor complains of nothing,
// and nothing on a page is wider than the page.
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { startApi, TOKEN, type ApiHarness } from '../integration/api-harness.ts'
import { findViolations } from '../support/axe.ts'
import { logIn, openBrowser, type Visitor } from '../support/browser.ts'

export interface Visits {
  readonly api: ApiHarness
  /** A tab of a new visitor at this path. @param role @default admin */
  open(path: string, options?: { role?: 'viewer' | 'admin'; theme?: 'light' | 'dark' }): Promise<Page>
}

/** Texts that somebody means ill: markup, control characters, right-to-left marks, no space to break at. */
export const HOSTILE = [
  '<script>document.title="owned"</script>',
  '"><img src=x onerror=alert(1)>',
  '\u202Egnp.exe\u2066 rtl \u2069',
  'a\u0007b\u001b[31mred',
  'w'.repeat(180),
  '{{7*7}} ${alert(1)} __proto__',
] as const

/** Call it in the file itself: it brings its own beforeAll, afterEach and afterAll. */
export function useVisits(): Visits {
  let api: ApiHarness
  let browser: Browser
  let viewerToken: string | null = null
  const visitors: Visitor[] = []
  beforeAll(async () => {
    ;[api, browser] = await Promise.all([startApi(), openBrowser()])
  })
  afterEach(async () => {
    for (const visitor of visitors.splice(0)) {
      expect(visitor.complaints).toEqual([])
      await visitor.context.close()
    }
  })
  afterAll(async () => {
    await browser?.close()
    await api?.close()
  })
  return {
    get api() {
      return api
    },
    async open(path, { role = 'admin', theme = 'light' } = {}) {
      if (role === 'viewer')
        viewerToken ??= (await api.post('/api/v1/tokens', { role: 'viewer', ttlSeconds: 3600 })).json
          .secret as string
      const token = role === 'viewer' ? (viewerToken ?? '') : TOKEN
      const visitor = await logIn(browser, { url: api.url, token, theme })
      visitors.push(visitor)
      return visitor.open(path)
    },
  }
}

/** Nothing runs, nothing is fetched from what a text says, and the page is no wider than its window. */
export async function expectHarmless(page: Page): Promise<void> {
  expect(await page.locator('body script, body img[src="x"]').count()).toBe(0)
  expect(await page.title()).not.toBe('owned')
  const { scroll, seen } = await page
    .locator('html')
    .evaluate((element) => ({ scroll: element.scrollWidth, seen: element.clientWidth }))
  expect(scroll).toBeLessThanOrEqual(seen)
}

export async function expectAccessible(visits: Visits, path: string, isThere: (page: Page) => Promise<void>) {
  for (const theme of ['light', 'dark'] as const) {
    const page = await visits.open(path, { theme })
    await isThere(page)
    expect(await findViolations(page)).toEqual([])
  }
}
