// `sweep demo`: fills a server with toy sweeps through the public API, worked by ordinary agents in this process. Where
// no server is configured it starts its own, prints the way to its page, and stays until Ctrl-C.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { BestRunsResponse } from '../../sweeps/run-schema.ts'
import type { CreateSweepResponse, SweepJson } from '../../sweeps/sweep-schema.ts'
import { SweepError } from '../../sweeps/errors.ts'
import { createApiClient, refPath } from '../api-client.ts'
import { defineCommand, wholeNumber } from '../command.ts'
import type { AnyCommand, CommandContext } from '../command.ts'
import { findControllerOf, leaveTrace, resolveDataFolder } from '../controller-traces.ts'
import { MIN_DEMO_RUNS, planDemoSweeps } from '../demo/demo-sweeps.ts'
import type { DemoSweep } from '../demo/demo-sweeps.ts'
import { formatDuration } from '../durations.ts'
import { passSignalsTo, redisAddress } from '../local-agents.ts'
import type { AgentHandle } from '../local-agents.ts'
import { stateLabel } from '../show-values.ts'
import { fetchSweep, pause, untilSweepEnds } from '../sweep-state.ts'
import { layOutTable } from '../table.ts'
import { resolveServerAddress } from '../server-address.ts'
import { findToken } from '../token.ts'
import type { FoundToken } from '../token.ts'
import { openFileLog } from './up.ts'

interface Options {
  readonly runs: number
  readonly speed: number
}

/** Between two of a training's 30 steps, at speed 1. */
const STEP_MS = 100
/** More of them only wait for the processor. */
const SLOTS = 2
/** Runs are short: the usual interval would see none of them. */
const SAMPLE_MS = 500
/** Speed of the sweep that goes on while the page is looked at. */
const WATCHED_SPEED = 1
const TOY = fileURLToPath(new URL('../demo/toy-training.js', import.meta.url))

export const command = createDemoCommand({ name: 'demo', startsServer: true })

export function createDemoCommand(kind: {
  readonly name: string
  readonly startsServer: boolean
}): AnyCommand {
  const { name, startsServer } = kind
  return defineCommand<Options>({
    name,
    summary: startsServer
      ? 'Toy sweeps on every screen: no Python, no GPU, no files of yours'
      : 'Fill a server with toy sweeps (now: sweep demo)',
    examples: [
      [`sweep ${name}`, 'six sweeps with 40 runs, within seconds'],
      [`sweep ${name} --runs 200 --project demo`, 'more of them, in a project of their own'],
      [`sweep ${name} --speed 1`, 'slowly, to watch the runs go'],
    ],
    options: [
      {
        flags: '--runs <n>',
        description: 'runs in all; open sweeps may have one or two more that wait',
        parse: wholeNumber(MIN_DEMO_RUNS),
        default: 40,
      },
      { flags: '--speed <n>', description: '1: three seconds a run', parse: wholeNumber(1), default: 20 },
    ],
    notes: [
      'They are sweeps like any other, worked by agents in this process. A configured server is',
      ...(startsServer
        ? [
            'filled; without one, one is started for it with a folder that is removed at the end, its page',
            'is printed, and one sweep goes on until Ctrl-C.',
          ]
        : ['filled; when the command ends, nothing runs on.']),
      'Left are finished, stopped, paused, cancelled and open sweeps, with early stops, NaN, failed',
      'runs, and a machine that was quarantined.',
    ],
    next: ['sweep top', 'sweep best @last', 'sweep open'],
    run: (context, _args, options) => runDemo(context, options, kind),
  })
}

