// A small sweep that stands still where a test wants it: three runs end at once, further ones report a value and go on
// until they are let go. For tests of what shows a running sweep.
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isolatedEnvironment, sweepCommand } from './cluster.ts'
import type { Cluster, AgentOptions } from './cluster.ts'
import type { TestProcess } from './processes.ts'
import { startInTerminal } from './terminal-screen.ts'
import type { TerminalOptions, TestTerminal } from './terminal-screen.ts'
import { waitFor } from './wait.ts'

/** Run 4 would be the second one now. */
const SCRIPT = `
const { existsSync } = require('node:fs')
const [level, gate] = [Number(process.argv[2].split('=')[1]), process.argv[1]]
const loss = level === 4 ? 1.5 : level
const say = (step) => console.log(JSON.stringify({ step, loss: loss + 1 / (1 + step) }))
for (let step = 0; step < 5; step++) say(step)
let step = 5
const end = () => { say(1000); process.exit(level === 3 ? 1 : 0) }
if (level <= 3) { if (level === 3) console.error('the third one fails \\u001b[31mred'); end() }
setInterval(() => { if (existsSync(gate)) end(); if (step < 400) say(step++) }, 50)
`

export interface TopSweep {
  readonly id: string
  readonly agent: TestProcess
  /** The running runs report once more and end well. */
  letGo(): void
}

/** Runs 1 and 2 have finished, 3 has failed, 4 and 5 run, when it returns. */
export async function startTopSweep(
  cluster: Cluster,
  name: string,
  agent: Partial<AgentOptions> = {},
): Promise<TopSweep> {
  const gate = join(cluster.folder, `gate-${name}`)
  const file = cluster.writeFile(
    `${name}.yaml`,
    `name: ${JSON.stringify(name)}\nmethod: grid\ncommand: ${JSON.stringify(['node', '-e', SCRIPT, gate, '${args}'])}\n` +
      'metric: {name: loss, goal: minimize}\nparameters: {level: {values: [1, 2, 3, 4, 5]}}\n',
  )
  const id = await cluster.create(file)
  const started = cluster.startAgent({ name: 'worker', sweepIds: [id], slots: 2, ...agent })
  await waitFor(
    'two runs are running and three are over',
    async () => {
      const { sweep } = (await cluster.sweepJson(['show', id])) as {
        sweep: { counts: Record<string, number> }
      }
      return sweep.counts['running'] === 2 && sweep.counts['finished'] === 2 && sweep.counts['failed'] === 1
    },
    { timeoutMs: 20_000, intervalMs: 100, details: () => cluster.logs() },
  )
  return {
    id,
    agent: started,
    letGo() {
      if (!existsSync(gate)) writeFileSync(gate, '')
    },
  }
}

/** `sweep ARGS` in a terminal of its own, against the cluster. */
export function sweepInTerminal(
  cluster: Cluster,
  args: readonly string[],
  options: Partial<TerminalOptions> = {},
): TestTerminal {
  return startInTerminal([...sweepCommand, ...args], {
    cwd: cluster.folder,
    ...options,
    env: {
      ...isolatedEnvironment(cluster.folder),
      SWEEP_SERVER: cluster.server,
      SWEEP_TOKEN: cluster.token,
      ...options.env,
    },
  })
}
