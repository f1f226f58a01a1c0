// What the run and compare screens make of the API's answers before anything is drawn.
import { describe, expect, it } from 'vitest'
import type { Run } from '../../../web/api/records.ts'
import { compareAsMarkdown } from '../../../web/screens/compare/compare-markdown.ts'
import { chooseColours, idsOf } from '../../../web/screens/compare/compared-ids.ts'
import { summaryRows } from '../../../web/screens/compare/summary-rows.ts'
import { compareConfigs, configAsArguments } from '../../../web/screens/run/config-rows.ts'
import { groupMetrics, parseAxis, writeAxis } from '../../../web/screens/run/curve-groups.ts'
import { readLoggedTable, readMediaValue } from '../../../web/screens/run/media-shapes.ts'
import { proposalWords } from '../../../web/screens/run/proposal-words.ts'
import { groupSystem } from '../../../web/screens/run/system-groups.ts'

describe('configs side by side', () => {
  it('keep 1 and 1.0 apart, and say what a run does not have', () => {
    const rows = compareConfigs(['{"a":1,"n":{"x":2},"same":"s"}', '{"a":1.0,"n":{},"same":"s"}'])
    expect(rows.map(({ name, cells, isDifferent }) => [name, ...cells, isDifferent])).toEqual([
      ['a', '1', '1.0', true],
      ['n.x', '2', null, true],
      ['n', null, '{}', true],
      ['same', 's', 's', false],
    ])
  })

  it('become arguments that a shell takes as they are', () => {
    expect(configAsArguments(`{"lr":0.1,"name":"it's $HOME"}`)).toBe(`--lr=0.1 '--name=it'\\''s $HOME'`)
  })
})

describe('metrics', () => {
  it("are grouped by their prefix, the sweep's metric first", () => {
    expect(groupMetrics(['train/loss', 'lr', 'val/b', 'val/a', 'epoch', '/odd'], 'val/b')).toEqual([
      { name: 'val', keys: ['val/b', 'val/a'] },
      { name: '', keys: ['/odd', 'epoch', 'lr'] },
      { name: 'train', keys: ['train/loss'] },
    ])
  })

  it.each(['', 'time', '0..5000', 'time:1000..60000', '-5..1e3'])(
    'are drawn over %j, written as it was read',
    (text) => {
      const axis = parseAxis(text)
      expect(parseAxis(writeAxis(axis))).toEqual(axis)
    },
  )

  it.each(['5..1', 'x..y', '..', '1..', 'NaN..1'])(
    'are drawn whole for a stretch that is none: %j',
    (text) => {
      expect(parseAxis(text).range).toBeNull()
    },
  )
})

describe('media', () => {
  it('are what their type says, as far as it can be believed', () => {
    expect(readMediaValue({ _type: 'image-file', path: 'a.png', caption: 'cat' })).toEqual({
      kind: 'images',
      images: [{ path: 'a.png', caption: 'cat', isShowable: true }],
    })
    expect(readMediaValue({ _type: 'image-file', path: 'a.svg' })).toMatchObject({
      images: [{ isShowable: false }],
    })
    expect(
      readMediaValue({ _type: 'images/separated', filenames: ['a.jpg', 3, 'b.html'], captions: 'no' }),
    ).toMatchObject({
      images: [
        { path: 'a.jpg', isShowable: true },
        { path: 'b.html', isShowable: false },
      ],
    })
    expect(readMediaValue({ _type: 'histogram', values: [1, 2], bins: [0, 1, 2] })).toMatchObject({
      counts: [1, 2],
    })
    expect(
      readMediaValue({ _type: 'histogram', values: [1, 2], packedBins: { min: 0, size: 0.5, count: 2 } }),
    ).toMatchObject({ bins: [0, 0.5, 1] })
    expect(readMediaValue({ _type: 'histogram', values: [1, 'x'], bins: [0, 1, 2] }).kind).toBe('other')
    expect(
      readMediaValue({ _type: 'histogram', values: [1], packedBins: { min: 0, size: 1, count: 1e9 } }).kind,
    ).toBe('other')
    expect(readMediaValue({ _type: 'html-file', path: 'x.html' })).toMatchObject({ kind: 'file' })
    expect(readMediaValue({ _type: 'new thing' }).kind).toBe('other')
  })

  it('of tables are read, or said not to be one', () => {
    expect(readLoggedTable('{"columns":["a",1],"data":[[1,2],"no",[3]]}')).toEqual({
      columns: ['a', '1'],
      rows: [[1, 2], [3]],
    })
    for (const text of ['', 'null', '[]', '{"columns":1}', '{']) expect(readLoggedTable(text)).toBeNull()
  })
})

