// `sweep logs`: what a run printed, to its end or as it comes.
import type { GetRunResponse, ReadLogsResponse } from '../../sweeps/api-schema.ts'
import { isTerminalRunState } from '../../sweeps/run.ts'
import { refPath } from '../api-client.ts'
import { defineCommand, wholeNumber } from '../command.ts'
import type { CommandContext } from '../command.ts'
import { pause } from '../sweep-state.ts'
import { printable, writeWithPressure } from '../terminal.ts'

interface Options {
  readonly follow: boolean
  readonly lines?: number
  readonly stderr: boolean
}

type Chunk = ReadLogsResponse['chunks'][number]

const PAGE = 1000
const FOLLOW_MS = 500

export const command = defineCommand<Options>({
  name: 'logs',
  summary: 'What a run printed',
  arguments: '<run>',
  examples: [
    ['sweep logs q8x2m', 'all of it, every attempt'],
    ['sweep logs q8x2m -n 50 --stderr', 'the last 50 lines of its stderr'],
    ['sweep logs q8x2m -f', 'and go on until the run ends'],
  ],
  options: [
    { flags: '-f, --follow', description: 'go on until the run ends', default: false },
    { flags: '-n, --lines <n>', description: 'only the last so many lines', parse: wholeNumber(0) },
    { flags: '--stderr', description: 'only stderr', default: false },
  ],
  notes: ['With --json one line per piece: {"attempt","seq","at","stream","text"}.'],
  next: ['sweep show RUN', 'sweep runs SWEEP -w state:failed'],
  run: async (context, [ref = ''], options) => {
    const { run } = JSON.parse(await context.api().get(refPath('runs', ref))) as GetRunResponse // server's schema
    const isWanted = (chunk: Chunk) => !options.stderr || chunk.stream === 'stderr'
    const printer = createPrinter(context)
    let after: string | undefined
    if (options.lines !== undefined) {
      const tail = createTail(options.lines)
      after = await readPages(context, run.id, after, (chunk) => void (isWanted(chunk) && tail.add(chunk)))
      for (const chunk of tail.chunks()) await printer(chunk)
    }
    const show = async (chunk: Chunk) => void (isWanted(chunk) && (await printer(chunk)))
    if (options.lines === undefined) after = await readPages(context, run.id, after, show)
    if (!options.follow) return 0
    for (;;) {
      const current = JSON.parse(await context.api().get(refPath('runs', run.id))) as GetRunResponse // as above
      const isOver = isTerminalRunState(current.run.state)
      after = await readPages(context, run.id, after, show) // after the state: nothing comes later than the end
      if (isOver) return 0
      await pause(FOLLOW_MS)
    }
  },
})

/** Hands over every chunk after `after`; returns where to go on. */
async function readPages(
  context: CommandContext,
  runId: string,
  after: string | undefined,
  take: (chunk: Chunk) => void | Promise<void>,
): Promise<string | undefined> {
  for (;;) {
    const text = await context.api().get(refPath('runs', runId, '/logs'), { after, limit: PAGE })
    const page = JSON.parse(text) as ReadLogsResponse // the server's own schema
    for (const chunk of page.chunks) await take(chunk)
    after = page.next ?? after
    if (page.chunks.length === 0) return after
  }
}

interface Tail {
  add(chunk: Chunk): void
  chunks(): Chunk[]
}

/** Keeps the chunks that hold the last `count` lines, the first of them cut. */
function createTail(count: number): Tail {
  const kept: { chunk: Chunk; lines: number }[] = []
  let total = 0
  return {
    add(chunk) {
      const lines = chunk.text.split('\n').length - (chunk.text.endsWith('\n') ? 1 : 0)
      kept.push({ chunk, lines })
      total += lines
      while (kept[0] && total - kept[0].lines >= count) total -= kept.shift()?.lines ?? 0
    },
    chunks() {
      const excess = total - count
      return kept.map(({ chunk }, index) =>
        index === 0 && excess > 0
          ? { ...chunk, text: chunk.text.split('\n').slice(excess).join('\n') }
          : chunk,
      )
    },
  }
}

function createPrinter(context: CommandContext): (chunk: Chunk) => Promise<void> {
  const { stdout } = context.io
  let attempt: number | null = null
  let isLineOpen = false
  return async (chunk) => {
    if (context.isJson) return writeWithPressure(stdout, `${JSON.stringify(chunk)}\n`)
    if (attempt !== null && chunk.attempt !== attempt) context.note(`-- attempt ${chunk.attempt} --`)
    attempt = chunk.attempt
    if (chunk.stream === 'notice') {
      context.note(`${isLineOpen ? '\n' : ''}! ${printable(chunk.text)}`)
      isLineOpen = false
      return
    }
    isLineOpen = !chunk.text.endsWith('\n')
    await writeWithPressure(stdout, context.width === null ? chunk.text : forTerminal(chunk.text))
  }
}

/** Colours of the training script are dropped and control characters shown, so that a log cannot steer a terminal. */
function forTerminal(text: string): string {
  const plain = text.replace(/\u001b\[[0-9;?]*[A-Za-z]/g, '').replace(/\r\n?/g, '\n')
  return printable(plain, { keepLines: true })
}
