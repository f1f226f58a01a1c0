// `sweep demo-data`: fills a server with toy sweeps through the public API, worked by ordinary agents in this process.
// Nothing is left running.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { CreateSweepResponse, SweepJson } from '../../sweeps/api-schema.ts'
import { SweepError } from '../../sweeps/errors.ts'
import { refPath } from '../api-client.ts'
import { defineCommand, wholeNumber } from '../command.ts'
import type { CommandContext } from '../command.ts'
import { MIN_DEMO_RUNS, planDemoSweeps } from '../demo/demo-sweeps.ts'
import type { DemoSweep } from '../demo/demo-sweeps.ts'
import { formatDuration } from '../durations.ts'
import { passSignalsTo, redisAddress } from '../local-agents.ts'
import type { AgentHandle } from '../local-agents.ts'
import { stateLabel } from '../show-values.ts'
import { fetchSweep, untilSweepEnds } from '../sweep-state.ts'
import { layOutTable } from '../table.ts'
import { resolveServerAddress } from '../server-address.ts'
import { findToken } from '../token.ts'
import { openFileLog } from './up.ts'

interface Options {
  readonly runs: number
  readonly speed: number
}

/** Between two of a training's 30 steps, at speed 1. */
const STEP_MS = 100
/** More of them only wait for the processor. */
const SLOTS = 2

export const command = defineCommand<Options>({
  name: 'demo-data',
  summary: 'Fill a server with toy sweeps, so that every screen has data',
  examples: [
    ['sweep demo-data', 'six sweeps with 40 runs, within seconds; no Python, no GPU'],
    ['sweep demo-data --runs 200 --project demo', 'more of them, in a project of their own'],
    ['sweep demo-data --speed 1', 'slowly, to watch the runs go'],
  ],
  options: [
    {
      flags: '--runs <n>',
      description: 'runs in all; open sweeps may have one or two more that wait',
      parse: wholeNumber(MIN_DEMO_RUNS),
      default: 40,
    },
    { flags: '--speed <n>', description: '1: three seconds a run', parse: wholeNumber(1), default: 50 },
  ],
  notes: [
    'They are sweeps like any other, worked by agents in this process; when it ends, nothing runs on.',
    'Left are finished, stopped, paused, cancelled and open sweeps, with finished and failed runs.',
  ],
  next: ['sweep ls', 'sweep best @last'],
  run: async (context, _args, options) => {
    const startedAt = performance.now()
    const script = fileURLToPath(new URL('../demo/toy-training.js', import.meta.url))
    const plan = planDemoSweeps({
      runCount: options.runs,
      pauseMs: Math.round(STEP_MS / options.speed),
      command: [process.execPath, script],
    })
    const folder = mkdtempSync(join(tmpdir(), 'sweep-demo-'))
    const agents: AgentHandle[] = []
    passSignalsTo(
      () => agents,
      () => {},
    )
    try {
      const created = await createAll(context, plan)
      const startAgent = await createAgentStarter(context, folder, agents)
      const codes = await Promise.all(
        plan.map((demo, index) => workOne(context, demo, created[index] ?? '', startAgent)),
      )
      const sweeps = await Promise.all(created.map((id) => fetchSweep(context.api(), id)))
      report(context, sweeps, performance.now() - startedAt)
      return codes.find((code) => code !== 0) ?? 0
    } finally {
      for (const agent of agents) agent.terminate()
      await Promise.all(agents.map((agent) => agent.done.catch(() => 1)))
      rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
    }
  },
})

async function createAll(context: CommandContext, plan: readonly DemoSweep[]): Promise<string[]> {
  const ids: string[] = []
  for (const { name, text } of plan) {
    const project = context.project === undefined ? {} : { project: context.project }
    const answer = await context.api().post('/sweeps', { text, name, source: 'demo-data', ...project })
    ids.push((JSON.parse(answer) as CreateSweepResponse).id) // the server's own schema
  }
  return ids
}

type StartDemoAgent = (sweepId: string, runCount: number) => Promise<AgentHandle>

async function createAgentStarter(
  context: CommandContext,
  folder: string,
  agents: AgentHandle[],
): Promise<StartDemoAgent> {
  const { env } = context.io
  const server = resolveServerAddress(env, context.globals.server).url
  const found = findToken({ env, cwd: context.io.cwd, server })
  if (found === null) {
    throw new SweepError('UNAUTHORIZED', 'agents need a token, and none was found', {
      hint: 'Where it is looked for:  sweep help tokens',
    })
  }
  const { startAgent } = await import('../../agent/main.ts')
  const log = openFileLog(folder, 'agent.log')
  return async (sweepId, runCount) => {
    const agent = await startAgent({
      server,
      token: found.token,
      sweepIds: [sweepId],
      slots: SLOTS,
      gpus: 'none',
      count: runCount,
      ...redisAddress(env),
      dataDir: folder,
      cwd: folder,
      log,
      onEvent: () => {},
    })
    agents.push(agent)
    return agent
  }
}

/** @returns the agent's exit code: a signal is passed on to it; 0 when its sweep was cancelled under it */
async function workOne(
  context: CommandContext,
  demo: DemoSweep,
  id: string,
  startAgent: StartDemoAgent,
): Promise<number> {
  const agent = await startAgent(id, demo.runCount)
  if (demo.then === 'cancel') {
    await untilSweepEnds(context, id, { until: ({ counts }) => counts.running > 0, timeoutMs: 60_000 })
    await change(context, id, 'cancel', 'the wrong data set')
  }
  const code = await agent.done
  if (demo.then === 'stop') await change(context, id, 'stop', 'every run diverges')
  if (demo.then === 'pause') await change(context, id, 'pause', 'looking at the first results')
  return demo.then === 'cancel' ? 0 : code
}

async function change(context: CommandContext, id: string, action: string, reason: string): Promise<void> {
  await context.api().post(refPath('sweeps', id, `/${action}`), { reason })
}

function report(context: CommandContext, sweeps: readonly SweepJson[], tookMs: number): void {
  if (context.isJson) {
    context.print(JSON.stringify({ schema: 'sweep.demo-data/1', sweeps }))
    return
  }
  if (context.globals.quiet) return
  const rows = sweeps.map((sweep) => {
    const { finished, failed, cancelled } = sweep.counts
    return [
      sweep.id,
      sweep.name,
      stateLabel(sweep.state),
      String(finished),
      String(failed),
      String(cancelled),
    ]
  })
  const titles = ['sweep', 'name', 'state', 'finished', 'failed', 'cancelled']
  for (const line of layOutTable(
    titles.map((title) => ({ title })),
    rows,
    { width: context.width },
  ))
    context.print(line)
  context.note(`${formatDuration(tookMs)}.  Look:  sweep open`)
}
