// `sweep plot`: a chart of a sweep as SVG or PNG, from the options that the page draws (charts/), without a browser.
import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { ChartOption } from '../../charts/chart-option.ts'
import { DARK_THEME, LIGHT_THEME } from '../../charts/chart-theme.ts'
import type { ChartTheme } from '../../charts/chart-theme.ts'
import { describeHistory, readHistory } from '../../charts/history-data.ts'
import { historyOption } from '../../charts/history.ts'
import { describeImportance, importanceOption } from '../../charts/importance.ts'
import { describeParallel, readAxis } from '../../charts/parallel-data.ts'
import { parallelOption } from '../../charts/parallel.ts'
import type { ImportanceResponse } from '../../sweeps/analysis-schema.ts'
import type { ListSpecVersionsResponse } from '../../sweeps/sweep-schema.ts'
import { SweepError } from '../../sweeps/errors.ts'
import type { SweepSnapshot } from '../../sweeps/live-schema.ts'
import { refPath } from '../api-client.ts'
import type { ApiClient } from '../api-client.ts'
import { defineCommand, wholeNumber } from '../command.ts'
import type { CommandContext } from '../command.ts'
import { FILTER_SOURCE } from '../filter-problem.ts'
import { fontOf, frameChart, HEAD_HEIGHT, rasterize } from '../plot/picture.ts'
import { readPlotData } from '../plot/plot-columns.ts'
import type { PlotData } from '../plot/plot-columns.ts'
import { formatMetric } from '../show-values.ts'
import { writeWithPressure } from '../terminal.ts'
import { oneLineOf } from '../text-width.ts'
import { fetchImportance } from '../top/outlook.ts'

const KINDS = ['history', 'parallel', 'importance'] as const
const FORMATS = ['svg', 'png'] as const

interface Options {
  readonly what: (typeof KINDS)[number]
  readonly output?: string
  readonly format?: (typeof FORMATS)[number]
  readonly theme: 'light' | 'dark'
  readonly width: number
  readonly height: number
  readonly scale: number
  readonly metric?: string
  readonly goal?: 'minimize' | 'maximize'
  readonly where?: string
  readonly log: boolean
}

export const command = defineCommand<Options>({
  name: 'plot',
  summary: 'Draw a chart of a sweep as SVG or PNG',
  arguments: '<id>',
  examples: [
    ['sweep plot @last -o history.svg', 'every run, and the best so far'],
    ['sweep plot k3v9r2td --what parallel -o runs.png --theme dark', 'parallel coordinates, the best on top'],
    ["sweep plot k3v9r2td --what importance -w 'opt:adamw' -o - > x.svg", 'of some runs, to stdout'],
  ],
  options: [
    {
      flags: '--what <chart>',
      description: 'history, parallel or importance',
      choices: KINDS,
      default: 'history',
    },
    { flags: '-o, --output <file>', description: 'its suffix says the format; -: stdout' },
    { flags: '--format <name>', description: 'svg or png, where the suffix does not say', choices: FORMATS },
    { flags: '-w, --where <filter>', description: 'only the runs that it takes' },
    { flags: '--metric <name>', description: "another than the sweep's: its last values" },
    { flags: '--goal <goal>', description: 'of --metric', choices: ['minimize', 'maximize'] },
    { flags: '--log', description: 'a logarithmic axis for the metric (history)', default: false },
    { flags: '--theme <name>', description: 'light or dark', choices: ['light', 'dark'], default: 'light' },
    { flags: '--width <px>', description: 'of the picture', parse: wholeNumber(200), default: 960 },
    { flags: '--height <px>', description: 'of the picture', parse: wholeNumber(150), default: 540 },
    { flags: '--scale <n>', description: 'pixels of a PNG for each px', parse: wholeNumber(1), default: 2 },
  ],
  notes: ['Importance needs about 10 finished runs; before, exit code 8.'],
  next: ['sweep export ID -o runs.csv', 'sweep open ID'],
  run: async (context, [ref = ''], options) => {
    if (options.where !== undefined) context.setSource({ name: FILTER_SOURCE, text: options.where })
    const { path, format } = chooseOutput(context, options)
    const svg = await drawSweep(context, ref, options)
    const bytes = format === 'svg' ? svg : await rasterize(svg, options.scale)
    if (path === null) await writeWithPressure(context.io.stdout, bytes)
    else writeFileSync(path, bytes)
    if (path === null) return 0
    if (context.isJson)
      context.print(JSON.stringify({ schema: 'sweep.plot/1', file: path, format, what: options.what }))
    else if (!context.globals.quiet) context.note(`wrote ${path}`)
    return 0
  },
})

