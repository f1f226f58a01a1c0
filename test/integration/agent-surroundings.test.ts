// What an agent reports of an attempt besides what its command says: against a real Redis, real git, python3 and a
// small leader; nvidia-smi alone is a script of the test's, because the real one needs a GPU.
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, it, onTestFinished, vi } from 'vitest'
import type { StartAgentOptions } from '../../agent/main.ts'
import { startTestLeader } from '../support/agent-leader.ts'
import { node, useAgentWorld } from '../support/agent-world.ts'
import { createGitRepository } from '../support/git-repository.ts'
import type { GitRepository } from '../support/git-repository.ts'
import { waitFor } from '../support/wait.ts'

const world = useAgentWorld({ leader: { accepts: ['provenance', 'system', 'from the future'] } })
let repository: GitRepository
let commit: string

beforeEach(() => {
  repository = createGitRepository(join(world.folder, 'code'))
  repository.write('train.py', 'print({"loss": 1})\n')
  commit = repository.commit()
})

/** It works in the repository and keeps its own things elsewhere. */
const start = (options: Partial<StartAgentOptions> = {}) =>
  world.start({ dataDir: join(world.folder, 'data'), cwd: repository.folder, ...options })

const provenanceOf = (runId: string) =>
  world.leader.bodies(runId).flatMap((body) => (body.kind === 'provenance' ? [body] : []))

it('tells once where a run comes from, after its start and before its end, also of a run that is over at once', async () => {
  const agent = await start()
  repository.write('train.py', 'print({"loss": 2})\n')
  await world.leader.offer(agent.agentId, {
    runId: 'run00001',
    command: ['/usr/bin/env', 'python3', 'train.py'],
  })
  await world.leader.waitForEnd('run00001')

  const kinds = world.leader.bodies('run00001').map((body) => body.kind)
  expect(kinds[0]).toBe('started')
  expect(kinds.filter((kind) => kind === 'provenance')).toHaveLength(1)
  expect(kinds.at(-1)).toBe('ended')
  const [report] = provenanceOf('run00001')
  expect(report?.facts).toMatchObject({
    argv: ['/usr/bin/env', 'python3', 'train.py'],
    cwd: repository.folder,
    seed: 7,
    git: { commit, branch: 'main', dirty: true },
    python: { implementation: 'CPython' },
    host: { os: { arch: process.arch } },
  })
  expect(report?.texts.some((text) => text.includes('+print({"loss": 2})'))).toBe(true)
})

it('sends a text once: a second run of the same code only names it', async () => {
  const agent = await start()
  repository.write('train.py', 'print({"loss": 3})\n')
  const command = ['python3', 'train.py']
  await world.leader.offer(agent.agentId, { runId: 'run00001', command })
  await world.leader.waitForEnd('run00001')
  await waitFor('its slot is free', () => world.leader.beats.at(-1)?.freeSlots === 1)
  await world.leader.offer(agent.agentId, { runId: 'run00002', command })
  await world.leader.waitForEnd('run00002')

  const [first] = provenanceOf('run00001')
  const [second] = provenanceOf('run00002')
  expect(first?.texts).toHaveLength(2)
  expect(second?.texts).toEqual([])
  expect(second?.facts.git?.diff?.sha256).toBe(first?.facts.git?.diff?.sha256)
})

it('keeps secrets of the environment, the command line and the repository out of reports, journal and events', async () => {
  vi.stubEnv('CANARY_KEY', 'CANARY1')
  repository.git('remote', 'add', 'origin', 'https://CANARY2@git.example.org/x.git')
  repository.write('train.py', 'password = "CANARY3"\n')
  const agent = await start()
  await world.leader.offer(agent.agentId, {
    runId: 'run00001',
    command: ['python3', 'train.py', '--api-key=${envvar:CANARY_KEY}', '--token', '${envvar:CANARY_KEY}'],
  })
  await world.leader.waitForEnd('run00001')

  expect(provenanceOf('run00001')[0]?.facts.argv).toEqual([
    'python3',
    'train.py',
    '--api-key=***',
    '--token',
    '***',
  ])
  expect(JSON.stringify([world.leader.reports, world.events])).not.toContain('CANARY')
  const [machine] = world.leader.registrations
  expect(machine).toBeDefined()
  const journals = findFiles(join(world.folder, 'data')).filter((path) => path.includes('journal'))
  expect(journals.length).toBeGreaterThan(0)
  // The job itself names the variable; its value stands nowhere.
  for (const path of journals) expect(readFileSync(path, 'latin1')).not.toMatch(/CANARY[123]/)
})

