// Agents under a small leader, for tests of the agent: one Redis for a file of tests, a leader and a folder for each
// test, and a look afterwards at what is left of it. Runs are real processes.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, vi } from 'vitest'
import { startAgent } from '../../agent/main.ts'
import type { AgentEvent, AgentHandle, StartAgentOptions } from '../../agent/main.ts'
import { silentLogger } from '../../runtime/logger.ts'
import { startTestLeader } from './agent-leader.ts'
import type { TestLeader, TestLeaderOptions } from './agent-leader.ts'
import { startTestRedis } from './agent-redis.ts'
import type { TestRedis } from './agent-redis.ts'
import { findProcessesOf } from './processes.ts'
import { waitFor } from './wait.ts'

/** What an agent in another process can be given too. */
export type PlainAgentOptions = Omit<StartAgentOptions, 'log' | 'onEvent'>

export interface AgentWorldOptions {
  /** @default {} */
  readonly leader?: TestLeaderOptions
  /** Of every agent that `start` starts. @default {} */
  readonly agent?: Partial<PlainAgentOptions>
}

export interface AgentWorld {
  readonly redis: TestRedis
  /** Of this test alone. */
  readonly leader: TestLeader
  /** Where agents keep what they keep, and runs run. Of this test alone. */
  readonly folder: string
  /** Of all agents that `start` started in this test. */
  readonly events: readonly AgentEvent[]
  eventsNamed(name: AgentEvent['event']): AgentEvent[]
  /** Without a GPU, connected to Redis directly, for the sweep whose jobs the leader offers. */
  agentOptions(): PlainAgentOptions
  /** An agent in this process, which is ended after the test. */
  start(options?: Partial<StartAgentOptions>): Promise<AgentHandle>
  /** Resolves when the run has printed `begun`. @param attempt @default 1 */
  begun(runId: string, attempt?: number): Promise<true>
}

/**
 * Call it in the file itself: it brings its own hooks. Variables of `vi.stubEnv`, which agents and their runs inherit,
 * are set back when the agents of a test have ended.
 */
export function useAgentWorld(options: AgentWorldOptions = {}): AgentWorld {
  let redis: TestRedis
  let leader: TestLeader
  let folder: string
  let events: AgentEvent[]
  const agents: AgentHandle[] = []

  beforeAll(async () => {
    redis = await startTestRedis()
  })
  afterAll(() => redis.close())
  beforeEach(async () => {
    leader = await startTestLeader(redis, options.leader)
    folder = mkdtempSync(join(tmpdir(), 'sweep-agent-test-'))
    events = []
  })
  afterEach(async () => {
    leader.storesReports = true // an agent that leaves waits for that
    for (const agent of agents.splice(0)) {
      agent.terminate()
      agent.terminate()
      await agent.done.catch(() => {})
    }
    vi.unstubAllEnvs()
    await leader.close()
    const left = findProcessesOf(folder)
    rmSync(folder, { recursive: true, force: true })
    expect(left).toEqual([])
  })

  const world: AgentWorld = {
    get redis() {
      return redis
    },
    get leader() {
      return leader
    },
    get folder() {
      return folder
    },
    get events() {
      return events
    },
    eventsNamed: (name) => events.filter(({ event }) => event === name),
    agentOptions: () => ({
      server: leader.server,
      token: 'x'.repeat(48),
      sweepIds: ['swp10000'],
      gpus: 'none',
      dataDir: folder,
      cwd: folder,
      redisUrl: redis.url,
      ...options.agent,
    }),
    async start(own = {}) {
      const agent = await startAgent({
        ...world.agentOptions(),
        log: silentLogger,
        onEvent: (event) => events.push(event),
        ...own,
      })
      agents.push(agent)
      return agent
    },
    begun: (runId, attempt = 1) =>
      waitFor(`${runId} prints`, () =>
        leader.bodies(runId, attempt).some((body) => body.kind === 'log' && body.text.includes('begun')),
      ),
  }
  return world
}

/** A command that runs this script. */
export const node = (script: string) => [process.execPath, '-e', script]
