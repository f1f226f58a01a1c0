import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { inflateSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import { DARK_THEME } from '../../../charts/chart-theme.ts'
import { readHistory } from '../../../charts/history-data.ts'
import type { SweepSnapshot } from '../../../sweeps/live-schema.ts'
import { readPlotData } from '../../../cli/plot/plot-columns.ts'
import { cli, serve, type FakeServer } from './cli-world.ts'
import { aLiveSweep } from './top/top-world.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const COUNT = 24
const HOSTILE = `<script>alert("x")</script>&\u0000\u202e漢`
const AT = Date.parse('2026-11-20T14:00:00.000Z')

/** Runs 0 to 23 with losses that fall; every sixth one failed, the last one runs. */
function aSnapshot(changes: { readonly name?: string; readonly param?: string } = {}): SweepSnapshot {
  const rows = Array.from({ length: COUNT }, (_, row) => row)
  const state = rows.map((row) => (row === COUNT - 1 ? 'running' : row % 6 === 4 ? 'failed' : 'finished'))
  const value = rows.map((row) => (row % 6 === 4 ? null : row === 3 ? 'NaN' : 1 / (row + 1)))
  const none = rows.map(() => null)
  return {
    schema: 'sweep.snapshot/1',
    seq: 9,
    sweep: aLiveSweep({ name: changes.name ?? 'vit-small lr' }),
    count: COUNT,
    columns: {
      id: rows.map((row) => `run${String(row).padStart(5, '0')}`),
      name: rows.map((row) => `run ${row}`),
      state: state as SweepSnapshot['columns']['state'],
      value: value as SweepSnapshot['columns']['value'],
      bestStep: none,
      attempt: rows.map(() => 1),
      createdAtMs: rows.map((row) => AT + row),
      startedAtMs: none,
      finishedAtMs: rows.map((row) => AT + 1000 + row),
      host: none,
      agentId: none,
      stopReason: none,
      tags: rows.map(() => []),
      notes: rows.map(() => ''),
      group: none,
      jobType: none,
      rank: none,
    },
    params: [
      { name: changes.param ?? 'lr', kind: 'float', log: true, values: rows.map((row) => 10 ** -(row % 5)) },
      { name: 'opt', kind: 'other', values: rows.map((row) => (row % 2 ? 'sgd' : 'adamw')) },
      { name: 'same', kind: 'int', values: rows.map(() => 1) },
    ],
    metrics: [{ name: 'acc', last: rows.map((row) => row / COUNT) }],
  }
}

const IMPORTANCE = {
  metric: 'val_loss',
  reason: null,
  r2: 0.7,
  runs: { counted: 19 },
  parameters: [
    { name: 'lr', importance: 0.5, low: 0.4, high: 0.6, isAboveChance: true, correlation: -0.6 },
    { name: HOSTILE, importance: 0.1, low: 0, high: 0.2, isAboveChance: false, correlation: null },
  ],
}

let server: FakeServer | undefined
afterEach(() => server?.close())

async function plot(
  words: readonly string[],
  snapshot: SweepSnapshot = aSnapshot(),
  importance: object = IMPORTANCE,
) {
  server = await serve(({ path }) => {
    if (path.endsWith('/snapshot')) return JSON.stringify(snapshot)
    if (path.endsWith('/versions')) {
      const at = (ms: number) => new Date(ms).toISOString()
      return JSON.stringify({
        versions: [
          { version: 1, createdAt: at(AT) },
          { version: 2, createdAt: at(AT + 10) },
        ],
      })
    }
    return JSON.stringify(importance)
  })
  const cwd = temporaryFolder('sweep-plot-')
  const result = await cli(['plot', 'k3v9r2td', ...words], { env: { SWEEP_SERVER: server.url }, cwd })
  return { ...result, cwd }
}

/** Fails on text that is no well-formed XML, as far as a picture has it: tags, attributes, entities. */
function checkXml(text: string): string[] {
  expect(text).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/)
  expect(text.replace(/&(amp|lt|gt|quot|apos|#\d+|#x[0-9a-f]+);/g, '')).not.toContain('&')
  const open: string[] = []
  const names: string[] = []
  const rest = text
    .replace(/<!\[CDATA\[[^]*?\]\]>/g, '')
    .replace(/<(\/?)([a-zA-Z]+)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>/g, (_, end, name: string, __, alone) => {
      names.push(name)
      if (end === '/') expect(open.pop()).toBe(name)
      else if (alone !== '/') open.push(name)
      return ''
    })
  expect(rest).not.toContain('<')
  expect(open).toEqual([])
  return names
}

describe('sweep plot', () => {
  it('draws the history with a point for each run that has a value, and names its axes', async () => {
    const { code, stdout } = await plot(['-o', '-'])
    expect(code).toBe(0)
    checkXml(stdout)
    expect(stdout).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" width="960" height="540"/)
    expect(stdout).toContain('>vit-small lr · k3v9r2td · history of val_loss<')
    for (const text of ['run, in order of creation', 'val_loss', 'v2']) expect(stdout).toContain(`>${text}<`)
    const data = readPlotData(aSnapshot(), { metric: null, goal: null, where: null }, [])
    expect(Array.from(data.runs.values).filter((value) => Number.isFinite(value))).toHaveLength(19)
    const { ended, running, far, top } = readHistory(data.runs, { metric: 'val_loss', goal: 'minimize' })
    expect([ended.length, running.length]).toEqual([18, 1])
    // The best ones are drawn again on top, and what is far away is a triangle.
    const count = ended.length + running.length - far.length + top.length
    expect(stdout.match(/<path d="M1 0A1 1/g)?.length).toBe(count)
    expect(stdout).toContain('1 running, 1 with NaN')
  })

  it('draws parallel coordinates over the parameters that differ', async () => {
    const { stdout } = await plot(['--what', 'parallel', '-o', '-', '--theme', 'dark'])
    checkXml(stdout)
    for (const text of ['lr', 'opt', 'val_loss', 'adamw', 'sgd']) expect(stdout).toContain(`>${text}<`)
    expect(stdout).not.toContain('>same<')
    expect(stdout).toContain('24 runs as lines over 3 axes')
    expect(stdout).toContain(`fill="${DARK_THEME.background}"`)
  })

  it('draws importance as the server has counted it, and passes on the filter and the metric', async () => {
    const { stdout } = await plot(['--what', 'importance', '-o', '-', '-w', 'opt:sgd', '--metric', 'acc'])
    checkXml(stdout)
    expect(stdout).toContain('share of variance')
    expect(stdout).toContain('0.50 ±0.10')
    const asked = server?.requests.find(({ path }) => path.endsWith('/importance'))
    expect(asked?.query).toEqual({ metric: 'acc', where: 'opt:sgd' })
    const early = { ...IMPORTANCE, reason: 'needs 10 ended runs', parameters: [] }
    const none = await plot(['--what', 'importance', '-o', '-'], aSnapshot(), early)
    expect(none).toMatchObject({ code: 8, stderr: expect.stringContaining('needs 10 ended runs') as string })
  })

  it.each(['history', 'parallel', 'importance'])('escapes hostile names: %s', async (what) => {
    const { stdout, code } = await plot(
      ['--what', what, '-o', '-'],
      aSnapshot({ name: HOSTILE, param: HOSTILE }),
    )
    expect(code).toBe(0)
    const tags = checkXml(stdout)
    expect(tags).not.toContain('script')
    expect(stdout).not.toMatch(/[\u0000\u202e]/)
  })

  it('ranks another metric by its goal, among the runs that a filter takes', () => {
    const wish = { metric: 'acc', goal: 'maximize' as const, where: 'opt:sgd' }
    const { runs, rows, columns } = readPlotData(aSnapshot(), wish, ['opt'])
    expect(runs.ranks[COUNT - 1]).toBe(0)
    expect(runs.ranks[COUNT - 3]).toBe(1)
    expect(rows).toHaveLength(COUNT / 2)
    expect(columns.map(({ name }) => name)).toEqual(['opt', 'lr', 'acc'])
  })

  it('writes a PNG of the size that was asked for, with more than one colour in it', async () => {
    const { code, cwd, stderr } = await plot([
      '-o',
      'x.png',
      '--width',
      '400',
      '--height',
      '300',
      '--scale',
      '2',
    ])
    expect({ code, stderr }).toEqual({ code: 0, stderr: `wrote ${join(cwd, 'x.png')}\n` })
    const png = readFileSync(join(cwd, 'x.png'))
    expect(png.subarray(1, 4).toString()).toBe('PNG')
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([800, 600])
    const parts: Buffer[] = []
    for (let at = 8; at < png.length; at += 12 + png.readUInt32BE(at))
      if (png.subarray(at + 4, at + 8).toString() === 'IDAT')
        parts.push(png.subarray(at + 8, at + 8 + png.readUInt32BE(at)))
    expect(new Set(inflateSync(Buffer.concat(parts))).size).toBeGreaterThan(50)
  })

  it('draws a sweep without runs, and refuses what it cannot do in words', async () => {
    const full = aSnapshot()
    const columns = Object.fromEntries(Object.keys(full.columns).map((name) => [name, []])) as never
    const empty = await plot(['-o', '-'], { ...full, count: 0, columns, params: [], metrics: [] })
    expect(empty.code).toBe(0)
    expect(empty.stdout).toContain('No run has ended with a value of val_loss yet')
    const refusals = [
      [[], 2, 'where to?'],
      [['-o', 'x.gif'], 2, 'does not say which format'],
      [['-o', '-', '--metric', 'acd'], 3, 'no run of k3v9r2td has reported "acd"'],
      [['-o', '-', '-w', 'lr>>1'], 2, 'no operator ">>"'],
    ] as const
    for (const [words, code, message] of refusals) {
      const refused = await plot(words)
      expect(refused).toMatchObject({ code, stdout: '', stderr: expect.stringContaining(message) as string })
    }
    expect(existsSync('x.gif')).toBe(false)
  })
})
