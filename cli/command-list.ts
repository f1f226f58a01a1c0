// Every command, with its line in `sweep --help` and how to load it. Nothing is loaded before it is asked for.
import type { CommandEntry } from './command.ts'

const START = 'Start'
const WATCH = 'Look'
const STEER = 'Steer'
const OFFLINE = 'Without a server'

export const COMMANDS: readonly CommandEntry[] = [
  entry(START, 'up', 'start a controller', () => import('./commands/up.ts')),
  entry(START, 'run', 'create a sweep, work it here, print the ranking', () => import('./commands/run.ts')),
  entry(START, 'create', 'create a sweep from a file', () => import('./commands/create.ts')),
  entry(START, 'agent', 'work sweeps on this machine', () => import('./commands/agent.ts')),
  entry(WATCH, 'ls', 'list sweeps', () => import('./commands/ls.ts')),
  entry(WATCH, 'show', 'show one sweep or run', () => import('./commands/show.ts')),
  entry(WATCH, 'runs', 'list the runs of a sweep', () => import('./commands/runs.ts')),
  entry(WATCH, 'best', 'the ranking of a sweep', () => import('./commands/best.ts')),
  entry(WATCH, 'logs', 'what a run printed', () => import('./commands/logs.ts')),
  entry(WATCH, 'agents', 'list agents', () => import('./commands/agents.ts')),
  entry(WATCH, 'wait', 'wait until a sweep ends', () => import('./commands/wait.ts')),
  entry(WATCH, 'export', 'write runs or their history to a file', () => import('./commands/export.ts')),
  entry(STEER, 'pause', 'start no new runs for now', () => import('./commands/pause.ts')),
  entry(STEER, 'resume', 'go on after a pause', () => import('./commands/resume.ts')),
  entry(STEER, 'stop', 'start no new runs any more', () => import('./commands/stop.ts')),
  entry(STEER, 'cancel', 'end a sweep and its running runs', () => import('./commands/cancel.ts')),
  entry(OFFLINE, 'validate', 'check a sweep file', () => import('./commands/validate.ts')),
  entry(OFFLINE, 'plan', 'the configurations a sweep would propose', () => import('./commands/plan.ts')),
  entry(OFFLINE, 'suggest', 'what to try next, after recorded runs', () => import('./commands/suggest.ts')),
  entry(OFFLINE, 'command', 'the command line of one configuration', () => import('./commands/command.ts')),
  entry(OFFLINE, 'help', 'help on a command or a topic', () => import('./commands/help.ts')),
]

export function findCommand(name: string): CommandEntry | undefined {
  return COMMANDS.find((known) => known.name === name)
}

function entry(group: string, name: string, summary: string, load: CommandEntry['load']): CommandEntry {
  return { group, name, summary, load }
}
