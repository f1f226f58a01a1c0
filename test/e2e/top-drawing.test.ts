// How `sweep top` writes to its terminal: sizes, changed lines, colours, ASCII.
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { startCluster, type Cluster } from '../support/cluster.ts'
import { KEYS, type TerminalOptions, type TestTerminal } from '../support/terminal-screen.ts'
import { startTopSweep, sweepInTerminal, type TopSweep } from '../support/top-sweep.ts'
import { waitFor } from '../support/wait.ts'

let cluster: Cluster
let sweep: TopSweep
beforeAll(async () => {
  cluster = await startCluster()
  sweep = await startTopSweep(cluster, 'levels')
})
afterAll(async () => {
  sweep.letGo()
  expect(await cluster.close()).toEqual([])
})

async function top(
  args: readonly string[] = [],
  options: Partial<TerminalOptions> = {},
): Promise<TestTerminal> {
  const terminal = sweepInTerminal(cluster, ['top', sweep.id, ...args], options)
  onTestFinished(() => terminal.close())
  await terminal.untilShown(/\? (q|help)/)
  return terminal
}

describe('sweep top', () => {
  it('fits the window again when its size changes, and is one line when that is too small', async () => {
    const screen = await top([], { columns: 120, rows: 40 })
    await screen.untilShown('q quit')
    screen.resize(80, 24)
    await waitFor('the keys stand on line 24', () => screen.lines()[23]?.includes('? q'))
    expect(screen.lines()[0]).toMatch(/^levels /)
    expect(screen.lines()[5]).toMatch(/ # +run +loss/)
    screen.resize(50, 10)
    await waitFor('one line is left', () => screen.lines().filter((line) => line !== '').length === 1)
    expect(screen.lines()[0]).toMatch(/^● running · 3\/5/)
    screen.resize(80, 24)
    await screen.untilShown('? q')
  })

  it('writes changed lines only, at most four frames a second', async () => {
    const screen = await top(['--interval', '250ms'])
    await screen.untilShown(/~ .*⣀/)
    screen.takeWritten()
    const startedAt = performance.now()
    let written = ''
    await waitFor('several frames were written', () => {
      written += screen.takeWritten()
      return written.split('\u001b[?2026h').length > 6
    })
    const seconds = (performance.now() - startedAt) / 1000
    const frames = written.split('\u001b[?2026h').slice(1)
    expect(frames.length / seconds).toBeLessThanOrEqual(4.6)
    expect(written).not.toContain('\u001b[2J')
    for (const frame of frames) {
      const rows = [...frame.matchAll(/\u001b\[(\d+);1H/g)].map(([, row]) => Number(row))
      // Two runs are running, and ages stand in line 2: nothing else moves.
      expect(rows.length).toBeLessThanOrEqual(5)
      expect(rows).not.toContain(24)
    }
  })

  it('has no colour with NO_COLOR, and colours without it', async () => {
    const plain = await top()
    plain.type(KEYS.down)
    await plain.untilShown('▸')
    expect(plain.takeWritten()).not.toMatch(/\u001b\[[0-9;]*m/)
    const coloured = await top([], { env: { NO_COLOR: '' } })
    expect(coloured.takeWritten()).toMatch(/\u001b\[32m/)
  })

  it('shows ASCII alone where the locale is not UTF-8', async () => {
    const screen = await top([], { env: { LANG: 'C', LC_ALL: 'C' } })
    expect(screen.text()).toMatch(/^[\x00-\x7e]*$/)
    expect(screen.text()).toMatch(/^\* 1 +\w{5} .*\+ finished/m)
  })
})
