// `sweep top` without a screen of its own: --once, --json, a pipe; and inside of tmux.
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { isolatedEnvironment, startCluster, sweepCommand, type Cluster } from '../support/cluster.ts'
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

describe('sweep top --once', () => {
  it('writes one frame without an escape sequence into a pipe', async () => {
    const { code, stdout } = await cluster.sweep(['top', '--once'])
    expect(code).toBe(0)
    expect(stdout).not.toContain('\u001b')
    expect(stdout).toMatch(/^levels {2}[^]*\n[★] 1 +\w{5} +1\.001 +[⠀-⣿]+ .*✓ finished\n/)
    expect(stdout).toMatch(/\n {2}~ +\w{5} +1\.\d+\? /)
    expect(stdout).not.toContain('q quit')
  })

  it('takes no screen on a terminal either', async () => {
    const screen = sweepInTerminal(cluster, ['top', sweep.id, '--once'])
    onTestFinished(() => screen.close())
    expect(await screen.exited).toMatchObject({ code: 0, isRestored: true })
    expect(screen.takeWritten()).not.toContain('\u001b')
    expect(screen.text()).toContain('★ 1')
  })

  it('answers --json with the ranking that sweep best has', async () => {
    const frame = (await cluster.sweepJson(['top', sweep.id, '--once'])) as {
      schema: string
      runs: { rank: number | null; id: string; state: string }[]
    }
    const best = (await cluster.sweepJson(['best', sweep.id])) as { runs: { rank: number; id: string }[] }
    expect(frame.schema).toBe('sweep.top/1')
    const ranked = frame.runs.filter(({ rank }) => rank !== null).map(({ rank, id }) => ({ rank, id }))
    expect(ranked).toEqual(best.runs.map(({ rank, id }) => ({ rank, id })))
    expect(frame.runs.map(({ rank, state }) => `${rank} ${state}`)).toEqual([
      '1 finished',
      'null running',
      '2 finished',
      'null running',
      'null failed',
    ])
  })
})

describe('sweep top in tmux', () => {
  const hasTmux = (() => {
    try {
      return execFileSync('tmux', ['-V']).length > 0
    } catch {
      process.stderr.write('tmux is not installed: sweep top is not tested in it\n')
      return false
    }
  })()

  it.skipIf(!hasTmux)('draws, resizes and leaves the shell as it was', async () => {
    const socket = join(cluster.folder, 'tmux')
    const env = {
      ...isolatedEnvironment(cluster.folder),
      TERM: 'xterm-256color',
      SWEEP_SERVER: cluster.server,
      SWEEP_TOKEN: cluster.token,
    }
    const tmux = (...words: string[]) =>
      execFileSync('tmux', ['-S', socket, '-f', '/dev/null', '-u', ...words], { env, encoding: 'utf8' })
    tmux('new-session', '-d', '-x', '80', '-y', '25', '-s', 't', 'sh')
    onTestFinished(() => void tmux('kill-server'))
    const shown = () => tmux('capture-pane', '-p', '-t', 't')
    tmux('send-keys', '-t', 't', 'PS1="before> "; clear', 'Enter')
    await waitFor('the shell is there', () => /^before> $/m.test(`${shown().trimEnd()} `))
    tmux('send-keys', '-t', 't', [...sweepCommand, 'top', sweep.id].join(' '), 'Enter')
    await waitFor('the ranking is drawn', () => /★ 1 .*✓ finished/.test(shown()) && shown().includes('? q'))
    tmux('send-keys', '-t', 't', 'Down', 'Down')
    await waitFor('the second row is marked', () => /^▸ ~/m.test(shown()))
    tmux('resize-window', '-t', 't', '-x', '110', '-y', '20')
    await waitFor('it fits again', () => shown().includes('q quit'))
    tmux('send-keys', '-t', 't', 'q')
    await waitFor('the shell is back', () => !shown().includes('q quit') && shown().includes('before>'))
    expect(tmux('display-message', '-p', '-t', 't', '#{alternate_on} #{cursor_flag}').trim()).toBe('0 1')
  })
})

describe('sweep top into a pipe', () => {
  it('writes a line when something happens, and ends with the sweep', async () => {
    const words = cluster.sweep(['top', sweep.id, '--interval', '250ms'])
    const json = cluster.sweep(['top', sweep.id, '--json', '--interval', '250ms'])
    sweep.letGo()
    const [text, lines] = await Promise.all([words, json])
    expect(text).toMatchObject({ code: 0, stderr: '' })
    const told = text.stdout.trimEnd().split('\n')
    expect(told.at(-1)).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ ✓ finished · 5\/5 · best 1\.001 \w{5}/)
    expect(lines.code).toBe(0)
    const frames = lines.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { sweep: { state: string } })
    expect(frames.at(-1)?.sweep.state).toBe('finished')
  })
})