/** The file and its format. @throws SweepError USAGE */
function chooseOutput(
  context: CommandContext,
  { output, format }: Options,
): { readonly path: string | null; readonly format: (typeof FORMATS)[number] } {
  if (output === undefined) {
    throw new SweepError('USAGE', 'where to?', { hint: 'A file:  -o history.svg   or stdout:  -o -' })
  }
  const suffix = FORMATS.find((name) => output.toLowerCase().endsWith(`.${name}`))
  const chosen = format ?? suffix ?? (output === '-' ? 'svg' : undefined)
  if (chosen === undefined) {
    throw new SweepError('USAGE', `"${output}" does not say which format`, {
      hint: 'End it in .svg or .png, or add --format png',
    })
  }
  if (output !== '-') return { path: resolve(context.io.cwd, output), format: chosen }
  if (context.isJson) throw new SweepError('USAGE', '--json needs a file: -o FILE')
  if (chosen === 'png' && context.width !== null) {
    throw new SweepError('USAGE', 'a PNG is not for a terminal', { hint: 'Name a file:  -o picture.png' })
  }
  return { path: null, format: chosen }
}

interface Chart {
  readonly option: ChartOption
  readonly summary: string
}

const WORDS = { history: 'history', parallel: 'parallel coordinates', importance: 'importance' } as const

async function drawSweep(context: CommandContext, ref: string, options: Options): Promise<string> {
  const api = context.api()
  const answer = await api.get(refPath('sweeps', ref, '/snapshot'))
  const snapshot = JSON.parse(answer) as SweepSnapshot // the server's own schema
  const { id, name } = snapshot.sweep
  const wish = { metric: options.metric ?? null, goal: options.goal ?? null, where: options.where ?? null }
  const important = options.what === 'parallel' ? await fetchImportance(api, id).catch(() => []) : []
  const data = readPlotData(snapshot, wish, important)
  const given = options.theme === 'dark' ? DARK_THEME : LIGHT_THEME
  const theme: ChartTheme = { ...given, font: fontOf(given) }
  const chart =
    options.what === 'history'
      ? await drawHistory(api, id, data, options.log, theme)
      : options.what === 'parallel'
        ? drawParallel(data, theme)
        : await drawImportance(api, id, options, theme)
  const size = { width: options.width, height: options.height }
  const svg = await renderSvg(chart.option, size.width, size.height - HEAD_HEIGHT)
  const title = `${oneLineOf(name)} · ${id} · ${WORDS[options.what]} of ${data.metric}`
  return frameChart(svg, { title, summary: chart.summary }, theme, size)
}

const shortValue = (value: number) => formatMetric(value, true)

async function drawHistory(
  api: ApiClient,
  id: string,
  data: PlotData,
  isLog: boolean,
  theme: ChartTheme,
): Promise<Chart> {
  const { runs, metric, goal, rows } = data
  const answer = await api.get(refPath('sweeps', id, '/versions'))
  const { versions } = JSON.parse(answer) as ListSpecVersionsResponse // the server's own schema
  const begun = versions.slice(1).flatMap(({ version, createdAt }) => {
    const row = runs.createdAtMs.findIndex((at) => at >= Date.parse(createdAt))
    return row > 0 ? [{ version, row }] : []
  })
  const history = readHistory(runs, { metric, goal, rows, isLog, versions: begun })
  return { option: historyOption(runs, history, theme), summary: describeHistory(history, shortValue) }
}

function drawParallel({ runs, rows, columns }: PlotData, theme: ChartTheme): Chart {
  const rowCount = runs.ids.length
  const axes = columns.map((column) => readAxis(column, rowCount))
  return {
    option: parallelOption({ ranks: runs.ranks, rows, rowCount }, axes, theme),
    summary: describeParallel(rows?.length ?? rowCount, rowCount, axes),
  }
}

async function drawImportance(
  api: ApiClient,
  id: string,
  options: Options,
  theme: ChartTheme,
): Promise<Chart> {
  const query = { metric: options.metric, where: options.where }
  const answer = JSON.parse(await api.get(refPath('sweeps', id, '/importance'), query)) as ImportanceResponse // the server's own schema
  if (answer.reason !== null)
    throw new SweepError('NOTHING_YET', `no importance of ${id} yet: ${oneLineOf(answer.reason)}`)
  const bars = answer.parameters.map((bar) => ({ ...bar, name: oneLineOf(bar.name) }))
  const about = { metric: oneLineOf(answer.metric ?? ''), runs: answer.runs.counted, r2: answer.r2 }
  return { option: importanceOption(bars, theme), summary: describeImportance(bars, about) }
}

/** ECharts' own SVG of a chart. */
async function renderSvg(option: ChartOption, width: number, height: number): Promise<string> {
  const [{ init, use }, charts, components, { SVGRenderer }] = await Promise.all([
    import('echarts/core'),
    import('echarts/charts'),
    import('echarts/components'),
    import('echarts/renderers'),
  ])
  const { BarChart, CustomChart, LineChart, ParallelChart, ScatterChart } = charts
  const { GridComponent, MarkLineComponent, ParallelComponent } = components
  use([BarChart, CustomChart, LineChart, ParallelChart, ScatterChart])
  use([GridComponent, MarkLineComponent, ParallelComponent, SVGRenderer])
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height })
  try {
    const { tooltip: _hover, ...drawn } = option // nobody hovers over a file
    chart.setOption(drawn)
    return chart.renderToSVGString()
  } finally {
    chart.dispose() // or a timer of its renderer holds the process
  }
}
