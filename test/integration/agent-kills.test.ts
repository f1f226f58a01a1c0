// Agents that are killed with SIGKILL, with and without their reaper; and the tunnel instead of a direct connection.
import { readFileSync, readdirSync } from 'node:fs'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { WebSocketServer, createWebSocketStream } from 'ws'
import { afterEach, expect, it } from 'vitest'
import { startAgent } from '../../agent/main.ts'
import type { AgentEvent } from '../../agent/main.ts'
import { silentLogger } from '../../runtime/logger.ts'
import { TUNNEL_PATH } from '../../sweeps/protocol.ts'
import { node, useAgentWorld } from '../support/agent-world.ts'
import { findProcessesOf, startProcess } from '../support/processes.ts'
import type { TestProcess } from '../support/processes.ts'
import { waitFor } from '../support/wait.ts'

const world = useAgentWorld()
const started: TestProcess[] = []

afterEach(async () => {
  for (const agent of started.splice(0)) {
    agent.signal('SIGTERM')
    await agent.exited
  }
  await waitFor('no process is left', () => findProcessesOf(world.folder).length === 0)
})

/** The program that starts an agent, and its id once it has registered. */
async function startAgentProcess(): Promise<{
  agent: TestProcess
  agentId: string
  events: () => AgentEvent[]
}> {
  const root = join(import.meta.dirname, '..', '..')
  const agent = startProcess({
    name: `agent-${started.length + 1}`,
    argv: [
      process.execPath,
      '--import',
      'tsx',
      join(root, 'test/support/agent-process-main.ts'),
      JSON.stringify(world.agentOptions()),
    ],
    env: { PATH: process.env['PATH'] ?? '' },
    cwd: root,
    logFolder: world.folder,
  })
  started.push(agent)
  const events = () =>
    agent
      .stdout()
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as AgentEvent)
  const first = await waitFor(
    'the agent starts',
    () => events().find((event) => event.event === 'agent.started'),
    {
      details: () => agent.stderr(),
    },
  )
  return { agent, agentId: first.event === 'agent.started' ? first.agentId : '', events }
}

/** A tree: the leader, a child in its group, and one in a session of its own. */
const tree = [
  'sh',
  '-c',
  `sleep 2001 & setsid sleep 2002 & echo '{"loss":1}'; echo begun; while :; do sleep 1; done`,
]
const trainingProcesses = () =>
  findProcessesOf(world.folder).filter((found) => /sleep|begun/.test(found.commandLine))
const findReaper = () => findReapers()[0]
function findReapers(): number[] {
  const agentPids = new Set(started.map((agent) => agent.pid))
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => isReaperOf(pid, agentPids))
    .map(Number)
}
function isReaperOf(pid: string, agentPids: ReadonlySet<number>): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const isChild = agentPids.has(Number(parent)) && state !== 'Z'
    return isChild && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('reaper-main')
  } catch {
    return false
  }
}

it('the reaper ends everything of an agent that was killed', async () => {
  const { agent, agentId } = await startAgentProcess()
  await world.leader.offer(agentId, { runId: 'run00001', command: tree })
  await world.begun('run00001')
  expect(trainingProcesses().length).toBeGreaterThanOrEqual(3)
  agent.signal('SIGKILL')
  await waitFor('nothing is left', () => findProcessesOf(world.folder).length === 0)
})

it('the next incarnation starts nothing it finds, sends what was not stored, and does not list it', async () => {
  world.leader.storesReports = false
  const first = await startAgentProcess()
  await world.leader.offer(first.agentId, { runId: 'run00001', command: tree })
  await world.leader.offer(first.agentId, { runId: 'run00002', command: node('') }) // waits for the one slot
  await world.begun('run00001')
  await waitFor('both are held', () => world.leader.beats.at(-1)?.attempts.length === 2)
  first.agent.signal('SIGKILL')
  await first.agent.exited
  const reportsBefore = world.leader.reports.length
  world.leader.storesReports = true
  const second = await startAgentProcess()
  expect(second.agentId).toBe(first.agentId)
  const beat = await waitFor('its first beat', () =>
    world.leader.beats.find((heard) => heard.incarnation !== world.leader.beats[0]?.incarnation),
  )
  expect(beat).toMatchObject({ number: 1, attempts: [] })
  expect(beat.incarnation).toBeGreaterThan(world.leader.beats[0]?.incarnation ?? Infinity)
  const resent = world.leader.reports.slice(reportsBefore, beat.reportsBefore)
  expect(resent.map((report) => report.body.kind)).toContain('metrics')
  expect(trainingProcesses()).toEqual([])
  // What came back under a new number runs; the old numbers never do.
  await world.leader.offer(second.agentId, { runId: 'run00002', attempt: 2 })
  expect(await world.leader.waitForEnd('run00002', 2)).toMatchObject({ outcome: 'finished' })
  expect(second.events().filter((event) => event.event === 'run.started')).toHaveLength(1)
})

