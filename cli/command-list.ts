// Every command, with its line in `sweep --help` and how to load it. Nothing is loaded before it is asked for.
import type { CommandEntry } from './command.ts'

const START = 'Start'
const WATCH = 'Look'
const STEER = 'Steer'
const SET_UP = 'Set up'
const ACCESS = 'Who may'
const OFFLINE = 'Without a server'

export const COMMANDS: readonly CommandEntry[] = [
  entry(START, 'up', 'start a controller', () => import('./commands/up.ts')),
  entry(START, 'run', 'create a sweep, work it here, print the ranking', () => import('./commands/run.ts')),
  entry(START, 'create', 'create a sweep from a file', () => import('./commands/create.ts')),
  entry(START, 'agent', 'work sweeps on this machine', () => import('./commands/agent.ts')),
  entry(START, 'init', 'write a sweep file, from a training script', () => import('./commands/init.ts')),
  entry(START, 'down', 'end a controller in the background', () => import('./commands/down.ts')),
  entry(START, 'demo', 'toy sweeps on every screen', () => import('./commands/demo.ts')),
  {
    ...entry(START, 'demo-data', 'fill a server with toy sweeps', () => import('./commands/demo-data.ts')),
    isHidden: true,
  },
  entry(WATCH, 'ls', 'list sweeps', () => import('./commands/ls.ts')),
  entry(WATCH, 'show', 'show one sweep or run', () => import('./commands/show.ts')),
  entry(WATCH, 'runs', 'list the runs of a sweep', () => import('./commands/runs.ts')),
  entry(WATCH, 'best', 'the ranking of a sweep', () => import('./commands/best.ts')),
  entry(WATCH, 'top', 'watch the ranking, live', () => import('./commands/top.ts')),
  entry(WATCH, 'logs', 'what a run printed', () => import('./commands/logs.ts')),
  entry(WATCH, 'agents', 'list agents', () => import('./commands/agents.ts')),
  entry(WATCH, 'diff', 'in what runs differ', () => import('./commands/diff.ts')),
  entry(
    WATCH,
    'reproduce',
    'the commands that train a run once more',
    () => import('./commands/reproduce.ts'),
  ),
  entry(WATCH, 'wait', 'wait until a sweep ends', () => import('./commands/wait.ts')),
  entry(WATCH, 'export', 'write runs or their history to a file', () => import('./commands/export.ts')),
  entry(WATCH, 'plot', 'draw a chart as SVG or PNG', () => import('./commands/plot.ts')),
  entry(WATCH, 'open', 'open the page of the server, a sweep or a run', () => import('./commands/open.ts')),
  entry(WATCH, 'stops', 'what early termination stopped, and saved', () => import('./commands/stops.ts')),
  entry(STEER, 'pause', 'start no new runs for now', () => import('./commands/pause.ts')),
  entry(STEER, 'resume', 'go on after a pause', () => import('./commands/resume.ts')),
  entry(STEER, 'stop', 'start no new runs any more', () => import('./commands/stop.ts')),
  entry(STEER, 'cancel', 'end a sweep and its running runs', () => import('./commands/cancel.ts')),
  entry(STEER, 'extend', 'allow a sweep more runs', () => import('./commands/extend.ts')),
  entry(STEER, 'edit', 'change settings of a sweep', () => import('./commands/edit.ts')),
  entry(STEER, 'enqueue', 'queue configurations of your own', () => import('./commands/enqueue.ts')),
  entry(STEER, 'retry', 'work failed and lost runs again', () => import('./commands/retry.ts')),
  entry(STEER, 'drain', 'let agents finish and leave', () => import('./commands/drain.ts')),
  entry(STEER, 'undrain', 'take a drain or quarantine back', () => import('./commands/undrain.ts')),
  entry(STEER, 'quarantine', 'keep agents from work', () => import('./commands/quarantine.ts')),
  entry(STEER, 'slurm', 'print a Slurm script that works a sweep', () => import('./commands/slurm.ts')),
  entry(STEER, 'tag', 'tag a run', () => import('./commands/tag.ts')),
  entry(STEER, 'note', 'keep a text with a run', () => import('./commands/note.ts')),
  entry(STEER, 'rm', 'erase sweeps or runs that have ended', () => import('./commands/rm.ts')),
  entry(
    SET_UP,
    'doctor',
    'check this machine and the way to the server',
    () => import('./commands/doctor.ts'),
  ),
  entry(SET_UP, 'config', 'settings, and where each comes from', () => import('./commands/config.ts')),
  entry(SET_UP, 'completion', 'completion for bash, zsh and fish', () => import('./commands/completion.ts')),
  entry(ACCESS, 'login', 'keep a token for a server', () => import('./commands/login.ts')),
  entry(ACCESS, 'logout', 'forget the token of a server', () => import('./commands/logout.ts')),
  entry(ACCESS, 'whoami', 'whose token is used, and what it may do', () => import('./commands/whoami.ts')),
  entry(ACCESS, 'token', 'make, list and revoke tokens', () => import('./commands/token.ts')),
  entry(OFFLINE, 'validate', 'check a sweep file', () => import('./commands/validate.ts')),
  entry(OFFLINE, 'plan', 'the configurations a sweep would propose', () => import('./commands/plan.ts')),
  entry(OFFLINE, 'suggest', 'what to try next, after recorded runs', () => import('./commands/suggest.ts')),
  entry(
    OFFLINE,
    'explain-stop',
    'which recorded runs would be stopped early',
    () => import('./commands/explain-stop.ts'),
  ),
  entry(OFFLINE, 'command', 'the command line of one configuration', () => import('./commands/command.ts')),
  entry(OFFLINE, 'help', 'help on a command or a topic', () => import('./commands/help.ts')),
  {
    ...entry(
      SET_UP,
      'complete-values',
      'values for completion',
      () => import('./commands/complete-values.ts'),
    ),
    isHidden: true,
  },
]

export function findCommand(name: string): CommandEntry | undefined {
  return COMMANDS.find((known) => known.name === name)
}

function entry(group: string, name: string, summary: string, load: CommandEntry['load']): CommandEntry {
  return { group, name, summary, load }
}
