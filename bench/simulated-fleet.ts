// A process that holds many simulated agents of one slot each for bench/agents.ts, whose runs last a given time.
//
//   node simulated-fleet.js SERVER TOKEN SWEEP AGENTS RUN_SECONDS FOLDER
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { AttemptJob } from '../sweeps/protocol.ts'
import { startSimulatedAgent } from './simulated-agent.ts'
import type { WorkTools } from './simulated-agent.ts'

/** So many register at a time. */
const AT_ONCE = 20

/** What the benchmark is told. */
export type FleetMessage = 'ready' | { readonly gapMs: number }

const [server = '', token = '', sweepId = '', agents = '', runSeconds = '', folder = ''] =
  process.argv.slice(2)
const tell = (message: FleetMessage) => process.send?.(message)

/** Each agent's runs, one after the other: from an exit to the next job is a gap. */
function createWork(): (job: AttemptJob, tools: WorkTools) => Promise<void> {
  let exitedAtMs: number | null = null
  return async (_job, { key, journal, reporter }) => {
    if (exitedAtMs !== null) tell({ gapMs: performance.now() - exitedAtMs })
    await journal.starting(key)
    await journal.report(key, { kind: 'started', pid: 1, host: 'simulated', slot: 0 }, Date.now())
    reporter.wake()
    // The first runs end at any time, so that not all agents ask at once
    await delay(1000 * Number(runSeconds) * (exitedAtMs === null ? Math.random() : 1))
    exitedAtMs = performance.now()
    const end = { outcome: 'finished', exitCode: 0, signal: null, reason: null, stderrTail: null } as const
    await journal.report(key, { kind: 'ended', ...end }, Date.now())
    reporter.wake()
  }
}

let next = 0
async function startAgents(): Promise<void> {
  while (next < Number(agents)) {
    const directory = join(folder, String(next++))
    await startSimulatedAgent({
      server,
      token,
      sweepId,
      slots: 1,
      directory,
      redisUrl: undefined,
      work: createWork(),
    })
  }
}
process.on('disconnect', () => process.exit(0)) // the benchmark ended, however it did
await Promise.all(Array.from({ length: AT_ONCE }, startAgents))
tell('ready')
