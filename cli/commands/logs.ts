// `sweep logs`: what a run printed, to its end or as it comes; or why the runs of a sweep failed.
import { MAX_RUN_LIMIT } from '../../sweeps/api-limits.ts'
import type { GetRunResponse, ListRunsResponse, ReadLogsResponse, RunJson } from '../../sweeps/run-schema.ts'
import { SweepError } from '../../sweeps/errors.ts'
import { isTerminalRunState } from '../../sweeps/run.ts'
import { refPath } from '../api-client.ts'
import { defineCommand, wholeNumber } from '../command.ts'
import type { CommandContext } from '../command.ts'
import { groupFailures } from '../failure-groups.ts'
import { createLineSearch, createTail, isWanted, parseSince } from '../log-pieces.ts'
import type { LineSearch, LogPiece, Since } from '../log-pieces.ts'
import { countOf, stateLabel } from '../show-values.ts'
import { askThroughOutage, pause } from '../sweep-state.ts'
import { MAX_REASON_COLUMNS, printable, truncate, writeWithPressure } from '../terminal.ts'

interface Options {
  readonly follow: boolean
  readonly lines?: number
  readonly since?: Since
  readonly stderr: boolean
  readonly grep?: string
  readonly allFailed: boolean
}

const PAGE = 1000
const FOLLOW_MS = 500

export const command = defineCommand<Options>({
  name: 'logs',
  summary: 'What a run printed, or why the runs of a sweep failed',
  arguments: '<id>',
  examples: [
    ['sweep logs q8x2m4kd -n 50 --stderr', 'the last 50 lines of its stderr'],
    ['sweep logs q8x2m4kd -f --grep loss', 'lines with "loss", until the run ends'],
    ['sweep logs @last --all-failed', 'the failed runs of a sweep, grouped by their last words'],
  ],
  options: [
    { flags: '-f, --follow', description: 'go on until the run ends', default: false },
    { flags: '-n, --lines <n>', description: 'only the last so many lines', parse: wholeNumber(0) },
    {
      flags: '--since <when>',
      description: 'only what came in the last 10m, or since a time',
      parse: parseSince,
    },
    { flags: '--stderr', description: 'only stderr', default: false },
    { flags: '--grep <text>', description: 'only lines that hold this text, taken literally' },
    { flags: '--all-failed', description: 'of a sweep: why its runs failed', default: false },
  ],
  notes: [
    'Every attempt of the run, one after the other. -f ends with 0 however the run ended;',
    'it waits for a controller that restarts, up to a minute, and repeats nothing.',
    'With --json one line per piece: {"attempt","seq","at","stream","text"}, or with',
    '--all-failed one per group: {"count","line","runs"}.',
  ],
  next: ['sweep show RUN', 'sweep runs SWEEP -w state:failed'],
  run: async (context, [ref = ''], options) => {
    if (!options.allFailed) return printLog(context, ref, options)
    const { follow, lines, since, stderr, grep } = options
    if (follow || stderr || lines !== undefined || since !== undefined || grep !== undefined)
      throw new SweepError(
        'USAGE',
        '--all-failed goes with no other flag: it reads the last line of every run',
      )
    return printFailures(context, ref)
  },
})

async function printLog(context: CommandContext, ref: string, options: Options): Promise<number> {
  const run = readRun(await context.api().get(refPath('runs', ref)))
  const filter = { sinceMs: sinceMs(options.since, context.now()), isStderrOnly: options.stderr }
  const search = options.grep === undefined ? null : createLineSearch(options.grep)
  const found = (piece: LogPiece) =>
    !isWanted(filter, piece) ? [] : search === null ? [piece] : search.add(piece)
  const print = createPrinter(context)
  const show = async (piece: LogPiece) => {
    for (const one of found(piece)) await print(one)
  }
  let after: string | undefined
  if (options.lines === undefined) after = await readPages(context, run.id, after, show)
  else {
    const tail = createTail(options.lines)
    after = await readPages(context, run.id, after, (piece) => found(piece).forEach((one) => tail.add(one)))
    if (!options.follow) for (const one of restOf(search)) tail.add(one)
    for (const piece of tail.pieces()) await print(piece)
  }
  if (options.follow) await followToEnd(context, run.id, after, show)
  for (const one of restOf(search)) await print(one)
  return 0
}

