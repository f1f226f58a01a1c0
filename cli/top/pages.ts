// The pages that `sweep top` opens over the ranking: a run, its log, the agents, the keys. Each is text that was fetched
// or is known, as lines.
import type { GetRunResponse, ReadLogsResponse } from '../../sweeps/run-schema.ts'
import type { ListAgentsResponse } from '../../sweeps/agent-schema.ts'
import { refPath } from '../api-client.ts'
import type { ApiClient } from '../api-client.ts'
import { explainAgents, renderAgents } from '../commands/agents.ts'
import { renderRun } from '../commands/show.ts'
import { graphemesOf, oneLineOf, textWidth } from '../text-width.ts'
import { foreign, lineWidth, piece } from './styled-line.ts'
import type { Line } from './styled-line.ts'

/** @throws SweepError */
export async function fetchRunPage(api: ApiClient, runId: string, width: number): Promise<Line[]> {
  const { run } = JSON.parse(await api.get(refPath('runs', runId))) as GetRunResponse // the server's own schema
  return renderRun(run, width).map((text) => [foreign(text)])
}

/** @throws SweepError */
export async function fetchAgentsPage(api: ApiClient, sweepId: string, width: number): Promise<Line[]> {
  const answer = await api.get('/agents', { sweep: sweepId })
  const agents = (JSON.parse(answer) as ListAgentsResponse).agents // the server's own schema
    .filter(({ state }) => state !== 'left')
  if (agents.length === 0) return [[piece(`  No agents.  Start one:  sweep agent ${sweepId}`)]]
  return [...renderAgents(agents, width), '', ...explainAgents(agents)].map((text) => [foreign(text)])
}

/** A log that grows: each call of `read` takes what came since the last one. */
export interface LogReader {
  /** The newest lines, those that are wider than `width` broken into several. @throws SweepError */
  read(width: number): Promise<Line[]>
}

const KEPT_LINES = 2_000
const PAGE = 5_000
const COLOURS = /\u001b\[[0-9;?]*[A-Za-z]/g

export function createLogReader(api: ApiClient, runId: string): LogReader {
  let after: string | undefined
  let lines: Line[] = []
  let attempt: number | null = null
  const open = { stdout: '', stderr: '' }

  function take(chunk: ReadLogsResponse['chunks'][number]): void {
    if (attempt !== null && chunk.attempt !== attempt)
      lines.push([piece(`-- attempt ${chunk.attempt} --`, 'dim')])
    attempt = chunk.attempt
    if (chunk.stream === 'notice') {
      lines.push([piece('! ', 'yellow'), foreign(chunk.text)])
      return
    }
    const texts = (open[chunk.stream] + chunk.text.replace(COLOURS, '')).split(/\r?\n|\r/)
    open[chunk.stream] = texts.pop() ?? ''
    const look = chunk.stream === 'stderr' ? 'yellow' : 'plain'
    for (const text of texts) lines.push([piece(oneLineOf(text.slice(0, 2 * MAX_LINE)), look)])
    lines = lines.slice(-KEPT_LINES)
  }

  return {
    async read(width) {
      for (;;) {
        const text = await api.get(refPath('runs', runId, '/logs'), { after, limit: PAGE })
        const { chunks, next } = JSON.parse(text) as ReadLogsResponse // the server's own schema
        for (const chunk of chunks) take(chunk)
        after = next ?? after
        if (chunks.length === 0) break
      }
      const rest = [open.stdout, open.stderr].filter((text) => text !== '')
      const shown = [...lines, ...rest.map((text): Line => [foreign(text)])]
      if (shown.length === 0) return [[piece('  Nothing was printed yet.', 'dim')]]
      return shown.flatMap((line) => wrapLine(line, width))
    },
  }
}

function wrapLine(line: Line, width: number): Line[] {
  if (lineWidth(line) <= width) return [line]
  const text = line.map((part) => part.text).join('')
  const look = line.at(-1)?.look ?? 'plain'
  const rows: Line[] = []
  let row = ''
  let columns = 0
  for (const grapheme of graphemesOf(text.slice(0, MAX_LINE))) {
    const needed = textWidth(grapheme)
    if (columns + needed > width) {
      rows.push([piece(row, look)])
      row = ''
      columns = 0
    }
    row += grapheme
    columns += needed
  }
  return [...rows, [piece(row, look)]]
}

/** Longer lines are cut: a log without line ends must not hold up the keys. */
const MAX_LINE = 4_000

const HELP: readonly (readonly [keys: string, does: string])[] = [
  ['↑ ↓  k j', 'mark the run above or below'],
  ['PgUp PgDn  Home End', 'by pages, to the ends'],
  ['enter', 'all that is known of the marked run'],
  ['l', 'what it printed, kept up to date'],
  ['s  S', 'sort by the next column; turn the order around'],
  ['/', 'show only some runs, as in: state:failed lr>=1e-3 (sweep help filters)'],
  ['c', 'choose the columns'],
  ['a', 'the agents'],
  ['p', 'pause or resume the sweep; asks first'],
  ['esc', 'unmark; once more: take the filter away'],
  ['q  ctrl-c', 'leave'],
]

export function helpPage(): Line[] {
  const keys = HELP.map(([names, does]): Line => [piece(`  ${names.padEnd(22)}`, 'bold'), piece(does)])
  return [
    [],
    ...keys,
    [],
    [piece('  ~ in the place of a rank, ? behind a value: the run still runs. It stands where it would')],
    [piece('  rank now, and holds no place. ★ marks the best run. A trend is the metric along the steps,')],
    [piece('  low values low, each run by its own scale.')],
  ]
}
