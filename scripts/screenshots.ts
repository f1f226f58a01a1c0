// `npm run screenshots`: draws every screen of the dashboard, light and dark, and `sweep top`, from a controller of its
// own that is filled by `sweep demo-data`, into docs/screenshots/. Needs a build and Chromium.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Browser } from 'playwright-core'
import { logIn, openBrowser } from '../test/support/browser.ts'
import { drawTerminal } from './draw-terminal.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const OUT = join(ROOT, 'docs/screenshots')
const SWEEP = join(ROOT, 'bin/sweep')
const DEMO_RUNS = 80
const WIDTH = 1280
/** Long enough for charts that are drawn in slices, and for what is asked after the first drawing. */
const SETTLED_MS = 1_500

interface Server {
  readonly url: string
  readonly token: string
  readonly env: NodeJS.ProcessEnv
  readonly child: ChildProcess
}

async function startServer(folder: string): Promise<Server> {
  const env = { ...process.env, SWEEP_DATA: folder, XDG_STATE_HOME: join(folder, 'state') }
  const child = spawn(process.execPath, [SWEEP, 'up', '--port', '0', '--data', folder], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  for await (const line of createInterface({ input: child.stdout })) {
    const url = /^ready (http:\S+)/.exec(line)?.[1]
    if (url === undefined) continue
    const token = readFileSync(join(folder, 'admin-token'), 'utf8').trim()
    return { url, token, env: { ...env, SWEEP_SERVER: url, SWEEP_TOKEN: token }, child }
  }
  throw new Error('sweep up ended before it was ready')
}

function runSweep(server: Server, args: readonly string[], env: NodeJS.ProcessEnv = {}): string {
  const result = spawnSync(process.execPath, [SWEEP, ...args], {
    env: { ...server.env, ...env },
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  if (result.status !== 0) throw new Error(`sweep ${args.join(' ')}: ${result.stderr}`)
  return result.stdout
}

interface Shot {
  readonly name: string
  readonly path: string
  /** Shows what stands below the fold, too. */
  readonly isWhole?: boolean
}

/** What is worth looking at, by the ids of what the demo made. */
function planShots(server: Server): Shot[] {
  const best = JSON.parse(runSweep(server, ['best', '@last', '-n', '3', '--json'])) as {
    sweep: { id: string }
    runs: { id: string }[]
  }
  const sweep = best.sweep.id
  const runs = best.runs.map(({ id }) => id)
  return [
    { name: 'sweeps', path: '/' },
    { name: 'overview', path: `/s/${sweep}` },
    { name: 'analysis', path: `/s/${sweep}/analysis`, isWhole: true },
    { name: 'sweep-agents', path: `/s/${sweep}/agents` },
    { name: 'config', path: `/s/${sweep}/config`, isWhole: true },
    { name: 'run', path: `/s/${sweep}/r/${runs[0]}`, isWhole: true },
    { name: 'compare', path: `/s/${sweep}/compare?r=${runs.join(',')}`, isWhole: true },
    { name: 'agents', path: '/agents' },
    { name: 'projects', path: '/projects' },
    { name: 'project', path: '/demo/default' },
    { name: 'new', path: '/new' },
    { name: 'settings', path: '/settings' },
  ]
}

async function shoot(browser: Browser, server: Server, theme: 'light' | 'dark'): Promise<void> {
  const visitor = await logIn(browser, { url: server.url, token: server.token, theme })
  for (const { name, path, isWhole = false } of planShots(server)) {
    const page = await visitor.open(path)
    await page.waitForTimeout(SETTLED_MS)
    if (isWhole) {
      // In a window as high as the page: what is drawn when it is seen is seen.
      const height = await page.evaluate<number>('document.documentElement.scrollHeight')
      await page.setViewportSize({ width: WIDTH, height })
      await page.waitForTimeout(SETTLED_MS)
    }
    await page.screenshot({ path: join(OUT, `${name}-${theme}.png`) })
    await page.close()
    process.stderr.write(`${name}-${theme}.png\n`)
  }
  if (visitor.complaints.length > 0) throw new Error(visitor.complaints.join('\n'))
  await visitor.context.close()
}

const folder = mkdtempSync(join(tmpdir(), 'sweep-screenshots-'))
mkdirSync(OUT, { recursive: true })
const server = await startServer(folder)
const browser = await openBrowser()
try {
  runSweep(server, ['demo-data', '--runs', String(DEMO_RUNS)])
  for (const theme of ['light', 'dark'] as const) await shoot(browser, server, theme)
  const frame = runSweep(server, ['top', '@last', '--once', '--color', 'always'], {
    COLUMNS: '100',
    LINES: '30',
  })
  await drawTerminal(browser, frame, join(OUT, 'top.png'))
} finally {
  await browser.close()
  const ended = new Promise((resolve) => server.child.once('exit', resolve))
  server.child.kill('SIGTERM')
  await ended
  rmSync(folder, { recursive: true, force: true })
}
