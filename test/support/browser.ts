// A real Chromium for the tests of the dashboard: Debian's, driven by playwright-core, which downloads nothing.
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome']

/** null: there is none on PATH. */
export function findChromium(): string | null {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter))
    for (const name of NAMES) if (existsSync(join(folder, name))) return join(folder, name)
  return null
}

/** @throws Error when there is no Chromium on PATH */
export async function openBrowser(): Promise<Browser> {
  const executablePath = findChromium()
  if (executablePath === null) throw new Error('no chromium on PATH: apt-get install chromium')
  const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  return chromium.launch({ executablePath, args: [...asRoot, '--disable-dev-shm-usage'] })
}

export interface ProfileOptions {
  readonly url: string
  /** @default light */
  readonly theme?: 'light' | 'dark'
  /** @default 1280x800 */
  readonly viewport?: { readonly width: number; readonly height: number }
}

/** A browser profile of its own, not logged in. What it is refused or asks of others fails the test: see `complaints`. */
export async function openProfile(
  browser: Browser,
  { url, theme = 'light', viewport = { width: 1280, height: 800 } }: ProfileOptions,
): Promise<Visitor> {
  const context = await browser.newContext({ baseURL: url, colorScheme: theme, viewport })
  const complaints: string[] = []
  context.on('request', (request) => {
    if (!request.url().startsWith(url) && !/^(?:data|blob):/.test(request.url()))
      complaints.push(`asked another origin: ${request.url()}`)
  })
  context.on('weberror', (error) =>
    complaints.push(`failed: ${error.error().stack ?? error.error().message}`),
  )
  context.on('console', (message) => {
    if (message.type() === 'error' && !/Failed to load resource|net::ERR/.test(message.text()))
      complaints.push(`console: ${message.text()}`)
  })
  return { context, complaints, open: (path) => openPage(context, path) }
}

/** The same, logged in. @throws Error when the token is refused */
export async function logIn(
  browser: Browser,
  { token, ...profile }: ProfileOptions & { readonly token: string },
): Promise<Visitor> {
  const visitor = await openProfile(browser, profile)
  const headers = { Origin: profile.url }
  const answer = await visitor.context.request.post('/api/v1/session', { data: { token }, headers })
  if (answer.status() !== 201) throw new Error(`the session was refused: ${await answer.text()}`)
  return visitor
}

export interface Visitor {
  readonly context: BrowserContext
  /** Faults of scripts, refusals of the content security policy, requests to other origins. */
  readonly complaints: readonly string[]
  /** A tab at this path. */
  open(path: string): Promise<Page>
}

async function openPage(context: BrowserContext, path: string): Promise<Page> {
  const page = await context.newPage()
  await page.goto(path)
  return page
}
