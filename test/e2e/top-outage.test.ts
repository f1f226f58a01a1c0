// What `sweep top` does when things end: its server, itself, its terminal.
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { startCluster, type Cluster } from '../support/cluster.ts'
import type { TestTerminal } from '../support/terminal-screen.ts'
import { startTopSweep, sweepInTerminal, type TopSweep } from '../support/top-sweep.ts'

let cluster: Cluster
let sweep: TopSweep
beforeAll(async () => {
  cluster = await startCluster({ lease: '60s' })
  sweep = await startTopSweep(cluster, 'levels')
})
afterAll(async () => {
  sweep.letGo()
  expect(await cluster.close()).toEqual([])
})

async function top(): Promise<TestTerminal> {
  const terminal = sweepInTerminal(cluster, ['top', sweep.id])
  onTestFinished(() => terminal.close())
  await terminal.untilShown(/\? (q|help)/)
  return terminal
}

describe('sweep top gives the terminal back', () => {
  it.each([
    ['SIGTERM', 143],
    ['SIGHUP', 129],
    ['SIGINT', 130],
  ] as const)('after %s, and ends with %i', async (signal, code) => {
    const screen = await top()
    process.kill(await screen.pid, signal)
    expect(await screen.exited).toEqual({ code, isRestored: true })
    expect(screen.isAlternate()).toBe(false)
    expect(screen.takeWritten()).toMatch(/\u001b\[\?25h\u001b\[\?1049l$/)
  })

  it('after an error inside, whose words stay on the screen', async () => {
    const screen = sweepInTerminal(cluster, ['top', sweep.id], {
      // The first timer after the screen is taken throws, as a mistake of ours would.
      env: { NODE_OPTIONS: `--import ${failSoon()}` },
    })
    onTestFinished(() => screen.close())
    expect(await screen.exited).toEqual({ code: 1, isRestored: true })
    expect(screen.isAlternate()).toBe(false)
    expect(screen.text()).toContain('a mistake inside')
  })
})

/** Throws out of nowhere once the alternate screen was asked for. */
function failSoon(): string {
  const text = `const write = process.stdout.write.bind(process.stdout)
process.stdout.write = (text, ...rest) => {
  if (String(text).includes('[?1049h')) setTimeout(() => { throw new Error('a mistake inside') }, 300)
  return write(text, ...rest)
}`
  return `file://${cluster.writeFile('fail-soon.mjs', text)}`
}

describe('sweep top when the server is killed', () => {
  it('says so within 5 s, keeps what it knows, and goes on where it stood', async () => {
    const screen = await top()
    await screen.untilShown('★ 1')
    cluster.controller().signal('SIGKILL')
    await screen.untilShown(/^! stale since \d+s: /m, 5_000)
    expect(screen.text()).toContain('★ 1')
    expect(screen.text()).toContain('✗ failed')

    await cluster.controller().exited
    cluster.startController()
    await cluster.waitUntilReady()
    sweep.letGo()
    await screen.untilShown('✓ finished  100%', 20_000)
    expect(screen.text()).not.toContain('stale')
    expect(screen.lines().filter((line) => /✓ finished$/.test(line))).toHaveLength(4)
    expect(screen.text()).toMatch(/^ {2}2 +\w{5} +1\.501/m)
    screen.type('q')
    expect(await screen.exited).toEqual({ code: 0, isRestored: true })
  })
})
