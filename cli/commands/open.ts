// `sweep open`: the page of the server, a sweep or a run, in the browser of this machine when it has a display.
import { spawn } from 'node:child_process'
import type { GetRunResponse } from '../../sweeps/run-schema.ts'
import type { ResolveResponse } from '../../sweeps/api-schema.ts'
import { SweepError } from '../../sweeps/errors.ts'
import { refPath } from '../api-client.ts'
import type { ApiClient } from '../api-client.ts'
import { defineCommand } from '../command.ts'
import { findProgram } from '../doctor/programs.ts'
import type { Io } from '../terminal.ts'

interface Options {
  readonly print: boolean
}

export const command = defineCommand<Options>({
  name: 'open',
  summary: 'Open the page of the server, a sweep or a run in the browser',
  arguments: '[id]',
  examples: [
    ['sweep open', 'the page of the server'],
    ['sweep open @last', 'the newest sweep'],
    ['sweep open q8x2m --print', 'the address of a run, without opening it'],
  ],
  options: [{ flags: '--print', description: 'only print the address', default: false }],
  notes: ['The address is always printed. Without a display nothing is opened.'],
  next: ['sweep show ID', 'sweep best ID'],
  run: async (context, [ref], options) => {
    const api = context.api()
    const path = ref === undefined ? '/' : await findPage(api, ref)
    const plain = `${api.server}${path}`
    const link = (await askForTicketLink(api, path)) ?? plain
    const opener = options.print || context.isJson ? null : findOpener(context.io)
    if (opener !== null) openBrowser(opener, link, context.io)
    if (context.isJson) context.print(JSON.stringify({ schema: 'sweep.open/1', url: link }))
    else context.print(link)
    return 0
  },
})

/** The page's path; asked of the server also without an id, so that an address that answers is printed. */
async function findPage(api: ApiClient, ref: string): Promise<string> {
  const found = JSON.parse(await api.get(`/resolve/${encodeURIComponent(ref)}`)) as ResolveResponse // the server's own schema
  if (found.kind === 'sweep') return `/s/${found.id}`
  const { run } = JSON.parse(await api.get(refPath('runs', found.id))) as GetRunResponse // the server's own schema
  return run.sweepId === null ? `/r/${run.id}` : `/s/${run.sweepId}/r/${run.id}`
}

/** A link that logs the browser in once; null when the server gives out none. */
async function askForTicketLink(api: ApiClient, path: string): Promise<string | null> {
  let text: string
  try {
    text = await api.post('/session/ticket', { path })
  } catch (error) {
    // A server without this route, or a token that may not: the page asks for a token itself.
    if (error instanceof SweepError && WITHOUT_TICKET.has(error.code)) return null
    throw error
  }
  const answer = JSON.parse(text) as { url?: unknown } // an answer of the server; checked below
  const isOurs =
    typeof answer.url === 'string' &&
    URL.canParse(answer.url) &&
    new URL(answer.url).host === new URL(api.server).host
  return isOurs ? String(answer.url) : null
}

const WITHOUT_TICKET: ReadonlySet<string> = new Set(['NOT_FOUND', 'FORBIDDEN', 'REQUEST_INVALID'])

/** The program that opens a browser, when there is a display to open one on. */
function findOpener(io: Io): string | null {
  if (process.platform === 'darwin') return findProgram('open', io)
  return io.env['DISPLAY'] || io.env['WAYLAND_DISPLAY'] ? findProgram('xdg-open', io) : null
}

/** On its own: the browser outlives this command. The link may hold a ticket, which is good once and soon expires. */
function openBrowser(opener: string, link: string, io: Io): void {
  const child = spawn(opener, [link], { stdio: 'ignore', detached: true, env: { ...io.env }, cwd: io.cwd })
  child.on('error', () => {}) // the address is printed all the same
  child.unref()
}
