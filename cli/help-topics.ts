// The topics of `sweep help TOPIC`. Each under 60 lines; docs/ has the long form.
import { offline } from './help-topics/offline.ts'
import { settings } from './help-topics/settings.ts'
import { states } from './help-topics/states.ts'
import { tokens } from './help-topics/tokens.ts'

export interface HelpTopic {
  readonly summary: string
  readonly text: string
}

const config = `The sweep file: YAML or JSON, the format of W&B Sweeps, taken unchanged.

    program: train.py
    method: bayes               grid, random or bayes
    metric: {name: val_loss, goal: minimize}
    run_cap: 200
    parameters:
      lr:    {distribution: log_uniform_values, min: 0.00001, max: 0.1}
      bs:    {values: [32, 64, 128]}
      depth: {min: 2, max: 12}  whole numbers in, whole numbers out
      seed:  {value: 1}         a constant
    command: ["\${env}", python, "\${program}", "\${args}"]

Beyond W&B's, each optional:
  seed                   every suggestion follows from it (default: drawn once)
  order                  as_written or shuffle; grid only
  max_parallel           runs at one time over all agents
  initial_configs        configs to try first
  metric.summary         best, last, min or max
Read, and without effect in this version: retry, run_timeout,
no_metric_timeout, requires, early_terminate.

An unknown key is an error, with the nearest known name.

Next
  sweep validate sweep.yaml --sample 3
`

const exitCodes = `Exit codes

  0     done as asked
  1     unexpected failure: a bug
  2     wrong usage
  3     no such sweep, run, agent or file; or several fit
  4     not logged in or not allowed
  5     server not reachable, after retries
  6     config invalid
  7     the state does not allow it; sweep wait: it failed or was cancelled
  8     nothing to report yet, or a wait timed out

Of sweep doctor: the worst of what failed: 5 server, 4 token, 6 file, 7 others.

Of sweep agent
  0     the work is done, or Ctrl-C once and drained
  20    gave up: runs keep failing here (in a later version)
  21    told to leave
  75    handed back after SIGTERM or a second Ctrl-C: requeue me
  130   ended by a third Ctrl-C
  143   ended by a second SIGTERM

Next
  sweep help env
`

const env = `Environment

Every command
  SWEEP_SERVER       controller to talk to (default http://127.0.0.1:8765)
  SWEEP_TOKEN        token; or SWEEP_TOKEN_FILE, a file that holds it
  SWEEP_PROJECT      project
  SWEEP_COLOR        auto, always or never
  SWEEP_DEBUG        stack traces with errors, as --debug
  NO_COLOR           no colour; FORCE_COLOR: colour without a terminal

Settings files stand in for the first group: sweep help settings. Where a token
is looked for: sweep help tokens.

sweep up
  SWEEP_DATA         data folder (default ./.sweep)
  REDIS_URL          Redis to use (default: a private one is started)
  DATABASE_URL       PostgreSQL (default: SQLite in the data folder)
  SWEEP_FILES        folder of files' content (default: DATA/blobs)
  SWEEP_MAX_FILE_SIZE  the most that a file of a run may have (default 5GiB)
  SWEEP_ADMIN_TOKEN  admin token (default: made once, in DATA/admin-token)

sweep agent
  SWEEP_DATA         folder of its journal (default ./.sweep)
  REDIS_URL          connect to Redis directly, not through the controller

A flag wins over the environment, that over settings files.

Next
  sweep help reporting       what a training script gets
`

const filters = `Filters of runs: sweep runs ID -w FILTER

  state:failed              state:failed|lost
  lr>=1e-3                  a parameter; nested ones as optimizer.lr
  opt:adamw|sgd             one of several values
  val_loss<0.3              a metric: its ranking value, else its last one
  host:gpu-3  tag:base      where it ran, what it is tagged with
  note:words  reason:words  a part of the text is enough; name: too
  id:q8x  sweep:k3v  agent:b2x    the first three characters or more
  rank<=20  value>0.9  attempt>1  project:P  group:G  type:T
  has:wd                    has that parameter or metric
  -note:debug               not
  words                     a part of id, name, note or a tag

Operators: : = != < <= > >=. A space means and, | means or (between values,
or alone between terms), - in front means not. Names and values with spaces
or signs stand in quotes: opt:"two words". Where a name is both a parameter
and a metric, c.NAME is the parameter, m.NAME the metric. A comparison with
what a run does not have fails; nan and inf are values. States and hosts fit
in either case, everything else as it is written. At most 8,192 characters
and 100 terms and values.

Examples
  sweep runs @last -w 'state:failed lr>=1e-3'
  sweep runs @last -w 'val_loss<0.3 -opt:sgd' --sort val_loss
  sweep runs --project vision -w 'tag:base'

Next
  sweep runs --help
`

const reporting = `How a training script reports, any of:

  print a line of JSON       {"loss": 0.3, "epoch": 2}
  append such lines to       $SWEEP_METRICS_FILE
  POST one                   curl -d '{"loss":0.3,"step":9}' \\
                               -H "Authorization: Bearer $SWEEP_RUN_TOKEN" \\
                               $SWEEP_REPORT_URL

The step is taken from step, _step or global_step, else counted. NaN and
Infinity are taken. Text values are kept as the run's last values.

What a script gets
  SWEEP_CONFIG_FILE          the config as JSON, types kept
  SWEEP_ID SWEEP_RUN_ID SWEEP_ATTEMPT SWEEP_SEED
  SWEEP_CHECKPOINT_DIR       the same folder for every attempt of the run
  SWEEP_CONTROL_FILE         appears when the run must stop
  CUDA_VISIBLE_DEVICES       the GPUs of its slot

It ends with exit code 0: finished. Any other code or a signal: failed. When
the run must stop, it gets SIGTERM and after a grace time SIGKILL.

Next
  sweep validate sweep.yaml --sample 1 --show-commands
`

export const HELP_TOPICS: Readonly<Record<string, HelpTopic>> = {
  config: { summary: 'the sweep file', text: config },
  'exit-codes': { summary: 'what each exit code means', text: exitCodes },
  env: { summary: 'environment variables', text: env },
  settings: { summary: 'settings files, and which value holds', text: settings },
  tokens: { summary: 'where a token comes from and is looked for', text: tokens },
  states: { summary: 'what each state of a sweep or run means', text: states },
  filters: { summary: 'the filter language of runs', text: filters },
  reporting: { summary: 'how a training script reports', text: reporting },
  offline: { summary: 'what works without a server or a network', text: offline },
}

export function topicNames(): string[] {
  return Object.keys(HELP_TOPICS)
}
