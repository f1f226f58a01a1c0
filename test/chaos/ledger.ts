// The ledger that training scripts write (ledger-train.mjs), the grid they work, and the value each cell must give.
import { readFileSync } from 'node:fs'

export interface CellConfig {
  readonly width: number
  readonly rate: number
  readonly mode: string
}

export type LedgerLine = { readonly runId: string; readonly attempt: number; readonly at: number } & (
  | {
      readonly event: 'start'
      readonly config: CellConfig
      readonly pid: number
      /** CHAOS_AGENT of the agent that started it. */
      readonly agent?: string
      /** CUDA_VISIBLE_DEVICES of the training. */
      readonly gpus?: string
      readonly children?: readonly number[]
    }
  | { readonly event: 'step'; readonly step: number }
  | { readonly event: 'end'; readonly value: number }
)

export interface Ledger {
  readonly lines: readonly LedgerLine[]
  /** Lines that are no ledger line: each is a finding. */
  readonly unreadable: readonly string[]
}

/** An empty ledger when no script has started yet. */
export function readLedger(path: string): Ledger {
  try {
    return parseLedger(readFileSync(path, 'utf8'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { lines: [], unreadable: [] }
    throw error
  }
}

/** Once this file exists, trainings hurry to their end. */
export function hurryFile(ledgerPath: string): string {
  return `${ledgerPath}.hurry`
}

export function parseLedger(text: string): Ledger {
  const lines: LedgerLine[] = []
  const unreadable: string[] = []
  for (const line of text.split('\n')) {
    if (line === '') continue
    const parsed = parseLine(line)
    if (parsed === null) unreadable.push(line)
    else lines.push(parsed)
  }
  return { lines, unreadable }
}

function parseLine(line: string): LedgerLine | null {
  try {
    const value = JSON.parse(line) as LedgerLine // written by ledger-train.mjs; its identity is checked below
    return typeof value.runId === 'string' && Number.isInteger(value.attempt) ? value : null
  } catch {
    return null
  }
}

/** How many different runs have started at least once. */
export function countStartedRuns(ledger: Ledger): number {
  return new Set(ledger.lines.filter((line) => line.event === 'start').map((line) => line.runId)).size
}

export interface Grid {
  readonly widths: readonly number[]
  readonly rates: readonly number[]
  readonly modes: readonly string[]
}

/** A grid of exactly `cells` cells over an integer, a float and a text parameter, as even as the number allows. */
export function gridOf(cells: number): Grid {
  const [a, b, c] = threeFactors(cells)
  return {
    widths: Array.from({ length: a }, (_, index) => index + 1),
    rates: Array.from({ length: b }, (_, index) => (index + 1) / 4),
    modes: Array.from({ length: c }, (_, index) => `m${index}`),
  }
}

export function cellsOf(grid: Grid): CellConfig[] {
  return grid.widths.flatMap((width) =>
    grid.rates.flatMap((rate) => grid.modes.map((mode) => ({ width, rate, mode }))),
  )
}

/** The value that ledger-train.mjs must report for that cell: different for every cell of a grid of gridOf. */
export function expectedValue(config: CellConfig): number {
  return config.width * 10_000 + config.rate * 400 + Number(config.mode.slice(1))
}

/** The loss at a step in 1..steps: falls by a half each step and ends at the cell's value. */
export function expectedLoss(config: CellConfig, step: number, steps: number): number {
  return expectedValue(config) + (steps - step) / 2
}

/** The same text for the same configuration, whatever the order of its keys. */
export function cellKey(config: Readonly<Record<string, unknown>> | CellConfig): string {
  return JSON.stringify(Object.entries(config).sort(([left], [right]) => (left < right ? -1 : 1)))
}

export interface SweepFileOptions {
  readonly grid: Grid
  readonly nodePath: string
  readonly scriptPath: string
  readonly ledgerPath: string
  readonly steps: number
  readonly minMs: number
  readonly maxMs: number
  /** Processes that each training starts and leaves behind. @default none */
  readonly children?: 'none' | 'plain' | 'torture'
  /** @default as many runs as the grid has cells */
  readonly runCap?: number
}

/** The sweep file (JSON, which is YAML) whose command is the ledger script. */
export function ledgerSweepFile(options: SweepFileOptions): string {
  return JSON.stringify(
    {
      method: 'grid',
      metric: { name: 'loss', goal: 'minimize' },
      ...(options.runCap === undefined ? {} : { run_cap: options.runCap }),
      program: options.scriptPath,
      command: [
        options.nodePath,
        '${program}',
        `--ledger=${options.ledgerPath}`,
        `--steps=${options.steps}`,
        `--min-ms=${options.minMs}`,
        `--max-ms=${options.maxMs}`,
        ...(options.children === undefined ? [] : [`--children=${options.children}`]),
        '${args}',
      ],
      parameters: {
        width: { values: options.grid.widths },
        rate: { values: options.grid.rates },
        mode: { values: options.grid.modes },
      },
    },
    null,
    2,
  )
}

function threeFactors(cells: number): [number, number, number] {
  let best: [number, number, number] = [cells, 1, 1]
  for (let b = 1; b * b <= cells; b++) {
    for (let c = 1; c <= b; c++) {
      const a = cells / (b * c)
      if (Number.isInteger(a) && a >= b && a < best[0]) best = [a, b, c]
    }
  }
  return best
}