it('an end that was journaled and not stored is sent by the next incarnation, before its first beat', async () => {
  world.leader.storesReports = false
  const first = await startAgentProcess()
  await world.leader.offer(first.agentId, { runId: 'run00001', command: node('process.exit(4)') })
  await world.leader.waitForEnd('run00001')
  first.agent.signal('SIGKILL')
  await first.agent.exited
  const reportsBefore = world.leader.reports.length
  await startAgentProcess()
  const beat = await waitFor('its first beat', () =>
    world.leader.beats.find((heard) => heard.incarnation !== world.leader.beats[0]?.incarnation),
  )
  expect(beat.attempts).toMatchObject([{ runId: 'run00001', state: 'ended' }])
  const resent = world.leader.reports.slice(reportsBefore, beat.reportsBefore).map((report) => report.body)
  expect(resent.at(-1)).toMatchObject({ kind: 'ended', outcome: 'failed', exitCode: 4 })
  world.leader.storesReports = true
  await waitFor('it is stored and forgotten', () => world.leader.beats.at(-1)?.attempts.length === 0, {
    timeoutMs: 20_000,
  })
})

it('with agent and reaper both killed, the next incarnation ends what is left', async () => {
  const first = await startAgentProcess()
  await world.leader.offer(first.agentId, { runId: 'run00001', command: tree })
  await world.begun('run00001')
  first.agent.signal('SIGSTOP') // so that it cannot start another reaper
  process.kill(findReaper() ?? 0, 'SIGKILL')
  first.agent.signal('SIGKILL')
  await first.agent.exited
  expect(trainingProcesses().length).toBeGreaterThanOrEqual(3)
  await startAgentProcess()
  expect(trainingProcesses()).toEqual([])
})

it('another reaper is there before the next run when the reaper dies, and it knows the runs', async () => {
  const { agent, agentId } = await startAgentProcess()
  await world.leader.offer(agentId, { runId: 'run00001', command: tree })
  await world.begun('run00001')
  const old = findReaper()
  process.kill(old ?? 0, 'SIGKILL')
  await waitFor('another reaper', () => findReapers().some((pid) => pid !== old))
  agent.signal('SIGKILL')
  await waitFor('nothing is left', () => findProcessesOf(world.folder).length === 0)
})

it('SIGTERM to the process: the run is handed back, nothing is left, exit 75', async () => {
  const { agent, agentId } = await startAgentProcess()
  await world.leader.offer(agentId, { runId: 'run00001', command: tree })
  await world.begun('run00001')
  agent.signal('SIGTERM')
  expect(await agent.exited).toEqual({ code: 75, signal: null })
  expect(world.leader.ended('run00001')).toMatchObject({ outcome: 'preempted' })
  expect(findProcessesOf(world.folder)).toEqual([])
})

it('works through the tunnel, and again after the tunnel broke', async () => {
  const sockets = new Set<{ destroy(): void }>()
  const tunnel = createServer((request, response) => {
    // Registration goes to the leader as it came.
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      void fetch(new URL(request.url ?? '', world.leader.server), {
        method: 'POST',
        body: Buffer.concat(chunks),
      }).then(async (answer) => response.writeHead(answer.status).end(await answer.text()))
    })
  })
  const headersSeen: (string | undefined)[] = []
  const acceptor = new WebSocketServer({ server: tunnel, path: TUNNEL_PATH })
  acceptor.on('connection', (socket, request) => {
    headersSeen.push(request.headers.authorization)
    const upstream = connect(world.redis.port, '127.0.0.1')
    const stream = createWebSocketStream(socket)
    sockets.add(upstream).add(stream)
    stream.on('error', () => upstream.destroy()).on('close', () => upstream.destroy())
    upstream.on('error', () => stream.destroy()).on('close', () => stream.destroy())
    stream.pipe(upstream).pipe(stream)
  })
  await new Promise<void>((resolve) => tunnel.listen(0, '127.0.0.1', resolve))
  const { port } = tunnel.address() as AddressInfo
  const { redisUrl: _direct, ...options } = world.agentOptions() // which leaves it the tunnel
  const agent = await startAgent({
    ...options,
    server: `http://127.0.0.1:${port}`,
    log: silentLogger,
    onEvent: () => {},
  })
  await world.leader.offer(agent.agentId, { runId: 'run00001' })
  expect(await world.leader.waitForEnd('run00001')).toMatchObject({ outcome: 'finished' })
  expect(headersSeen.every((header) => /^Bearer [A-Za-z0-9_]{48,}$/.test(header ?? ''))).toBe(true)
  const connectionCount = headersSeen.length
  for (const socket of sockets) socket.destroy()
  await world.leader.offer(agent.agentId, { runId: 'run00002' })
  // Well below the 15 s after which a silent connection is given up.
  expect(await world.leader.waitForEnd('run00002', 1, 5_000)).toMatchObject({ outcome: 'finished' })
  expect(headersSeen.length).toBeGreaterThan(connectionCount)
  agent.interrupt()
  expect(await agent.done).toBe(0)
  acceptor.close()
  tunnel.closeAllConnections()
  await new Promise((resolve) => tunnel.close(resolve))
})
