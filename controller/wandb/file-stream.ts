// POST /files/ENTITY/PROJECT/RUN/file_stream: what a run logs, as it comes. The body is JSON, its lines are text.
import type { RequestHandler } from 'express'
import { z } from 'zod'
import type { Clock } from '../../runtime/clock.ts'
import type { ClientLines, ClientPost } from '../client-runs/client-post.ts'
import type { ClientRunService } from '../client-runs/client-run-service.ts'
import { requirePrincipal } from '../middleware/access-control.ts'
import { readEventLine, readHistoryLine, readLogLine } from './history-lines.ts'
import { parseLenientObject } from './lenient-json.ts'

export const FILE_STREAM_PATH = '/files/:entity/:project/:run/file_stream'

const Lines = z.object({
  offset: z
    .number()
    .int()
    .min(0)
    .max(2 ** 31),
  content: z.array(z.unknown()),
})

/** What is not named is not looked at: clients send more (`uploaded`, `dropped`, ...). */
const FileStreamRequest = z.object({
  files: z.record(z.string(), z.unknown()).nullish(),
  complete: z.boolean().nullish(),
  exitcode: z.number().int().nullish(),
  preempting: z.boolean().nullish(),
})

/** Of a client that says that its process ended, and not how: as a process that ended well. */
const NO_EXIT_CODE = 0

export function createFileStreamRoute(clientRuns: ClientRunService, clock: Clock): RequestHandler {
  return async (request, response) => {
    const { project, run } = request.params as Record<string, string> // of FILE_STREAM_PATH
    const post = readPost(FileStreamRequest.parse(request.body ?? {}), clock.now())
    const { isStopped } = await clientRuns.post(
      { project: project ?? '', name: run ?? '' },
      post,
      requirePrincipal(response).run,
    )
    response.json(isStopped ? { stopped: true } : {})
  }
}

function readPost(body: z.infer<typeof FileStreamRequest>, now: number): ClientPost {
  const files = body.files ?? {}
  const history = readLines(files['wandb-history.jsonl'])
  const events = readLines(files['wandb-events.jsonl'])
  const log = readLines(files['output.log'])
  const summary = readLines(files['wandb-summary.json'])?.lines.at(-1)
  return {
    history: history && mapLines(history, (line, index) => readHistoryLine(line, index, now)),
    events: events && mapLines(events, (line) => readEventLine(line, now)),
    log: log && mapLines(log, (line) => readLogLine(line)),
    summary: typeof summary === 'string' ? parseLenientObject(summary) : null,
    isPreempting: body.preempting === true,
    end: body.complete === true ? { exitCode: body.exitcode ?? NO_EXIT_CODE } : null,
  }
}

/** null: it is not there, or holds nothing. */
function readLines(file: unknown): ClientLines<string> | null {
  if (file === undefined || file === null) return null
  const { offset, content } = Lines.parse(file)
  if (content.length === 0) return null
  return { offset, lines: content.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))) }
}

function mapLines<T>(
  { offset, lines }: ClientLines<string>,
  read: (line: string, index: number) => T | null,
): ClientLines<T> {
  return { offset, lines: lines.map((line, i) => (line === null ? null : read(line, offset + i))) }
}