async function runDemo(
  context: CommandContext,
  options: Options,
  { name, startsServer }: { readonly name: string; readonly startsServer: boolean },
): Promise<number> {
  const startedAt = performance.now()
  const plan = planDemoSweeps({
    runCount: options.runs,
    pauseMs: Math.round(STEP_MS / options.speed),
    command: [process.execPath, TOY],
  })
  const folder = mkdtempSync(join(tmpdir(), 'sweep-demo-'))
  const agents: AgentHandle[] = []
  const leaving = new AbortController()
  let exitCode = 0
  const leave = (code: number) => {
    exitCode ||= code
    leaving.abort()
  }
  passSignalsTo(
    () => agents,
    () => leave(130),
    () => leave(143),
  )
  let server: DemoServer | undefined
  try {
    server = await chooseServer(context, folder, startsServer)
    const filling: CommandContext = server.context
    const created = await createAll(filling, plan)
    if (server.makePageLink !== null && !context.isJson && !context.globals.quiet)
      context.note(`page ${await server.makePageLink()}   filling it with ${options.runs} runs`)
    const startAgent = createAgentStarter(filling, server, folder, agents)
    const codes = await Promise.all(
      plan.map((demo, index) => workOne(filling, demo, created[index] ?? '', startAgent, leaving.signal)),
    )
    if (!leaving.signal.aborted) await labelBest(filling, created.at(-1) ?? '')
    const sweeps = await Promise.all(created.map((id) => fetchSweep(filling.api(), id)))
    if (server.makePageLink === null || leaving.signal.aborted) {
      report(filling, { name, sweeps, link: null, tookMs: performance.now() - startedAt })
      return exitCode || (codes.find((code) => code !== 0) ?? 0)
    }
    // The first link may have been used, or have expired.
    const link = await server.makePageLink()
    report(filling, { name, sweeps, link, tookMs: performance.now() - startedAt })
    await goOn(
      created[plan.findIndex(({ name: title }) => title === 'wide search')] ?? '',
      startAgent,
      leaving.signal,
    )
    return exitCode === 130 ? 0 : exitCode // Ctrl-C is how it ends
  } finally {
    for (const agent of agents) agent.terminate()
    await Promise.all(agents.map((agent) => agent.done.catch(() => 1)))
    await server?.end()
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  }
}

interface DemoServer {
  readonly url: string
  readonly token: FoundToken
  /** The command's context, talking to this server. */
  readonly context: CommandContext
  /** null: the server is somebody else's. */
  readonly makePageLink: (() => Promise<string>) | null
  end(): Promise<void>
}

/** The configured one, else the one that holds the data folder, else one of its own. */
async function chooseServer(context: CommandContext, folder: string, mayStart: boolean): Promise<DemoServer> {
  const { env, cwd } = context.io
  const configured = resolveServerAddress(env, context.globals.server)
  const running =
    configured.origin === 'default' && mayStart
      ? await findControllerOf(resolveDataFolder(env, cwd))
      : configured.url
  if (running === null) return startServer(context, folder)
  const token = findToken({ env, cwd, server: running })
  if (token !== null) return { url: running, token, context, makePageLink: null, end: async () => {} }
  throw new SweepError('UNAUTHORIZED', 'agents need a token, and none was found', {
    hint: 'Where it is looked for:  sweep help tokens',
  })
}

async function startServer(context: CommandContext, folder: string): Promise<DemoServer> {
  const { startController } = await import('../../controller/main.ts')
  const controller = await startController({
    host: '127.0.0.1',
    port: 0,
    dataDir: join(folder, 'controller'),
    leaseMs: 180_000,
    redisUrl: undefined,
    databaseUrl: undefined,
    adminToken: undefined,
    log: openFileLog(folder, 'controller.log', context.globals.debug ? 'debug' : 'info'),
  })
  // Commands in another shell find the token by the address.
  const removeTrace = leaveTrace(context.io.env, {
    url: controller.url,
    port: controller.port,
    token: controller.adminToken,
    dataFolder: join(folder, 'controller'),
  })
  const token = { token: controller.adminToken, origin: folder }
  const client = createApiClient({
    server: controller.url,
    token,
    timeoutMs: context.globals.timeout ?? 60_000,
  })
  return {
    url: controller.url,
    token,
    context: { ...context, api: () => client },
    makePageLink: () => controller.makePageLink(),
    async end() {
      removeTrace()
      await controller.stop()
    },
  }
}

async function createAll(context: CommandContext, plan: readonly DemoSweep[]): Promise<string[]> {
  const ids: string[] = []
  for (const { name, text } of plan) {
    const project = context.project === undefined ? {} : { project: context.project }
    const answer = await context.api().post('/sweeps', { text, name, source: 'demo', ...project })
    ids.push((JSON.parse(answer) as CreateSweepResponse).id) // the server's own schema
  }
  return ids
}

interface DemoAgent {
  readonly host: string
  /** Runs that it takes. @default no limit */
  readonly count?: number
  /** Flags of the training besides those of the sweep. */
  readonly flags?: readonly string[]
}

type StartDemoAgent = (sweepId: string, how: DemoAgent) => Promise<AgentHandle>

function createAgentStarter(
  context: CommandContext,
  server: DemoServer,
  folder: string,
  agents: AgentHandle[],
): StartDemoAgent {
  const log = openFileLog(folder, 'agent.log')
  return async (sweepId, { host, count, flags }) => {
    const { startAgent } = await import('../../agent/main.ts')
    const agent = await startAgent({
      server: server.url,
      token: server.token.token,
      sweepIds: [sweepId],
      slots: SLOTS,
      gpus: 'none',
      host,
      ...(count === undefined ? {} : { count }),
      ...(flags === undefined ? {} : { command: [process.execPath, TOY, ...flags, '${args}'] }),
      ...(server.makePageLink === null ? redisAddress(context.io.env) : {}),
      systemIntervalMs: SAMPLE_MS,
      dataDir: folder,
      cwd: folder,
      log,
      onEvent: () => {},
    })
    agents.push(agent)
    return agent
  }
}