describe('why a configuration was proposed', () => {
  it('is said in the words of `sweep show`', () => {
    const words = proposalWords(
      {
        method: 'bayes',
        index: 3,
        source: 'model',
        n: 12,
        arm: 'global',
        expected: 0.5,
        std: 0.1,
        nearest: [{ run: 'r1', distance: 0.2 }, null],
      },
      2,
    )
    expect(words?.why).toBe(
      'bayes · space v2 · model of 12 runs · most expected improvement · expected 0.5 ± 0.1 · suggestion 3',
    )
    expect(words?.nearest).toEqual([
      { run: 'r1', distance: '0.2' },
      { run: '–', distance: '–' },
    ])
  })

  it('is said as far as it is known', () => {
    expect(proposalWords(null, 1)).toBeNull()
    expect(proposalWords({}, null)).toEqual({ why: '– · suggestion –', scales: [], nearest: [] })
  })
})

describe('system metrics', () => {
  it('are put together by what they measure, without those that have no value', () => {
    const groups = groupSystem([
      {
        attempt: 1,
        time: '2026-01-01T00:00:00Z',
        values: { 'system.gpu.0.gpu': 1, 'system.gpu.1.gpu': 2, 'system.cpu': null },
      },
      {
        attempt: 1,
        time: '2026-01-01T00:00:10Z',
        values: { 'system.gpu.0.gpu': 3, 'system.memory_percent': 40, mine: 1 },
      },
    ])
    expect(groups.map(({ title, series }) => [title, series.map(({ name }) => name)])).toEqual([
      ['GPU use (%)', ['GPU 0', 'GPU 1']],
      ['Memory (%)', ['machine']],
    ])
    expect(groups[0]?.series[1]).toMatchObject({ xs: [0, 10_000], ys: [2, null] })
  })
})

const run = (id: string, facts: Partial<Run>): Run =>
  ({
    id,
    name: id,
    state: 'finished',
    rank: null,
    value: null,
    configText: '{}',
    summary: {},
    attempts: [],
    startedAt: null,
    finishedAt: null,
    ...facts,
  }) as Run // what is looked at

describe('compared runs', () => {
  const metric = { name: 'loss', goal: 'minimize', summary: 'best', target: null } as const
  const runs = [
    run('a', {
      value: 0.2,
      rank: 1,
      configText: '{"lr":0.1}',
      summary: { loss: { last: 0.3, min: 0.2, max: 1, best: 0.2, steps: 4 } },
    }),
    run('b', { value: 'NaN', name: 'x | y\n<b>', configText: '{"lr":0.2}' }),
    run('c', { value: 0.2, configText: '{"lr":0.2}' }),
  ]

  it('have their best values marked, equal ones both, and NaN never', () => {
    const rows = summaryRows(runs, metric, 'min')
    expect(rows.find(({ name }) => name === 'loss (ranked)')).toMatchObject({
      cells: ['0.2000', 'NaN', '0.2000'],
      best: [0, 2],
    })
    expect(rows.find(({ name }) => name === 'loss (min)')).toMatchObject({
      cells: ['0.2000', '–', '–'],
      best: [],
    })
  })

  it('are copied as Markdown in which no text is markup', () => {
    const text = compareAsMarkdown(
      runs.map((one) => ({ run: one })),
      metric,
      '',
    )
    expect(text).toContain('| name | a | x \\| y \\<b\\> | c |')
    expect(text).toContain('| lr | 0.1 | 0.2 | 0.2 |')
    const widths = text
      .split('\n')
      .filter((line) => line.startsWith('|'))
      .map((line) => line.split(/(?<!\\)\|/).length)
    expect(new Set(widths).size).toBe(1)
  })

  it('have the colour of their pin, and the free ones otherwise', () => {
    expect(chooseColours(['x', 'y', 'z'], [])).toEqual([0, 1, 2])
    expect(chooseColours(['x', 'y', 'z'], ['q', 'y'])).toEqual([0, 1, 2])
    expect(chooseColours(['x', 'y', 'z'], ['z'])).toEqual([1, 2, 0])
    expect(idsOf(' a,,b,a ')).toEqual(['a', 'b'])
  })
})
