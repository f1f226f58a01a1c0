// The supervisor of the kill tests with small stand-in processes: what it starts again and what it remembers.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createSupervisor } from '../../chaos/supervisor.ts'
import type { Supervisor } from '../../chaos/supervisor.ts'
import { findProcessesOf, isAlive, startProcess } from '../../support/processes.ts'
import type { TestProcess } from '../../support/processes.ts'
import { waitFor } from '../../support/wait.ts'

const STAYS = 'exec sleep 60'
let folder: string
let started: TestProcess[]
let supervisor: Supervisor | null

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sweep-supervisor-'))
  started = []
  supervisor = null
})
afterEach(async () => {
  supervisor?.stop()
  for (const child of started) child.signal('SIGKILL')
  await Promise.all(started.map((child) => child.exited))
  rmSync(folder, { recursive: true, force: true })
})

function start(name: string, script: string): TestProcess {
  const argv = ['/bin/sh', '-c', script]
  const child = startProcess({
    name,
    argv,
    env: { PATH: process.env['PATH'] ?? '' },
    cwd: folder,
    logFolder: folder,
  })
  started.push(child)
  return child
}

/** @param agentScripts what each start of the only agent does, in turn; the last one repeats */
function supervise(agentScripts: readonly string[]): Supervisor {
  let agentStarts = 0
  const controllers = [start('controller', STAYS)]
  supervisor = createSupervisor({
    sweepId: 'bcdfghjk',
    agents: 1,
    restartAfterOwnExitMs: 1,
    cluster: {
      servers: ['http://127.0.0.1:1'], // with one controller nobody is asked who leads
      controller: () => controllers.at(-1) as TestProcess,
      startController: () => {
        controllers.push(start('controller', STAYS))
        return controllers.at(-1) as TestProcess
      },
      startAgent: () =>
        start('agent', agentScripts[Math.min(agentStarts++, agentScripts.length - 1)] ?? STAYS),
      waitUntilReady: async () => {},
    },
  })
  return supervisor
}

describe('createSupervisor', () => {
  test('starts what it killed again, and calls neither a finding', async () => {
    const supervisor = supervise([STAYS])
    expect(await supervisor.killController(1)).toBe('controller')
    expect(supervisor.killAgent(0, 1)).toBe('agent 0')
    expect(supervisor.killAgent(0, 1)).toBeNull()
    await waitFor(
      'both are back',
      () => started.length === 4 && started.slice(2).every((child) => isAlive(child.pid)),
    )
    expect(supervisor.violations()).toEqual([])
    expect(supervisor.unexpectedExits()).toEqual(new Map())
  })

  test('remembers an exit that no kill explains, and starts again', async () => {
    const supervisor = supervise(['echo broken >&2; exit 1', STAYS])
    await waitFor('it is back', () => started.length === 3)
    expect(supervisor.violations()).toEqual([
      { invariant: 'I11', runId: null, message: 'agent 0 ended by itself with 1: broken' },
    ])
    expect(supervisor.unexpectedExits()).toEqual(new Map([['agent 1', 1]]))
  })

  test('counts an agent that found no server, without blame', async () => {
    const supervisor = supervise(['exit 5', STAYS])
    await waitFor('it is back', () => started.length === 3)
    expect(supervisor.violations()).toEqual([])
    expect(supervisor.unexpectedExits()).toEqual(new Map([['agent 5', 1]]))
  })

  test('lets an agent go whose work is done', async () => {
    const supervisor = supervise(['exit 0'])
    await supervisor.settle()
    expect(started).toHaveLength(2)
    expect(supervisor.killAgent(0, 1)).toBeNull()
    expect(supervisor.violations()).toEqual([])
  })
})

describe('findProcessesOf', () => {
  test('finds a living process by its working directory, and not after its end', async () => {
    const child = start('one', STAYS)
    expect(findProcessesOf(folder).map((found) => found.pid)).toEqual([child.pid])
    child.signal('SIGKILL')
    await child.exited
    expect(findProcessesOf(folder)).toEqual([])
    expect(isAlive(child.pid)).toBe(false)
  })
})