function sinceMs(since: Since | undefined, now: number): number | null {
  if (since === undefined) return null
  return 'at' in since ? since.at : now - since.agoMs
}

function restOf(search: LineSearch | null): LogPiece[] {
  return search === null ? [] : search.rest()
}

async function followToEnd(
  context: CommandContext,
  runId: string,
  from: string | undefined,
  show: (piece: LogPiece) => Promise<void>,
): Promise<void> {
  let after = from
  for (;;) {
    const run = readRun(await askThroughOutage(context, (api) => api.get(refPath('runs', runId))))
    after = await readPages(context, runId, after, show) // after the state: nothing comes later than the end
    if (isTerminalRunState(run.state)) {
      if (context.isStderrTerminal && !context.isJson) context.note(endingLine(run))
      return
    }
    await pause(FOLLOW_MS)
  }
}

function endingLine(run: RunJson): string {
  const reason = run.stopReason === null ? '' : `: ${truncate(printable(run.stopReason), MAX_REASON_COLUMNS)}`
  return `-- ${run.id} ${stateLabel(run.state)}${reason} --`
}

function readRun(text: string): RunJson {
  return (JSON.parse(text) as GetRunResponse).run // the server's own schema
}

/** Hands over every piece after `after`, each page once; returns where to go on. */
async function readPages(
  context: CommandContext,
  runId: string,
  after: string | undefined,
  take: (piece: LogPiece) => void | Promise<void>,
): Promise<string | undefined> {
  for (;;) {
    const query = { after, limit: PAGE }
    const text = await askThroughOutage(context, (api) => api.get(refPath('runs', runId, '/logs'), query))
    const page = JSON.parse(text) as ReadLogsResponse // the server's own schema
    for (const piece of page.chunks) await take(piece)
    after = page.next ?? after
    if (page.chunks.length === 0) return after
  }
}

function createPrinter(context: CommandContext): (piece: LogPiece) => Promise<void> {
  const { stdout } = context.io
  let attempt: number | null = null
  let isLineOpen = false
  return async (piece) => {
    if (context.isJson) return writeWithPressure(stdout, `${JSON.stringify(piece)}\n`)
    if (attempt !== null && piece.attempt !== attempt) context.note(`-- attempt ${piece.attempt} --`)
    attempt = piece.attempt
    if (piece.stream === 'notice') {
      context.note(`${isLineOpen ? '\n' : ''}! ${printable(piece.text)}`)
      isLineOpen = false
      return
    }
    isLineOpen = !piece.text.endsWith('\n')
    await writeWithPressure(stdout, context.width === null ? piece.text : forTerminal(piece.text))
  }
}

/** Colours of the training script are dropped and control characters shown, so that a log cannot steer a terminal. */
function forTerminal(text: string): string {
  const plain = text.replace(/\u001b\[[0-9;?]*[A-Za-z]/g, '').replace(/\r\n?/g, '\n')
  return printable(plain, { keepLines: true })
}

async function printFailures(context: CommandContext, ref: string): Promise<number> {
  const runs: RunJson[] = []
  for (;;) {
    const query = { where: 'state:failed|lost', limit: MAX_RUN_LIMIT, offset: runs.length }
    const text = await context.api().get(refPath('sweeps', ref, '/runs'), query)
    const page = JSON.parse(text) as ListRunsResponse // the server's own schema
    runs.push(...page.runs)
    if (page.runs.length === 0 || runs.length >= page.total) break
  }
  const groups = groupFailures(runs)
  if (context.isJson) {
    for (const { line, runs: ids } of groups)
      await writeWithPressure(
        context.io.stdout,
        `${JSON.stringify({ count: ids.length, line, runs: ids })}\n`,
      )
    return 0
  }
  if (groups.length === 0) context.note('No run has failed.')
  for (const { line, runs: ids } of groups) {
    const shown = truncate(printable(line), context.width === null ? null : MAX_REASON_COLUMNS)
    context.print(`${countOf(ids.length, 'run')}: ${shown}`)
    if (!context.globals.quiet) context.print(context.paint.dim(`    ${namesOf(ids, context.width)}`))
  }
  return 0
}

/** As many ids as stand on one line of a common terminal; all of them where there is none. */
function namesOf(ids: readonly string[], width: number | null): string {
  const shown = width === null ? ids : ids.slice(0, 7)
  return `${shown.join(' ')}${shown.length < ids.length ? ' …' : ''}`
}
