// The server, the browser and who visits, for tests of the dashboard's screens; and what every screen owes to its
// visitors: no complaint, no text that acts, nothing wider than the page, nobody kept out.
import { setTimeout as delay } from 'node:timers/promises'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { startApi, TOKEN, type ApiHarness } from '../integration/api-harness.ts'
import { findViolations } from '../support/axe.ts'
import { logIn, openBrowser, openProfile, type Visitor } from '../support/browser.ts'

const CLOSE_LIMIT_MS = 20_000

export interface VisitOptions {
  /** What the visitor's token allows; a stranger has none. @default admin */
  readonly role?: 'admin' | 'viewer' | 'stranger'
  /** @default light */
  readonly theme?: 'light' | 'dark'
}

export interface VisitsOptions {
  /** Where the server's clock begins: at the first of January 2026, or as the browser's stands. @default 2026 */
  readonly clock?: '2026' | 'now'
}

export interface Visits {
  readonly api: ApiHarness
  /** A browser profile of its own, for more than one tab or what its pages may do. Gone after the test. */
  visit(options?: VisitOptions): Promise<Visitor>
  /** A tab of a new visitor at this path. */
  open(path: string, options?: VisitOptions): Promise<Page>
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
export function useVisits({ clock = '2026' }: VisitsOptions = {}): Visits {
  let api: ApiHarness
  let browser: Browser
  const visitors: Visitor[] = []
  beforeAll(async () => {
    ;[api, browser] = await Promise.all([startApi(), openBrowser()])
    if (clock === 'now') api.pass(Date.now() - Date.UTC(2026, 0, 1))
  })
  afterEach(async () => {
    const left = visitors.splice(0)
    const complaints = left.flatMap((visitor) => visitor.complaints)
    for (const { context } of left) await context.close()
    expect(complaints).toEqual([])
  })
  afterAll(async () => {
    // Chromium may not answer on a machine that is busy; playwright kills it when this process ends.
    await Promise.race([browser?.close(), delay(CLOSE_LIMIT_MS, undefined, { ref: false })])
    await api?.close()
  })
  async function enter({ role = 'admin', theme = 'light' }: VisitOptions): Promise<Visitor> {
    const profile = { url: api.url, theme }
    if (role === 'stranger') return openProfile(browser, profile)
    return logIn(browser, { ...profile, token: role === 'viewer' ? await makeViewerToken(api) : TOKEN })
  }
  const visits: Visits = {
    get api() {
      return api
    },
    async visit(options = {}) {
      const visitor = await enter(options)
      visitors.push(visitor)
      return visitor
    },
    open: async (path, options) => (await visits.visit(options)).open(path),
  }
  return visits
}

async function makeViewerToken(api: ApiHarness): Promise<string> {
  const { json } = await api.post('/api/v1/tokens', { role: 'viewer', ttlSeconds: 3600 })
  return json.secret as string
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
