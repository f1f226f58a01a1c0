import { beforeAll, describe, expect, it } from 'vitest'
import { compileSelection } from '../../../../cli/top/filter-runs.ts'
import { renderFrame } from '../../../../cli/top/frame.ts'
import { dressLine } from '../../../../cli/top/styled-line.ts'
import { FIRST_VIEW } from '../../../../cli/top/view.ts'
import { createPaint } from '../../../../cli/terminal.ts'
import { textWidth } from '../../../../cli/text-width.ts'
import { aLiveRun, aLiveSweep, anAgent, FIVE, frameText, liveRuns, NOW, someFacts } from './top-world.ts'

const OUTLOOK = {
  runsInAll: 200,
  runsPerHour: 14.2,
  eta: { lowMs: 5_400_000, medianMs: 6_600_000, highMs: 7_800_000 },
  slots: { alive: 40, busy: 38 },
  hours: { spent: 61, toGo: 43, unit: 'GPU-h' },
  chance: { probability: 0.22, runs: 50 },
  noiseText: null,
  readAtMs: NOW,
}

// Times of day are written in local time.
beforeAll(() => void (process.env['TZ'] = 'UTC'))

describe('a frame of sweep top', () => {
  it('is this, at 80x24', () => {
    expect(frameText(someFacts({ outlook: OUTLOOK }))).toEqual([
      'vit-small lr  k3v9r2td  ● running   59% ▇▇▇▇▇▇▇▇▇░░░░░░░ 118/200  ETA 1h50m ±20m',
      'best 0.2814 q8x2m 41m ago · next 50 runs: 22% chance to beat it by >1%',
      'agents 1/2 alive · 40 slots, 38 busy · 14.2 runs/h · 61 GPU-h spent, ~43 to go',
      'best so far ⣿⡀  0.2823 → 0.2814',
      '',
      '  #  run    val_loss  trend   lr      depth  bs   step  took    state',
      '★ 1  q8x2m  0.2814    ⣧⣀      7.3e-4  7      64   8000  58m00s  ✓ finished',
      '  2  r5t0w  0.2823            8.1e-4  8      64   -     39m00s  ✓ finished',
      '  ~  w9k3t  0.2825?   ⣧⡀      7.0e-4  9      64   1210  1h39m   ● gpu-04',
      '  3  c1j7p  0.283             6.6e-4  7      32   -     39m00s  ✓ finished',
      '  -  m2v7c  -                 7.3e-4  7      64   -     1h00m   ✗ failed',
      ...Array.from({ length: 11 }, () => ''),
      ' recent  14:11 ✗ m2v7c CUDA out of memory (gpu-04) · 14:09 ★ q8x2m 0.2814',
      ' ↑↓ move  enter run  s sort  / filter  p pause  l logs  a agents  c cols  ? q',
    ])
  })

  it('does without what an older server does not tell', () => {
    const lines = frameText(someFacts())
    expect(lines[0]).not.toContain('ETA')
    expect(lines[1]).toBe('best 0.2814 q8x2m 41m ago · minimize val_loss')
    expect(lines[2]).toBe('agents 1/2 alive · 8 slots, 6 busy · 6 running')
  })

  it('says that it is stale, since when and why, and keeps what it knows', () => {
    const connection = {
      isLive: false,
      sinceMs: NOW - 12_000,
      why: 'No server at http://x (connection refused).',
    } as const
    const lines = frameText(someFacts({ connection }))
    expect(lines[0]).toMatch(/^! stale since 12s: No server at http:\/\/x \(connection refused\)\./)
    expect(lines.join('\n')).toContain('★ 1  q8x2m')
  })

  it('fills exactly the screen, at any size, without a line that is too wide', () => {
    const facts = someFacts({ outlook: OUTLOOK, notices: ['5 runs finished without "val_loss".'] })
    for (const [width, height] of [
      [60, 15],
      [80, 24],
      [81, 16],
      [133, 40],
      [300, 90],
    ] as const) {
      const lines = frameText(facts, {}, { width, height })
      expect(lines).toHaveLength(height)
      expect(Math.max(...lines.map(textWidth))).toBeLessThanOrEqual(width)
    }
  })

  it('is one line below 60x15', () => {
    expect(frameText(someFacts(), {}, { width: 59, height: 30 })).toEqual([
      '● running · 118/200 · best 0.2814 q8x2m 41m ago · k3v9r2td',
    ])
    expect(frameText(someFacts(), {}, { width: 80, height: 14 })).toHaveLength(1)
  })

  it('adds columns with the room there is', () => {
    const head = (width: number) => frameText(someFacts(), {}, { width })[5]
    expect(head(60)).toBe('  #  run    val_loss  trend   lr      depth  bs   state')
    expect(head(120)).toBe('  #  run    val_loss  trend   lr      depth  bs   opt    step  took    state')
  })

  it('has no sign outside of ASCII where the terminal takes none', () => {
    const lines = frameText(someFacts({ outlook: OUTLOOK }), {}, { glyphs: 'ascii', isAscii: true })
    expect(lines.join('')).toMatch(/^[\x20-\x7e]*$/)
    expect(lines[0]).toBe('vit-small lr  k3v9r2td  * running   59% #########....... 118/200  ETA 1h50m ~20m')
    expect(lines[6]).toBe('* 1  q8x2m  0.2814    #-__    7.3e-4  7      64   8000  58m00s  + finished')
  })

  it('has colours where they are wanted, and not one escape sequence where they are not', () => {
    const options = { width: 80, height: 24, now: NOW, glyphs: 'braille' as const, layout: new Map() }
    const { lines } = renderFrame(someFacts(), { ...FIRST_VIEW, selectedId: 'q8x2m4kd' }, options)
    const dress = (hasColor: boolean) =>
      lines.map((line) => dressLine(line, createPaint(hasColor), false)).join('\n')
    expect(dress(true)).toContain('\u001b[7m')
    expect(dress(false)).not.toContain('\u001b')
    expect(dress(false)).toContain('▸ 1  q8x2m')
  })

  it('shows hostile names as text, in the columns that they take', () => {
    const hostile = '\u001b[31m\u202eevil\u0007\u200b名前'
    const runs = liveRuns(
      [
        aLiveRun({
          id: 'aaaaaaaa',
          value: 1,
          host: hostile,
          params: { [hostile]: hostile, b: '漢字漢字漢字漢字' },
        }),
        aLiveRun({ id: 'bbbbbbbb', value: 2, params: { [hostile]: 'x', b: 'y' } }),
      ],
      aLiveSweep({
        name: hostile.repeat(30),
        metric: { name: hostile, goal: 'minimize', summary: 'best', target: null },
      }),
    )
    const lines = frameText(
      someFacts({
        runs,
        agents: [
          anAgent({ host: hostile, quarantine: { by: 'rule', at: '2026-11-20T14:00:00.000Z', reason: 'x' } }),
        ],
      }),
    )
    expect(lines.join('\n')).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b\u202a-\u202e]/)
    expect(Math.max(...lines.map(textWidth))).toBeLessThanOrEqual(80)
    expect(lines.join('\n')).toContain('�[31m�evil��名前')
  })

  it('names what is empty: no runs, no run that the filter takes, no metric', () => {
    expect(frameText(someFacts({ runs: liveRuns([]) })).join('\n')).toContain(
      'No runs yet.  Start an agent:  sweep agent k3v9r2td',
    )
    const selection = compileSelection('state:lost')
    expect(frameText(someFacts(), { selection }).join('\n')).toMatch(
      /filter {2}state:lost {2}0 of 5 runs\n No run fits the filter/,
    )
    const runs = liveRuns(FIVE, aLiveSweep({ metric: null }))
    expect(frameText(someFacts({ runs }))[1]).toBe('no metric: nothing is ranked')
  })

  it('points into a filter that cannot be read', () => {
    const problem = 'filter: no operator ">>": one of <= >=, at character 3'
    const lines = frameText(someFacts(), { typed: { text: 'lr>>', problem } })
    expect(lines.slice(19, 22)).toEqual([' filter: lr>>_', '           ^', ` ✗ ${problem}`])
  })

  it('shows only chosen columns, in their order', () => {
    const lines = frameText(someFacts(), { columns: ['opt', 'state', 'm.acc'] })
    expect(lines[5]).toBe('  #  run    val_loss  opt    state       acc')
  })
})