/** @returns the agents' exit code: a signal is passed on to them; 0 when their sweep was cancelled under them */
async function workOne(
  context: CommandContext,
  demo: DemoSweep,
  id: string,
  startAgent: StartDemoAgent,
  signal: AbortSignal,
): Promise<number> {
  const hosts = demo.hosts ?? ['gpu-03']
  // Several work until run_cap; one alone takes what it shall.
  const count = hosts.length === 1 ? { count: demo.runCount } : {}
  const working = await Promise.all(hosts.map((host) => startAgent(id, { host, ...count })))
  const broken =
    demo.brokenHost === undefined
      ? null
      : await startAgent(id, { host: demo.brokenHost, flags: ['--broken=1'] })
  if (demo.then === 'cancel') {
    await untilSweepEnds(context, id, {
      until: ({ counts }) => counts.running > 0,
      timeoutMs: 60_000,
      signal,
    })
    await change(context, id, 'cancel', 'the wrong data set')
  }
  const codes = await Promise.all(working.map((agent) => agent.done))
  broken?.terminate()
  await broken?.done.catch(() => 1)
  if (demo.then === 'stop') await change(context, id, 'stop', 'every run diverges')
  if (demo.then === 'pause') await change(context, id, 'pause', 'looking at the first results')
  return demo.then === 'cancel' ? 0 : (codes.find((code) => code !== 0) ?? 0)
}

async function change(context: CommandContext, id: string, action: string, reason: string): Promise<void> {
  await context.api().post(refPath('sweeps', id, `/${action}`), { reason })
}

/** As a person would who has looked at the ranking. */
async function labelBest(context: CommandContext, sweepId: string): Promise<void> {
  const api = context.api()
  const { runs } = JSON.parse(
    await api.get(refPath('sweeps', sweepId, '/best'), { n: 3 }),
  ) as BestRunsResponse // the server's own schema
  const [first, ...others] = runs
  if (first === undefined) return
  await api.patch(refPath('runs', first.id), {
    addTags: ['candidate'],
    notes: 'Trains well from the first epoch on. Next: the same with 100 epochs.',
  })
  for (const { id } of others) await api.patch(refPath('runs', id), { addTags: ['second-look'] })
}

/** One sweep is worked on slowly, so that there is something to watch, until a signal comes. */
async function goOn(sweepId: string, startAgent: StartDemoAgent, signal: AbortSignal): Promise<void> {
  const agent = await startAgent(sweepId, {
    host: 'gpu-03',
    flags: [`--watched_pause_ms=${STEP_MS / WATCHED_SPEED}`],
  })
  const stopped = new Promise<void>((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
  await Promise.race([stopped, agent.done])
  await stopped
  agent.terminate()
  await Promise.race([agent.done, pause(10_000)])
}

interface DemoReport {
  readonly name: string
  readonly sweeps: readonly SweepJson[]
  readonly link: string | null
  readonly tookMs: number
}

function report(context: CommandContext, { name, sweeps, link, tookMs }: DemoReport): void {
  if (context.isJson) {
    const page = link === null ? {} : { page: link, server: context.api().server }
    context.print(JSON.stringify({ schema: `sweep.${name}/1`, sweeps, ...page }))
    return
  }
  if (context.globals.quiet) {
    if (link !== null) context.print(link)
    return
  }
  const rows = sweeps.map((sweep) => {
    const { finished, stopped, failed, cancelled } = sweep.counts
    return [
      sweep.id,
      sweep.name,
      stateLabel(sweep.state),
      ...[finished, stopped, failed, cancelled].map(String),
    ]
  })
  const titles = ['sweep', 'name', 'state', 'finished', 'stopped', 'failed', 'cancelled']
  const columns = titles.map((title) => ({ title }))
  for (const line of layOutTable(columns, rows, { width: context.width })) context.print(line)
  if (link === null) {
    context.note(`${formatDuration(tookMs)}.  Look:  sweep open`)
    return
  }
  context.note(`${formatDuration(tookMs)}.  One sweep goes on.  ^C: end, and leave nothing behind`)
  context.note(`In another shell:  sweep top --server ${context.api().server}`)
  context.print(`page ${link}   good once, for 5 minutes`)
}
