// `sweep run`: creates a sweep, works it in this process until it ends, prints the ranking. Uses the configured
// controller, else the one that holds the data folder, else its own, which it ends.
import type { BestRunsResponse } from '../../sweeps/run-schema.ts'
import type { SweepJson } from '../../sweeps/sweep-schema.ts'
import { SweepConfigError, SweepError } from '../../sweeps/errors.ts'
import { isTerminalSweepState } from '../../sweeps/sweep.ts'
import { createApiClient, refPath } from '../api-client.ts'
import { defineCommand, wholeNumber } from '../command.ts'
import type { CommandContext } from '../command.ts'
import { findControllerOf, resolveDataFolder } from '../controller-traces.ts'
import { definedOnly, passSignalsTo, redisAddress } from '../local-agents.ts'
import type { AgentHandle } from '../local-agents.ts'
import { renderRanking } from '../ranking-text.ts'
import { readFileArgument } from '../read-file-argument.ts'
import type { FileText } from '../read-file-argument.ts'
import { createRunProgress } from '../run-progress.ts'
import { resolveServerAddress } from '../server-address.ts'
import { fetchSweep, pause, readTrainingWords, untilSweepEnds } from '../sweep-state.ts'
import { findToken } from '../token.ts'
import type { FoundToken } from '../token.ts'
import { withSchema } from '../with-schema.ts'
import { CREATE_OPTIONS, createSweep } from './create.ts'
import type { CreateOptions } from './create.ts'
import { openFileLog } from './up.ts'

interface Options extends CreateOptions {
  readonly agents: number
  readonly slots?: number
  readonly count: number
}

/** Agents leave by themselves when the sweep has ended; after this they are told to. */
const LEAVE_LIMIT_MS = 15_000

export const command = defineCommand<Options>({
  name: 'run',
  summary: 'Create a sweep, work it here until it ends, print the ranking',
  arguments: '<file>',
  examples: [
    ['sweep run sweep.yaml', 'one agent; a controller is started when none is configured'],
    ['sweep run sweep.yaml --slots 2 --set run_cap=12', 'two runs at one time, twelve in all'],
    ['sweep run sweep.yaml --agents 2 --json', 'two agents; the ranking for programs'],
  ],
  options: [
    { flags: '--agents <n>', description: 'agents in this process', parse: wholeNumber(1), default: 1 },
    {
      flags: '--slots <k>',
      description: 'runs at one time of each agent (default: one per GPU, else 1)',
      parse: wholeNumber(1),
    },
    {
      flags: '-n, --count <n>',
      description: 'runs in the ranking at the end',
      parse: wholeNumber(1),
      default: 5,
    },
    ...CREATE_OPTIONS,
  ],
  notes: ['Ctrl-C once: no new runs. Twice: hand them back. Three times: kill.'],
  next: ['sweep best ID', 'sweep export ID -o runs.csv'],
  run: async (context, [path = ''], options) => {
    const file = await readSoundFile(context, path, options)
    const work: Work = { agents: [], pressed: 0, isTerminated: false, stop: new AbortController() }
    const progress = await createRunProgress(context)
    passSignalsTo(
      () => work.agents,
      (pressed) => {
        work.pressed = pressed
        if (work.agents.length === 0) work.stop.abort()
      },
      () => {
        work.isTerminated = true
        if (work.agents.length === 0) work.stop.abort()
      },
    )
    let server: ChosenServer | undefined
    try {
      server = await chooseServer(context)
      return await workHere(server.context, file, options, work, progress, server)
    } finally {
      progress.end()
      await endAgents(work)
      await server?.end()
    }
  },
})

/** Refuses a file before anything is started for it. @throws SweepConfigError */
async function readSoundFile(context: CommandContext, path: string, options: Options): Promise<FileText> {
  const { applySettings, parseSweepFile, problemsBeforeRunning } = await import('../../sweeps/config.ts')
  const file = await readFileArgument(context, path)
  context.setSource(file)
  const { config, warnings } = parseSweepFile(options.set ? applySettings(file.text, options.set) : file.text)
  const problems = problemsBeforeRunning(config)
  if (problems.length > 0) throw new SweepConfigError(problems, warnings)
  return file
}

