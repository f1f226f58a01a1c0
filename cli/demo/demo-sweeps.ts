// The toy sweeps of `sweep demo`: what is searched, how many runs each gets, and the state it is left in.

export interface DemoSweep {
  readonly name: string
  /** The sweep file. */
  readonly text: string
  /** Runs that are worked before it is left. */
  readonly runCount: number
  /** Agents that work it, one for each name of a machine. @default one */
  readonly hosts?: readonly string[]
  /** A machine besides them on which every run fails at once. */
  readonly brokenHost?: string
  /** `work` lets it end by itself or leaves it open; the others are what a person would do afterwards. */
  readonly then: 'work' | 'stop' | 'pause' | 'cancel'
}

export interface DemoSettings {
  readonly runCount: number
  /** Between two steps of a training. */
  readonly pauseMs: number
  /** The argument vector that starts the toy training, without its flags. */
  readonly command: readonly string[]
}

/** Parts of all runs; the rest is the first sweep's. */
const SHARES = { grid: 0.3, stopped: 0.1, paused: 0.1, open: 0.1 }
export const MIN_DEMO_RUNS = 8

export function planDemoSweeps({ runCount, pauseMs, command }: DemoSettings): DemoSweep[] {
  const part = (share: number) => Math.max(1, Math.round(share * runCount))
  const grid = Math.min(GRID_CELLS, part(SHARES.grid))
  const [stopped, paused, open] = [part(SHARES.stopped), part(SHARES.paused), part(SHARES.open)]
  const cancelled = 1
  const first = runCount - grid - stopped - paused - open - cancelled
  const file = (method: string, metric: string, runCap: number, parameters: string, ms = pauseMs) =>
    `command: ${JSON.stringify([...command, '${args}'])}\nmethod: ${method}\nmetric: ${metric}\nrun_cap: ${runCap}\nseed: 7\n` +
    `parameters:\n${parameters}  pause_ms: {value: ${ms}}\n`
  const longMs = JUDGED_FACTOR * pauseMs
  const loss = '{name: val_loss, goal: minimize}'
  return [
    {
      name: 'warmup grid',
      text: file('grid', '{name: accuracy, goal: maximize}', grid, GRID),
      runCount: grid,
      then: 'work',
    },
    {
      name: 'lr too high',
      text: file('random', loss, 10 * stopped, HIGH_RATES),
      runCount: stopped,
      then: 'stop',
    },
    {
      name: 'resnet dropout',
      text: file('random', loss, 15 * paused, DROPOUT),
      runCount: paused,
      then: 'pause',
    },
    { name: 'wide search', text: file('random', loss, 50 * open, VISION), runCount: open, then: 'work' },
    { name: 'wrong data', text: file('random', loss, 10, ENDLESS), runCount: cancelled, then: 'cancel' },
    // The newest, so that @last shows a whole ranking.
    {
      name: 'vit-small lr',
      text: `${file('bayes', loss, first, FINE_TUNING, longMs)}${EARLY_STOPPING}${baselines(longMs, first)}`,
      runCount: first,
      hosts: ['gpu-01', 'gpu-02'],
      brokenHost: 'gpu-07',
      then: 'work',
    },
  ]
}

/** Nested, as a choice with settings of its own would be. */
const VISION = `  lr: {distribution: log_uniform_values, min: 0.0001, max: 0.3}
  batch_size: {values: [32, 64, 128, 256]}
  depth: {min: 2, max: 12}
  optimizer:
    parameters:
      name: {values: [adamw, sgd]}
      momentum: {min: 0.8, max: 0.99}
`

/** Early termination cannot stop a run that is over before its reports were judged. */
const JUDGED_FACTOR = 6

/** Momentum only where there is one, and three seeds: equal configurations differ by their noise. */
const FINE_TUNING = `  lr: {distribution: log_uniform_values, min: 0.0001, max: 0.3}
  batch_size: {values: [32, 64, 128]}
  depth: {min: 2, max: 12}
  optimizer: {values: [adamw, sgd]}
  momentum: {min: 0.8, max: 0.99, when: {optimizer: sgd}}
  seed: {values: [1, 2, 3]}
`
const EARLY_STOPPING = 'early_terminate: {type: hyperband, min_iter: 3, eta: 3}\n'

/** One configuration with each seed, where there are runs enough. */
function baselines(pauseMs: number, runCount: number): string {
  if (runCount < 6) return ''
  const config = `lr: 0.002, batch_size: 64, depth: 6, optimizer: adamw, pause_ms: ${pauseMs}`
  return `initial_configs:\n${[1, 2, 3].map((seed) => `  - {${config}, seed: ${seed}}\n`).join('')}`
}

/** Of its cells those with batch_size 256 and depth 11 fail. */
const GRID = `  depth: {values: [7, 11]}
  batch_size: {values: [64, 256]}
  warmup: {values: [0, 100, 500]}
`
const GRID_CELLS = 12

/** Most of these diverge: NaN. */
const HIGH_RATES = `  lr: {distribution: log_uniform_values, min: 0.1, max: 5.0}
  depth: {min: 2, max: 12}
`

const DROPOUT = `  dropout: {min: 0.0, max: 0.5}
  lr: {values: [0.001, 0.003, 0.01]}
`

/** Runs until somebody ends it. */
const ENDLESS = `  lr: {distribution: log_uniform_values, min: 0.0001, max: 0.1}
  steps: {value: 1000000}
`
