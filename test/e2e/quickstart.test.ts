// What `npm run quickstart` runs after its set-up (scripts/quickstart.mjs), with a data folder of its own. Real trainings, real Redis; every process that it leaves behind is found in /proc and fails the test.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { isolatedEnvironment, repositoryRoot, sweepCommand } from '../support/cluster.ts'
import { describeProcess, findProcessesOf, startProcess } from '../support/processes.ts'
import type { TestProcess } from '../support/processes.ts'
import { pause, waitFor } from '../support/wait.ts'

const COMMAND = ['run', 'examples/digits/sweep.yaml', '--slots', '2', '--count']
/** `1  k3v9r2td ...`: one line per run, the rank first, then the run's id. */
const RANKED_RUN = /^\s*\d+\s+[0-9a-z]{8}\b/gm

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sweep-quickstart-'))
  mkdirSync(join(folder, 'home'))
})

afterEach(() => {
  for (const found of findProcessesOf(folder)) process.kill(found.pid, 'SIGKILL')
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
})

function startQuickstart(name: string, count = 16): TestProcess {
  return startProcess({
    name,
    argv: [...sweepCommand, ...COMMAND, String(count)],
    env: { ...isolatedEnvironment(folder), SWEEP_DATA: join(folder, 'data') },
    cwd: repositoryRoot,
    logFolder: folder,
  })
}

const leftovers = () => findProcessesOf(folder).map(describeProcess)
const trainings = () => findProcessesOf(folder).filter((found) => found.commandLine.includes('train.py'))

async function exitOf(quickstart: TestProcess, timeoutMs: number) {
  return await waitFor(`${quickstart.name} ends`, () => quickstart.exit(), {
    timeoutMs,
    details: () => `${quickstart.stdout()}\n${quickstart.stderr()}\n${leftovers().join('\n')}`,
  })
}

test('prints a ranking of at least 12 trainings and leaves no process; so it does on data that is there', async () => {
  for (const [name, count, least] of [
    ['first', 16, 12],
    ['second', 4, 4],
  ] as const) {
    const quickstart = startQuickstart(name, count)
    const exit = await exitOf(quickstart, 150_000)
    const output = quickstart.stdout()

    expect(exit, quickstart.stderr()).toEqual({ code: 0, signal: null })
    expect((output.match(RANKED_RUN) ?? []).length, output).toBeGreaterThanOrEqual(least)
    await waitFor('everything that it started has ended', () => leftovers().length === 0, {
      details: () => leftovers().join('\n'),
    })
  }
}, 320_000)

test.each([
  { presses: 1, what: 'one Ctrl-C' },
  { presses: 2, what: 'two Ctrl-C' },
  { presses: 3, what: 'three Ctrl-C' },
])('leaves no process after $what', async ({ presses }) => {
  const quickstart = startQuickstart(`interrupted-${presses}`)
  await waitFor('a training runs', () => trainings().length > 0 || quickstart.exit() !== null, {
    timeoutMs: 60_000,
    details: () => quickstart.stderr(),
  })
  expect(quickstart.exit(), quickstart.stderr()).toBeNull()

  for (let press = 1; press <= presses; press += 1) {
    quickstart.signal('SIGINT')
    await pause(300) // as a person presses; signals sent at once would arrive as one
  }
  await exitOf(quickstart, 60_000)

  await waitFor('everything that it started has ended', () => leftovers().length === 0, {
    timeoutMs: 15_000,
    details: () => leftovers().join('\n'),
  })
})