interface Work {
  agents: AgentHandle[]
  pressed: number
  isTerminated: boolean
  /** Fires when a signal came before there was an agent to pass it to, or when all agents have ended. */
  readonly stop: AbortController
}

interface ChosenServer {
  readonly url: string
  readonly token: FoundToken
  readonly dataFolder: string
  readonly isOwn: boolean
  /** The command's context, talking to this server. */
  readonly context: CommandContext
  end(): Promise<void>
}

async function chooseServer(context: CommandContext): Promise<ChosenServer> {
  const { env, cwd } = context.io
  const dataFolder = resolveDataFolder(env, cwd)
  const configured = resolveServerAddress(env, context.globals.server)
  const url = configured.origin === 'default' ? await findControllerOf(dataFolder) : configured.url
  if (url !== null) {
    // The token of the folder's own controller lies in that folder.
    const search = configured.origin === 'default' ? { ...env, SWEEP_DATA: dataFolder } : env
    const token = findToken({ env: search, cwd, server: url })
    if (token === null) {
      throw new SweepError('UNAUTHORIZED', `no token for ${url}`, {
        hint: 'Set SWEEP_TOKEN or SWEEP_TOKEN_FILE.',
      })
    }
    return {
      url,
      token,
      dataFolder,
      isOwn: false,
      context: pointAt(context, url, token),
      end: async () => {},
    }
  }
  const { startController } = await import('../../controller/main.ts')
  const controller = await startController({
    host: '127.0.0.1',
    port: 0,
    dataDir: dataFolder,
    leaseMs: 180_000,
    redisUrl: env['REDIS_URL'] || undefined,
    databaseUrl: env['DATABASE_URL'] || undefined,
    adminToken: env['SWEEP_ADMIN_TOKEN'] || undefined,
    log: openFileLog(dataFolder, 'controller.log', context.globals.debug ? 'debug' : 'info'),
  })
  const token = { token: controller.adminToken, origin: dataFolder }
  return {
    url: controller.url,
    token,
    dataFolder,
    isOwn: true,
    context: pointAt(context, controller.url, token),
    end: async () => void (await controller.stop()),
  }
}

function pointAt(context: CommandContext, server: string, token: FoundToken): CommandContext {
  const onRequest = context.globals.verbose ? context.note : undefined
  const client = createApiClient({ server, token, timeoutMs: context.globals.timeout ?? 60_000, onRequest })
  return { ...context, api: () => client }
}

async function workHere(
  context: CommandContext,
  file: FileText,
  options: Options,
  work: Work,
  progress: Awaited<ReturnType<typeof createRunProgress>>,
  server: ChosenServer,
): Promise<number> {
  const endedBySignal = () => (work.isTerminated ? 143 : 130)
  if (work.stop.signal.aborted) return endedBySignal()
  const { answer } = await createSweep(context, file, options)
  const { id } = answer
  progress.begin(answer.sweep, context.api())
  if (!context.isJson && !context.globals.quiet) context.note(`Sweep ${id}  "${answer.name}"   ${answer.url}`)
  await startAgents(context, id, options, work, progress, server)
  if (work.stop.signal.aborted) return endedBySignal()

  const codes: number[] = []
  let failure: unknown
  const allEnded = Promise.all(work.agents.map(async (agent) => void codes.push(await agent.done))).then(
    () => {
      // Another machine may work the sweep on; ours having given up or been interrupted is the end here.
      if (work.pressed > 0 || work.isTerminated || codes.every((code) => code !== 0)) work.stop.abort()
    },
    (error: unknown) => {
      failure = error
      work.stop.abort()
    },
  )
  const sweep = await untilSweepEnds(context, id, { signal: work.stop.signal, onProgress: progress.update })
  if (isTerminalSweepState(sweep.state)) {
    await Promise.race([allEnded, pause(LEAVE_LIMIT_MS)])
    await progress.settle()
  }
  await endAgents(work)
  progress.end()
  if (failure !== undefined) throw failure
  const finishedCount = await printRanking(context, sweep, options, server)
  return exitCode(sweep, finishedCount, codes, work)
}

