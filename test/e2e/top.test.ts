// `sweep top` as a person sees it: the shipped command in a real pseudo-terminal, its screen read through a terminal
// emulator.
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
  it('shows the ranking with running runs where they would stand, on the alternate screen', async () => {
    const screen = await top()
    expect(screen.isAlternate()).toBe(true)
    const lines = screen.lines()
    expect(lines).toHaveLength(24)
    expect(lines[0]).toMatch(/^levels {2}[a-z0-9]{8} {2}● running +\d+% ▇+░* 3\/5/)
    expect(lines[1]).toMatch(/^best 1\.001 \w{5} \d+\w ago/)
    expect(lines[2]).toMatch(/^agents 1\/1 alive · 2 slots, 2 busy/)
    const rows = lines.filter((line) => / (● |✓ |✗ )/.test(line)).slice(1, 6)
    expect(rows[0]).toMatch(/^★ 1 +\w{5} +1\.001 .*✓ finished$/)
    expect(rows[1]).toMatch(/^ {2}~ +\w{5} +1\.\d+\? .*● \S+$/)
    expect(rows[2]).toMatch(/^ {2}2 +\w{5} +2\.001 .*✓ finished$/)
    expect(rows[3]).toMatch(/^ {2}~ +\w{5} +5\.\d+\? /)
    expect(rows[4]).toMatch(/^ {2}- +\w{5} +3\.\d+ .*✗ failed$/)
    expect(lines.at(-2)).toMatch(/^ recent {2}\d\d:\d\d /)
    await screen.untilShown(/★ 1 .*[⠀-⣿]{2}/) // its curve was read
    screen.type('q')
    expect(await screen.exited).toEqual({ code: 0, isRestored: true })
    expect(screen.isAlternate()).toBe(false)
  })

  it('answers every key', async () => {
    const screen = await top([], { columns: 100, rows: 30 })
    const type = async (keys: string, shown: string | RegExp) => {
      screen.type(keys)
      await screen.untilShown(shown)
    }
    await type(KEYS.down, /^▸ 1/m)
    await type(KEYS.down, /^▸ ~/m)
    await type(KEYS.up, /^▸ 1/m)
    await type(KEYS.end, /^▸ -/m)
    await type('l', /Log of \w{8}[^]*the third one fails red/)
    await type('q', '? help')
    await type(KEYS.pageUp, /^▸ 1/m)
    await type(KEYS.enter, /Run \w{8}[^]*"levels-1"[^]*param[^]*level +1/)
    await type(KEYS.escape, '? help')
    await type('a', /Agents[^]*agent +host +slots[^]*2\/2/)
    await type('q', '? help')
    await type('?', 'Keys of sweep top')
    await type('q', '? help')
    await type('s', /level↑/)
    await type('S', /level↓/)
    await waitFor('the order is turned', () => /^[ ★▸] ~ +\w+ +5/m.test(screen.lines()[6] ?? ''))
    await type('/level>>', 'filter: level>>_')
    await type(KEYS.enter, '✗ filter: no operator ">>"')
    await type(KEYS.backspace, 'filter: level>_')
    await type(`3${KEYS.enter}`, 'filter  level>3  2 of 5 runs')
    await waitFor(
      'two rows are left',
      () => screen.lines().filter((line) => / ● \S+$/.test(line)).length === 2,
    )
    await type(KEYS.escape, '✗ failed')
    await type('c', 'Columns')
    await type(`${KEYS.down}${KEYS.down} `, '[ ] step')
    screen.type(KEYS.enter)
    await waitFor(
      'the column is away',
      () => !/ step /.test(screen.lines()[5] ?? 'step') && screen.text().includes('best'),
    )
    await type('p', 'Pause this sweep')
    await type('n', 'nothing was changed')
    await type('p', 'y/n')
    await type('y', '◌ paused')
    await type('p', 'Resume this sweep')
    await type('y', '● running')
    screen.type(KEYS.ctrlC)
    expect(await screen.exited).toEqual({ code: 0, isRestored: true })
  })

  it('begins with the filter and the columns of its flags, and refuses wrong ones in words', async () => {
    const screen = await top(['-w', 'level<3', '--columns', 'level,m.loss,host'])
    expect(screen.text()).toContain('filter  level<3  2 of 5 runs')
    expect(screen.text()).toMatch(/ # +run +loss +level +loss +host/)
    const wrong = await cluster.sweep(['top', sweep.id, '-w', 'level>>1'])
    expect(wrong).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/no operator ">>"[^]*level>>1\n +\^/) as string,
    })
    const fast = await cluster.sweep(['top', sweep.id, '--interval', '10ms'])
    expect(fast).toMatchObject({ code: 2, stderr: expect.stringContaining('shorter than 250ms') as string })
    expect((await cluster.sweep(['top', 'zzzzzzzz'])).code).toBe(3)
  })
})