it('has null for a folder without a repository and a command without Python', async () => {
  mkdirSync(join(world.folder, 'plain'))
  const agent = await start({ cwd: join(world.folder, 'plain') })
  await world.leader.offer(agent.agentId, { runId: 'run00001', command: ['/bin/true'] })
  expect(await world.leader.waitForEnd('run00001')).toMatchObject({ outcome: 'finished' })
  expect(provenanceOf('run00001')[0]?.facts).toMatchObject({ git: null, python: null, argv: ['/bin/true'] })
})

it('does not wait for a git that hangs: the run starts at once, and its end waits two seconds at most', async () => {
  installTool('git', 'exec tail -f /dev/null')
  const agent = await start()
  await world.leader.offer(agent.agentId, { runId: 'run00001', command: node('console.log("begun")') })
  await world.leader.waitForEnd('run00001')

  const [started] = world.leader.reports
  const ended = world.leader.reports.find((report) => report.body.kind === 'ended')
  expect((ended?.at ?? 0) - (started?.at ?? 0)).toBeLessThan(4_000)
  expect(provenanceOf('run00001')[0]?.facts).toMatchObject({ git: null, seed: 7 })
})

it('samples the machine, the processes of the run and the GPUs of its slot while it runs', async () => {
  const gpu = (index: number) => `${index}, GPU-${index}, 550.1, 1000, 250, 9${index}, 3, 50, 100, 400, H100`
  installTool('nvidia-smi', `echo '${gpu(0)}'; echo '${gpu(1)}'`)
  const agent = await start({ systemIntervalMs: 1_000 })
  const enough = join(world.folder, 'enough')
  await world.leader.offer(agent.agentId, {
    runId: 'run00001',
    command: ['python3', '-c', `import os\nwhile not os.path.exists(${JSON.stringify(enough)}): pass`],
  })
  const readSamples = () =>
    world.leader.bodies('run00001').flatMap((body) => (body.kind === 'system' ? body.samples : []))
  await waitFor('two samples have come', () => readSamples().length >= 2)
  writeFileSync(enough, '')
  await world.leader.waitForEnd('run00001')

  const samples = readSamples()
  const values = samples.at(-1)?.values ?? {}
  expect(values['system.proc.cpu.seconds']).toBeGreaterThan(0.1)
  expect(values['system.proc.cpu.percent']).toBeGreaterThan(5)
  expect(values['system.proc.memory.rssMB']).toBeGreaterThan(3)
  expect(values).toMatchObject({ 'system.gpu.0.gpu': 90, 'system.gpu.1.gpu': 91 })
  expect(values['system.cpu']).toBeGreaterThan(0)
  expect(world.leader.bodies('run00001').some((body) => body.kind === 'metrics')).toBe(false)
})

it('runs no nvidia-smi while nothing runs', async () => {
  const calls = join(world.folder, 'calls')
  installTool('nvidia-smi', `echo called >> ${calls}; exit 9`)
  await start({ systemIntervalMs: 10 })
  await waitFor('two beats have passed', () => world.leader.beats.length >= 3)
  expect(existsSync(calls)).toBe(false)
})

it('tells a leader that does not know these reports nothing of it', async () => {
  const leader = await startTestLeader(world.redis)
  onTestFinished(() => leader.close())
  const agent = await start({ server: leader.server, systemIntervalMs: 1_000 })
  await leader.offer(agent.agentId, { runId: 'run00001', command: node('setTimeout(() => {}, 1500)') })
  await leader.waitForEnd('run00001')
  expect(leader.bodies('run00001').map((body) => body.kind)).toEqual(['started', 'ended'])
})

/** A program of this name comes first on the agent's PATH. */
function installTool(name: string, script: string): void {
  const bin = join(world.folder, 'bin')
  mkdirSync(bin, { recursive: true })
  writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`)
  chmodSync(join(bin, name), 0o755)
  vi.stubEnv('PATH', `${bin}:${process.env['PATH']}`)
}

function findFiles(path: string): string[] {
  return readdirSync(path, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
}