async function startAgents(
  context: CommandContext,
  sweepId: string,
  options: Options,
  work: Work,
  progress: Awaited<ReturnType<typeof createRunProgress>>,
  server: ChosenServer,
): Promise<void> {
  const { startAgent } = await import('../../agent/main.ts')
  const log = openFileLog(server.dataFolder, 'agent.log', context.globals.debug ? 'debug' : 'info')
  for (let index = 0; index < options.agents && !work.stop.signal.aborted; index++) {
    if (work.pressed > 0 || work.isTerminated) return
    const agent = await startAgent({
      server: server.url,
      token: server.token.token,
      sweepIds: [sweepId],
      ...definedOnly({ slots: options.slots }),
      ...redisAddress(context.io.env),
      dataDir: server.dataFolder,
      cwd: context.io.cwd,
      log,
      onEvent: progress.take,
    })
    work.agents.push(agent)
  }
}

/** Ends those that have not ended by themselves; what went wrong with one was told where its end was awaited. */
async function endAgents(work: Work): Promise<void> {
  const ends = work.agents.map((agent) => agent.done.catch(() => 1))
  for (const [index, agent] of work.agents.entries()) {
    const isOver = await Promise.race([ends[index]?.then(() => true), pause(0).then(() => false)])
    if (!isOver) agent.terminate()
  }
  await Promise.all(ends)
}

/** @returns how many runs have finished */
async function printRanking(
  context: CommandContext,
  sweep: SweepJson,
  options: Options,
  server: ChosenServer,
): Promise<number> {
  const api = context.api()
  const text = await api.get(refPath('sweeps', sweep.id, '/best'), { n: options.count })
  const current = await fetchSweep(api, sweep.id)
  if (context.isJson) {
    context.print(withSchema(text, 'sweep.run/1'))
    return current.counts.finished
  }
  const best = JSON.parse(text) as BestRunsResponse // the server's own schema
  const trainingWords = await readTrainingWords(current)
  const look = { paint: context.paint, width: context.width, trainingWords }
  for (const line of renderRanking(best, current, look)) context.print(line)
  if (!context.globals.quiet) for (const line of nextLines(current, server)) context.print(line)
  return current.counts.finished
}

function nextLines(sweep: SweepJson, server: ChosenServer): string[] {
  const lines = ['', 'What to try next:']
  if (server.isOwn)
    lines.push('  sweep up                              start the controller again, on the same data')
  if (!isTerminalSweepState(sweep.state))
    lines.push(`  sweep agent ${sweep.id}                  work it on from where it stands`)
  const failed = sweep.counts.failed > 0
  if (failed) lines.push(`  sweep runs ${sweep.id} -w state:failed   what failed`)
  lines.push(`  sweep export ${sweep.id} -o runs.csv     every run in a table`)
  if (sweep.best !== null) lines.push(`  sweep best ${sweep.id} --yaml            the best config as a file`)
  return lines
}

function exitCode(sweep: SweepJson, finishedCount: number, codes: readonly number[], work: Work): number {
  const notDrained = codes.find((code) => code !== 0)
  const isHandedBack = work.isTerminated || work.pressed > 1
  if (notDrained !== undefined && (isHandedBack || finishedCount === 0)) return notDrained
  if (finishedCount > 0) return 0
  throw new SweepError(
    'NOTHING_YET',
    `no run of ${sweep.id} has finished${sweep.counts.failed > 0 ? `: ${sweep.counts.failed} failed` : ''}`,
    {
      hint: sweep.stateReason ?? 'The log of the agent and its runs is in the data folder.',
    },
  )
}
